"""Reading across the rows of outings and notes; nothing here writes."""
