"""Serve the staff pages of reading profiles and segments."""
