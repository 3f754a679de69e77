"""Provide the browser for the staff pages."""

from tests.hub.browsers import browser, chromium, demo_hub, served_demo

__all__ = ["browser", "chromium", "demo_hub", "served_demo"]
