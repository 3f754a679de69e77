"""Fixtures of the search's tests: a browser on the catalogue page."""

from tests.hub.support.browsers import browser, chromium

__all__ = ["browser", "chromium"]
