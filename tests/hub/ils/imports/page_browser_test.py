"""Test the page of imports in Chromium, in both languages: conflicts are read and settled there."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.hub.outreach.portal.axe import serious
from tests.hub.staff.clerk import Clerk
from tests.hub.staff.pages_browser_test import COVERED, TOO_WIDE
from tests.hub.support.browsers import HUB, DemoHub
from tests.support.patience import PATIENCE

SOURCES = """
[[source]]
name = "patrons"
reads = "patrons"
file = "{folder}/patrons.csv"

[[source]]
name = "loans"
reads = "loans"
file = "{folder}/loans.csv"
full = true

[[source]]
name = "holds"
reads = "holds"
file = "{folder}/holds.csv"
"""
WORDS = {
    "en": ("Conflicting rows", "Read again", "Corrected in the ILS", "Ignore this row", "Cannot read the file."),
    "zh-hans": ("有冲突的行", "重新读取", "已在业务系统更正", "忽略此行", "无法读取该文件。"),
}


def run_imports(hub: DemoHub) -> None:
    """Import two sheets with typical faults; a third sheet is missing."""
    patron, item = hub.patrons["plain_1"]["identifier"], hub.items["free_01"]["barcode"]
    day = datetime.now(UTC) - timedelta(days=1)
    sheets = {
        "patrons": f"identifier,name,category\n2999999999,Max Invented,nobles\n{'4' * 40},Mia Invented,adult\n",
        "loans": "patron_identifier,item_barcode,checked_out_at,due\n"
        f"{patron},39999999999999,{day:%Y-%m-%d %H:%M},2027-01-08\n"
        f"{patron},{item},yesterday,2027-01-08\n",
    }
    for name, text in sheets.items():
        (hub.state / f"{name}.csv").write_text(text, encoding="utf-8")
        os.utime(hub.state / f"{name}.csv", (day.timestamp(), day.timestamp()))
    (hub.state / "sources.toml").write_text(SOURCES.format(folder=hub.state), encoding="utf-8")
    environment = {**os.environ, "KIOSK_HUB_STATE": str(hub.state), "DATABASE_URL": ""}
    result = subprocess.run((*HUB, "follow"), env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 1 and "holds.csv" in result.stderr, result


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_conflicts_are_listed_and_settled_by_a_click(browser: Chrome, demo_hub: DemoHub, language: str) -> None:
    run_imports(demo_hub)
    clerk = Clerk(browser, demo_hub, language)
    browser.get_log("browser")
    for width, height in ((1440, 900), (1280, 900), (1024, 900), (820, 1180)):
        browser.set_window_size(width, height)
        browser.get(f"{demo_hub.url}/staff/imports/")
        assert browser.execute_script(TOO_WIDE) == [], width
        assert not browser.execute_script(COVERED), width
        assert browser.get_log("browser") == [], width
        assert serious(browser) == [], width
        clerk.picture(f"imports-{language[:2]}-{width}")
    text = browser.find_element(By.TAG_NAME, "main").text
    assert all(each in text for each in (*WORDS[language], "39999999999999", "nobles", "yesterday")), text
    rows = len(browser.find_elements(By.CSS_SELECTOR, "form[action$='/pass/']"))
    corrected_button = browser.find_element(By.XPATH, f"//button[normalize-space()='{WORDS[language][2]}']")
    corrected_button.click()
    clerk.wait_for(lambda: len(browser.find_elements(By.CSS_SELECTOR, "form[action$='/pass/']")) == rows - 1)
    clerk.picture(f"imports-settled-{language[:2]}")
