"""Who signs in, for which programme in which role, what a role may do, what was seen and done."""
