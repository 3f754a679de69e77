"""Test the settings: each is saved at once, says so in its row or offers to undo it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from hub.outreach.messaging import unsubscribe
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.portal.models import AvailabilityAlert
from hub.outreach.recommendations.new_titles.models import DigestSubscription
from tests.hub.outreach.portal.phone import sign_in
from tests.hub.staff.staff_client import words
from tests.hub.support.world import LIN_UID, World

UNDO = re.compile(r'<form method="post" action="([^"]+)">((?:<input[^>]*>)*)<button class="link">Undo', re.DOTALL)
FIELD = re.compile(r'name="([^"]+)" value="([^"]*)"')


@pytest.fixture
def phone(world: World, ada: Person) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    sign_in(client, world.ada.identifier)
    return client


def press(phone: Client, name: str, *args: object, **fields: str) -> str:
    return phone.post(reverse(name, args=args), fields, follow=True).content.decode()


def undo(phone: Client, page: str) -> str:
    """Press the Undo button of a page."""
    found = UNDO.search(page)
    assert found is not None, words(page.encode())
    return phone.post(found[1], {name: unescape(value) for name, value in FIELD.findall(found[2])}).headers["Location"]


def test_account_page_shows_setting_values(phone: Client) -> None:
    seen = words(phone.get(reverse("portal:me")).content)
    assert "Notifications Email first" in seen and "Quiet hours Library hours" in seen


def test_preset_quiet_hours_are_saved_and_undone(phone: Client, ada: Person) -> None:
    page = press(phone, "portal:quiet", hours="22:00-07:00")
    ada.refresh_from_db()
    assert f"{ada.quiet_from:%H:%M}" == "22:00"
    assert 'value="22:00-07:00" role="radio" aria-checked="true"' in page
    undo(phone, page)
    ada.refresh_from_db()
    assert ada.quiet_from is None and ada.quiet_to is None


def test_custom_quiet_hours_are_validated_and_restored_by_undo(phone: Client, ada: Person) -> None:
    assert "Enter times as 21:30." in press(phone, "portal:quiet", hours="late-early")
    press(phone, "portal:quiet", quiet_from="20:30", quiet_to="09:00")
    assert 'name="quiet_from" value="20:30"' in phone.get(reverse("portal:quiet")).content.decode()
    undo(phone, press(phone, "portal:quiet", hours="-"))
    ada.refresh_from_db()
    assert f"{ada.quiet_from:%H:%M} {ada.quiet_to:%H:%M}" == "20:30 09:00"


def test_undo_of_digest_withdraws_consent(phone: Client, ada: Person) -> None:
    page = press(phone, "portal:digest", every="weekly")
    assert consents.has_consented(ada, Purpose.DIGEST)
    monthly = press(phone, "portal:digest", every="monthly")
    undo(phone, monthly)
    assert DigestSubscription.objects.get(person=ada).every == "weekly"
    undo(phone, page)
    assert not consents.has_consented(ada, Purpose.DIGEST)


def test_channel_order_changes_by_one_step_and_is_undone(phone: Client, ada: Person) -> None:
    first, second = [each for each in records.channel_order(ada) if each in ("mail", "screen")]
    page = press(phone, "portal:channel", channel=first, move="down")
    assert [each for each in records.channel_order(ada) if each in ("mail", "screen")] == [second, first]
    assert "paper" not in records.channel_order(ada), "nothing is printed for a patron who did not ask for it"
    assert urlsplit(undo(phone, page)).path == reverse("portal:notifications")
    assert [each for each in records.channel_order(ada) if each in ("mail", "screen")] == [first, second]
    press(phone, "portal:channel", channel="paper", move="up")
    assert "paper" in records.channel_order(ada)


def test_one_switch_stops_related_kinds(phone: Client, ada: Person) -> None:
    page = press(phone, "portal:stop", "overdue", "stop")
    assert unsubscribe.stopped(ada, MessageKind.OVERDUE) and unsubscribe.stopped(ada, MessageKind.LOST)
    assert "Overdue or marked lost From the first day late Saved" in words(page.encode())
    row = page[page.index('id="overdue"') : page.index('id="recall"')]
    assert 'aria-checked="false"' in row and reverse("portal:stop", args=("overdue", "again")) in row
    press(phone, "portal:stop", "overdue", "again")
    assert not unsubscribe.stopped(ada, MessageKind.OVERDUE) and not unsubscribe.stopped(ada, MessageKind.LOST)


def test_every_stoppable_kind_has_a_switch(phone: Client) -> None:
    page = phone.get(reverse("portal:notifications")).content.decode()
    covered = {each for each in MessageKind if f'id="{each.value}"' in page}
    together = {MessageKind.LOST, MessageKind.LOAN_REFUSED}
    assert covered | together == {each for each in MessageKind if not each.marketing and each not in unsubscribe.CANNOT}


def test_consent_change_is_confirmed_in_row(phone: Client, ada: Person) -> None:
    page = words(press(phone, "portal:consent", "reminders", "give").encode())
    assert "You agreed: reminders that fit your habits." in page
    assert consents.has_consented(ada, Purpose.REMINDERS)


def test_account_switches_recommendations_off_and_names_where_to_allow_them(phone: Client, ada: Person) -> None:
    account, off = reverse("portal:me"), 'aria-checked="true"'
    for each in (Purpose.HISTORY, Purpose.RECOMMENDATIONS):
        consents.give(ada, each, "phone", consents.text(each).version)
    assert off in phone.get(account).content.decode()
    page = press(phone, "portal:consent", "recommendations", "withdraw", account="1")
    assert "Withdrawn: recommendations." in words(page.encode()) and off not in page
    assert f'href="{reverse("portal:consents")}#history"' in page
    assert not consents.has_consented(ada, Purpose.RECOMMENDATIONS)


def test_title_switch_starts_and_stops_alert(world: World, phone: Client, ada: Person) -> None:
    world.upload(world.checkout(world.dune, LIN_UID))
    title = world.dune.title_id
    before = phone.get(reverse("opac:title", args=(title,))).content.decode()
    assert 'role="switch" aria-checked="false"' in before and "for up to 6 months" in words(before.encode())
    assert 'role="switch" aria-checked="true"' in press(phone, "opac:back", title)
    assert AvailabilityAlert.objects.filter(person=ada, title=title).exists()
    assert 'role="switch" aria-checked="false"' in press(phone, "opac:back_end", title, title="1")
    assert not AvailabilityAlert.objects.exists()
