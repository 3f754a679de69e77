"""Provide the browser for the pages of the library's settings."""

from tests.hub.support.browsers import browser, chromium, demo_hub, served_demo

__all__ = ["browser", "chromium", "demo_hub", "served_demo"]
