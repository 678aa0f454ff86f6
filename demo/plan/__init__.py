"""Who comes when, where and for what: a plan in plain Python that meets every number of
`synthetic_distributions.csv` exactly, before a single row is built."""
