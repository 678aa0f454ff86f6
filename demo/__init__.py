"""Demonstration data, installed only where `VEREDA_DEMO` is set."""
