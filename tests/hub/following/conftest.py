"""The browser before the page of imports."""

import os

from tests.hub.browsers import browser, chromium, demo_hub, served_demo

__all__ = ["browser", "chromium", "demo_hub", "served_demo"]
collect_ignore_glob = ["*_browser_test.py"] if os.environ.get("DATABASE_URL") else []
"""The browser's hub stands on SQLite: seeing it again when the suite is on PostgreSQL would show nothing new."""
