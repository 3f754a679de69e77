"""Beside a library's own system staff do nothing here that it would never hear of, and read where to do it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from kiosk.domain.transactions import ReturnMode
from kiosk.hub.audit.rights import needed
from kiosk.hub.circulation import desk
from kiosk.hub.circulation.models import Fee, Hold, Library, Loan, Patron
from kiosk.hub.outreach.people.models import Person
from kiosk.hub.staff.kept_there import ACTS
from tests.hub.outreach.reading.life import person
from tests.hub.staff.grace import Grace, words
from tests.hub.world import NOW, World

THERE = "own system keeps loans, holds, fees and cards: do it there"
TRIED = "pay renew card patron_status receive lose trap cancel seen found reopen".split()
UNTRIED = {"staff:take_back", "staff:place", "staff:unpacked", "staff:sent", "habit:lose"}
"""Undo what is not done here, or send and lose as the others do."""


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


@pytest.fixture
def ada(world: World) -> Person:
    """She has a loan, a hold and a fee; another book of hers was handed in and nobody has seen it."""
    desk.checkout(world.by, world.ada, world.dune)
    desk.checkout(world.by, world.ada, world.emma)
    desk.checkin(world.by, world.emma, ReturnMode.PROVISIONAL)
    world.waits(world.ada, world.utopia)
    desk.charge(world.by, world.ada, "other", Decimal(9))
    return person(world.ada)


def follow() -> None:
    Library.objects.update(followed_since=NOW)


def presses(world: World) -> dict[str, tuple[str, dict[str, str]]]:
    """Each act's address, where it can be pressed on what ada has."""
    ada, card = world.ada.pk, world.ada.cards.earliest("pk").pk
    hold, unseen = Hold.objects.get().pk, desk_case()
    return {
        "staff:pay": (reverse("staff:pay", args=(ada,)), {"amount": "4"}),
        "staff:renew": (reverse("staff:renew", args=(ada,)), {}),
        "staff:card": (reverse("staff:card", args=(card, "lost")), {}),
        "staff:patron_status": (reverse("staff:patron_status", args=(ada, "blocked")), {}),
        "staff:receive": (reverse("staff:receive", args=(world.dune.pk,)), {}),
        "staff:lose": (reverse("staff:lose", args=(world.dune.pk,)), {}),
        "staff:trap": (reverse("staff:trap"), {"barcode": world.utopia.barcode}),
        "staff:cancel": (reverse("staff:cancel", args=(hold,)), {}),
        "staff:seen": (reverse("staff:seen"), {"barcode": world.emma.barcode}),
        "staff:found": (reverse("staff:found", args=(unseen,)), {}),
        "staff:reopen": (reverse("staff:reopen", args=(unseen,)), {}),
    }


def desk_case() -> int:
    found: int = Loan.objects.get(state=Loan.State.HANDED_IN).handed_in.get().pk
    return found


def stands(world: World) -> tuple[object, ...]:
    """All that the acts change."""
    return (
        list(Loan.objects.order_by("pk").values_list("state", "due", "renewals")),
        list(Hold.objects.values_list("state")),
        list(Fee.objects.values_list("paid")),
        list(world.ada.cards.values_list("status")),
        Patron.objects.get(pk=world.ada.pk).status,
        world.happened(),
    )


@pytest.mark.parametrize("act", TRIED)
def test_an_act_that_the_system_would_not_hear_of_is_not_done(
    world: World, grace: Grace, ada: Person, act: str
) -> None:
    """The control is the same press before the system was followed."""
    url, fields = presses(world)[f"staff:{act}"]
    follow()
    before = stands(world)
    said = words(grace.client.post(url, fields, follow=True).content)
    assert THERE in said and "Nothing was changed here" in said
    assert stands(world) == before
    Library.objects.update(followed_since=None)
    assert THERE not in words(grace.client.post(url, fields, follow=True).content)
    assert stands(world) != before


def test_every_act_that_is_named_is_an_address_of_staffs() -> None:
    """A name that is none would keep nothing back."""
    assert {each for each in ACTS if needed(each) is None} == set()
    assert ACTS - {f"staff:{each}" for each in TRIED} == UNTRIED


@pytest.mark.parametrize(
    ("page", "button"),
    [
        ("patron", "Renew all"), ("patron", "Cancel hold"), ("patron", "Take this sum"), ("patron", "Report lost"),
        ("patron", "Block this patron"), ("item", "Declare lost"), ("item", "It is in my hands"),
        ("holds", "Cancel hold"), ("unseen", "Found"), ("unseen", "It is here"), ("desk", "Books without a card"),
        ("fees", "Money is taken"),
    ],
)  # fmt: skip
def test_its_buttons_are_not_shown_and_where_to_do_it_is(
    world: World, grace: Grace, ada: Person, page: str, button: str
) -> None:
    args = {"patron": (world.ada.pk,), "item": (world.dune.pk,)}.get(page, ())
    query = "?show=waiting" if page == "holds" else ""
    if page == "holds":
        desk.checkout(world.by, world.lin, world.utopia)
    before = grace.sees(page, *args, query=query)
    assert button in before and THERE not in before
    follow()
    after = grace.sees(page, *args, query=query)
    assert button not in after and THERE in after


@pytest.mark.parametrize("mode", ["borrow", "return", "renew", "hold", "fee"])
def test_the_desk_does_nothing_with_a_book_or_a_sum(world: World, grace: Grace, ada: Person, mode: str) -> None:
    follow()
    before, text = stands(world), "4" if mode == "fee" else world.dune.barcode
    line = grace.enters(text, world.ada, mode)["line"]
    assert (line["tone"], line["words"]) == ("stop", "Not here")
    assert THERE in line["then"] and not line["undo"]
    assert stands(world) == before


def test_the_desk_keeps_no_title_that_was_chosen_from_a_list(world: World, grace: Grace, ada: Person) -> None:
    follow()
    assert grace.enters(f"title:{world.emma.title_id}", world.lin, "hold")["line"]["words"] == "Not here"
    assert Hold.objects.count() == 1


def test_the_desk_asks_for_no_book(world: World, grace: Grace) -> None:
    page = grace.client.get(reverse("staff:desk")).content.decode()
    assert "books to take back" in page
    follow()
    page = grace.client.get(reverse("staff:desk")).content.decode()
    assert "books to take back" not in page and "type a name or a receipt" in page


def test_the_desk_still_finds_a_patron_by_her_card(world: World, grace: Grace, ada: Person) -> None:
    follow()
    assert grace.enters(world.ada.identifier)["patron"]["name"] == "Ada S."


def test_a_record_says_where_cards_are_given_and_blocked(world: World, grace: Grace, ada: Person) -> None:
    record = reverse("people:record", args=(ada.pk,))
    give, lose = (reverse(f"people:{each}", args=(ada.pk,)) for each in ("new_card", "lose_cards"))
    page = grace.client.get(record).content.decode()
    assert give in page and lose in page
    follow()
    page = grace.client.get(record).content.decode()
    assert give not in page and lose not in page and "own system has her cards" in page
    for url in (give, lose):
        told = grace.client.post(url, {"card": "04C0FFEE"}, follow=True)
        assert "give and block them there" in words(told.content)
    assert list(world.ada.cards.values_list("status", flat=True)) == ["active", "active"]


def test_nobody_is_registered_whom_the_system_would_not_know(world: World, grace: Grace) -> None:
    lists, form = reverse("people:lists"), reverse("people:register")
    assert form in grace.client.get(lists).content.decode()
    assert "Who she is" in words(grace.client.get(form).content)
    follow()
    assert form not in grace.client.get(lists).content.decode()
    before = Patron.objects.count()
    fields = {"name": "Nova Example", "category": "adult", "language": "en"}
    assert "register her there" in words(grace.client.post(form, fields, follow=True).content)
    assert Patron.objects.count() == before


def test_in_chinese_too(world: World, ada: Person) -> None:
    follow()
    assert "请在业务系统中办理" in Grace("zh-hans").sees("patron", world.ada.pk)
