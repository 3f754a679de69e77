"""Test patrons' pages in WeChat's own browser, and the cards under which pages are shared."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.models import Course, Session
from hub.outreach.patrons.models import Person
from tests.hub.outreach.portal.pages_browser_test import PUBLIC, SIGNED_IN
from tests.hub.outreach.portal.phone import start_session
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.47"


@pytest.fixture
def wechat(ada: Person) -> Client:
    """Return WeChat's browser on the phone of a signed-in patron."""
    made = Client(headers={"Accept-Language": "en", "User-Agent": WECHAT})
    start_session(made, ada)
    return made


def card(page: str) -> dict[str, str]:
    """Return the Open Graph properties of the page."""
    return dict(re.findall(r'<meta property="og:([^"]+)" content="([^"]*)">', page))


def test_no_page_asks_for_a_file(world: World, wechat: Client) -> None:
    for name in (*PUBLIC, *SIGNED_IN):
        page = wechat.get(reverse(f"portal:{name}"), follow=True).content.decode()
        assert 'type="file"' not in page, name


def test_pages_with_a_file_to_save_lead_out_of_wechat(world: World, ada: Person, wechat: Client, phone: Client) -> None:
    course = Course.objects.create(name={"zh": "夜读", "en": "Night reading"}, kind=Course.Kind.EVENT, shown=True)
    begins = hub_clock().now() + timedelta(days=3)
    Session.objects.create(course=course, branch=world.main, begins=begins, ends=begins + timedelta(hours=1), places=9)
    for url in (reverse("portal:export"), reverse("portal:event", args=(course.pk,))):
        assert "WeChat cannot save files." in words(wechat.get(url).content)
        assert "WeChat cannot save files." not in words(phone.get(url).content)


def test_title_is_shared_with_its_name_and_author(world: World, wechat: Client) -> None:
    title = Title.objects.get(pk=world.dune.title_id)
    url = reverse("opac:title", args=(title.pk,))
    found = card(wechat.get(url).content.decode())
    assert (found["title"], found["url"]) == ("Dune", f"{settings.PUBLIC_URL}{url}")
    assert found["description"].startswith("Herbert, Frank")
    assert found["image"] == f"{settings.PUBLIC_URL}/static/portal/icon-512.png"
    Title.objects.filter(pk=title.pk).update(cover="0" * 32)
    assert card(wechat.get(url).content.decode())["image"] == f"{settings.PUBLIC_URL}/covers/{'0' * 32}.webp"


def test_card_of_a_patrons_own_page_says_nothing_about_them(world: World, ada: Person, wechat: Client) -> None:
    world.upload(world.checkout(world.dune))
    for name in ("home", "loans", "me"):
        found = card(wechat.get(reverse(f"portal:{name}")).content.decode())
        assert (found["title"], "url" in found) == ("Test Library", False)
        assert found["description"] == "Find books, renew loans and place holds on your phone."


def test_icon_on_the_card_of_an_event_is_not_shown_as_its_poster(world: World, phone: Client) -> None:
    course = Course.objects.create(name={"zh": "夜读", "en": "Night reading"}, kind=Course.Kind.EVENT, shown=True)
    page = phone.get(reverse("portal:event", args=(course.pk,))).content.decode()
    assert card(page)["image"].endswith("icon-512.png") and "<img" not in page
