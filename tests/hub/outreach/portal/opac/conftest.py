"""Provide the browser fixtures for these pages."""

from tests.hub.support.browsers import browser, chromium

__all__ = ["browser", "chromium"]
