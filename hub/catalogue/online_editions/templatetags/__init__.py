"""Template tags of the online editions."""
