"""Test that a kiosk's key alone changes no record: changes need a proof by PIN or code, erasures wait."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Literal
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hub.api import new_api
from hub.circulation import cards, pins, watch
from hub.circulation.models import ExceptionCase, Kiosk, Patron
from hub.circulation.watch import THROTTLES
from hub.core import verified_card_token
from hub.core.clock import hub_clock
from hub.core.models import Attempt
from hub.core.throttle import Limit
from hub.fleet.devices import ALARM, CARDS, MOST
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.models import Message
from hub.outreach.messaging.rendering import current_facts
from hub.outreach.patrons import consents, erasure
from hub.outreach.patrons.models import Consent, Contact, Order, Person, Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import RecordSource
from hub.staff import exceptions
from lending.responses import KINDS, Proof
from tests.hub.fleet.health_test import HEALTH, report
from tests.hub.outreach.portal.phone import press, verified_ada
from tests.hub.staff.staff_client import Colleague, words
from tests.hub.support.world import ADA_UID, LIN_UID, World

PIN = "4711"


def limits(what: str) -> list[Limit]:
    """Return the limits of a kiosk's attempts."""
    return [each for each in THROTTLES[what].rules if isinstance(each, Limit)]


@pytest.fixture
def ada(world: World) -> Person:
    pins.set_pin(world.ada, PIN)
    return verified_ada(world)


def path(what: str, uid: str = ADA_UID) -> str:
    return f"/api/v1/cards/{cards.hash_number(uid)}/{what}"


def token_by_pin(world: World, uid: str = ADA_UID) -> str:
    return str(world.device.post(path("pin", uid), {"pin": PIN}).json()["token"])


def respond(
    world: World, ask: str, answer: str, about: str = "", *, no_block: bool = False, **more: Any
) -> dict[str, Any]:
    body = {"ask": ask, "answer": answer, "about": about, "card": cards.hash_number(ADA_UID), **more}
    answered = world.upload(world.row("said", no_block=no_block, **body))
    carry()
    return answered


@pytest.mark.parametrize("ask", sorted(name for name, each in KINDS.items() if each.required_proof is Proof.REQUIRED))
def test_card_hash_without_proof_changes_nothing(world: World, ada: Person, ask: str) -> None:
    """Attack: every kiosk has the hash of every card in its snapshot."""
    answered = respond(world, ask, "please")
    assert (answered["outcome"], answered["reason"]) == ("refused", "no_proof")
    assert world.event_kinds() == []
    assert Person.objects.filter(pk=ada.pk, erase_due_at=None).exists()


def test_token_of_other_card_kiosk_or_expired_is_rejected(world: World, ada: Person) -> None:
    pins.set_pin(world.lin, PIN)
    of_lin, of_ada = token_by_pin(world, LIN_UID), token_by_pin(world)
    back = world.add_kiosk("back")
    of_back = str(back.post(path("pin"), {"pin": PIN}).json()["token"])
    forged = of_ada[:-1] + ("0" if of_ada[-1] != "0" else "1")
    for token in (of_lin, of_back, forged):
        assert respond(world, "erase", "please", proof=token)["reason"] == "no_proof"
    world.advance(minutes=(verified_card_token.GOOD_FOR + verified_card_token.SLACK) / timedelta(minutes=1))
    assert respond(world, "erase", "please", proof=of_ada)["reason"] == "no_proof"
    assert respond(world, "erase", "please", proof=token_by_pin(world))["outcome"] == "accepted", "control"


def test_forged_token_beyond_calendar_counts_as_attempt(world: World, ada: Person) -> None:
    forged = f"{'9' * 12}.{'0' * 64}"
    answered = respond(world, "erase", "please", proof=forged)
    assert (answered["outcome"], answered["reason"]) == ("refused", "no_proof")
    assert THROTTLES[watch.UNPROVED].attempts(world.kiosk.name, hub_clock().now()).count() == 1
    assert world.device.post(path("mine"), {"token": forged}).status_code == 403


def test_change_proved_before_hub_outage_is_accepted_later(world: World, ada: Person) -> None:
    version = consents.text(Purpose.CAMPAIGN).version
    response = {"ask": "consent", "answer": f"give {version}", "about": "campaign", "card": cards.hash_number(ADA_UID)}
    row = world.row("said", no_block=True, proof=token_by_pin(world), **response)
    world.advance(hours=40)
    assert world.upload(row)["outcome"] == "accepted"
    carry()
    assert Consent.objects.get(purpose="campaign").given


def test_resent_proved_change_after_newer_row_is_accepted(world: World, ada: Person) -> None:
    """After the hub was restored, a busy kiosk uploads a new row before it repeats the older ones."""
    version = consents.text(Purpose.CAMPAIGN).version
    response = {"ask": "consent", "answer": f"give {version}", "about": "campaign", "card": cards.hash_number(ADA_UID)}
    row = world.row("said", no_block=True, proof=token_by_pin(world), **response)
    world.advance(hours=2)
    world.upload(world.checkout(world.dune))
    assert world.upload({**row, "result_shown": True})["outcome"] == "accepted"
    assert world.open_cases() == []


@pytest.mark.parametrize("way", ["number used twice", "another journal"])
def test_expired_token_under_older_number_is_set_aside(world: World, ada: Person, way: str) -> None:
    row = world.row(
        "said", no_block=True, ask="erase", answer="please", card=cards.hash_number(ADA_UID), proof=token_by_pin(world)
    )
    world.advance(hours=2)
    other = "01930000-0000-7000-8000-00000000000b"
    rows = [world.checkout(world.dune), world.checkout(world.emma)]
    world.upload_all({**rows[0], "seq": row["seq"]}, rows[1])
    sent = {"wire": 1, "boot": row["boot"], "mono_ns": rows[1]["mono_ns"], "rows": [row]}
    if way == "another journal":
        sent["journal"] = other
    assert world.device.post("/api/v1/transactions", sent).json()["answers"][0]["outcome"] == "set_aside"


def test_backdated_row_after_newer_visit_is_set_aside(world: World, ada: Person) -> None:
    """A kiosk that stored a proof backdates a row, but the hub knows a later visit."""
    token, card = token_by_pin(world), cards.hash_number(ADA_UID)
    world.advance(hours=40)
    counter, boot = world.row("said")["mono_ns"], "b3f1"
    then = counter - 40 * 3600 * 10**9

    def dated_back() -> dict[str, Any]:
        row = world.row("said", no_block=True, ask="erase", answer="please", card=card, proof=token)
        sent = {"wire": 1, "boot": boot, "mono_ns": counter, "rows": [{**row, "mono_ns": then}]}
        answer: dict[str, Any] = world.device.post("/api/v1/transactions", sent).json()["answers"][0]
        return answer

    assert dated_back()["outcome"] == "accepted", "control: the hub has no later visit"
    world.upload(world.checkout(world.dune))
    assert dated_back()["outcome"] == "set_aside"


def test_no_block_change_without_proof_becomes_exception_for_staff(world: World, ada: Person) -> None:
    answered = respond(world, "consent", "withdraw", "campaign", no_block=True)
    assert answered["outcome"] == "set_aside"
    case = ExceptionCase.objects.get()
    about = exceptions.subject_of(case)
    assert (case.reason, about.patron, about.can_be_done) == ("no_proof", world.ada, True)
    assert exceptions.repeat(about, world.by) is None
    carry()
    assert not Consent.objects.get(purpose="campaign").given


def test_erasure_waits_three_days_and_notifies_verified_address(world: World, ada: Person) -> None:
    assert respond(world, "erase", "please", proof=token_by_pin(world))["outcome"] == "accepted"
    message = Message.objects.get(kind="erasure")
    assert message.decrypted_facts()["contact"] == Contact.objects.get().pk
    world.advance(hours=71)
    assert erasure.go_on(hub_clock().now()) == 0
    world.advance(hours=1)
    assert erasure.go_on(hub_clock().now()) == 1
    assert not Person.objects.exists() and not Patron.objects.filter(pk=world.ada.pk).exists()


def test_message_link_cancels_erasure(world: World, ada: Person) -> None:
    respond(world, "erase", "please", proof=token_by_pin(world))
    client = Client(headers={"accept-language": "en"})
    facts = current_facts(Message.objects.get(kind="erasure"), hub_clock().now(), "en")
    assert facts is not None
    link = "/p/" + facts["link"].split("/p/", 1)[1]
    assert "It will be erased after" in words(client.get(link).content)
    assert Person.objects.exclude(erase_due_at=None).exists(), "opening the link does not cancel"
    assert "Your data stays" in press(client, link, link)
    world.advance(hours=100)
    assert erasure.go_on(hub_clock().now()) == 0 and Person.objects.exists()
    assert client.get("/p/keep/nonsense/").status_code == 410


def test_late_cancellation_does_not_confirm_that_data_stays(world: World, ada: Person) -> None:
    respond(world, "erase", "please", proof=token_by_pin(world))
    facts = current_facts(Message.objects.get(kind="erasure"), hub_clock().now(), "en")
    assert facts is not None
    link = "/p/" + facts["link"].split("/p/", 1)[1]
    client, call_off = Client(headers={"accept-language": "en"}), erasure.call_off

    def too_late(person: Person, by: RecordSource) -> bool:
        erasure.erase(person.ref, hub_clock().now())
        return call_off(person, by)

    with patch.object(erasure, "call_off", too_late):
        assert "Your data stays" not in press(client, link, link)


def test_cancellation_during_nightly_run_prevents_erasure(world: World, ada: Person) -> None:
    """The list of due erasures is read before the first of them is carried out."""
    ada.erase_due_at = hub_clock().now()
    ada.save()
    Person.objects.create(ref="another", since=hub_clock().now(), erase_due_at=hub_clock().now())
    central, page = the_central(), Person.objects.get(pk=ada.pk)
    forgotten: list[str] = []

    def forget(ref: str) -> Any:
        forgotten.append(ref)
        if len(forgotten) == 1:
            (other,) = Person.objects.exclude(ref=ref)
            assert erasure.call_off(other, RecordSource(Source.PHONE))
        return central.forget(ref)

    with patch.object(erasure, "the_central", return_value=SimpleNamespace(forget=forget)):
        assert erasure.go_on(hub_clock().now()) == 1
    assert len(forgotten) == 1
    (kept,) = Person.objects.all()
    assert kept.erase_due_at is None
    assert not erasure.call_off(page, RecordSource(Source.PHONE)), "the row is read again"


def test_kiosk_erasure_limit_opens_exception(world: World, ada: Person) -> None:
    (limit,) = limits(watch.ERASE)
    for _each in range(limit.most):
        assert respond(world, "erase", "please", proof=token_by_pin(world))["outcome"] == "accepted"
    assert [each.reason for each in world.open_cases()] == ["erase_limit"]
    assert respond(world, "erase", "please", proof=token_by_pin(world))["outcome"] == "refused"
    world.advance(hours=25)
    assert respond(world, "erase", "please", proof=token_by_pin(world))["outcome"] == "accepted"


def test_many_unproved_changes_raise_one_alarm(world: World, ada: Person) -> None:
    assert world.device.post(HEALTH, report(held=[])).status_code == 200
    for _each in range(12):
        respond(world, "use", "withdraw", "mail")
    assert [(each.kind, each.reason) for each in world.open_cases()] == [("alarm", "unproved_limit")]


def test_outdated_kiosk_without_proofs_raises_no_alarm(world: World, ada: Person) -> None:
    """The kiosk's version sends no proofs. A wrong proof raises an alarm for any version."""
    assert world.device.post(HEALTH, report()).status_code == 200
    for _each in range(12):
        assert respond(world, "use", "withdraw", "mail")["reason"] == "no_proof"
    assert world.open_cases() == []
    for _each in range(5):
        respond(world, "use", "withdraw", "mail", proof=f"1.{'0' * 64}")
    assert [each.reason for each in world.open_cases()] == ["unproved_limit"]


def test_card_without_proof_cannot_remove_address_or_change_channel_order(world: World, ada: Person) -> None:
    contact = Contact.objects.get()
    assert respond(world, "contact", "wrong", str(contact.pk))["outcome"] == "accepted"
    assert Contact.objects.get().replaced_at is None
    assert Ticket.objects.count() == 1, "a ticket for staff"
    Order.objects.create(person=ada, kind="", channels=["paper"])
    respond(world, "channel", "mail")
    assert Order.objects.get().channels == ["paper"]
    respond(world, "contact", "wrong", str(contact.pk), proof=token_by_pin(world))
    assert Contact.objects.get().replaced_at is not None


def test_staff_see_and_cancel_pending_erasure(world: World, ada: Person) -> None:
    grace = Colleague(headers={"accept-language": "en"})
    grace.force_login(User.objects.create_superuser("grace", password="x"))
    respond(world, "erase", "please", proof=token_by_pin(world))
    page = reverse("patrons:erase", args=(ada.pk,))
    assert "requested by the patron" in words(grace.get(reverse("patrons:lists") + "?show=leaving").content)
    assert "The patron requested this." in words(grace.get(page).content)
    grace.post(page, {"keep": "yes"})
    assert Person.objects.filter(pk=ada.pk, erase_due_at=None).exists()


def test_alarm_explains_what_to_do(world: World, ada: Person) -> None:
    Kiosk.objects.update(proves=True)
    grace = Colleague(headers={"accept-language": "en"})
    grace.force_login(User.objects.create_superuser("grace", password="x"))
    for _each in range(5):
        respond(world, "use", "withdraw", "mail")
    case = ExceptionCase.objects.get()
    assert "Changes without a PIN" in words(grace.get(reverse("staff:exceptions")).content)
    assert "revoke the kiosk" in words(grace.get(reverse("staff:exception", args=(case.pk,))).content)


def test_wrong_pins_on_many_cards_lock_kiosk_and_raise_alarm(world: World, ada: Person) -> None:
    """One PIN is tried on many cards: each card counts its own attempts, the kiosk all of them."""
    most = limits(watch.PIN)[0].most
    for number in range(most):
        tried = world.device.post(path("pin", f"04AA{number:04}"), {"pin": "1234"}).json()
        assert tried["verdict"] == "wrong"
    assert world.device.post(path("pin"), {"pin": PIN}).json() == {"verdict": "locked", "token": ""}
    assert world.add_kiosk("back").post(path("pin"), {"pin": PIN}).json()["verdict"] == "right", "control"
    assert [each.reason for each in world.open_cases()] == ["pin_limit"]
    world.advance(minutes=11)
    assert world.device.post(path("pin"), {"pin": PIN}).json()["verdict"] == "right"


def test_daily_limit_locks_pins_and_codes_together(world: World, ada: Person) -> None:
    """Attempts too slow for the short-term limit are stopped by the daily limit."""
    soon, day = limits(watch.PIN)
    assert world.device.post(path("code"), {}).json()["sent"]
    for number in range(day.most):
        what, body = ("code/check", {"code": "000000"}) if number % 2 else ("pin", {"pin": "1234"})
        tried = world.device.post(path(what, f"04AA{number:04}"), body).json()
        assert tried["verdict"] == "wrong"
        world.advance(minutes=soon.span / timedelta(minutes=1) / (soon.most - 1))
    locked = {"verdict": "locked", "token": ""}
    assert world.device.post(path("pin"), {"pin": PIN}).json() == locked
    assert world.device.post(path("code/check"), {"code": "000000"}).json() == locked
    world.advance(hours=24)
    assert world.device.post(path("code/check"), {"code": "000000"}).json()["verdict"] == "wrong"
    assert world.device.post(path("pin"), {"pin": PIN}).json()["verdict"] == "right"


def test_parallel_pin_attempts_stay_within_limit(world: World) -> None:
    """Each request starts before the previous one's result is known."""
    most, checked = limits(watch.PIN)[0].most, []

    def check() -> Literal["wrong"]:
        checked.append("1234")
        if len(checked) < most + 5:
            watch.check_guarded(world.kiosk, hub_clock().now(), check)
        return "wrong"

    watch.check_guarded(world.kiosk, hub_clock().now(), check)
    assert len(checked) == most
    assert [each.reason for each in world.open_cases()] == ["pin_limit"]


def test_correct_pins_never_lock_kiosk(world: World, ada: Person) -> None:
    for _each in range(limits(watch.PIN)[0].most + 1):
        assert world.device.post(path("pin"), {"pin": PIN}).json()["verdict"] == "right"
    assert not THROTTLES[watch.PIN].attempts(world.kiosk.name, hub_clock().now()).exists()


def test_kiosk_code_limit_per_hour_opens_exception(world: World, ada: Person) -> None:
    (limit,) = limits(watch.CODE)
    for _each in range(limit.most):
        assert world.device.post(path("code"), {}).json()["sent"]
    assert world.device.post(path("code"), {}).json() == {"sent": False, "why": "too_many"}
    assert [each.reason for each in world.open_cases()] == ["code_limit"]
    world.advance(minutes=61)
    assert world.device.post(path("code"), {}).json()["sent"], "control"


def test_unsendable_code_is_not_counted(world: World, ada: Person) -> None:
    Contact.objects.update(bound_at=None)
    for _each in range(limits(watch.CODE)[0].most + 1):
        assert world.device.post(path("code"), {}).json() == {"sent": False, "why": "not_proved"}
    assert world.open_cases() == []


def record_lookups(world: World, number: int) -> None:
    """Record lookups of other cards, so that the kiosk has looked up `number` cards in all."""
    now = hub_clock().now()
    one = CARDS.count(world.kiosk.name, now, f"{0:016x}")
    Attempt.objects.bulk_create(
        Attempt(who=one.who, mark=f"{each:016x}", at=now, until=one.until) for each in range(1, number)
    )


CARD_PATHS = [
    ("get", ""),
    ("get", "/proof"),
    ("get", "/greeting"),
    ("get", "/after"),
    ("post", "/pin"),
    ("post", "/code"),
    ("post", "/code/check"),
    ("post", "/mine"),
    ("post", "/page"),
]
BODIES: dict[str, dict[str, Any]] = {"/pin": {"pin": PIN}, "/code/check": {"code": "0"}}
BODIES |= {"/mine": {"token": ""}, "/page": {"token": ""}}


def status(world: World, method: str, what: str, uid: str = ADA_UID) -> int:
    address = f"/api/v1/cards/{cards.hash_number(uid)}{what}"
    if method == "get":
        return int(world.device.get(address).status_code)
    return int(world.device.post(address, BODIES.get(what, {})).status_code)


@pytest.mark.parametrize(("method", "what"), CARD_PATHS)
def test_every_card_path_counts_toward_card_limit(world: World, ada: Person, method: str, what: str) -> None:
    """The response of `after` contains titles: a list of card numbers would disclose those of all patrons."""
    record_lookups(world, MOST - 1)
    assert status(world, method, what) != 429
    assert status(world, method, what, LIN_UID) == 429
    assert status(world, method, what) != 429, "a counted card stays available"
    world.advance(minutes=61)
    assert status(world, method, what, LIN_UID) != 429
    assert Attempt.objects.exclude(mark="").count() == 1, "marks expire after an hour"


def test_card_paths_list_is_complete() -> None:
    there = {
        (method, address.removeprefix("/api/v1/cards/{hash}"))
        for address, methods in new_api().get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
        if "{hash}" in address
        for method in methods
    }
    assert there == set(CARD_PATHS)


def test_kiosk_card_lookup_limit_opens_exception(world: World, ada: Person) -> None:
    """A stolen key with a list of card numbers would disclose all patrons' names and loans."""
    record_lookups(world, ALARM - 2)
    assert status(world, "get", "") == status(world, "get", "/after") == 200
    assert world.open_cases() == []
    assert status(world, "get", "", LIN_UID) == 200
    assert [each.reason for each in world.open_cases()] == ["cards_limit"]
    record_lookups(world, MOST)
    other = f"/api/v1/cards/{cards.hash_number('04AA0001')}"
    assert world.device.get(other).status_code == 429
    assert world.add_kiosk("back").get(other).status_code == 404, "control"
