"""Test availability alerts: sent once, the morning after a copy is on the shelf again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Branch, Item, Title
from hub.circulation import cards
from hub.circulation.models import Hold, Library, Loan, Patron
from hub.circulation.operations import hold_queue
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging import delivery_worker, retention, unsubscribe
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, data_export, erasure, records
from hub.outreach.patrons.models import Contact, Person, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal.models import AvailabilityAlert
from hub.outreach.portal.opac import availability_alerts
from hub.outreach.portal.opac.availability_alerts import CONSENT
from lending.kiosk_consents import TELL_BACK
from tests.hub.circulation.query_count_test import Counts
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.outreach.portal.opac.visits import next_visit_message
from tests.hub.outreach.portal.phone import press, sign_in, token_for
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, LIN_UID, World

SEARCHES = "/p/searches/"


@pytest.fixture
def out(world: World) -> Item:
    """Dune, on loan to Lin."""
    world.upload(world.checkout(world.dune, LIN_UID))
    return world.dune


def ask_at_kiosk(world: World, about: object) -> None:
    response = {"ask": "back", "answer": TELL_BACK.version, "about": str(about)}
    row = world.row("said", **response, card=cards.hash_number(ADA_UID), no_block=True)
    assert world.upload(row)["outcome"] == "accepted"
    carry()


def return_item(world: World, item: Item) -> None:
    world.upload(world.checkin(item, "trusted"))


def run_nightly(world: World) -> int:
    carry()
    world.advance(days=1)
    return availability_alerts.nightly(hub_clock().now())


def page(phone: Client, item: Item) -> str:
    return phone.get(reverse("opac:title", args=(item.title_id,))).content.decode()


def sees(phone: Client, item: Item) -> str:
    return words(page(phone, item).encode())


def test_alert_is_sent_once_when_copy_is_available(world: World, ada: Person, box: Mailbox, out: Item) -> None:
    ask_at_kiosk(world, out.title_id)
    ask_at_kiosk(world, out.title_id)
    alert = AvailabilityAlert.objects.get()
    assert (alert.person, alert.title, alert.agreed) == (ada, out.title, TELL_BACK.version)
    assert run_nightly(world) == 0, "no copy is available"
    return_item(world, out)
    assert run_nightly(world) == 1 and not AvailabilityAlert.objects.exists()
    delivery_worker.work(hub_clock().now())
    (mail,) = box.mails
    assert "Back on the shelf: Dune" in str(mail["Subject"])
    assert "Main" in body(mail) and f"/p/titles/{out.title_id}/" in body(mail)
    assert "Unsubscribe:" in body(mail)
    assert run_nightly(world) == 0 and Message.objects.filter(kind=MessageKind.BACK).count() == 1
    assert not consents.has_consented(ada, Purpose.ALERTS), "the consent covers this alert only"


def test_copy_on_hold_for_other_patron_does_not_trigger_alert(world: World, ada: Person, out: Item) -> None:
    ask_at_kiosk(world, out.title_id)
    other = Patron.objects.create(identifier="3", name="Third", category=world.adult)
    hold = hold_queue.place(world.by, other, out.title, world.main)
    assert isinstance(hold, Hold)
    return_item(world, out)
    hold_queue.trap(world.by, out)
    assert run_nightly(world) == 0 and AvailabilityAlert.objects.count() == 1
    hold_queue.cancel(world.by, hold)
    assert run_nightly(world) == 1, "control: the hold is cancelled"


def test_own_loan_or_hold_ends_alert(world: World, ada: Person, out: Item) -> None:
    ask_at_kiosk(world, out.title_id)
    ask_at_kiosk(world, world.emma.title_id)
    return_item(world, out)
    world.upload(world.checkout(out, ADA_UID))
    carry()
    assert [each.title for each in AvailabilityAlert.objects.all()] == [world.emma.title]
    hold_queue.place(world.by, world.ada, world.emma.title, world.main)
    carry()
    assert not AvailabilityAlert.objects.exists()


def test_undelivered_alert_is_dropped_once_patron_borrows_title(world: World, ada: Person, out: Item) -> None:
    Contact.objects.filter(person=ada).delete()
    ask_at_kiosk(world, out.title_id)
    return_item(world, out)
    assert run_nightly(world) == 1
    delivery_worker.work(hub_clock().now())
    assert "Back on the shelf: Dune" in next_visit_message(world), "the screen is the only channel"
    world.upload(world.checkout(out, ADA_UID))
    carry()
    assert next_visit_message(world) == "" and Message.objects.get(kind=MessageKind.BACK).why == "over"


def test_loan_by_other_patron_keeps_alert(world: World, ada: Person, out: Item) -> None:
    ask_at_kiosk(world, out.title_id)
    return_item(world, out)
    world.upload(world.checkout(out, LIN_UID))
    carry()
    assert AvailabilityAlert.objects.count() == 1


def test_alert_expires_after_six_months(world: World, ada: Person, out: Item) -> None:
    ask_at_kiosk(world, out.title_id)
    world.advance(days=182)
    availability_alerts.nightly(hub_clock().now())
    assert AvailabilityAlert.objects.exists()
    world.advance(days=2)
    return_item(world, out)
    assert availability_alerts.nightly(hub_clock().now()) == 0 and not AvailabilityAlert.objects.exists()


def test_unknown_title_or_excess_alert_is_explained_and_left_to_staff(world: World, ada: Person) -> None:
    ask_at_kiosk(world, "9" * 18)
    assert "The library no longer has this title." in next_visit_message(world)
    for number in range(availability_alerts.MOST):
        availability_alerts.store_alert(ada, Title.objects.create(title=f"Out {number}"), "", hub_clock().now())
    ask_at_kiosk(world, world.dune.title_id)
    assert AvailabilityAlert.objects.count() == availability_alerts.MOST
    questions = words(Grace().client.get(reverse("feedback:questions")).content)
    assert "notify me when it is back: Dune" in questions
    for about in ("", "x", "9" * 40):
        ask_at_kiosk(world, about)


def test_alert_for_child_goes_to_guardian(world: World, ada: Person, out: Item) -> None:
    guardian = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), language="en")
    records.store_contact(guardian, "mail", "lin@example.org", RecordSource(Source.STAFF, "grace"))
    ada.child, ada.guardian = True, guardian
    ada.save()
    ask_at_kiosk(world, out.title_id)
    return_item(world, out)
    with mailbox() as box:
        assert run_nightly(world) == 1
        delivery_worker.work(hub_clock().now())
        (mail,) = box.mails
    assert mail["To"] == "lin@example.org" and "Dune" in body(mail)


def test_only_portal_request_ends_unsubscription(
    world: World, ada: Person, box: Mailbox, out: Item, phone: Client
) -> None:
    unsubscribe.stop(ada, MessageKind.BACK, "link")
    ask_at_kiosk(world, out.title_id)
    assert unsubscribe.stopped(ada, MessageKind.BACK), "a kiosk request does not resubscribe"
    page = reverse("opac:back", args=(out.title_id,))
    availability_alerts.delete_alert(ada, out.title_id)
    press(phone, page, page)
    assert not unsubscribe.stopped(ada, MessageKind.BACK) and AvailabilityAlert.objects.count() == 1


def test_portal_request_shows_consent_text_and_can_be_stopped(world: World, out: Item, phone: Client) -> None:
    assert "Notify me when it is back" not in sees(phone, world.emma), "a copy is available"
    assert "Notify me when it is back" in sees(phone, out)
    page, title = (reverse(each, args=(out.title_id,)) for each in ("opac:back", "opac:title"))
    assert CONSENT.english in words(phone.get(page).content) and not AvailabilityAlert.objects.exists()
    chinese = phone.get(page, headers={"Accept-Language": "zh-hans"}).content.decode()
    assert CONSENT.chinese in chinese
    assert "Saved. We will tell you once" in press(phone, page, page)
    assert "We tell you once, when it is back on the shelf." in sees(phone, out)
    listed = words(phone.get(SEARCHES).content)
    assert "Availability alerts" in listed and "Dune" in listed
    assert "Stopped. You get no message about this title." in press(
        phone, reverse("opac:back_end", args=(out.title_id,)), SEARCHES
    )
    assert not AvailabilityAlert.objects.exists() and "Notify me when it is back" in sees(phone, out)
    assert title in phone.get(page).content.decode()


@pytest.fixture
def upstairs(world: World, out: Item) -> Item:
    """A copy of Dune at another branch, on its shelf."""
    branch = Branch.objects.create(code="up", name="Upstairs")
    return Item.objects.create(barcode="30000000000091", title=out.title, type=world.book, branch=branch)


def test_alert_about_one_branch_waits_for_a_copy_there(
    world: World, ada: Person, box: Mailbox, out: Item, upstairs: Item, phone: Client
) -> None:
    back, title = (reverse(each, args=(out.title_id,)) for each in ("opac:back", "opac:title"))
    seen = sees(phone, out)
    assert "Tell me when Main has it" in seen and "Tell me when Upstairs has it" not in seen, "Upstairs has it"
    assert "Notify me when it is back" not in seen
    refused = press(phone, back, title, branch="up")
    assert "Choose another one." in refused and "I agree" in refused, "control: it is on the shelf there"
    assert "Choose another one." in press(phone, back, title, branch=""), "and so it is at some branch"
    saved = press(phone, back, title, branch="main")
    assert "Saved. We will tell you once, when Main has it. Undo" in saved and 'aria-checked="true"' in page(phone, out)
    assert "Dune Herbert, Frank At Main only" in words(phone.get(SEARCHES).content)
    assert run_nightly(world) == 0, "the copy Upstairs does not count"
    return_item(world, out)
    assert run_nightly(world) == 1
    delivery_worker.work(hub_clock().now())
    assert "Location: Main · 813 XYZ" in body(box.mails[0])


def test_undo_ends_the_alert_about_that_branch_only(
    world: World, ada: Person, phone: Client, out: Item, upstairs: Item
) -> None:
    world.upload(world.checkout(upstairs, LIN_UID))
    back, end = (reverse(each, args=(out.title_id,)) for each in ("opac:back", "opac:back_end"))
    seen = sees(phone, out)
    assert all(f"Tell me when {name} has it" in seen for name in ("Main", "Upstairs")), "all copies are out"
    for branch in ("", "main", "up"):
        press(phone, back, SEARCHES, branch=branch)
    codes = ada.awaited.values_list("branch__code", flat=True)
    assert "Your other alerts for this title stay" in press(phone, end, SEARCHES, branch="up")
    assert set(codes.all()) == {None, "main"}
    press(phone, end, SEARCHES, branch="")
    assert set(codes.all()) == {"main"}
    press(phone, back, SEARCHES, branch="")
    return_item(world, out)
    assert run_nightly(world) == 1 and not ada.awaited.exists(), "one message for both"


def test_nothing_is_promised_for_a_title_on_the_shelf(world: World, ada: Person, phone: Client, out: Item) -> None:
    return_item(world, out)
    back = reverse("opac:back", args=(out.title_id,))
    assert "nothing to wait for" in press(phone, back, SEARCHES, branch="")
    assert not ada.awaited.exists()


def test_stranger_chooses_the_branch_after_signing_in(world: World, ada: Person, out: Item, upstairs: Item) -> None:
    world.upload(world.checkout(upstairs, LIN_UID))
    stranger = Client(headers={"Accept-Language": "en"})
    assert "Which branch? Any branch Main Upstairs" in sign_in(stranger, "20000000000012", f"back-{out.title_id}")


def test_patron_stops_own_alert_only(world: World, ada: Person, phone: Client, out: Item) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    for each in (ada, lin):
        AvailabilityAlert.objects.create(person=each, title=out.title, at=hub_clock().now(), agreed=TELL_BACK.version)
    press(phone, reverse("opac:back_end", args=(out.title_id,)), SEARCHES)
    assert AvailabilityAlert.objects.get().person == lin


def test_title_on_hold_offers_no_alert(world: World, ada: Person, phone: Client, out: Item) -> None:
    hold_queue.place(world.by, world.ada, out.title, world.main)
    assert "Notify me when it is back" not in sees(phone, out)


def test_borrower_is_offered_no_alert(world: World, ada: Person, phone: Client) -> None:
    world.upload(world.checkout(world.dune))
    carry()
    Library.objects.update(followed_since=world.by.now)
    assert "Notify me when it is back" not in sees(phone, world.dune)
    page = reverse("opac:back", args=(world.dune.title_id,))
    assert "You already have it, or have a hold on it." in words(phone.get(page, follow=True).content)
    ask_at_kiosk(world, world.dune.title_id)
    assert not AvailabilityAlert.objects.exists()


def test_external_ils_offers_alert_without_hold(world: World, ada: Person, phone: Client, out: Item) -> None:
    Library.objects.update(followed_since=world.by.now)
    page = reverse("opac:back", args=(out.title_id,))
    assert "Place a hold" not in sees(phone, out) and "Notify me when it is back" in sees(phone, out)
    press(phone, page, page)
    Loan.objects.update(state=Loan.State.RETURNED)
    assert run_nightly(world) == 1


def test_alert_requires_sign_in_and_returns_to_title(world: World, ada: Person, out: Item) -> None:
    stranger = Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)
    assert "Notify me when it is back" in sees(stranger, out)
    asked = stranger.get(reverse("opac:back", args=(out.title_id,)))
    assert asked.status_code == 302 and asked["Location"].endswith(f"?to=back-{out.title_id}")
    assert CONSENT.english in sign_in(stranger, "20000000000012", f"back-{out.title_id}")


def test_eleventh_alert_is_rejected_in_portal(ada: Person, phone: Client, out: Item) -> None:
    for number in range(availability_alerts.MOST):
        availability_alerts.store_alert(ada, Title.objects.create(title=f"Out {number}"), "", hub_clock().now())
    page = reverse("opac:back", args=(out.title_id,))
    assert "You have 10 availability alerts. Remove one" in press(phone, page, page)


def test_staff_see_count_and_stop_alert_with_card_present(world: World, ada: Person, out: Item) -> None:
    ask_at_kiosk(world, out.title_id)
    grace = Grace()
    page = words(grace.client.get(reverse("search:title", args=(out.title_id,))).content)
    assert "1 availability alert." in page and "Ada" not in page
    assert "Dune" not in grace.page("patron_reading", world.ada.pk)
    grace.enter("20000000000012", mode="borrow")
    assert "told once when these are back on the shelf: Dune" in grace.page("patron_reading", world.ada.pk)
    url = reverse("opac:end_title", args=(ada.pk, out.title_id))
    for said in ("No availability alert for this title.", "The availability alert for this title is stopped."):
        assert said in words(grace.client.post(url, follow=True).content)
    assert not AvailabilityAlert.objects.exists()


def test_alert_is_exported_and_erased(world: World, ada: Person, out: Item) -> None:
    ask_at_kiosk(world, out.title_id)
    rows: Any = data_export.export_person(ada)["portal.availabilityalert"]
    (row,) = rows
    assert row["title"] == out.title_id and row["agreed"] == TELL_BACK.version
    erasure.erase(ada.ref, hub_clock().now())
    assert not AvailabilityAlert.objects.exists()


def test_alert_on_screen_expires_and_title_is_erased(world: World, ada: Person, out: Item) -> None:
    Contact.objects.filter(person=ada).delete()
    ask_at_kiosk(world, out.title_id)
    return_item(world, out)
    assert run_nightly(world) == 1
    delivery_worker.work(hub_clock().now())
    for days, why, words_left in ((4, "", True), (2, "over", True), (4, "over", False)):
        world.advance(days=days)
        retention.tidy(hub_clock().now())
        message = Message.objects.get(kind=MessageKind.BACK)
        assert (message.why, bool(message.decrypted_facts())) == (why, words_left)


def test_nightly_queries_do_not_grow_with_number_of_alerts(
    world: World, out: Item, django_assert_max_num_queries: Counts
) -> None:
    for number in range(10):
        person = Person.objects.create(ref=f"ada-{number}", since=hub_clock().now())
        availability_alerts.store_alert(person, out.title, "", hub_clock().now())
    return_item(world, out)
    carry()
    with django_assert_max_num_queries(100):
        assert availability_alerts.nightly(hub_clock().now()) == 10


def test_late_alert_is_not_sent(world: World, ada: Person, box: Mailbox, out: Item) -> None:
    ask_at_kiosk(world, out.title_id)
    return_item(world, out)
    assert run_nightly(world) == 1
    world.advance(seconds=int(availability_alerts.SPAN / timedelta(seconds=1)) + 1)
    delivery_worker.work(hub_clock().now())
    assert not box.mails and Message.objects.get(kind=MessageKind.BACK).why == "over"


def test_row_of_results_offers_alert_and_takes_it_back_there(world: World, out: Item, phone: Client) -> None:
    find, back, end = (
        reverse("opac:find"),
        *(reverse(f"opac:{each}", args=(out.title_id,)) for each in ("back", "back_end")),
    )
    query = "?q=dune&sort=title"
    Title.objects.create(title="Dune without copies")
    world.upload(world.checkout(world.emma))
    offer = f"{back}?search=%3Fq%3Ddune%26sort%3Dtitle"
    page = phone.get(find + query).content.decode()
    assert page.count(' class="bell"') == 1 and offer in page, "no alert for a title without copies"
    assert ' class="bell"' not in phone.get(f"{find}?q=emma").content.decode(), "the patron has it"
    assert 'name="search" value="?q=dune&amp;sort=title"' in phone.get(offer).content.decode()
    assert "Saved. We will tell you once" in press(phone, back, offer, search=query)
    assert AvailabilityAlert.objects.count() == 1 and ' class="bell on"' in phone.get(find + query).content.decode()
    response = phone.post(end, {"search": query, "csrfmiddlewaretoken": token_for(phone)})
    assert response.headers["Location"] == f"{find}{query}#t{out.title_id}" and not AvailabilityAlert.objects.exists()
    response = phone.post(end, {"search": "//example.org/", "csrfmiddlewaretoken": token_for(phone)})
    assert response.headers["Location"] == reverse("opac:searches"), "control: no address of another site"
