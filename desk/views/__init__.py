"""Today, the person page, overdue lists."""
