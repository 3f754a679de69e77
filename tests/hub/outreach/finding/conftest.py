"""The browser before these pages."""

import os

from tests.hub.browsers import browser, chromium

__all__ = ["browser", "chromium"]
collect_ignore_glob = ["*_browser_test.py"] if os.environ.get("DATABASE_URL") else []
"""What a page looks like does not depend on the database."""
