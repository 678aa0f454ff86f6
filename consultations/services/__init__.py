"""Every write of the app: one verb per function, in the module of its noun."""
