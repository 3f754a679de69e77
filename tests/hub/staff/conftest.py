"""Provide the browser for the staff pages."""

from tests.hub.support.browsers import browser, chromium, demo_hub, served_demo

__all__ = ["browser", "chromium", "demo_hub", "served_demo"]
