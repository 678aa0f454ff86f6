"""Pages about people. Scope first: who is out of it does not exist."""
