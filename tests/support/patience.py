"""Time limits of tests that wait: longer than a busy machine stalls."""

PATIENCE = 240.0
"""Seconds after which a hanging test fails; a working one never waits that long."""
