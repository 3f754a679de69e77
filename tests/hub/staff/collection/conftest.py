"""Provide the browser for the pages on which staff keep the collection and import files."""

from tests.hub.support.browsers import browser, chromium, demo_hub, served_demo

__all__ = ["browser", "chromium", "demo_hub", "served_demo"]
