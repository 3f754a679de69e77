"""Template tags of the patron portal."""
