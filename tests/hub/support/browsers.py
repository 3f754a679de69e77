"""Run a hub of the demo library on loopback with a headless Chromium; each test begins with a fresh state."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.hub.staff.chromium import Chromium, Missing, distribution, find
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE

HUB = (sys.executable, "-m", "hub.cli")
FLAGS = (
    "--no-sandbox",
    "--accept-lang=en-US",
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
    """A running hub: URL, staff account, and its patrons and items by case."""

    url: str
    state: Path
    name: str
    password: str
    patrons: dict[str, dict[str, str]]
    items: dict[str, dict[str, str]]


def _environment(state: Path) -> dict[str, str]:
    """Return an environment on SQLite, whatever database the suite uses."""
    return {**os.environ, "KIOSK_HUB_STATE": str(state)} | {"DATABASE_URL": ""}


@pytest.fixture(scope="module")
def served_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHub]:
    """Serve one hub for all tests of a file, because starting it is slow."""
    state = tmp_path_factory.mktemp("demo") / "state"
    lists = demo(state)
    shutil.copyfile(state / "hub.sqlite3", state.with_name("as-new.sqlite3"))
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
        served.wait(PATIENCE)


@pytest.fixture
def demo_hub(served_demo: DemoHub) -> DemoHub:
    """Restore the new demo library in the running hub's SQLite file, so that nothing of the last test is left."""
    as_new = served_demo.state.with_name("as-new.sqlite3")
    with closing(sqlite3.connect(as_new)) as new, closing(sqlite3.connect(served_demo.state / "hub.sqlite3")) as used:
        new.backup(used)
    return served_demo


def start(found: Chromium, scratch: Path) -> webdriver.Chrome:
    """Start a browser without a window, whose profile is below `scratch`."""
    options = webdriver.ChromeOptions()
    options.binary_location = found.binary
    for flag in (*FLAGS, *([] if found.binary.endswith("-shell") else ["--headless=new"])):
        options.add_argument(flag)
    # The driver cannot talk to a shell that is started with --user-data-dir.
    # It has no viewer for PDF either, and saves the files in the current folder.
    in_scratch = {"cwd": str(scratch)}
    service = Service(found.driver, env={**os.environ, "TMPDIR": str(scratch)}, popen_kw=in_scratch)
    return webdriver.Chrome(options=options, service=service)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Start one Chromium for all tests, because starting it is slow."""
    found = find(os.environ, shutil.which, distribution())
    if isinstance(found, Missing):
        if found.excused:
            pytest.skip(found.why)
        pytest.fail(found.why, pytrace=False)
    browser = start(found, tmp_path_factory.mktemp("chromium"))
    executor = browser.command_executor
    assert not isinstance(executor, str)
    executor.client_config.timeout = 2 * PATIENCE  # a command may wait for the hub, and the hub for its disk
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """Return the browser; cookies and site data are cleared after the test."""
    yield chromium
    origin = chromium.execute_script("return location.origin")
    chromium.get("about:blank")
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    if origin != "null":
        chromium.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
