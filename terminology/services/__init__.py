"""Everything that changes a reference list."""
