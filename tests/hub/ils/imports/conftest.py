"""Fixtures of the imports' tests: a browser on the page of imports."""

from tests.hub.support.browsers import browser, chromium, demo_hub, served_demo

__all__ = ["browser", "chromium", "demo_hub", "served_demo"]
