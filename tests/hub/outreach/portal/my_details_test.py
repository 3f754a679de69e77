"""Test what a kiosk shows and changes of a patron's data, after a PIN or code and with the card alone."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation import cards
from hub.circulation.models import Patron
from hub.core import verified_card_token
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, erasure, records
from hub.outreach.patrons.models import Consent, Person, ProfileField, Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle, Interest
from tests.hub.outreach.portal.identity_proof_test import ada, path, token_by_pin
from tests.hub.outreach.portal.phone import token_of
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents
from tests.hub.staff.staff_client import words
from tests.hub.support.world import ADA_UID, LIN_UID, World

__all__ = ["ada"]


def my_details(world: World) -> dict[str, Any]:
    response = world.device.post(path("mine"), {"token": token_by_pin(world)})
    assert response.status_code == 200, response.content
    details: dict[str, Any] = response.json()
    return details


def respond(world: World, ask: str, answer: str, about: str = "") -> None:
    row = world.row(
        "said", ask=ask, answer=answer, about=about, card=cards.hash_number(ADA_UID), proof=token_by_pin(world)
    )
    for _again in range(2):
        assert world.upload(row)["outcome"] == "accepted"
        carry()


def test_card_alone_opens_nothing(world: World, ada: Person) -> None:
    for what in ("mine", "page"):
        for token in ("", "4711", "99999999999.好"):
            assert world.device.post(path(what), {"token": token}).status_code == 403
    assert world.device.post(path("pin"), {"pin": "0000"}).json() == {"verdict": "wrong", "token": ""}


def test_token_is_bound_to_card_and_kiosk_and_expires(world: World, ada: Person) -> None:
    token = token_by_pin(world)
    assert world.device.post(path("mine"), {"token": token}).status_code == 200
    assert world.device.post(path("mine", LIN_UID), {"token": token}).status_code == 403
    assert world.add_kiosk("back").post(path("mine"), {"token": token}).status_code == 403
    changed = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert world.device.post(path("mine"), {"token": changed}).status_code == 403
    world.advance(minutes=verified_card_token.GOOD_FOR / timedelta(minutes=1))
    assert world.device.post(path("mine"), {"token": token}).status_code == 403


def test_proof_options_name_pin_and_verified_channel(world: World, ada: Person) -> None:
    assert world.device.get(path("proof")).json() == {"pin": True, "by": "mail"}
    assert world.device.get(path("proof", LIN_UID)).json() == {"pin": False, "by": ""}
    assert world.device.get(path("proof", "DEADBEEF")).status_code == 404


def test_code_to_verified_address_opens_details_once(world: World, ada: Person) -> None:
    assert world.device.post(path("code"), {}).json() == {"sent": True, "why": ""}
    code = str(Message.objects.get(kind="code").decrypted_facts()["code"])
    wrong = "000000" if code != "000000" else "111111"
    assert world.device.post(path("code/check"), {"code": wrong}).json()["verdict"] == "wrong"
    answer = world.device.post(path("code/check"), {"code": code}).json()
    assert answer["verdict"] == "right"
    assert world.device.post(path("mine"), {"token": answer["token"]}).status_code == 200
    assert world.device.post(path("code/check"), {"code": code}).json()["verdict"] == "wrong", "the code was used"


def test_patron_without_verified_address_gets_no_code(world: World) -> None:
    assert world.device.post(path("code", LIN_UID), {}).json() == {"sent": False, "why": "not_proved"}
    assert world.device.post(path("code/check", LIN_UID), {"code": "123456"}).json()["verdict"] == "wrong"


def test_addresses_are_masked_and_every_purpose_has_a_text(world: World, ada: Person) -> None:
    shown = my_details(world)
    assert [(each["channel"], each["shown"]) for each in shown["contacts"]] == [("mail", "a•••@example.org")]
    assert "ada@" not in str(shown)
    asked = {each["purpose"]: each for each in shown["consents"]}
    assert set(asked) == {
        "reminders", "history", "recommendations", "titles", "digest", "alerts", "campaign", "questionnaire",
    }  # fmt: skip
    assert not any(each["given"] for each in asked.values())
    assert asked["history"]["name"] == {"zh": "借阅历史", "en": "reading history"}
    assert asked["history"]["words"]["en"].startswith("The library may keep your most recently borrowed titles")


def test_consent_stores_text_version_and_can_be_withdrawn(world: World, ada: Person) -> None:
    version = next(each["version"] for each in my_details(world)["consents"] if each["purpose"] == "campaign")
    respond(world, "consent", f"give {version}", "campaign")
    stored = Consent.objects.get(purpose="campaign")
    assert (stored.given, stored.text_version, stored.by) == (True, version, "kiosk front")
    respond(world, "consent", "withdraw", "campaign")
    assert not consents.has_consented(ada, Purpose.CAMPAIGN)


def test_address_use_is_restricted_to_loans_and_restored(world: World, ada: Person) -> None:
    version = next(each["version"] for each in my_details(world)["consents"] if each["purpose"] == "campaign")
    respond(world, "consent", f"give {version}", "campaign")
    assert my_details(world)["contacts"][0]["serves"] == ["campaign"]
    respond(world, "use", "withdraw", "mail")
    (contact,) = my_details(world)["contacts"]
    assert (contact["serves"], contact["kept"]) == ([], True)
    stored = consents.uses_by_field(ada)["mail"].refusal
    assert stored is not None and stored.by == "kiosk front"
    respond(world, "use", "give", "mail")
    (contact,) = my_details(world)["contacts"]
    assert (contact["serves"], contact["kept"]) == (["campaign"], False)


def test_profile_field_is_masked_confirmed_and_deleted(world: World, ada: Person) -> None:
    by = RecordSource(Source.STAFF, "grace")
    records.store_field(ada, ProfileField.Name.OCCUPATION, "teacher", by, verified_at=hub_clock().now())
    records.store_field(ada, ProfileField.Name.GUARDIAN, "Lin", by)
    world.advance(days=200)
    shown = my_details(world)["contacts"][-1]
    assert (shown["number"], shown["shown"], shown["sure"], shown["address"]) == ("occupation", "t•••", False, False)
    assert "teacher" not in str(my_details(world)) and "guardian" not in [
        each["number"] for each in my_details(world)["contacts"]
    ]
    respond(world, "contact", "right", "occupation")
    assert my_details(world)["contacts"][-1]["sure"]
    respond(world, "contact", "wrong", "occupation")
    assert not ada.facts.filter(name=ProfileField.Name.OCCUPATION).exists()


def test_child_consent_requires_guardian_but_kiosk_can_withdraw(world: World, ada: Person) -> None:
    """The kiosk may only withdraw a child's consent."""
    Person.objects.filter(pk=ada.pk).update(child=True)
    version = consents.text(Purpose.HISTORY).version
    respond(world, "consent", f"give {version}", "history")
    assert not consents.has_consented(ada, Purpose.HISTORY)
    assert not my_details(world)["page"]
    assert world.device.post(path("page"), {"token": token_by_pin(world)}).status_code == 404, "no portal for a child"
    consents.give(ada, Purpose.HISTORY, "staff grace", version)
    respond(world, "consent", "withdraw", "history")
    assert not consents.has_consented(ada, Purpose.HISTORY)


@pytest.mark.parametrize(
    ("ask", "answer", "about"),
    [
        ("consent", "give 1066-1", "campaign"),
        ("consent", "give 2026-2", "service"),
        ("quiet", "25:00-08:00", ""),
        ("quiet", "08:00", ""),
        ("language", "tlh", ""),
        ("interest", "add", "I"),
        ("interest", "add", "zz"),
    ],
)
def test_invalid_response_changes_nothing(world: World, ada: Person, ask: str, answer: str, about: str) -> None:
    before = my_details(world)
    respond(world, ask, answer, about)
    assert my_details(world) == before


def test_quiet_hours_and_language_are_stored(world: World, ada: Person) -> None:
    respond(world, "quiet", "21:00-08:00")
    respond(world, "language", "zh")
    ada.refresh_from_db()
    assert (ada.quiet_from, ada.quiet_to, ada.language) == (time(21), time(8), "zh")
    assert my_details(world)["quiet"] == "21:00-08:00"
    respond(world, "quiet", "none")
    assert my_details(world)["quiet"] == "none"


def consent_to_history(ada: Person) -> None:
    for each in (Purpose.HISTORY, Purpose.RECOMMENDATIONS):
        consents.give(ada, each, "staff grace", consents.text(each).version)


def test_interests_are_added_removed_and_inference_disabled(world: World, ada: Person) -> None:
    consent_to_history(ada)
    respond(world, "interest", "add", "8")
    assert [each["code"] for each in my_details(world)["interests"]] == ["8"]
    respond(world, "interest", "remove", "8")
    assert my_details(world)["interests"] == [] and not Interest.objects.exists()
    assert my_details(world)["infers"]
    respond(world, "infer", "off")
    assert not my_details(world)["infers"]


def test_forgotten_visit_leaves_reading_history_but_not_loans(world: World, ada: Person) -> None:
    consent_to_history(ada)
    world.upload(world.checkout(world.dune))
    world.upload(world.checkout(world.emma))
    respond(world, "forget_visit", world.dune.barcode)
    assert [each.title for each in HistoryTitle.objects.all()] == [world.emma.title_id]
    assert world.ada.loans.count() == 2


def test_data_copy_request_opens_ticket(world: World, ada: Person) -> None:
    respond(world, "export", "please")
    ticket = Ticket.objects.get()
    assert ticket.person == ada and "资料" in ticket.lines.get().words


def test_erasure_waits_for_open_loans_listed_beforehand(world: World, ada: Person) -> None:
    assert my_details(world)["stays"] == []
    world.upload(world.checkout(world.dune))
    assert my_details(world)["stays"] == ["open_loans"]
    respond(world, "erase", "please")
    world.advance(hours=72)
    erasure.go_on(hub_clock().now())
    assert Person.objects.get(ref=world.ada.ref).erase_asked_at is not None and Patron.objects.filter(pk=world.ada.pk)


def test_phone_link_works_once_and_expires_after_ten_minutes(world: World, ada: Person) -> None:
    url = world.device.post(path("page"), {"token": token_by_pin(world)}).json()["url"]
    where = url[url.index("/p/") :]
    phone, other = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    seen, stolen = phone.get(where), other.get(where)
    assert "a•••" not in words(seen.content)
    phone.post(where, {"csrfmiddlewaretoken": token_of(seen.content)})
    assert "a•••@example.org" in words(phone.get(reverse("portal:notifications")).content)
    assert other.post(where, {"csrfmiddlewaretoken": token_of(stolen.content)}).status_code == 410
    late = world.device.post(path("page"), {"token": token_by_pin(world)}).json()["url"]
    world.advance(minutes=10)
    assert other.get(late[late.index("/p/") :]).status_code == 410


def test_message_is_queued(world: World, ada: Person) -> None:
    respond(world, "test", "send")
    assert Message.objects.filter(kind="test", person=ada).count() == 1


def test_reading_history_requires_consent_and_titles_are_removable(world: World, ada: Person) -> None:
    borrow_in_turn(world, world.dune)
    assert my_details(world)["had"] == [], "no history without consent"
    give_consents(world.ada)
    borrow_in_turn(world, world.dune, world.emma)
    titles = my_details(world)["had"]
    assert [(each["title"], each["key"]) for each in titles] == [
        ("Emma", str(world.emma.title_id)),
        ("Dune", str(world.dune.title_id)),
    ]
    assert all(each["day"] for each in titles)
    respond(world, "had", "remove", str(world.emma.title_id))
    assert [each["title"] for each in my_details(world)["had"]] == ["Dune"]
    respond(world, "had", "remove", "nothing")
    respond(world, "had", "keep", str(world.dune.title_id))
    assert [each["title"] for each in my_details(world)["had"]] == ["Dune"]
    respond(world, "consent", "withdraw", "history")
    assert my_details(world)["had"] == [] and not HistoryTitle.objects.exists()
