"""The browser before the catalogue's page."""

from tests.hub.browsers import browser, chromium

__all__ = ["browser", "chromium"]
