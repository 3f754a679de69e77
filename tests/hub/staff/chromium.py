"""Find the Chromium that the tests drive, or report why there is none."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass

NONE_HERE = "KIOSK_NO_BROWSER"
"""Environment variable; any value excuses this machine from having a browser."""
SHELL = "/usr/lib/chromium/chromium-headless-shell"
"""Chromium without a window, which takes a quarter less processor time.

The script of this name in /usr/bin starts it as a child, which the driver then cannot end.
"""


@dataclass(frozen=True)
class Chromium:
    binary: str
    driver: str


@dataclass(frozen=True)
class Missing:
    """No browser; if `excused` the tests are skipped, else they fail with `why`."""

    why: str
    excused: bool


def distribution() -> str:
    """Return the id of /etc/os-release, such as `debian`, or an empty string."""
    try:
        return platform.freedesktop_os_release().get("ID", "")
    except OSError:
        return ""


def find(environment: Mapping[str, str], which: Callable[[str], str | None], system: str) -> Chromium | Missing:
    if environment.get(NONE_HERE):
        return Missing(f"{NONE_HERE} is set: there is no browser here", excused=True)
    binary, driver = which(SHELL) or which("chromium"), which("chromedriver")
    if binary and driver:
        return Chromium(binary, driver)
    if system == "ubuntu":
        return Missing("Ubuntu has Chromium as a snap alone, which headless tests cannot start", excused=True)
    lacking = " and ".join(name for name, path in (("chromium", binary), ("chromedriver", driver)) if not path)
    remedy = f"run scripts/setup --dev; where there can be no browser, set {NONE_HERE}=1"
    return Missing(f"not on the path: {lacking}; {remedy}", excused=False)
