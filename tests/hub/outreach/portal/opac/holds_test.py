"""Test holds in the portal: placing, position and cancelling, helpful refusals, and the staff's view."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Branch, Item, Title
from hub.circulation.models import Fee, Hold, Library, Patron, Rule
from hub.circulation.operations import hold_queue
from hub.ils.bridge.circulation_adapter import CirculationAdapter
from hub.outreach.library_system.central import HoldsApi, the_holds
from hub.outreach.patrons.models import Person
from tests.hub.outreach.portal.phone import link, press, sign_in
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import LIN_UID, World

LOANS, HOLDS = "/p/loans/", "/p/loans/?show=holds"


@pytest.fixture
def out(world: World) -> Item:
    """Dune, on loan to Lin."""
    world.upload(world.checkout(world.dune, LIN_UID))
    return world.dune


def at(item: Item) -> tuple[str, str]:
    """Return the title's page and the page that asks for the pickup branch."""
    return (reverse("opac:title", args=(item.title_id,)), reverse("opac:hold", args=(item.title_id,)))


def sees(phone: Client, path: str, status: int = 200) -> str:
    response = phone.get(path)
    assert response.status_code == status
    return words(response.content)


def place_hold(phone: Client, item: Item, pickup: str = "main") -> str:
    _title, hold = at(item)
    return press(phone, hold, LOANS, pickup=pickup)


def test_hold_shows_queue_position_and_is_listed_for_staff(world: World, ada: Person, phone: Client, out: Item) -> None:
    east = Branch.objects.create(code="east", name="East")
    third = Patron.objects.create(identifier="3", name="Third", category=world.adult)
    hold_queue.place(world.by, third, out.title, world.main)
    title, hold = at(out)
    assert "1 hold on it. Place a hold" in sees(phone, title)
    page = sees(phone, hold)
    assert "1 patron is ahead of you." in page and "East" in page and "Main" in page
    assert "You have a hold on Dune: number 2 in the queue." in place_hold(phone, out, "east")
    placed = Hold.objects.get(patron=world.ada)
    assert (placed.title, placed.pickup, placed.state) == (out.title, east, "waiting")
    assert "Number 2 in the queue, for East" in sees(phone, title) and "Place a hold" not in sees(phone, title)
    assert "Dune Herbert, Frank Number 2 in the queue, for East" in sees(phone, HOLDS)
    listed = words(Grace().client.get(reverse("staff:holds"), {"show": "waiting"}).content)
    assert "Ada S. ···0012 today 14:30 East waiting" in listed
    hold_queue.cancel(world.by, Hold.objects.get(patron=third))
    assert "Number 1 in the queue, for East" in sees(phone, HOLDS)


def test_hold_page_says_when_each_branch_has_a_copy_and_chooses_one(world: World, phone: Client, out: Item) -> None:
    east = Branch.objects.create(code="east", name="East")
    _title, hold = at(out)
    page = sees(phone, hold)
    assert "East After 23 Dec" in page and "Main On loan until 23 Dec" in page
    Item.objects.create(barcode="30000000000099", title=out.title, type=out.type, branch=east)
    page = sees(phone, hold)
    assert "East On the shelf today" in page and "Main From East" in page
    assert 'value="east" required checked' in phone.get(hold).content.decode()
    other = Patron.objects.create(identifier="3", name="Third", category=world.adult)
    hold_queue.place(world.by, other, out.title, world.main)
    page = sees(phone, hold)
    assert "On the shelf today" not in page and "On loan until" not in page, "the queue leaves the day open"
    hold_queue.place(world.by, world.ada, world.utopia.title, world.main)
    assert 'value="main" required checked' in phone.get(hold).content.decode(), "as for the hold before"


def test_patron_cancels_own_hold_only_and_next_moves_up(world: World, phone: Client, out: Item) -> None:
    place_hold(phone, out)
    other = Patron.objects.create(identifier="3", name="Third", category=world.adult)
    behind = hold_queue.place(world.by, other, out.title, world.main)
    assert isinstance(behind, Hold)
    (own,) = Hold.objects.filter(patron=world.ada)
    assert "You no longer have this hold." in press(phone, LOANS, LOANS, cancel=str(behind.pk))
    system = the_holds()
    assert system is not None and not system.cancel_hold(world.ada.ref, str(behind.pk)), "the API refuses too"
    assert "Your hold on Dune is cancelled." in press(phone, LOANS, LOANS, cancel=str(own.pk))
    assert "You no longer have this hold." in press(phone, LOANS, LOANS, cancel=str(own.pk))
    own.refresh_from_db()
    behind.refresh_from_db()
    assert (own.state, behind.state) == ("cancelled", "waiting"), "only the own hold is cancelled"
    assert world.event_kinds()[-1] == "hold_cancelled"


def test_message_link_cancels_hold(world: World, ada: Person, out: Item) -> None:
    hold_queue.place(world.by, world.ada, out.title, world.main)
    stranger, url = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True), link(ada)
    assert "is cancelled" in press(stranger, url, url, cancel=str(Hold.objects.get().pk))


def test_hold_requires_sign_in_and_returns_to_title(world: World, ada: Person, out: Item) -> None:
    phone = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
    title, hold = at(out)
    assert "Place a hold" in sees(phone, title)
    page = phone.get(hold)
    assert page.status_code == 302 and page["Location"].endswith(f"?to=hold-{out.title_id}")
    assert "Where will you pick it up?" in sign_in(phone, "20000000000012", f"hold-{out.title_id}")
    assert not Hold.objects.exists()


def test_hold_on_available_title_is_trapped_and_ready(world: World, phone: Client) -> None:
    title, _hold = at(world.emma)
    assert "Place a hold" in sees(phone, title)
    place_hold(phone, world.emma)
    assert "Emma" in words(Grace().client.get(reverse("staff:holds")).content)
    hold_queue.trap(world.by, world.emma)
    assert "Emma Austen, Jane Ready at Main, hold shelf 0012, until Wed 2 Dec" in sees(phone, HOLDS)
    assert "Ready at Main, hold shelf 0012, until Wed 2 Dec" in sees(phone, title)


def test_loan_or_existing_hold_is_named_as_reason(world: World, phone: Client, out: Item) -> None:
    world.upload(world.checkout(world.emma))
    title, hold = at(world.emma)
    assert "You have it, due Wed 23 Dec." in sees(phone, title)
    assert "You already have it on loan. You can renew it. My loans and holds" in place_hold(phone, world.emma)
    place_hold(phone, out)
    assert "You already have a hold on it." in place_hold(phone, out)
    assert "You already have it on loan." in sees(phone, hold)
    assert Hold.objects.count() == 1


def _blocked(world: World) -> None:
    Patron.objects.filter(pk=world.ada.pk).update(status="blocked")


def _expired(world: World) -> None:
    Patron.objects.filter(pk=world.ada.pk).update(expires=date(2026, 1, 1))


def _owes(world: World) -> None:
    Fee.objects.create(patron=world.ada, kind="lost", amount=Decimal(80), charged_at=world.by.now)


def _at_hold_limit(world: World) -> None:
    Library.objects.update(holds=1)
    hold_queue.place(world.by, world.ada, world.utopia.title, world.main)


def _copy_lost(world: World) -> None:
    Item.objects.filter(pk=world.dune.pk).update(condition=Item.Condition.LOST)


def _in_house_only(world: World) -> None:
    Rule.objects.update(reading_room_only=True)


def _no_rule(world: World) -> None:
    Rule.objects.all().delete()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_blocked, "Your card is blocked. Please ask at the desk. Ask a librarian"),
        (_expired, "Your membership has expired. Renew it at the desk to place holds. Ask a librarian"),
        (_owes, "Please pay your fees first, at the desk. You can ask us what they are for. Ask a librarian"),
        (_at_hold_limit, "You have reached the hold limit. Cancel a hold that you no longer need. My loans"),
        (_copy_lost, "The library has no copy for loan. You can suggest a purchase. Suggest a book"),
        (_in_house_only, "It is for use in the library only, so you cannot place a hold. Location"),
        (_no_rule, "Your card cannot borrow this item. Please ask at the desk. Ask a librarian"),
    ],
)
def test_refused_hold_names_reason_and_remedy(world: World, phone: Client, out: Item, change: Any, said: str) -> None:
    _title, hold = at(out)
    assert "Where will you pick it up?" in sees(phone, hold)
    change(world)
    assert said in sees(phone, hold), "before the form"
    assert said in place_hold(phone, out), "after the form"
    assert not Hold.objects.filter(title=out.title).exists()


def test_invalid_form_places_and_cancels_no_hold(world: World, phone: Client, out: Item) -> None:
    assert "First choose a pickup branch. Where will you pick it up?" in place_hold(phone, out, "nowhere")
    for cancel in ("", "x", "9" * 40, "١"):
        assert "You no longer have this hold." in press(phone, LOANS, LOANS, cancel=cancel)
    assert phone.get(reverse("opac:hold", args=(999999,))).status_code == 404
    assert not Hold.objects.exists()


def test_title_without_copy_offers_no_hold(world: World, phone: Client) -> None:
    bare = Title.objects.create(title="边城")
    assert "Place a hold" not in sees(phone, reverse("opac:title", args=(bare.pk,)))


class IlsWithoutHolds:
    """Third-party ILS that accepts no holds from the portal and otherwise answers like the hub."""

    def __init__(self) -> None:
        self.ours = CirculationAdapter()

    def __getattr__(self, name: str) -> Any:
        if name in ("pickups", "waiting", "why_no_hold", "place_hold", "cancel_hold"):
            raise AttributeError(name)
        return getattr(self.ours, name)


@pytest.fixture
def ils_without_holds(settings: Any) -> None:
    settings.LIBRARY_SYSTEM = f"{__name__}.IlsWithoutHolds"


def test_ils_without_holds_offers_none(world: World, phone: Client, out: Item, ils_without_holds: None) -> None:
    hold_queue.place(world.by, world.ada, world.utopia.title, world.main)
    title, hold = at(out)
    assert isinstance(IlsWithoutHolds().ours, HoldsApi)
    assert "Dune" in sees(phone, title) and "Place a hold" not in sees(phone, title)
    sees(phone, hold, 404)
    assert "Utopia" in sees(phone, HOLDS) and "Cancel hold" not in sees(phone, HOLDS)
    press(phone, LOANS, LOANS, cancel=str(Hold.objects.get().pk))
    assert Hold.objects.get().state == "waiting"


def test_external_ils_hides_placing_and_cancelling_holds(world: World, phone: Client, out: Item) -> None:
    """The ILS would not be notified of the hold. The control is the page before the ILS was connected."""
    title, hold = at(out)
    place_hold(phone, out)
    assert "Cancel hold" in sees(phone, HOLDS)
    own = Hold.objects.get()
    Library.objects.update(followed_since=own.placed_at)
    assert hold not in phone.get(title).content.decode()
    sees(phone, hold, 404)
    assert "Cancel hold" not in sees(phone, HOLDS)
    assert CirculationAdapter().cancel_hold(world.ada.ref, str(own.pk)) is False
    assert Hold.objects.get().state == "waiting"


def test_external_ils_hides_renewal_in_portal(world: World, phone: Client) -> None:
    """The ILS would not be notified of the renewal. The control is the page before the ILS was connected."""
    world.upload(world.checkout(world.emma))
    assert "Renew" in sees(phone, LOANS)
    Library.objects.update(followed_since=world.by.now)
    assert "Emma" in sees(phone, LOANS) and "Renew" not in sees(phone, LOANS)
    world.advance(days=3)
    assert CirculationAdapter().renew(world.ada.ref, world.emma.barcode) == "central_refused"
    Library.objects.update(followed_since=None)
    assert isinstance(CirculationAdapter().renew(world.ada.ref, world.emma.barcode), datetime)
