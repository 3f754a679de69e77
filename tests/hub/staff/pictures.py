"""Take the pictures of docs/staff.md from the demo library, in both languages (scripts/staff-pictures)."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from selenium import webdriver
from selenium.webdriver import Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.wait import WebDriverWait

from tests.hub.staff import busy_kiosk
from tests.hub.staff.chromium import Missing, distribution, find
from tests.hub.staff.clerk import Clerk
from tests.hub.support.browsers import HUB, DemoHub, start
from tests.support.patience import PATIENCE

SIZE = (1280, 800)
LANGUAGES = {"zh": "zh-hans", "en": "en"}
PAGES = {
    "today": "/staff/",
    "holds": "/staff/holds/",
    "rules": "/staff/rules/",
    "questions": "/staff/questions/",
    "addresses": "/staff/records/",
    "figures": "/staff/figures/",
    "goals": "/staff/goals/",
    "journeys": "/staff/journeys/",
    "segment-rules": "/staff/segment-rules/new/?away_least=8",
    "overdue": "/staff/overdue/",
    "labels": "/staff/labels/",
    "feedback": "/staff/feedback/",
    "suggestions": "/staff/suggestions/",
    "courses": "/staff/courses/",
    "register": "/staff/records/new/",
    "editions": "/staff/e-editions/?show=dead",
    "events": "/staff/events/",
    "news": "/staff/new/",
    "messages": "/staff/messages/?show=failed",
    "audit": "/staff/audit/",
    "closed-days": "/staff/library/",
    "report": "/staff/reports/patrons/?from=2026-01-01&to=2099-12-31",
    "questionnaire-editor": "/staff/questionnaires/new/?example=1",
    "kiosks": "/staff/kiosks/",
    "exceptions": "/staff/exceptions/",
    "handed-in": "/staff/handed-in/",
    "between-branches": "/staff/transits/",
    "shelf-maps": "/staff/shelves/",
    "key-patrons": "/staff/key-patrons-away/",
}
BEHIND = {
    "question": ("/staff/questions/", "tbody a[href^='/staff/questions/']"),
    "questionnaire": ("/staff/questionnaires/", "tbody a[href^='/staff/questionnaires/']"),
}
"""Pages opened by the first link of a list."""
TYPED = {
    "used-here": ("/staff/in-house/", "barcode", lambda hub: hub.items["free_12"]["barcode"]),
    "watching": ("/staff/searches/", "q", lambda _hub: "history"),
}
"""Pages with a text entered into a field first."""
SOURCES = """[[source]]
name = "patrons"
reads = "patrons"
file = "{sheet}"

[[source]]
name = "loans"
reads = "loans"
file = "/srv/export/loans.csv"
"""
SHEET = "identifier,name,category\n{identifier},Bruno Placeholder,astronaut\n"
CLASS = "identifier,name,category\n" + "".join(
    f"3B{number:04},Pupil {number},{'kid' if number == 7 else 'child'}\n" for number in range(1, 29)
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/staff"))
    parser.add_argument("--only", nargs="*", default=[], help="names of pictures, such as today; without any all")
    options = parser.parse_args()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for short, language in LANGUAGES.items():
            _all(Path(folder) / short, out, short, language, options.only)
    return 0


def _all(state: Path, out: Path, short: str, language: str, only: list[str]) -> None:
    """Take all pictures of one language from its own demo library, which they change."""
    environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
    made = subprocess.run((*HUB, "demo", "--json"), env=environment, check=True, capture_output=True, timeout=600)
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
                _shoot(Clerk(browser, hub, language), lambda name: str(out / f"{name}-{short}.png"), only)
            finally:
                browser.quit()
        finally:
            served.terminate()


def _browser(state: Path) -> webdriver.Chrome:
    found = find(os.environ, shutil.which, distribution())
    if isinstance(found, Missing):
        raise SystemExit(found.why)
    scratch = state / "chromium"
    scratch.mkdir(exist_ok=True)
    browser = start(found, scratch)
    browser.set_window_size(*SIZE)
    return browser


def _shoot(clerk: Clerk, where: Callable[[str], str], only: list[str]) -> None:
    browser, hub = clerk.browser, clerk.hub

    def keep(name: str) -> None:
        if not only or name in only:
            browser.save_screenshot(where(name))

    clerk.scan(hub.patrons["plain_1"]["card"], hub.items["free_01"]["barcode"], hub.items["free_02"]["barcode"])
    keep("desk")
    _visit_record(clerk, keep)
    busy_kiosk.make(hub, hub.state / "kiosks")
    for name, path in PAGES.items():
        browser.get(hub.url + path)
        keep(name)
    for name, (path, link) in BEHIND.items():
        browser.get(hub.url + path)
        browser.get(str(browser.find_element(By.CSS_SELECTOR, link).get_attribute("href")))
        keep(name)
    for name, (path, field, words) in TYPED.items():
        browser.get(hub.url + path)
        entry_field = browser.find_element(By.NAME, field)
        entry_field.send_keys(words(hub) + Keys.ENTER)
        WebDriverWait(browser, PATIENCE).until(expected_conditions.staleness_of(entry_field))
        keep(name)
    _add_to_collection(clerk, keep)
    _follow(hub)
    browser.get(f"{hub.url}/staff/imports/")
    keep("imports")


def _visit_record(clerk: Clerk, keep: Callable[[str], None]) -> None:
    """Open the record of a patron who owes a fee, with their card at the desk."""
    browser, hub = clerk.browser, clerk.hub
    browser.get(f"{hub.url}/staff/desk/")
    clerk.settled()
    clerk.scan(hub.patrons["fees"]["card"])
    browser.get(str(browser.find_element(By.CSS_SELECTOR, "#who a[href*='/staff/patrons/']").get_attribute("href")))
    keep("record")
    browser.get(f"{browser.current_url}fees/")
    keep("fees")


def _add_to_collection(clerk: Clerk, keep: Callable[[str], None]) -> None:
    """Scan the ISBN of a gift, and upload the sheet of a school class with one mistake."""
    browser, hub = clerk.browser, clerk.hub
    browser.get(f"{hub.url}/staff/collection/add/?isbn=9787544291170")
    keep("add-title")
    sheet = hub.state / "class-3b.csv"
    sheet.write_text(CLASS, encoding="utf-8")
    browser.get(f"{hub.url}/staff/uploads/patrons/")
    browser.find_element(By.CSS_SELECTOR, "main input[type=file]").send_keys(str(sheet))
    browser.find_element(By.CSS_SELECTOR, ".pick button").click()
    WebDriverWait(browser, PATIENCE).until(expected_conditions.presence_of_element_located((By.CLASS_NAME, "decision")))
    keep("import")


def _follow(hub: DemoHub) -> None:
    """Connect an ILS; this comes last, because it changes the texts of pages."""
    sheet = hub.state / "patrons.csv"
    sheet.write_text(SHEET.format(identifier=hub.patrons["plain_3"]["identifier"]), encoding="utf-8")
    modified_at = time.time() - 3600
    os.utime(sheet, (modified_at, modified_at))
    (hub.state / "sources.toml").write_text(SOURCES.format(sheet=sheet), encoding="utf-8")
    environment = {**os.environ, "KIOSK_HUB_STATE": str(hub.state), "DATABASE_URL": ""}
    subprocess.run((*HUB, "follow"), env=environment, check=False, capture_output=True, timeout=600)


if __name__ == "__main__":
    sys.exit(main())
