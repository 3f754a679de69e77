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
from hub.circulation.models import ExceptionCase, Kiosk
from hub.circulation.watch import THROTTLES
from hub.core import verified_card_token
from hub.core.clock import hub_clock
from hub.core.models import Attempt
from hub.core.throttle import Limit
from hub.fleet.signature_auth import ALARM, CARDS, MOST
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.library_system.registry import the_central
from hub.outreach.messaging.models import Message
from hub.outreach.messaging.template_data import current_facts
from hub.outreach.patrons import consents, erasure
from hub.outreach.patrons.models import Consent, Contact, Order, Person, Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.record_updates import RecordSource
from hub.staff import exception_fixes
from lending.responses import KINDS, Proof
from tests.hub.fleet.health_test import HEALTH, report
from tests.hub.outreach.portal.phone import press, proved
from tests.hub.staff.staff_client import Colleague, words
from tests.hub.support.world import ADA_UID, LIN_UID, World

PIN = "4711"


def limits(what: str) -> list[Limit]:
    """The limits of a kiosk's attempts."""
    return [each for each in THROTTLES[what].rules if isinstance(each, Limit)]


@pytest.fixture
def ada(world: World) -> Person:
    pins.set_pin(world.ada, PIN)
    return proved(world)


def path(what: str, uid: str = ADA_UID) -> str:
    return f"/api/v1/cards/{cards.hashed(uid)}/{what}"


def opened(world: World, uid: str = ADA_UID) -> str:
    return str(world.device.post(path("pin", uid), {"pin": PIN}).json()["token"])


def says(
    world: World, ask: str, answer: str, about: str = "", *, no_block: bool = False, **more: Any
) -> dict[str, Any]:
    body = {"ask": ask, "answer": answer, "about": about, "card": cards.hashed(ADA_UID), **more}
    answered = world.tell(world.row("said", no_block=no_block, **body))
    carry()
    return answered


@pytest.mark.parametrize("ask", sorted(name for name, each in KINDS.items() if each.required_proof is Proof.REQUIRED))
def test_a_card_hash_changes_nothing(world: World, ada: Person, ask: str) -> None:
    """Attack: every kiosk has the hash of every card in its snapshot."""
    answered = says(world, ask, "please")
    assert (answered["outcome"], answered["reason"]) == ("refused", "no_proof")
    assert world.happened() == []
    assert Person.objects.filter(pk=ada.pk, erase_due_at=None).exists()


def test_a_pass_of_another_card_kiosk_or_hour_changes_nothing(world: World, ada: Person) -> None:
    pins.set_pin(world.lin, PIN)
    of_lin, of_ada = opened(world, LIN_UID), opened(world)
    back = world.another("back")
    of_back = str(back.post(path("pin"), {"pin": PIN}).json()["token"])
    forged = of_ada[:-1] + ("0" if of_ada[-1] != "0" else "1")
    for token in (of_lin, of_back, forged):
        assert says(world, "erase", "please", proof=token)["reason"] == "no_proof"
    world.ahead(minutes=(verified_card_token.GOOD_FOR + verified_card_token.SLACK) / timedelta(minutes=1))
    assert says(world, "erase", "please", proof=of_ada)["reason"] == "no_proof"
    assert says(world, "erase", "please", proof=opened(world))["outcome"] == "accepted", "the control"


def test_a_forged_pass_that_ends_beyond_every_calendar_is_counted_as_an_attempt(world: World, ada: Person) -> None:
    forged = f"{'9' * 12}.{'0' * 64}"
    answered = says(world, "erase", "please", proof=forged)
    assert (answered["outcome"], answered["reason"]) == ("refused", "no_proof")
    assert THROTTLES[watch.UNPROVED].attempts(world.kiosk.name, hub_clock().now()).count() == 1
    assert world.device.post(path("mine"), {"token": forged}).status_code == 403


def test_what_was_proved_before_the_hub_went_away_is_done_when_it_is_back(world: World, ada: Person) -> None:
    version = consents.text(Purpose.CAMPAIGN).version
    told = {"ask": "consent", "answer": f"give {version}", "about": "campaign", "card": cards.hashed(ADA_UID)}
    row = world.row("said", no_block=True, proof=opened(world), **told)
    world.ahead(hours=40)
    assert world.tell(row)["outcome"] == "accepted"
    carry()
    assert Consent.objects.get(purpose="campaign").given


def test_a_proved_change_that_goes_again_after_a_newer_row_is_done(world: World, ada: Person) -> None:
    """After the hub was restored, a busy kiosk uploads a new row before it repeats the older ones."""
    version = consents.text(Purpose.CAMPAIGN).version
    told = {"ask": "consent", "answer": f"give {version}", "about": "campaign", "card": cards.hashed(ADA_UID)}
    row = world.row("said", no_block=True, proof=opened(world), **told)
    world.ahead(hours=2)
    world.tell(world.borrows(world.dune))
    assert world.tell({**row, "result_shown": True})["outcome"] == "accepted"
    assert world.open_cases() == []


@pytest.mark.parametrize("way", ["a number used twice", "another journal"])
def test_an_old_pass_is_not_used_again_under_an_older_number(world: World, ada: Person, way: str) -> None:
    row = world.row(
        "said", no_block=True, ask="erase", answer="please", card=cards.hashed(ADA_UID), proof=opened(world)
    )
    world.ahead(hours=2)
    other = "01930000-0000-7000-8000-00000000000b"
    rows = [world.borrows(world.dune), world.borrows(world.emma)]
    world.hand_over({**rows[0], "seq": row["seq"]}, rows[1])
    sent = {"wire": 1, "boot": row["boot"], "mono_ns": rows[1]["mono_ns"], "rows": [row]}
    if way == "another journal":
        sent["journal"] = other
    assert world.device.post("/api/v1/transactions", sent).json()["answers"][0]["outcome"] == "set_aside"


def test_an_old_pass_is_not_used_again_by_dating_back(world: World, ada: Person) -> None:
    """A kiosk that keeps proofs claims it happened then, but the hub knows a later visit."""
    token, card = opened(world), cards.hashed(ADA_UID)
    world.ahead(hours=40)
    counter, boot = world.row("said")["mono_ns"], "b3f1"
    then = counter - 40 * 3600 * 10**9

    def dated_back() -> dict[str, Any]:
        row = world.row("said", no_block=True, ask="erase", answer="please", card=card, proof=token)
        sent = {"wire": 1, "boot": boot, "mono_ns": counter, "rows": [{**row, "mono_ns": then}]}
        answer: dict[str, Any] = world.device.post("/api/v1/transactions", sent).json()["answers"][0]
        return answer

    assert dated_back()["outcome"] == "accepted", "the control: the hub has heard of nothing since"
    world.tell(world.borrows(world.dune))
    assert dated_back()["outcome"] == "set_aside"


def test_what_was_promised_without_a_proof_is_kept_for_staff_who_may_do_it(world: World, ada: Person) -> None:
    answered = says(world, "consent", "withdraw", "campaign", no_block=True)
    assert answered["outcome"] == "set_aside"
    case = ExceptionCase.objects.get()
    about = exception_fixes.subject_of(case)
    assert (case.reason, about.patron, about.can_be_done) == ("no_proof", world.ada, True)
    assert exception_fixes.again(about, world.by) is None
    carry()
    assert not Consent.objects.get(purpose="campaign").given


def test_an_erasure_waits_three_days_and_is_told_to_the_proved_address(world: World, ada: Person) -> None:
    assert says(world, "erase", "please", proof=opened(world))["outcome"] == "accepted"
    told = Message.objects.get(kind="erasure")
    assert told.told()["contact"] == Contact.objects.get().pk
    world.ahead(hours=71)
    assert erasure.go_on(hub_clock().now()) == 0
    world.ahead(hours=1)
    assert erasure.go_on(hub_clock().now()) == 1
    assert not Person.objects.exists()


def test_the_patron_calls_it_off_by_the_link_in_the_message(world: World, ada: Person) -> None:
    says(world, "erase", "please", proof=opened(world))
    client = Client(headers={"accept-language": "en"})
    facts = current_facts(Message.objects.get(kind="erasure"), hub_clock().now(), "en")
    assert facts is not None
    link = "/p/" + facts["link"].split("/p/", 1)[1]
    assert "It will be erased after" in words(client.get(link).content)
    assert Person.objects.exclude(erase_due_at=None).exists(), "looking keeps nothing"
    assert "Your data stays" in press(client, link, link)
    world.ahead(hours=100)
    assert erasure.go_on(hub_clock().now()) == 0 and Person.objects.exists()
    assert client.get("/p/keep/nonsense/").status_code == 410


def test_who_comes_too_late_to_call_it_off_is_not_told_that_the_record_stays(world: World, ada: Person) -> None:
    says(world, "erase", "please", proof=opened(world))
    facts = current_facts(Message.objects.get(kind="erasure"), hub_clock().now(), "en")
    assert facts is not None
    link = "/p/" + facts["link"].split("/p/", 1)[1]
    client, call_off = Client(headers={"accept-language": "en"}), erasure.call_off

    def too_late(person: Person, by: RecordSource) -> bool:
        erasure.erase(person.ref, hub_clock().now())
        return call_off(person, by)

    with patch.object(erasure, "call_off", too_late):
        assert "Your data stays" not in press(client, link, link)


def test_who_calls_it_off_while_the_night_works_is_not_erased(world: World, ada: Person) -> None:
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
    assert not erasure.call_off(page, RecordSource(Source.PHONE)), "what was read before is looked at again"


def test_a_kiosk_asks_for_few_erasures_a_day_and_staff_hear_of_it(world: World, ada: Person) -> None:
    (limit,) = limits(watch.ERASE)
    for _each in range(limit.most):
        assert says(world, "erase", "please", proof=opened(world))["outcome"] == "accepted"
    assert [each.reason for each in world.open_cases()] == ["erase_limit"]
    assert says(world, "erase", "please", proof=opened(world))["outcome"] == "refused"
    world.ahead(hours=25)
    assert says(world, "erase", "please", proof=opened(world))["outcome"] == "accepted"


def test_many_changes_without_a_proof_raise_one_alarm_a_day(world: World, ada: Person) -> None:
    assert world.device.post(HEALTH, report(held=[])).status_code == 200
    for _each in range(12):
        says(world, "use", "withdraw", "mail")
    assert [(each.kind, each.reason) for each in world.open_cases()] == [("alarm", "unproved_limit")]


def test_a_kiosk_that_was_not_updated_yet_raises_no_alarm(world: World, ada: Person) -> None:
    """The kiosk's version sends no proofs. A wrong proof raises an alarm for any version."""
    assert world.device.post(HEALTH, report()).status_code == 200
    for _each in range(12):
        assert says(world, "use", "withdraw", "mail")["reason"] == "no_proof"
    assert world.open_cases() == []
    for _each in range(5):
        says(world, "use", "withdraw", "mail", proof=f"1.{'0' * 64}")
    assert [each.reason for each in world.open_cases()] == ["unproved_limit"]


def test_a_card_alone_takes_no_address_away_and_turns_no_order_round(world: World, ada: Person) -> None:
    contact = Contact.objects.get()
    assert says(world, "contact", "wrong", str(contact.pk))["outcome"] == "accepted"
    assert Contact.objects.get().replaced_at is None
    assert Ticket.objects.count() == 1, "staff ask them"
    Order.objects.create(person=ada, kind="", channels=["paper"])
    says(world, "channel", "mail")
    assert Order.objects.get().channels == ["paper"]
    says(world, "contact", "wrong", str(contact.pk), proof=opened(world))
    assert Contact.objects.get().replaced_at is not None


def test_staff_see_who_waits_to_be_erased_and_call_it_off(world: World, ada: Person) -> None:
    grace = Colleague(headers={"accept-language": "en"})
    grace.force_login(User.objects.create_superuser("grace", password="x"))
    says(world, "erase", "please", proof=opened(world))
    page = reverse("patrons:erase", args=(ada.pk,))
    assert "requested at a kiosk" in words(grace.get(reverse("patrons:lists") + "?show=leaving").content)
    assert "The patron requested this at a kiosk" in words(grace.get(page).content)
    grace.post(page, {"keep": "yes"})
    assert Person.objects.filter(pk=ada.pk, erase_due_at=None).exists()


def test_an_alarm_says_what_to_do(world: World, ada: Person) -> None:
    Kiosk.objects.update(proves=True)
    grace = Colleague(headers={"accept-language": "en"})
    grace.force_login(User.objects.create_superuser("grace", password="x"))
    for _each in range(5):
        says(world, "use", "withdraw", "mail")
    case = ExceptionCase.objects.get()
    assert "Changes without a PIN" in words(grace.get(reverse("staff:exceptions")).content)
    assert "revoke the kiosk" in words(grace.get(reverse("staff:exception", args=(case.pk,))).content)


def test_wrong_pins_at_many_cards_lock_the_kiosk_and_raise_an_alarm(world: World, ada: Person) -> None:
    """One PIN is tried on card after card: each card counts its own attempts, the kiosk all of them."""
    most = limits(watch.PIN)[0].most
    for number in range(most):
        tried = world.device.post(path("pin", f"04AA{number:04}"), {"pin": "1234"}).json()
        assert tried["verdict"] == "wrong"
    assert world.device.post(path("pin"), {"pin": PIN}).json() == {"verdict": "locked", "token": ""}
    assert world.another("back").post(path("pin"), {"pin": PIN}).json()["verdict"] == "right", "the control"
    assert [each.reason for each in world.open_cases()] == ["pin_limit"]
    world.ahead(minutes=11)
    assert world.device.post(path("pin"), {"pin": PIN}).json()["verdict"] == "right"


def test_wrong_pins_and_codes_of_a_day_lock_the_kiosk_for_both(world: World, ada: Person) -> None:
    """Attempts slow enough for the limit per minutes are stopped by the limit per day."""
    soon, day = limits(watch.PIN)
    assert world.device.post(path("code"), {}).json()["sent"]
    for number in range(day.most):
        what, body = ("code/check", {"code": "000000"}) if number % 2 else ("pin", {"pin": "1234"})
        tried = world.device.post(path(what, f"04AA{number:04}"), body).json()
        assert tried["verdict"] == "wrong"
        world.ahead(minutes=soon.within / timedelta(minutes=1) / (soon.most - 1))
    locked = {"verdict": "locked", "token": ""}
    assert world.device.post(path("pin"), {"pin": PIN}).json() == locked
    assert world.device.post(path("code/check"), {"code": "000000"}).json() == locked
    world.ahead(hours=24)
    assert world.device.post(path("code/check"), {"code": "000000"}).json()["verdict"] == "wrong"
    assert world.device.post(path("pin"), {"pin": PIN}).json()["verdict"] == "right"


def test_pins_tried_in_parallel_are_no_more_than_the_limit(world: World) -> None:
    """Each request starts before the previous one's result is known."""
    most, checked = limits(watch.PIN)[0].most, []

    def check() -> Literal["wrong"]:
        checked.append("1234")
        if len(checked) < most + 5:
            watch.guarded(world.kiosk, hub_clock().now(), check)
        return "wrong"

    watch.guarded(world.kiosk, hub_clock().now(), check)
    assert len(checked) == most
    assert [each.reason for each in world.open_cases()] == ["pin_limit"]


def test_right_pins_never_rest_a_kiosk(world: World, ada: Person) -> None:
    for _each in range(limits(watch.PIN)[0].most + 1):
        assert world.device.post(path("pin"), {"pin": PIN}).json()["verdict"] == "right"
    assert not THROTTLES[watch.PIN].attempts(world.kiosk.name, hub_clock().now()).exists()


def test_a_kiosk_sends_so_many_codes_an_hour(world: World, ada: Person) -> None:
    (limit,) = limits(watch.CODE)
    for _each in range(limit.most):
        assert world.device.post(path("code"), {}).json()["sent"]
    assert world.device.post(path("code"), {}).json() == {"sent": False, "why": "too_many"}
    assert [each.reason for each in world.open_cases()] == ["code_limit"]
    world.ahead(minutes=61)
    assert world.device.post(path("code"), {}).json()["sent"], "the control"


def test_a_code_that_cannot_be_sent_is_not_counted(world: World, ada: Person) -> None:
    Contact.objects.update(bound_at=None)
    for _each in range(limits(watch.CODE)[0].most + 1):
        assert world.device.post(path("code"), {}).json() == {"sent": False, "why": "not_proved"}
    assert world.open_cases() == []


def looked_up(world: World, number: int) -> None:
    """The kiosk has asked about this many other cards."""
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
    address = f"/api/v1/cards/{cards.hashed(uid)}{what}"
    if method == "get":
        return int(world.device.get(address).status_code)
    return int(world.device.post(address, BODIES.get(what, {})).status_code)


@pytest.mark.parametrize(("method", "what"), CARD_PATHS)
def test_every_path_of_a_card_counts_it(world: World, ada: Person, method: str, what: str) -> None:
    """The response of `after` contains titles: a list of card numbers would disclose those of all patrons."""
    looked_up(world, MOST - 1)
    assert status(world, method, what) != 429
    assert status(world, method, what, LIN_UID) == 429
    assert status(world, method, what) != 429, "one that was counted is asked about again"
    world.ahead(minutes=61)
    assert status(world, method, what, LIN_UID) != 429
    assert Attempt.objects.exclude(mark="").count() == 1, "a mark is kept for an hour"


def test_every_path_of_a_card_is_tried_above() -> None:
    there = {
        (method, address.removeprefix("/api/v1/cards/{hash}"))
        for address, methods in new_api().get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
        if "{hash}" in address
        for method in methods
    }
    assert there == set(CARD_PATHS)


def test_a_kiosk_looks_up_so_many_cards_an_hour_and_staff_hear_of_it(world: World, ada: Person) -> None:
    """A stolen key with a list of card numbers would disclose all patrons' names and loans."""
    looked_up(world, ALARM - 2)
    assert status(world, "get", "") == status(world, "get", "/after") == 200
    assert world.open_cases() == []
    assert status(world, "get", "", LIN_UID) == 200
    assert [each.reason for each in world.open_cases()] == ["cards_limit"]
    looked_up(world, MOST)
    other = f"/api/v1/cards/{cards.hashed('04AA0001')}"
    assert world.device.get(other).status_code == 429
    assert world.another("back").get(other).status_code == 404, "the control"
