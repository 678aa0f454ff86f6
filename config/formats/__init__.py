"""Where a language is written otherwise than Django supposes."""
