"""Test every portal page in Chromium at phone size: no axe-core finding in both languages, light, dark and large."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback import comments, suggestions, tickets
from hub.outreach.engagement.feedback.models import Course, Feedback, Session
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.patrons import consents, family_cards, records
from hub.outreach.patrons.models import Person, ProfileField, Source
from hub.outreach.patrons.records import RecordSource, person_of
from hub.outreach.portal import portal_session
from hub.outreach.portal.models import Scope
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak, too_small, violations
from tests.hub.outreach.portal.feedback_test import FORM
from tests.hub.outreach.portal.phone import link, send_requested_codes, verified_ada
from tests.hub.outreach.portal.touch_browser import enter_code, follow, press
from tests.hub.support.world import LIN_UID, World
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
LANGUAGES = {"en": "en", "zh-CN": "zh-hans", "zh-TW": "zh-hant", "mn": "mn"}
"""Language of the pages by the one that the phone requests."""
PUBLIC = (
    *("home", "receipt", "sign_in", "say", "suggest", "published_feedback", "questionnaires", "courses", "events"),
    *("join", "new"),
)
SIGNED_IN = (
    *("home", "loans", "fees", "for_you", "reading", "ask", "lost_card", "pin", "say", "courses", "mine"),
    *(
        "me",
        "notifications",
        "quiet",
        "digest",
        "consents",
        "known",
        "address",
        "export",
        "erase",
        "family",
        "add_family",
        "services",
    ),
)


@pytest.fixture
def ada(live_server: Any, world: World) -> Person:
    """Create a patron with content on every page."""
    person, now = verified_ada(world), hub_clock().now()
    world.upload(world.checkout(world.dune))
    world.upload(world.checkout(world.emma, due=now + timedelta(days=2)))
    world.place_hold(world.ada, world.utopia)
    carry()
    staff = Librarian().user
    ticket = tickets.ask(person, "find", "馆里有《敕勒歌》的注本吗？", now, world.main, "t1")
    assert ticket is not None
    tickets.answer(ticket, staff, "有，在二楼 I207 架，也可以为您预约。", now, "t2")
    comments.take("t3", now, world.main, face=2, words="阅览室晚上有点冷。", person=person)
    said = Feedback.objects.get()
    comments.answer(said, staff, "已调高供暖温度。", now, "t4")
    heard = {"zh": "阅览室晚上有点冷。", "en": "The reading room was cold."}
    comments.publish(said, heard, {"zh": "已调高晚间供暖温度。", "en": "It is warmer now."}, now)
    suggestions.suggest("t5", now, "呼兰河传", person)
    rounds.open_it(rounds.keep("visit", FORM, now), now.date(), now.date() + timedelta(days=9))
    course = Course.objects.create(
        name={"zh": "检索入门课", "en": "First steps"}, words={"zh": "学会查目录。", "en": "Find it."}
    )
    begins = now + timedelta(days=3)
    Session.objects.create(
        course=course, branch=world.main, begins=begins, ends=begins + timedelta(hours=1), places=9, room="201"
    )
    consents.give(person, "digest", "phone", consents.text("digest").version)
    _family(world, person)
    records.store_field(person, ProfileField.Name.OCCUPATION, "教师", RecordSource(Source.STAFF, "grace"))
    return person


def _family(world: World, person: Person) -> None:
    """Let the patron see the loans of one card, and one patron see theirs."""
    lin = person_of(world.lin.ref)
    assert lin is not None
    world.upload(world.checkout(world.utopia, LIN_UID))
    carry()
    family_cards.add(person, lin, RecordSource(Source.PHONE))
    family_cards.add(lin, person, RecordSource(Source.PHONE))


@pytest.fixture
def phone(browser: Chrome) -> Iterator[Chrome]:
    on_a_phone(browser)
    browser.get_log("browser")  # discard the messages of earlier tests
    yield browser
    off_the_phone(browser)


def start_browser_session(phone: Chrome, url: str, person: Person) -> None:
    """Start a portal session without the code."""
    from django.http import HttpResponse

    cookie = portal_session.start_session(HttpResponse(), person, Scope.ALL).cookies[portal_session.COOKIE].value
    phone.get(f"{url}{reverse('portal:home')}")
    phone.add_cookie({"name": portal_session.COOKIE, "value": cookie, "path": "/p/"})


def findings(phone: Chrome, name: str, language: str, *, refused: bool = False) -> list[str]:
    """Return the findings of the page. A refused page's own status is no finding."""
    folder = os.environ.get("KIOSK_PHONE_PICTURES")
    if folder:
        (Path(folder) / f"{name}-{language}.png").write_bytes(phone.get_screenshot_as_png())
    logged = [each["message"] for each in phone.get_log("browser") if each["level"] == "SEVERE"]
    errors = [] if refused else logged
    return [f"{name}: {each}" for each in (*violations(phone), *too_small(phone), *errors)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_have_no_accessibility_findings(live_server: Any, phone: Chrome, ada: Person, language: str) -> None:
    speak(phone, language)
    problems = []
    for name in PUBLIC:
        phone.get(f"{live_server.url}{reverse(f'portal:{name}')}")
        problems += findings(phone, name, language)
        spoken = phone.find_element("tag name", "html").get_attribute("lang")
        assert spoken == LANGUAGES[language]
    for name, path in {
        "questionnaire": reverse("portal:questionnaire", args=("visit",)),
        "by_link": link(ada),
        "answers": link(ada, "a", "portal:answers_by_link"),
    }.items():
        phone.get(f"{live_server.url}{path}")
        problems += findings(phone, name, language)
    start_browser_session(phone, live_server.url, ada)
    for name in SIGNED_IN:
        phone.get(f"{live_server.url}{reverse(f'portal:{name}')}")
        assert "/in/" not in phone.current_url
        problems += findings(phone, f"signed-in-{name}", language)
    assert problems == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_data_request_pages_have_no_accessibility_findings(
    live_server: Any, phone: Chrome, world: World, language: str
) -> None:
    """The patron has no loans, so that the erasure is offered."""
    person = verified_ada(world)
    speak(phone, language)
    start_browser_session(phone, live_server.url, person)
    problems = []
    for name in ("export", "erase"):
        phone.get(f"{live_server.url}{reverse(f'portal:{name}')}")
        problems += findings(phone, f"proof-{name}", language)
        phone.find_element("name", "pin").send_keys("0000")
        press(phone, "main form .primary")
        problems += findings(phone, f"proof-{name}-wrong", language, refused=True)
    press(phone, "[name=send]")
    problems += findings(phone, "proof-code", language)
    send_requested_codes()
    enter_code(phone)
    assert "/p/me/" in phone.current_url and phone.find_elements("css selector", "form[action='/p/me/keep/']")
    problems += findings(phone, "proof-asked", language)
    assert problems == []


def test_dark_pages_have_no_accessibility_findings(live_server: Any, phone: Chrome, ada: Person) -> None:
    speak(phone, "en")
    phone.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    start_browser_session(phone, live_server.url, ada)
    problems = []
    try:
        for name in ("home", "loans", "for_you", "me", "notifications", "known"):
            phone.get(f"{live_server.url}{reverse(f'portal:{name}')}")
            problems += findings(phone, f"dark-{name}", "en")
        ground = phone.execute_script("return getComputedStyle(document.body).backgroundColor")
    finally:
        phone.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert (problems, ground) == ([], "rgb(22, 19, 15)")


def test_double_text_size_is_not_cut_off(live_server: Any, phone: Chrome, ada: Person) -> None:
    """The root font size stands for the text size that the reader has set."""
    speak(phone, "en")
    start_browser_session(phone, live_server.url, ada)
    problems = []
    for name in ("home", "loans", "me", "notifications", "quiet"):
        phone.get(f"{live_server.url}{reverse(f'portal:{name}')}")
        phone.execute_script("document.documentElement.style.setProperty('font-size', '200%')")
        cut = phone.execute_script(
            "return [...document.querySelectorAll('main .what, main .button, main h1, main h2, .tabs a')]"
            ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.trim()).concat("
            "[...document.querySelectorAll('main .group .row > *')].filter(e => e.getBoundingClientRect().right >"
            " e.closest('.group').getBoundingClientRect().right).map(e => e.textContent.trim()))"
        )
        wide = phone.execute_script("return document.documentElement.scrollWidth")
        problems += [(name, cut, wide)] if cut or wide > 390 else []
    assert problems == []


def test_axe_reports_known_violations(phone: Chrome) -> None:
    phone.get("data:text/html;charset=utf-8,<html><body><input><p style='color:%23eee'>faint</p></body></html>")
    assert {each.split(":")[0] for each in serious(phone)} >= {"label", "color-contrast"}
    assert too_small(phone), "a field of 20 points is too small for a thumb"


def in_language(phone: Chrome, code: str) -> bool:
    """Return without raising while one page is replaced by the next."""
    return bool(phone.execute_script("return document.documentElement.lang == arguments[0]", code))


def test_chosen_language_is_kept(live_server: Any, phone: Chrome, ada: Person) -> None:
    speak(phone, "en")
    phone.get(f"{live_server.url}{reverse('portal:receipt')}")
    follow(phone, phone.find_element("css selector", "header .language"))
    wrong = findings(phone, "languages", "en")
    for code, words in (
        ("zh-hans", "书名、作者、主题"),
        ("zh-hant", "書名、作者、主題"),
        ("mn", "Ном, зохиогч, сэдэв"),
    ):
        phone.find_element("css selector", f"button[value={code}]").click()
        WebDriverWait(phone, PATIENCE).until(partial(in_language, code=code))
        assert phone.current_url == f"{live_server.url}{reverse('portal:receipt')}"
        phone.get(f"{live_server.url}{reverse('portal:home')}")
        assert in_language(phone, code) and words in phone.page_source
        phone.get(f"{live_server.url}{reverse('portal:languages')}?next={reverse('portal:receipt')}")
        wrong += findings(phone, "languages", code)
    assert wrong == []
