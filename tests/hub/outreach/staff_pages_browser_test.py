"""Test the staff pages of outreach in Chromium, in both languages: nothing is cut off, no script fails."""

from __future__ import annotations

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.hub.outreach.portal.axe import serious
from tests.hub.staff.clerk import Clerk
from tests.hub.support.browsers import DemoHub, browser, chromium, demo_hub, served_demo
from tests.support.patience import PATIENCE

__all__ = ["browser", "chromium", "demo_hub", "served_demo"]
PATRON = "/staff/patrons/1/"
PAGES = {
    "questions": "/staff/questions/",
    "question": "/staff/questions/1/",
    "enter-question": "/staff/desk/said/question/",
    "enter-opinion": "/staff/desk/said/opinion/",
    "feedback": "/staff/feedback/",
    "books": "/staff/feedback/books/",
    "asks": "/staff/feedback/asked/",
    "opinion": "/staff/feedback/1/",
    "suggestions": "/staff/suggestions/",
    "suggestion": "/staff/suggestions/1/",
    "questionnaires": "/staff/questionnaires/",
    "questionnaire": "/staff/questionnaires/1/",
    "questionnaire-new": "/staff/questionnaires/new/?example=1",
    "questionnaire-edit": "/staff/questionnaires/1/edit/",
    "questionnaire-json": "/staff/questionnaires/1/json/",
    "courses": "/staff/courses/",
    "courses-topics": "/staff/courses/?show=topics",
    "course": "/staff/courses/1/",
    "session": "/staff/courses/dates/1/",
    "session-to-come": "/staff/courses/dates/2/",
    "resources": "/staff/resources/",
    "resource": "/staff/resources/1/",
    "journeys": "/staff/journeys/",
    "journey": "/staff/journeys/1/",
    "segment-rules": "/staff/segment-rules/",
    "segment-rules-edit": "/staff/segment-rules/1/",
    "segment-services": "/staff/segment-services/",
    "segment-services-new": "/staff/segment-services/new/",
    "segments": "/staff/segments/",
    "segments-new": "/staff/segments/?show=new",
    "reading": f"{PATRON}reading/",
    **{f"record-{tab}": f"{PATRON}{tab}/" for tab in ("loans", "holds", "fees", "messages", "notes", "history")},
    "record": PATRON,
    "cash-report": "/staff/fees/cash/",
    "reports": "/staff/reports/",
    "report": "/staff/reports/loans/?from=2026-01-01&to=2099-12-31",
    "report-messages": "/staff/reports/messages/?from=2026-01-01&to=2099-12-31",
    "habits": "/staff/habits/",
    "overdue": "/staff/overdue/",
    "lost": "/staff/overdue/?show=lost",
}
TOO_WIDE = """return [...document.querySelectorAll('body *')].filter((each) => {
    const box = each.getBoundingClientRect(), hidden = each.closest('.sprite, .unseen, details:not([open]) form');
    return box.width && box.right > document.documentElement.clientWidth + 1 && !hidden;
}).map((each) => each.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_fits_at_both_widths(browser: Chrome, demo_hub: DemoHub, language: str) -> None:
    clerk = Clerk(browser, demo_hub, language)
    browser.get_log("browser")  # discard the messages of earlier tests
    browser.get(f"{demo_hub.url}{PATRON}reading/")
    browser.find_element(By.CSS_SELECTOR, "main form button").click()  # the first of the reasons
    WebDriverWait(browser, PATIENCE).until(lambda found: found.find_elements(By.CSS_SELECTOR, ".settled"))
    for width in (820, 1280):
        browser.set_window_size(width, 900)
        for name, path in PAGES.items():
            browser.get(demo_hub.url + path)
            assert browser.find_elements("css selector", "main h1"), (name, width)
            assert browser.execute_script(TOO_WIDE) == [], (name, width)
            assert browser.get_log("browser") == [], (name, width)
            clerk.picture(f"outreach-{name}-{language[:2]}-{width}")


@pytest.mark.parametrize(
    "name", ["books", "asks", "questionnaire-new", "report", "journey", "segment-rules-edit", "segment-services-new"]
)
def test_page_has_no_serious_accessibility_violation(browser: Chrome, demo_hub: DemoHub, name: str) -> None:
    Clerk(browser, demo_hub)
    browser.get(demo_hub.url + PAGES[name])
    assert serious(browser) == []


def test_questionnaire_previews_follow_what_is_typed_and_enter_stores_nothing(
    browser: Chrome, demo_hub: DemoHub
) -> None:
    Clerk(browser, demo_hub)
    browser.get(demo_hub.url + PAGES["questionnaire-new"])
    entry = browser.find_element(By.NAME, "q1-title-en")
    entry.clear()
    entry.send_keys("Was it warm?")
    titles = lambda found: [each.text for each in found.find_elements(By.CSS_SELECTOR, "#q1-look .title")]  # noqa: E731
    WebDriverWait(browser, PATIENCE).until(lambda found: titles(found) == ["Was it warm?"] * 2)
    assert browser.switch_to.active_element == entry, "the field keeps the keyboard"
    entry.submit()
    WebDriverWait(browser, PATIENCE).until(lambda found: "/new/" in found.current_url and titles(found))
    assert browser.find_element(By.NAME, "q1-title-en").get_attribute("value") == "Was it warm?"
