"""The person, and who may know: pseudonymous record, sealed identity, access, consents."""
