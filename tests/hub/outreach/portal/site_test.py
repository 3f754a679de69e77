"""Test what belongs to the portal as a whole: the app, pages kept for times without a connection, the languages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from hub.circulation.models import Hold, Library, Loan
from hub.core.language import is_english
from hub.core.pages import formatting
from hub.outreach.patrons.models import Person
from hub.outreach.portal.pages.site import FILES
from tests.hub.outreach.portal.phone import link, start_session, token_for
from tests.hub.staff.staff_client import words
from tests.hub.support.world import DUE, NOW, World

HOME, LOANS, WORKER = reverse("portal:home"), reverse("portal:loans"), reverse("portal:worker")
CHOICE = reverse("portal:languages")
HEADER, SIGNED_IN = "Kept-For", "Signed-In"


def test_only_home_and_loans_of_a_signed_in_patron_are_kept(world: World, ada: Person, phone: Client) -> None:
    kept = [each for each in (HOME, LOANS, f"{LOANS}?show=holds") if phone.get(each).has_header(HEADER)]
    assert kept == [HOME, LOANS, f"{LOANS}?show=holds"]
    others = [f"{LOANS}?show=past", link(ada), *map(reverse, ("portal:me", "portal:fees", "portal:known", "opac:find"))]
    assert not any(phone.get(each).has_header(HEADER) for each in others)
    assert not Client().get(HOME).has_header(HEADER)


def test_the_mark_of_a_patron_is_their_own_and_does_not_name_them(world: World, ada: Person, phone: Client) -> None:
    other = Client()
    start_session(other, Person.objects.create(ref=world.lin.ref, since=ada.since))
    marks = {phone.get(HOME)[HEADER], phone.get(LOANS)[HEADER], other.get(HOME)[HEADER]}
    assert len(marks) == 2 and not any(mark in ada.ref for mark in marks)


def test_the_worker_is_checked_for_changes_and_reaches_the_hub_only(world: World, client: Client) -> None:
    response = client.get(WORKER)
    assert response["Content-Type"] == "text/javascript" and response["Cache-Control"] == "no-cache"
    assert response["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"
    source = response.content.decode()
    assert all(f'"/static/{each}"' in source for each in FILES)
    assert '["/p/out/", "/p/me/erase/"]' in source


def test_the_notice_is_in_the_page_and_the_page_for_the_rest_names_nobody(
    world: World, ada: Person, phone: Client
) -> None:
    assert "Shown as of Wed 25 Nov 14:30." in phone.get(LOANS).content.decode()
    assert "Shown as of" not in phone.get(reverse("portal:me")).content.decode()
    world.upload(world.checkout(world.dune))
    world.advance(days=40)
    start_session(phone, ada)
    assert 'class="badge"' in phone.get(HOME).content.decode()
    assert 'class="badge"' not in phone.get(reverse("portal:offline")).content.decode()


def test_tab_counts_loans_due_today_and_ready_holds(world: World, ada: Person, phone: Client) -> None:
    def counted() -> str:
        start_session(phone, ada)
        found = re.search(r'class="badge">(\d+)', phone.get(reverse("portal:me")).content.decode())
        return found[1] if found else ""

    world.upload_all(world.checkout(world.dune), world.checkout(world.emma))
    Loan.objects.filter(item=world.emma).update(due=DUE + timedelta(days=1))
    world.advance(days=27)
    assert counted() == "", "due tomorrow"
    world.advance(days=1)
    assert counted() == "1"
    hold = world.place_hold(world.ada, world.utopia)
    assert counted() == "1", "not here yet"
    Hold.objects.filter(pk=hold.pk).update(state=Hold.State.READY)
    assert counted() == "2"


def test_offline_page_leaves_messages_to_the_page_that_follows_the_act(
    world: World, ada: Person, phone: Client
) -> None:
    """The service worker may fetch it between an act and its page, and keeps it for the next patron too."""
    token = token_for(phone)
    phone.post(LOANS, {"cancel": "1", "csrfmiddlewaretoken": token})
    assert "You no longer have this hold." not in words(phone.get(reverse("portal:offline")).content)
    assert "You no longer have this hold." in words(phone.get(LOANS).content)


def test_languages_page_says_in_which_of_them_the_library_writes(world: World) -> None:
    Library.objects.update(languages=["zh", "en"])
    seen = {
        code: words(Client(headers={"Accept-Language": code}).get(CHOICE).content) for code in ("en", "zh-hant", "mn")
    }
    assert "Messages come in: 中文, English." in seen["en"]
    assert "writes no messages" not in seen["en"] and "本館不用" not in seen["zh-hant"]
    assert "Номын сан Монгол хэлээр мэдээ бичдэггүй. Та 中文 хэлээр" in seen["mn"]


def test_each_page_of_a_signed_in_patron_says_whose_pages_the_phone_may_still_keep(
    world: World, ada: Person, phone: Client
) -> None:
    mark = phone.get(HOME)[HEADER]
    pages = (HOME, LOANS, *map(reverse, ("portal:me", "portal:fees", "opac:find")))
    assert [phone.get(each).get(SIGNED_IN) for each in pages] == [mark] * len(pages)
    assert not any(Client().get(each).has_header(SIGNED_IN) for each in (HOME, reverse("opac:find")))


def test_each_language_has_its_own_name_and_drafts_say_so(world: World) -> None:
    seen = words(Client(headers={"Accept-Language": "en"}).get(CHOICE).content)
    assert all(name in seen for _code, name in settings.LANGUAGES)
    assert "繁體中文 草稿，尚未經母語讀者審閱" in seen
    assert "Монгол Ноорог, төрөлх хэлтэй уншигч шалгаагүй" in seen
    assert "English Draft" not in seen and "简体中文 草稿" not in seen


@pytest.mark.parametrize(
    ("back", "leads"), [("/p/fees/", "/p/fees/"), ("", HOME), ("https://example.org/p/", HOME), ("//example.org", HOME)]
)
def test_choice_leads_back_to_a_page_of_the_portal(world: World, back: str, leads: str) -> None:
    page = Client().get(CHOICE, {"next": back}).content.decode()
    assert f'name="next" value="{leads}"' in page


@pytest.mark.parametrize("asked", ["zh-TW", "zh-HK", "zh-Hant"])
def test_phones_in_traditional_chinese_read_it(world: World, asked: str) -> None:
    phone = Client(headers={"Accept-Language": asked})
    page = phone.get(HOME).content.decode()
    assert "書名、作者、主題" in page and 'lang="zh-hant"' in page


def test_traditional_catalogue_has_the_terms_of_the_kiosk() -> None:
    """The catalogue is made by scripts/setup from the Simplified one, with the kiosk's words."""
    with override("zh-hant"):
        assert gettext("Report lost card") == "借閱證掛失"
        assert gettext("What we know about you and why") == "圖書館留存的資訊及用途"


def test_texts_of_the_library_are_english_beside_mongolian(world: World) -> None:
    """The library writes in Chinese and English; dates are Mongolian."""
    with override("mn"):
        assert is_english() and formatting.day(NOW) == "11-р сарын 25 (Лха)"


def test_portal_is_installable(world: World, client: Client) -> None:
    response = client.get(reverse("portal:manifest"))
    found = response.json()
    assert response["Content-Type"] == "application/manifest+json"
    assert (found["start_url"], found["scope"], found["display"]) == (HOME, HOME, "standalone")
    assert {each["sizes"] for each in found["icons"]} == {"192x192", "512x512"}
    page = client.get(HOME)
    assert reverse("portal:manifest") in page.content.decode()
    assert "manifest-src 'self'" in page["Content-Security-Policy"]
