"""Reference lists in three languages, shipped as CSV files of this app."""
