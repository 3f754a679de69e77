"""Serve the staff pages of loan rules."""
