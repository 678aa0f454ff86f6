"""Handing a person over and hearing back."""
