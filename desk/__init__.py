"""The pages that bring it together: Today, the person page, overdue lists. No models."""
