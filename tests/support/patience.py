"""Time limits of tests that wait: longer than a busy machine stalls."""

PATIENCE = 240.0
"""Seconds. It ends what hangs, and says where; nothing waits so long unless it is broken."""
