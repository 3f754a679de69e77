"""How long a test waits for what must come: longer than a disk stands still that others keep busy; judges no speed."""

PATIENCE = 240.0
"""Seconds. It ends what hangs, and says where; nothing waits so long unless it is broken."""
