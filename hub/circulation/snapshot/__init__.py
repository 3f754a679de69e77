"""Serve the data that kiosks keep for offline circulation, and number its changes."""
