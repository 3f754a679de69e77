"""Test what a kiosk shows and changes of a patron's data, after a PIN or code and with the card alone."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation import cards, pins
from hub.circulation.models import Patron
from hub.core import verified_card_token
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, erasure, field_consents, record_updates
from hub.outreach.patrons.models import Consent, Person, ProfileField, Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.record_updates import RecordSource
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle, Interest
from tests.hub.outreach.portal.phone import proved, token_of
from tests.hub.outreach.recommendations.reading_profiles.readers import agrees
from tests.hub.outreach.recommendations.reading_profiles.readers import reads as has_read
from tests.hub.staff.staff_client import words
from tests.hub.support.world import ADA_UID, LIN_UID, World

PIN = "4711"


def path(what: str, uid: str = ADA_UID) -> str:
    return f"/api/v1/cards/{cards.hashed(uid)}/{what}"


@pytest.fixture
def ada(world: World) -> Person:
    pins.set_pin(world.ada, PIN)
    return proved(world)


def opened(world: World) -> str:
    answer = world.device.post(path("pin"), {"pin": PIN}).json()
    assert answer["verdict"] == "right"
    return str(answer["token"])


def mine(world: World) -> dict[str, Any]:
    response = world.device.post(path("mine"), {"token": opened(world)})
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()
    return told


def says(world: World, ask: str, answer: str, about: str = "") -> None:
    row = world.row("said", ask=ask, answer=answer, about=about, card=cards.hashed(ADA_UID), proof=opened(world))
    for _again in range(2):
        assert world.tell(row)["outcome"] == "accepted"
        carry()


def test_a_found_card_opens_nothing(world: World, ada: Person) -> None:
    for what in ("mine", "page"):
        for token in ("", "4711", "99999999999.好"):
            assert world.device.post(path(what), {"token": token}).status_code == 403
    assert world.device.post(path("pin"), {"pin": "0000"}).json() == {"verdict": "wrong", "token": ""}


def test_what_was_proved_for_one_card_at_one_kiosk_opens_no_other_and_not_for_ever(world: World, ada: Person) -> None:
    token = opened(world)
    assert world.device.post(path("mine"), {"token": token}).status_code == 200
    assert world.device.post(path("mine", LIN_UID), {"token": token}).status_code == 403
    assert world.another("back").post(path("mine"), {"token": token}).status_code == 403
    changed = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert world.device.post(path("mine"), {"token": changed}).status_code == 403
    world.ahead(minutes=verified_card_token.GOOD_FOR / timedelta(minutes=1))
    assert world.device.post(path("mine"), {"token": token}).status_code == 403


def test_before_the_patron_has_proved_it_only_how_is_told(world: World, ada: Person) -> None:
    assert world.device.get(path("proof")).json() == {"pin": True, "by": "mail"}
    assert world.device.get(path("proof", LIN_UID)).json() == {"pin": False, "by": ""}
    assert world.device.get(path("proof", "DEADBEEF")).status_code == 404


def test_a_code_to_an_address_that_the_patron_proved_opens_them_too(world: World, ada: Person) -> None:
    assert world.device.post(path("code"), {}).json() == {"sent": True, "why": ""}
    code = str(Message.objects.get(kind="code").told()["code"])
    wrong = "000000" if code != "000000" else "111111"
    assert world.device.post(path("code/check"), {"code": wrong}).json()["verdict"] == "wrong"
    answer = world.device.post(path("code/check"), {"code": code}).json()
    assert answer["verdict"] == "right"
    assert world.device.post(path("mine"), {"token": answer["token"]}).status_code == 200
    assert world.device.post(path("code/check"), {"code": code}).json()["verdict"] == "wrong", "it is used up"


def test_who_has_proved_no_address_gets_no_code(world: World) -> None:
    assert world.device.post(path("code", LIN_UID), {}).json() == {"sent": False, "why": "not_proved"}
    assert world.device.post(path("code/check", LIN_UID), {"code": "123456"}).json()["verdict"] == "wrong"


def test_addresses_are_masked_and_every_purpose_has_its_words(world: World, ada: Person) -> None:
    told = mine(world)
    assert [(each["channel"], each["shown"]) for each in told["contacts"]] == [("mail", "a•••@example.org")]
    assert "ada@" not in str(told)
    asked = {each["purpose"]: each for each in told["consents"]}
    assert set(asked) == {
        "reminders", "history", "recommendations", "titles", "digest", "alerts", "campaign", "questionnaire",
    }  # fmt: skip
    assert not any(each["given"] for each in asked.values())
    assert asked["history"]["name"] == {"zh": "借阅历史", "en": "reading history"}
    assert asked["history"]["words"]["en"].startswith("The library may keep your most recently borrowed titles")


def test_a_consent_is_kept_with_the_words_the_patron_was_shown_and_withdrawn_by_one(world: World, ada: Person) -> None:
    version = next(each["version"] for each in mine(world)["consents"] if each["purpose"] == "campaign")
    says(world, "consent", f"give {version}", "campaign")
    kept = Consent.objects.get(purpose="campaign")
    assert (kept.given, kept.text_version, kept.by) == (True, version, "kiosk front")
    says(world, "consent", "withdraw", "campaign")
    assert not consents.given(ada, Purpose.CAMPAIGN)


def test_an_address_is_kept_for_their_loans_and_opened_again(world: World, ada: Person) -> None:
    version = next(each["version"] for each in mine(world)["consents"] if each["purpose"] == "campaign")
    says(world, "consent", f"give {version}", "campaign")
    assert mine(world)["contacts"][0]["serves"] == ["campaign"]
    says(world, "use", "withdraw", "mail")
    (told,) = mine(world)["contacts"]
    assert (told["serves"], told["kept"]) == ([], True)
    kept = field_consents.standing(ada)["mail"].kept
    assert kept is not None and kept.by == "kiosk front"
    says(world, "use", "give", "mail")
    (told,) = mine(world)["contacts"]
    assert (told["serves"], told["kept"]) == (["campaign"], False)


def test_what_else_the_patron_told_stands_beside_and_goes_when_the_patron_says_so(world: World, ada: Person) -> None:
    by = RecordSource(Source.STAFF, "grace")
    record_updates.store_field(ada, ProfileField.Name.OCCUPATION, "teacher", by, verified_at=hub_clock().now())
    record_updates.store_field(ada, ProfileField.Name.GUARDIAN, "Lin", by)
    world.ahead(days=200)
    told = mine(world)["contacts"][-1]
    assert (told["number"], told["shown"], told["sure"], told["address"]) == ("occupation", "t•••", False, False)
    assert "teacher" not in str(mine(world)) and "guardian" not in [each["number"] for each in mine(world)["contacts"]]
    says(world, "contact", "right", "occupation")
    assert mine(world)["contacts"][-1]["sure"]
    says(world, "contact", "wrong", "occupation")
    assert not ada.facts.filter(name=ProfileField.Name.OCCUPATION).exists()


def test_a_childs_consent_is_given_by_the_guardian_and_not_at_a_kiosk(world: World, ada: Person) -> None:
    """A consent can be withdrawn at the kiosk."""
    Person.objects.filter(pk=ada.pk).update(child=True)
    version = consents.text(Purpose.HISTORY).version
    says(world, "consent", f"give {version}", "history")
    assert not consents.given(ada, Purpose.HISTORY)
    assert not mine(world)["page"]
    assert world.device.post(path("page"), {"token": opened(world)}).status_code == 404, "nor on a phone by its PIN"
    consents.give(ada, Purpose.HISTORY, "staff grace", version)
    says(world, "consent", "withdraw", "history")
    assert not consents.given(ada, Purpose.HISTORY)


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
def test_what_makes_no_sense_changes_nothing(world: World, ada: Person, ask: str, answer: str, about: str) -> None:
    before = mine(world)
    says(world, ask, answer, about)
    assert mine(world) == before


def test_quiet_hours_and_language(world: World, ada: Person) -> None:
    says(world, "quiet", "21:00-08:00")
    says(world, "language", "zh")
    ada.refresh_from_db()
    assert (ada.quiet_from, ada.quiet_to, ada.language) == (time(21), time(8), "zh")
    assert mine(world)["quiet"] == "21:00-08:00"
    says(world, "quiet", "none")
    assert mine(world)["quiet"] == "none"


def reads(ada: Person) -> None:
    for each in (Purpose.HISTORY, Purpose.RECOMMENDATIONS):
        consents.give(ada, each, "staff grace", consents.text(each).version)


def test_interests_are_added_removed_and_no_more_inferred(world: World, ada: Person) -> None:
    reads(ada)
    says(world, "interest", "add", "8")
    assert [each["code"] for each in mine(world)["interests"]] == ["8"]
    says(world, "interest", "remove", "8")
    assert mine(world)["interests"] == [] and not Interest.objects.exists()
    assert mine(world)["infers"]
    says(world, "infer", "off")
    assert not mine(world)["infers"]


def test_a_visit_is_forgotten_in_their_history_alone(world: World, ada: Person) -> None:
    reads(ada)
    world.tell(world.borrows(world.dune))
    world.tell(world.borrows(world.emma))
    says(world, "forget_visit", world.dune.barcode)
    assert [each.title for each in HistoryTitle.objects.all()] == [world.emma.title_id]
    assert world.ada.loans.count() == 2


def test_a_copy_of_their_data_is_a_librarians_task(world: World, ada: Person) -> None:
    says(world, "export", "please")
    ticket = Ticket.objects.get()
    assert ticket.person == ada and "资料" in ticket.lines.get().words


def test_an_erasure_waits_for_what_the_patron_has_and_is_told_so_before(world: World, ada: Person) -> None:
    assert mine(world)["stays"] == []
    world.tell(world.borrows(world.dune))
    assert mine(world)["stays"] == ["open_loans"]
    says(world, "erase", "please")
    world.ahead(hours=72)
    erasure.go_on(hub_clock().now())
    assert Person.objects.get(ref=world.ada.ref).erase_asked_at is not None and Patron.objects.filter(pk=world.ada.pk)


def test_without_anything_open_the_patron_is_gone_when_the_days_are_over(world: World, ada: Person) -> None:
    says(world, "erase", "please")
    world.ahead(hours=72)
    erasure.go_on(hub_clock().now())
    assert not Person.objects.filter(ref=world.ada.ref).exists()
    assert not Patron.objects.filter(pk=world.ada.pk).exists()


def test_their_phone_goes_on_once_and_only_for_some_minutes(world: World, ada: Person) -> None:
    url = world.device.post(path("page"), {"token": opened(world)}).json()["url"]
    where = url[url.index("/p/") :]
    phone, other = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    seen, stolen = phone.get(where), other.get(where)
    assert "a•••" not in words(seen.content)
    phone.post(where, {"csrfmiddlewaretoken": token_of(seen.content)})
    assert "a•••@example.org" in words(phone.get(reverse("portal:notifications")).content)
    assert other.post(where, {"csrfmiddlewaretoken": token_of(stolen.content)}).status_code == 410
    late = world.device.post(path("page"), {"token": opened(world)}).json()["url"]
    world.ahead(minutes=10)
    assert other.get(late[late.index("/p/") :]).status_code == 410


def test_a_test_message_goes_out(world: World, ada: Person) -> None:
    says(world, "test", "send")
    assert Message.objects.filter(kind="test", person=ada).count() == 1


def test_what_the_patron_has_read_is_told_while_the_patron_agrees_and_ends_title_by_title(
    world: World, ada: Person
) -> None:
    has_read(world, world.dune)
    assert mine(world)["had"] == [], "without their consent nothing is kept"
    agrees(world.ada)
    has_read(world, world.dune, world.emma)
    told = mine(world)["had"]
    assert [(each["title"], each["key"]) for each in told] == [
        ("Emma", str(world.emma.title_id)),
        ("Dune", str(world.dune.title_id)),
    ]
    assert all(each["day"] for each in told)
    says(world, "had", "remove", str(world.emma.title_id))
    assert [each["title"] for each in mine(world)["had"]] == ["Dune"]
    says(world, "had", "remove", "nothing")
    says(world, "had", "keep", str(world.dune.title_id))
    assert [each["title"] for each in mine(world)["had"]] == ["Dune"]
    says(world, "consent", "withdraw", "history")
    assert mine(world)["had"] == [] and not HistoryTitle.objects.exists()
