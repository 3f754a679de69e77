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
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.models import Message
from hub.outreach.messaging.settings import FILE
from hub.outreach.patrons import records, verification_codes
from hub.outreach.patrons.models import Code, Contact, Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal import portal_session
from hub.outreach.portal.models import SignInRequest
from hub.outreach.portal.pages import sign_in
from tests.hub.outreach.portal.phone import MAIL, hidden, send_requested_codes
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

ADA, LIN, UNKNOWN = "20000000000012", "20000000000020", "99999999999999"
"""A card whose patron has an address, one whose patron has none, and an unknown card."""


VALUES = re.compile(r" WHERE | VALUES | SET |SAVEPOINT |_lock\(")
"""Everything after these values differs between runs."""


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the purpose of every keyed hash, and compute it as usual."""
    made: list[str] = []

    def keyed(about: str, text: str, real: Callable[[str, str], str] = encrypted_fields.keyed_hash) -> str:
        made.append(about.rstrip("0123456789"))
        return real(about, text)

    for module in (sign_in, verification_codes):
        monkeypatch.setattr(module, "keyed_hash", keyed)
    return made


def work(hashes: list[str], do: Callable[[], object]) -> list[str]:
    """Return the statements and hashes of a call in order, without their values."""
    hashes.clear()
    with CaptureQueriesContext(connection) as seen:
        do()
    return [*(VALUES.split(each["sql"])[0] for each in seen.captured_queries), *hashes]


def request_code(card: str, way: str = "") -> HttpResponse:
    typed = {"card": card, "to": "me", "way": way}
    return Client(headers={"Accept-Language": "en"}).post(reverse("portal:sign_in"), typed)


def enter_code(page: HttpResponse, code: str) -> HttpResponse:
    return Client().post(reverse("portal:sign_in"), {"of": hidden(page.content, "of"), "code": code, "to": "me"})


def sent() -> str:
    return str(Message.objects.filter(kind="code").latest("pk").decrypted_facts()["code"])


def test_code_request_does_the_same_work_for_every_card_number(world: World, ada: Person, hashes: list[str]) -> None:
    request_code("warm")
    done = [work(hashes, lambda card=card: request_code(card)) for card in (ADA, LIN, UNKNOWN)]  # type: ignore[misc]
    assert done[0] == done[1] == done[2]
    assert "phone asked" in done[0], "hashes are recorded"
    assert sum(each.startswith("INSERT") for each in done[0]) == 2, "the attempt and the request"
    assert not Message.objects.exists(), "the card is looked up later"


def test_immediate_lookup_is_detected_as_different_work(world: World, ada: Person, hashes: list[str]) -> None:
    """Control: the former behaviour is detected by the same measurement."""

    def at_once(card: str) -> None:
        request_code(card)
        send_requested_codes()

    request_code("warm")
    done = [work(hashes, lambda card=card: at_once(card)) for card in (ADA, UNKNOWN)]  # type: ignore[misc]
    assert done[0] != done[1]


def test_wrong_code_does_the_same_work_for_every_card_number(world: World, ada: Person, hashes: list[str]) -> None:
    pages = {card: request_code(card) for card in (ADA, LIN, UNKNOWN)}
    send_requested_codes()
    wrong = f"{(int(sent()) + 1) % 10**6:06}"
    for _time in range(verification_codes.TRIES + 2):
        done = [work(hashes, lambda page=page: enter_code(page, wrong)) for page in pages.values()]  # type: ignore[misc]
        assert done[0] == done[1] == done[2]
        assert "code " in done[0], "hashes are recorded"
    assert enter_code(pages[ADA], sent()).status_code == 422, "five wrong codes lock the request"


def test_correct_code_is_detected_as_different_work(world: World, ada: Person, hashes: list[str]) -> None:
    """Control: a right code is distinguished from a wrong one."""
    pages = [request_code(card) for card in (ADA, UNKNOWN)]
    send_requested_codes()
    done = [work(hashes, lambda page=page: enter_code(page, sent())) for page in pages]  # type: ignore[misc]
    assert done[0] != done[1]


def test_two_requests_within_a_minute_share_one_code(world: World, ada: Person) -> None:
    first, again = request_code(ADA), request_code(ADA)
    send_requested_codes()
    assert Message.objects.filter(kind="code").count() == SignInRequest.objects.count() == 1
    assert enter_code(again, sent()).status_code == 302
    assert enter_code(first, sent()).status_code == 422, "a code works once"


def test_requests_by_card_and_number_share_code_and_attempts(world: World, ada: Person) -> None:
    by_card, by_number = (
        request_code(ADA),
        request_code(world.ada.identifier if world.ada.identifier != ADA else "04A1B2C3"),
    )
    send_requested_codes()
    assert Code.objects.count() == 1
    wrong = f"{(int(sent()) + 1) % 10**6:06}"
    for page in (by_card, by_number, by_card, by_number, by_card):
        assert enter_code(page, wrong).status_code == 422
    assert enter_code(by_number, sent()).status_code == 422


def test_new_code_invalidates_former_one(world: World, ada: Person) -> None:
    first = request_code(ADA)
    send_requested_codes()
    former = sent()
    world.advance(minutes=2)
    second = request_code(ADA)
    send_requested_codes()
    assert enter_code(first, former).status_code == 422
    assert enter_code(second, sent()).status_code == 302


def test_code_page_sends_again_after_a_minute(world: World, ada: Person) -> None:
    page = request_code(ADA)
    send_requested_codes()
    # the clock of the test runs on, and the page rounds up to the minute
    assert re.search("New code from 14:3[12] Send a new code in Send a new code", words(page.content))
    world.advance(minutes=1)
    wrong = Client(headers={"Accept-Language": "en"}).post(
        reverse("portal:sign_in"), {"of": hidden(page.content, "of"), "code": "", "card": ADA, "to": "me"}
    )
    assert "Send a new code in" not in words(wrong.content), "no wait"
    again = request_code(hidden(wrong.content, "card"))
    send_requested_codes()
    assert Message.objects.filter(kind="code").count() == 2
    assert enter_code(again, sent()).status_code == 302


def test_code_goes_by_the_chosen_channel_or_else_by_another(world: World, ada: Person) -> None:
    records.store_contact(ada, "sms", "+8613800000000", RecordSource(Source.STAFF, "grace"))
    bound = {"mail": timedelta(days=1), "sms": timedelta(days=2)}
    for channel, before in bound.items():
        Contact.objects.filter(channel=channel).update(bound_at=hub_clock().now() - before)
    for way, channel in (("sms", "sms"), ("mail", "mail"), ("wechat", "mail")):
        assert f'name="way" value="{way}"' in request_code(ADA, way).content.decode()
        send_requested_codes()
        assert Code.objects.latest("pk").contact.channel == channel
        world.advance(minutes=2)
    for way in ("mail", "sms"):
        request_code(ADA, way)
    send_requested_codes()
    assert Code.objects.latest("pk").contact.channel == "sms", "the last choice before the code is sent"


def test_only_a_phone_that_signed_in_reads_where_the_code_goes(world: World, ada: Person) -> None:
    phone, other = (Client(headers={"Accept-Language": "en"}) for _each in range(2))
    url, unsaid = reverse("portal:sign_in"), "If this card has a confirmed address"

    def said(client: Client, card: str) -> str:
        return words(client.post(url, {"card": card, "to": "me", "way": "mail"}).content)

    first = phone.post(url, {"card": ADA, "to": "me", "way": "mail"})
    assert unsaid in words(first.content)
    send_requested_codes()
    assert phone.post(url, {"of": hidden(first.content, "of"), "code": sent(), "to": "me"}).status_code == 302
    assert "We are emailing it to a•••@example.org." in said(phone, ADA)
    assert all(unsaid in said(phone, card) for card in (LIN, UNKNOWN)), "other cards on this phone"
    assert unsaid in said(other, ADA), "this card on another phone"
    phone.post(reverse("portal:sign_out"))
    assert unsaid in said(phone, ADA), "signing out forgets the phone"


def test_card_number_is_erased_after_lookup(world: World, ada: Person) -> None:
    request_code(ADA)
    request_code(UNKNOWN)
    row = SignInRequest.objects.earliest("pk")
    assert ADA not in str(row.number) and row.number.decrypt() == ADA
    send_requested_codes()
    assert set(SignInRequest.objects.values_list("number", flat=True)) == {""}
    world.advance(minutes=11)
    portal_session.delete_expired(hub_clock().now())
    assert not SignInRequest.objects.exists()


def test_sign_in_page_from_before_update_is_rejected(world: World, ada: Person) -> None:
    before = signed_links.token("phone code", f"{ada.pk:020} {1:020}", hub_clock().now() + verification_codes.GOOD_FOR)
    assert Client().post(reverse("portal:sign_in"), {"of": before, "code": "123456"}).status_code == 422


@pytest.mark.parametrize("odd", ["box1:nothing", "\0", "9" * 400])
def test_invalid_card_number_does_not_block_other_codes(world: World, ada: Person, odd: str) -> None:
    request_code(odd)
    page = request_code(ADA)
    send_requested_codes()
    assert enter_code(page, sent()).status_code == 302


def test_failing_request_does_not_block_others_and_is_reported(world: World, ada: Person) -> None:
    """A value encrypted with another key also fails: it is retried until it expires."""
    request_code(LIN)
    SignInRequest.objects.update(number=encrypted_fields.EncryptedText("box1:AAAA"))
    page = request_code(ADA)
    with pytest.raises(encrypted_fields.KeyIsAnother):
        sign_in.send_codes(hub_clock().now())
    assert enter_code(page, sent()).status_code == 302
    world.advance(minutes=11)
    sign_in.send_codes(hub_clock().now())
    assert set(SignInRequest.objects.values_list("number", flat=True)) == {""}


def test_expired_request_is_not_looked_up(world: World, ada: Person) -> None:
    request_code(ADA)
    world.advance(minutes=11)
    send_requested_codes()
    assert SignInRequest.objects.get().number == ""
    assert not Message.objects.exists()
    assert the_central().by_card(ADA) == world.ada.ref


def test_sign_in_without_channels_points_to_kiosk_and_desk(world: World, ada: Person) -> None:
    (Path(settings.STATE) / FILE).write_text("", encoding="utf-8")
    pages = [
        Client(headers={"Accept-Language": "en"}).get(reverse("portal:sign_in")),
        *map(request_code, (ADA, LIN, UNKNOWN)),
    ]
    shown = [words(each.content) for each in pages]
    said = shown[0]
    assert shown == [said] * 4
    assert "cannot send codes to phones yet" in said
    assert "At a kiosk" in said
    assert "At a staffed desk" in said
    assert "digits" not in said
    assert not SignInRequest.objects.exists()


def test_code_goes_to_verified_address_on_available_channel(world: World, ada: Person) -> None:
    later = hub_clock().now() + timedelta(minutes=1)
    sms = records.store_contact(ada, "sms", "13900000001", RecordSource(Source.STAFF, "grace"))
    Contact.objects.filter(pk=sms.pk).update(bound_at=later)
    (Path(settings.STATE) / FILE).write_text(MAIL, encoding="utf-8")
    request_code(ADA)
    send_requested_codes()
    mail = Contact.objects.get(channel="mail")
    assert Message.objects.get(kind="code").decrypted_facts()["contact"] == mail.pk
