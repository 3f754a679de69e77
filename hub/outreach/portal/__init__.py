"""Serve the patron portal on the public site. It works in a browser without an app or scripts."""
