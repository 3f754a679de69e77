"""Template tags of the e-editions."""
