"""Settings, addresses and processes of the installation."""
