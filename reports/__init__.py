"""Figures, each defined once in code, and what leaves the organisation from them."""
