"""Takes the pictures of docs/staff.md from the demo library, in both languages; run by scripts/staff-pictures."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from tests.hub.browsers import FLAGS, HUB, DemoHub
from tests.hub.staff.chromium import Missing, distribution, find
from tests.hub.staff.clerk import Clerk

SIZE = (1280, 800)
LANGUAGES = {"zh": "zh-hans", "en": "en"}


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path, default=Path("docs/staff"))
    out: Path = asked.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for short, language in LANGUAGES.items():
            _all(Path(folder) / short, out, short, language)
    return 0


def _all(state: Path, out: Path, short: str, language: str) -> None:
    """A library of its own for each language: what is done for a picture changes it."""
    environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
    made = subprocess.run((*HUB, "demo", "--json"), env=environment, check=True, capture_output=True, timeout=120)
    lists = json.loads(made.stdout)
    command = (*HUB, "serve", "--demo", "--port", "0")
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as served:
        try:
            assert served.stdout is not None
            url = served.stdout.readline().removeprefix("listening on ").strip()
            staff = tomllib.loads((state / "demo-staff.toml").read_text(encoding="utf-8"))["staff"]
            patrons = {each["case"]: each for each in lists["patrons"]}
            items = {each["case"]: each for each in lists["items"]}
            hub = DemoHub(url, state, staff["name"], staff["password"], patrons, items)
            browser = _browser(state)
            try:
                _shoot(Clerk(browser, hub, language), lambda name: str(out / f"{name}-{short}.png"))
            finally:
                browser.quit()
        finally:
            served.terminate()


def _browser(state: Path) -> webdriver.Chrome:
    found = find(os.environ, shutil.which, distribution())
    if isinstance(found, Missing):
        raise SystemExit(found.why)
    options = webdriver.ChromeOptions()
    options.binary_location = found.binary
    for flag in (*FLAGS, f"--user-data-dir={state / 'chromium'}"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(found.driver))
    browser.set_window_size(*SIZE)
    return browser


def _shoot(clerk: Clerk, where: Callable[[str], str]) -> None:
    browser, hub = clerk.browser, clerk.hub
    clerk.scan(hub.patrons["plain_1"]["card"], hub.items["free_01"]["barcode"], hub.items["free_02"]["barcode"])
    browser.save_screenshot(where("desk"))
    pages = {
        "today": "/staff/",
        "holds": "/staff/holds/?show=ready",
        "rules": "/staff/rules/",
        "questions": "/staff/questions/",
        "addresses": "/staff/records/",
        "figures": "/staff/figures/",
        "goals": "/staff/goals/",
    }
    for name, path in pages.items():
        browser.get(hub.url + path)
        browser.save_screenshot(where(name))
    browser.get(f"{hub.url}/staff/questions/")
    question = browser.find_element(By.CSS_SELECTOR, "tbody a[href^='/staff/questions/']").get_attribute("href")
    browser.get(str(question))
    browser.save_screenshot(where("question"))


if __name__ == "__main__":
    sys.exit(main())
