"""Refer, receive, follow."""
