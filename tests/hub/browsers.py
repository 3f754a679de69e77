"""A hub of the demo library on loopback and a headless Chromium before it; both are gone after the test."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.demo_library import demo
from tests.hub.staff.chromium import Missing, distribution, find

HUB = (sys.executable, "-m", "kiosk.hub.cli")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1440,900",
    "--force-prefers-reduced-motion",
)


@dataclass(frozen=True)
class DemoHub:
    """A running hub: where it is, who may sign in, and its patrons and items by case."""

    url: str
    state: Path
    name: str
    password: str
    patrons: dict[str, dict[str, str]]
    items: dict[str, dict[str, str]]


def _environment(state: Path) -> dict[str, str]:
    """The hub's own SQLite, whatever database the rest of the suite stands on."""
    return {**os.environ, "KIOSK_HUB_STATE": str(state)} | {"DATABASE_URL": ""}


@pytest.fixture
def demo_hub(tmp_path: Path) -> Iterator[DemoHub]:
    state = tmp_path / "state"
    lists = demo(state)
    served = subprocess.Popen(
        (*HUB, "serve", "--demo", "--port", "0"), env=_environment(state), stdout=subprocess.PIPE, text=True
    )
    try:
        assert served.stdout is not None
        url = served.stdout.readline().removeprefix("listening on ").strip()
        librarian = tomllib.loads((state / "demo-staff.toml").read_text(encoding="utf-8"))["staff"]
        yield DemoHub(
            url,
            state,
            librarian["name"],
            librarian["password"],
            {each["case"]: each for each in lists["patrons"]},
            {each["case"]: each for each in lists["items"]},
        )
    finally:
        served.kill()
        served.wait(timeout=20)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One Chromium for all tests: starting it takes longer than what they do."""
    found = find(os.environ, shutil.which, distribution())
    if isinstance(found, Missing):
        if found.excused:
            pytest.skip(found.why)
        pytest.fail(found.why, pytrace=False)
    options = webdriver.ChromeOptions()
    options.binary_location = found.binary
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(found.driver))
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The browser without anybody's cookies."""
    yield chromium
    chromium.delete_all_cookies()
