"""Run axe-core in headless Chromium at phone size, and return its serious findings."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

AXE = Path(sys.prefix) / "node_modules" / "axe-core" / "axe.min.js"
"""Installed by scripts/setup --dev: axe-core (MPL-2.0) from the npm registry; it is never shipped."""
GRAVE = ("serious", "critical")
ALL = ("minor", "moderate", *GRAVE)


def on_a_phone(browser: Chrome) -> None:
    """Set a screen of 390 by 844 CSS pixels, as on a phone."""
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def off_the_phone(browser: Chrome) -> None:
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def speak(browser: Chrome, language: str) -> None:
    """Set the language that the browser requests."""
    agent = str(browser.execute_script("return navigator.userAgent"))
    params = {"userAgent": agent, "acceptLanguage": language}
    browser.execute_cdp_cmd("Emulation.setUserAgentOverride", params)


def serious(browser: Chrome) -> list[str]:
    """Return the serious and critical findings of axe-core on the page: rule and element."""
    return violations(browser, GRAVE)


def violations(browser: Chrome, impacts: Collection[str] = ALL) -> list[str]:
    """Return the findings of axe-core with one of these impacts: rule and element."""
    if not AXE.exists():
        pytest.skip("no axe-core here: scripts/setup --dev fetches it where there is npm")
    # Injected through the browser's debugger, because the page's own policy forbids scripts.
    _evaluate(browser, AXE.read_text(encoding="utf-8"))
    # Lighthouse has this rule on, axe-core itself has not.
    rules = "{resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}"
    result = _evaluate(browser, f"axe.run({rules}).then(found => JSON.stringify(found.violations))", wait=True)
    return [
        f"{each['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for each in json.loads(result)
        if each["impact"] in impacts
        for node in each["nodes"]
    ]


def too_small(browser: Chrome) -> list[str]:
    """Return touch targets under 44 CSS pixels high, and elements wider than the screen."""
    script = """JSON.stringify([...document.querySelectorAll('button, input:not([type=hidden]), select, ' +
    'textarea, nav a, a.button, summary')].filter(e => e.offsetParent && e.type !== 'radio' && e.type !== 'checkbox'
    && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 120))
    .concat(document.documentElement.scrollWidth > 390 ? ['wider than the screen'] : []))"""
    found: list[str] = json.loads(_evaluate(browser, script))
    return found


def _evaluate(browser: Chrome, expression: str, wait: bool = False) -> Any:
    params = {"expression": expression, "awaitPromise": wait, "returnByValue": True}
    found = browser.execute_cdp_cmd("Runtime.evaluate", params)
    assert "exceptionDetails" not in found, found
    return found["result"].get("value")
