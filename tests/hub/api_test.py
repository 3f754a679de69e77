"""Test the kiosk API: cards, items, PINs, the snapshot, and authentication."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from hub.catalogue.models import Branch, Item
from hub.circulation import cards, pins
from hub.circulation.models import Fee, Patron
from hub.circulation.operations import hold_queue, loan_changes
from hub.fleet import enrolment
from lending import wire
from lending.model import CardStatus, FeeKind
from lending.model import Fee as Owed
from tests.hub.support.device import enrolled_device
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import ADA_UID, NOW, World

UNKNOWN_CARD = "0" * 64


def signed_in(is_staff: bool) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"grace-{is_staff}", is_staff=is_staff, is_superuser=is_staff))
    return client


def test_health_is_public(world: World) -> None:
    answer = Client().get("/api/v1/health")
    health = wire.parse(wire.HealthAnswer, answer.content)
    assert (health.wire, health.status) == (1, "ok")
    assert abs(health.now - NOW) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "path", ["cards/" + UNKNOWN_CARD, "items/1", "snapshot", "transactions", f"cards/{UNKNOWN_CARD}/pin"]
)
def test_unsigned_requests_are_refused(world: World, path: str) -> None:
    method = "post" if path.endswith(("transactions", "pin")) else "get"
    assert getattr(Client(), method)(f"/api/v1/{path}").status_code == 401
    guessing = Client(headers={"Authorization": f"Bearer {world.device.id}"})
    assert getattr(guessing, method)(f"/api/v1/{path}").status_code == 401


def test_card_is_found_by_uid_or_number_with_loans_and_holds(world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    world.place_hold(world.ada, world.emma)
    hold_queue.trap(world.by, world.emma)
    by_uid = world.client().get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}")
    by_number = world.client().get(f"/api/v1/cards/{cards.hash_number(world.ada.identifier)}")
    assert by_uid.json() == by_number.json()
    answer = wire.parse(wire.CardAnswer, by_uid.content)
    assert (answer.patron.ref, answer.patron.name, answer.patron.loans) == (world.ada.ref, "Ada S.", {"book": 1})
    assert [loan.title for loan in answer.loans] == ["Dune"]
    assert [(hold.title, hold.ready, hold.shelf) for hold in answer.holds] == [("Emma", True, "0012")]
    assert b"Sample" not in by_uid.content
    assert world.ada.identifier.encode() not in by_uid.content


def test_card_answer_says_what_unpaid_fees_are_for(world: World) -> None:
    charged = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)  # 4 November in the library's time zone
    for kind, amount, paid, item in (("lost", 80, 30, world.dune), ("membership", 10, 0, None), ("damage", 5, 5, None)):
        Fee.objects.create(patron=world.ada, kind=kind, amount=amount, paid=paid, item=item, charged_at=charged)
    raw = world.client().get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}").content
    fees = [wire.fee_from(each) for each in wire.parse(wire.CardAnswer, raw).fees]
    day = date(2026, 11, 4)
    assert fees == [Owed(FeeKind.LOST, Decimal(50), "Dune", day), Owed(FeeKind.MEMBERSHIP, Decimal(10), "", day)]
    later = wire.fee_from(wire.WireFee(kind="of a later version", owed=Decimal(1), charged=day))
    assert later.kind is FeeKind.OTHER, "an older kiosk shows a new kind as another fee"
    assert set(Fee.Kind.values) <= {str(each) for each in FeeKind}


def test_responses_are_not_cacheable(world: World) -> None:
    card, barcode = cards.hash_number(ADA_UID), world.dune.barcode
    kiosk = world.client()
    pin = f"/api/v1/cards/{card}/pin"
    answers = {
        "card": kiosk.get(f"/api/v1/cards/{card}"),
        "unknown card": kiosk.get(f"/api/v1/cards/{UNKNOWN_CARD}"),
        "pin": kiosk.post(pin, {"pin": "1234"}, content_type="application/json"),
        "item": kiosk.get(f"/api/v1/items/{barcode}"),
        "no item": kiosk.get("/api/v1/items/0"),
        "snapshot": kiosk.get("/api/v1/snapshot"),
        "transactions": world.post(world.checkout(world.dune)),
        "transactions that cannot be read": world.device.post("/api/v1/transactions", {}),
        "no such path": kiosk.get("/api/v1/nothing"),
        "not let in": Client().get(f"/api/v1/items/{barcode}"),
        "health": Client().get("/api/v1/health"),
    }
    assert {name: answer.get("Cache-Control") for name, answer in answers.items()} == dict.fromkeys(answers, "no-store")
    reader = Reader(world.device)
    assert reader.poll()
    nothing_new = kiosk.get(f"/api/v1/snapshot?since={reader.mark}")
    assert (nothing_new.status_code, nothing_new["Cache-Control"]) == (304, "no-store")


def test_unknown_card_is_not_found(world: World) -> None:
    answer = world.client().get(f"/api/v1/cards/{UNKNOWN_CARD}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "unknown_card"})


def test_lost_card_and_blocked_patron_have_a_status(world: World) -> None:
    world.ada.cards.update(status="lost")
    path = f"/api/v1/cards/{cards.hash_number(ADA_UID)}"
    assert world.client().get(path).json()["patron"]["card"] == "lost"
    world.ada.cards.update(status="active")
    world.ada.status = "blocked"
    world.ada.save()
    assert world.client().get(path).json()["patron"]["card"] == "blocked"


def test_provisional_patron_is_blocked_for_older_kiosks(world: World) -> None:
    Patron.objects.filter(pk=world.ada.pk).update(status="provisional")
    patron = world.client().get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}").json()["patron"]
    assert (patron["card"], patron["provisional"]) == ("blocked", True), "older kiosks ignore provisional"
    assert wire.patron_from(wire.WirePatron(**patron)).card is CardStatus.PROVISIONAL
    reader = Reader(world.device)
    reader.poll()
    assert reader.cards[cards.hash_number(ADA_UID)].standing is CardStatus.PROVISIONAL


def test_item_states_its_status_and_holder(world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    item = wire.item_from(wire.parse(wire.WireItem, world.client().get(f"/api/v1/items/{world.dune.barcode}").content))
    assert (item.title, item.status, item.holder, item.subject) == ("Dune", "on_loan", world.ada.ref, "8")
    answer = world.client().get("/api/v1/items/999")
    assert (answer.status_code, answer.json()) == (404, {"detail": "unknown_item"})
    Item.objects.filter(pk=world.emma.pk).update(condition=Item.Condition.WITHDRAWN)
    assert world.client().get(f"/api/v1/items/{world.emma.barcode}").status_code == 404


def test_barcode_may_contain_a_slash(world: World) -> None:
    Item.objects.filter(pk=world.dune.pk).update(barcode="A/17 B")
    assert world.client().get("/api/v1/items/A/17%20B").json()["id"] == "A/17 B"


def verdict(world: World, pin: str, card: str | None = None) -> str:
    path = f"/api/v1/cards/{card or cards.hash_number(ADA_UID)}/pin"
    return str(world.client().post(path, {"pin": pin}, content_type="application/json").json()["verdict"])


def test_five_wrong_pins_lock_the_card_for_a_quarter_of_an_hour(world: World) -> None:
    pins.set_pin(world.ada, "4711")
    assert verdict(world, "4711") == "right"
    assert [verdict(world, "0000") for _ in range(5)] == ["wrong"] * 5
    assert verdict(world, "4711") == "locked"
    world.advance(minutes=16)
    assert verdict(world, "4711") == "right"


def test_tenth_wrong_pin_locks_the_card_for_a_day(world: World) -> None:
    pins.set_pin(world.ada, "4711")
    for _ in range(2):
        assert [verdict(world, "0000") for _ in range(5)] == ["wrong"] * 5
        world.advance(minutes=16)
    assert verdict(world, "4711") == "locked"
    world.advance(minutes=45)
    assert verdict(world, "4711") == "locked"
    world.advance(hours=23)
    assert verdict(world, "0000") == "wrong"
    assert verdict(world, "4711") == "locked"
    world.advance(minutes=61)
    assert verdict(world, "4711") == "right"


def test_correct_pins_do_not_reset_the_daily_limit_of_wrong_ones(world: World) -> None:
    pins.set_pin(world.ada, "4711")
    for _ in range(5):
        assert [verdict(world, pin) for pin in ("0000", "0001", "4711")][:2] == ["wrong"] * 2
        world.advance(hours=1)
    assert verdict(world, "4711") == "locked"
    world.advance(hours=19)
    assert verdict(world, "4711") == "right"


def test_unknown_card_and_card_without_pin_answer_wrong(world: World) -> None:
    assert verdict(world, "4711", UNKNOWN_CARD) == "wrong"
    assert verdict(world, "4711") == "wrong"


def test_snapshot_has_what_offline_lending_needs_and_no_names(world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    answer = world.client().get("/api/v1/snapshot")
    page = wire.parse(wire.SnapshotPage, answer.content)
    assert (page.whole, page.more) == (True, True)
    assert page.policy is not None
    assert wire.policy_from(page.policy).timezone == "Asia/Shanghai"
    assert {card.card for card in page.cards} >= {cards.hash_number(ADA_UID), cards.hash_number(world.ada.identifier)}
    assert {item.id: item.status.value for item in page.items}[world.dune.barcode] == "on_loan"
    for private in ("Ada", "林", world.ada.identifier, world.ada.identifier[-4:], ADA_UID):
        assert private not in answer.content.decode()


def test_snapshot_sends_only_changes_since_the_mark(world: World) -> None:
    reader = Reader(world.device)
    reader.poll()
    world.advance(minutes=5)
    unchanged = world.client().get(f"/api/v1/snapshot?since={reader.mark}")
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    loan_changes.checkout(world.by, world.ada, world.dune)
    changed = world.client().get(f"/api/v1/snapshot?since={reader.mark}")
    assert changed.status_code == 200
    for private in ("Ada", "林", world.ada.identifier, world.ada.identifier[-4:], ADA_UID):
        assert private not in changed.content.decode()
    assert changed.json()["mark"] != reader.mark


def test_api_documentation_loads_nothing_from_elsewhere(world: World) -> None:
    staff = signed_in(is_staff=True)
    page = staff.get("/api/v1/docs").content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith("/static/") for source in sources)
    paths = staff.get("/api/v1/openapi.json").json()["paths"]
    assert "/api/v1/transactions" in paths
    assert not any(path.startswith("/api/demo") for path in paths)


@pytest.mark.parametrize("path", ["/api/v1/docs", "/api/v1/openapi.json"])
def test_api_documentation_is_for_staff_only(world: World, path: str) -> None:
    stranger = Client().get(path)
    assert (stranger.status_code, stranger["Location"]) == (302, f"/staff/sign-in/?next={path}")
    assert signed_in(is_staff=False).get(path).status_code == 403
    assert signed_in(is_staff=True).get(path).status_code == 200


def test_demo_endpoints_do_not_exist_outside_the_demo(world: World) -> None:
    assert "hub.demo" not in settings.INSTALLED_APPS
    for path in ("/api/demo/refuse-next", "/api/demo/clock"):
        assert Client().post(path, {}, content_type="application/json").status_code == 404
    assert Client().get("/api/demo/state").status_code == 404


@pytest.mark.django_db
def test_hub_without_a_library_answers_503_with_advice() -> None:
    branch = Branch.objects.create(code="main", name="Main")
    answer = enrolled_device(enrolment.add("front", branch)).get("/api/v1/snapshot")
    assert answer.status_code == 503
    assert "add one in the admin" in answer.json()["detail"]
