"""Template tags of the shelves."""
