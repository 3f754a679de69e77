"""Serve the pages of the patron portal, by subject."""
