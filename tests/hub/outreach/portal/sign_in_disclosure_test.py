"""Test that signing in does not disclose whether a card exists: the work is the same for any number."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hub.core import encrypted_fields, signed_links
from hub.core.clock import hub_clock
from hub.outreach.library_system.registry import the_central
from hub.outreach.messaging.models import Message
from hub.outreach.messaging.settings import FILE
from hub.outreach.patrons import record_updates, verification_codes
from hub.outreach.patrons.models import Code, Contact, Person, Source
from hub.outreach.patrons.record_updates import RecordSource
from hub.outreach.portal import retention, sign_in_codes
from hub.outreach.portal.models import SignInRequest
from tests.hub.outreach.portal.phone import MAIL, hidden, minute
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

ADA, LIN, NOBODY = "20000000000012", "20000000000020", "99999999999999"
"""A card whose patron has an address, one whose patron has none, and an unknown card."""


VALUES = re.compile(r" WHERE | VALUES | SET |SAVEPOINT ")
"""Everything after these values differs between runs."""


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the purpose of every keyed hash, and compute it as usual."""
    made: list[str] = []

    def keyed(about: str, text: str, real: Callable[[str, str], str] = encrypted_fields.keyed) -> str:
        made.append(about.rstrip("0123456789"))
        return real(about, text)

    for module in (sign_in_codes, verification_codes):
        monkeypatch.setattr(module, "keyed", keyed)
    return made


def work(hashes: list[str], do: Callable[[], object]) -> list[str]:
    """Return the statements and hashes of a call in order, without their values."""
    hashes.clear()
    with CaptureQueriesContext(connection) as seen:
        do()
    return [*(VALUES.split(each["sql"])[0] for each in seen.captured_queries), *hashes]


def asks(card: str) -> HttpResponse:
    return Client(headers={"Accept-Language": "en"}).post(reverse("portal:sign_in"), {"card": card, "to": "me"})


def types(page: HttpResponse, code: str) -> HttpResponse:
    return Client().post(reverse("portal:sign_in"), {"of": hidden(page.content, "of"), "code": code, "to": "me"})


def sent() -> str:
    return str(Message.objects.filter(kind="code").latest("pk").told()["code"])


def test_asking_for_a_code_is_the_same_work_for_every_number(world: World, ada: Person, hashes: list[str]) -> None:
    asks("warm")
    done = [work(hashes, lambda card=card: asks(card)) for card in (ADA, LIN, NOBODY)]  # type: ignore[misc]
    assert done[0] == done[1] == done[2]
    assert "phone asked" in done[0], "hashes are seen"
    assert sum(each.startswith("INSERT") for each in done[0]) == 2, "the knock, and what was asked for"
    assert not Message.objects.exists(), "what differs comes later, when nobody waits"


def test_looking_the_card_up_at_once_would_be_seen(world: World, ada: Person, hashes: list[str]) -> None:
    """Control: the former behaviour is detected by the same measurement."""

    def at_once(card: str) -> None:
        asks(card)
        minute()

    asks("warm")
    done = [work(hashes, lambda card=card: at_once(card)) for card in (ADA, NOBODY)]  # type: ignore[misc]
    assert done[0] != done[1]


def test_a_wrong_code_is_the_same_work_for_every_number(world: World, ada: Person, hashes: list[str]) -> None:
    pages = {card: asks(card) for card in (ADA, LIN, NOBODY)}
    minute()
    wrong = f"{(int(sent()) + 1) % 10**6:06}"
    for _time in range(verification_codes.TRIES + 2):
        done = [work(hashes, lambda page=page: types(page, wrong)) for page in pages.values()]  # type: ignore[misc]
        assert done[0] == done[1] == done[2]
        assert "code " in done[0], "hashes are seen"
    assert types(pages[ADA], sent()).status_code == 422, "five wrong ones were enough"


def test_the_right_code_is_other_work(world: World, ada: Person, hashes: list[str]) -> None:
    """Control: a right code is distinguished from a wrong one."""
    pages = [asks(card) for card in (ADA, NOBODY)]
    minute()
    done = [work(hashes, lambda page=page: types(page, sent())) for page in pages]  # type: ignore[misc]
    assert done[0] != done[1]


def test_whoever_asks_twice_within_a_minute_goes_on_with_the_first_code(world: World, ada: Person) -> None:
    first, again = asks(ADA), asks(ADA)
    minute()
    assert Message.objects.filter(kind="code").count() == SignInRequest.objects.count() == 1
    assert types(again, sent()).status_code == 302
    assert types(first, sent()).status_code == 422, "a code is good once"


def test_their_number_is_another_way_to_the_same_code_and_no_further_guesses(world: World, ada: Person) -> None:
    by_card, by_number = asks(ADA), asks(world.ada.identifier if world.ada.identifier != ADA else "04A1B2C3")
    minute()
    assert Code.objects.count() == 1
    wrong = f"{(int(sent()) + 1) % 10**6:06}"
    for page in (by_card, by_number, by_card, by_number, by_card):
        assert types(page, wrong).status_code == 422
    assert types(by_number, sent()).status_code == 422


def test_a_new_code_makes_the_former_one_worthless(world: World, ada: Person) -> None:
    first = asks(ADA)
    minute()
    former = sent()
    world.ahead(minutes=2)
    second = asks(ADA)
    minute()
    assert types(first, former).status_code == 422
    assert types(second, sent()).status_code == 302


def test_the_number_is_gone_as_soon_as_it_was_looked_up(world: World, ada: Person) -> None:
    asks(ADA)
    asks(NOBODY)
    row = SignInRequest.objects.earliest("pk")
    assert ADA not in str(row.number) and row.number.opened() == ADA
    minute()
    assert set(SignInRequest.objects.values_list("number", flat=True)) == {""}
    world.ahead(minutes=11)
    retention.tidy(hub_clock().now())
    assert not SignInRequest.objects.exists()


def test_a_page_from_before_an_update_is_over_and_breaks_nothing(world: World, ada: Person) -> None:
    before = signed_links.token("phone code", f"{ada.pk:020} {1:020}", hub_clock().now() + verification_codes.GOOD_FOR)
    assert Client().post(reverse("portal:sign_in"), {"of": before, "code": "123456"}).status_code == 422


@pytest.mark.parametrize("odd", ["box1:nothing", "\0", "9" * 400])
def test_what_is_no_number_keeps_nobody_from_their_code(world: World, ada: Person, odd: str) -> None:
    asks(odd)
    page = asks(ADA)
    minute()
    assert types(page, sent()).status_code == 302


def test_one_that_fails_keeps_nobody_waiting_and_is_told(world: World, ada: Person) -> None:
    """A value encrypted with another key also fails: it is retried until it expires."""
    asks(LIN)
    SignInRequest.objects.update(number=encrypted_fields.Box("box1:AAAA"))
    page = asks(ADA)
    with pytest.raises(encrypted_fields.KeyIsAnother):
        sign_in_codes.send_codes(hub_clock().now())
    assert types(page, sent()).status_code == 302
    world.ahead(minutes=11)
    sign_in_codes.send_codes(hub_clock().now())
    assert set(SignInRequest.objects.values_list("number", flat=True)) == {""}


def test_what_nobody_looked_up_in_time_is_not_looked_up_any_more(world: World, ada: Person) -> None:
    asks(ADA)
    world.ahead(minutes=11)
    minute()
    assert SignInRequest.objects.get().number == ""
    assert not Message.objects.exists()
    assert the_central().by_card(ADA) == world.ada.ref


def test_without_a_channel_the_sign_in_sends_to_kiosk_and_desk_whatever_the_card(world: World, ada: Person) -> None:
    (Path(settings.STATE) / FILE).write_text("", encoding="utf-8")
    pages = [Client(headers={"Accept-Language": "en"}).get(reverse("portal:sign_in")), *map(asks, (ADA, LIN, NOBODY))]
    shown = [words(each.content) for each in pages]
    said = shown[0]
    assert shown == [said] * 4
    assert "cannot send codes to phones yet" in said
    assert "At a kiosk" in said
    assert "At a staffed desk" in said
    assert "digits" not in said
    assert not SignInRequest.objects.exists()


def test_the_code_goes_to_the_confirmed_address_that_the_library_can_reach(world: World, ada: Person) -> None:
    later = hub_clock().now() + timedelta(minutes=1)
    sms = record_updates.store_contact(ada, "sms", "13900000001", RecordSource(Source.STAFF, "grace"))
    Contact.objects.filter(pk=sms.pk).update(bound_at=later)
    (Path(settings.STATE) / FILE).write_text(MAIL, encoding="utf-8")
    asks(ADA)
    minute()
    mail = Contact.objects.get(channel="mail")
    assert Message.objects.get(kind="code").told()["contact"] == mail.pk
