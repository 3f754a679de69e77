"""Provide the browser fixtures for these pages."""

from tests.hub.browsers import browser, chromium

__all__ = ["browser", "chromium"]
