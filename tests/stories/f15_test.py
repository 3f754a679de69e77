"""Test personal reminder dates, and what follows for an item that is not returned."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation import cards
from hub.circulation.models import Fee, Library
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach import post_visit
from hub.outreach.jobs import EVERY_MINUTE, NIGHTLY
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.outreach.recommendations.reminders.simulated_patron import give_back, lend, train_habit
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, World
from tests.stories.pictures import Keep, of_mail, of_page

SHANGHAI = ZoneInfo("Asia/Shanghai")


def live(ada_box: Mailbox, days: int, hours: int = 3) -> list[tuple[datetime, EmailMessage]]:
    """Advance the clock, run the minute jobs every `hours` and the nightly jobs daily; return the mails."""
    came = []
    for _step in range(days * 24 // hours):
        hub_clock().set(hub_clock().now() + timedelta(hours=hours))
        now, before = hub_clock().now(), len(ada_box.mails)
        carry()
        for _name, job in (*EVERY_MINUTE, *(NIGHTLY if now.astimezone(SHANGHAI).hour < hours else ())):
            job(now)
        came += [(now.astimezone(SHANGHAI), mail) for mail in ada_box.mails[before:]]
    return came


@pytest.mark.story(
    "F15",
    begins="A patron who always comes on Tuesdays borrows a book at the kiosk",
    ends="A mail reminds them on a Tuesday, before their usual return; none comes after a renewal",
)
def test_reminder_is_sent_on_the_usual_weekday(world: World, ada_box: Mailbox, browser: Chrome, keep: Keep) -> None:
    train_habit(world, times=11)
    ada_box.mails.clear()
    borrowed = lend(world, world.dune).out_at
    ((at, mail),) = live(ada_box, 15)
    assert at.strftime("%A") == "Tuesday"
    assert at - borrowed <= timedelta(days=14)
    assert "Dune" in body(mail)
    assert "You usually return" in body(mail)
    keep(of_mail(browser, mail))
    give_back(world, world.dune)
    lend(world, world.utopia)
    world.advance(days=5)
    world.upload(world.renewal(world.utopia, due=hub_clock().now() + timedelta(days=28)))
    assert live(ada_box, 20) == []


@pytest.mark.story(
    "F15",
    begins="After borrowing the kiosk shows a patron their usual day, and they move the reminder to the day after",
    ends="The mail comes on the day that they chose, and there is no other reminder",
)
def test_patron_changes_the_reminder_date(world: World, ada_box: Mailbox) -> None:
    train_habit(world, times=11)
    ada_box.mails.clear()
    world.upload(world.checkout(world.dune, due=hub_clock().now() + timedelta(days=28)))
    (shown,) = post_visit.reminders(world.ada.ref, [world.dune.barcode])
    assert shown.reason == "usual"
    chosen = shown.day + timedelta(days=1)
    card = cards.hash_number(ADA_UID)
    world.upload(world.row("said", ask="reminder", about=shown.loan, answer=chosen.isoformat(), card=card))
    assert [at.date() for at, _mail in live(ada_box, 27, hours=6)] == [chosen]


@pytest.mark.long
@pytest.mark.story(
    "F15",
    begins="A librarian sets what a lost item costs, and a borrowed book is not returned",
    ends="The borrower is informed at each step and charged at the end; when the book is found, the librarian sees it",
)
def test_unreturned_item_is_charged_as_lost_and_listed_when_found(
    world: World, ada_box: Mailbox, browser: Chrome, keep: Keep
) -> None:
    grace = Grace()
    Library.objects.update(charges=True)
    grace.client.post(reverse("reminders:loss_settings"), {"lost_after": "60", "lost_fee": "35.00"})
    lend(world, world.dune)
    came = live(ada_box, 95, hours=6)
    due = datetime(2026, 12, 23, tzinfo=SHANGHAI).date()
    assert [(at.date() - due).days for at, _mail in came] == [-7, -3, 1, 7, 21, 60]
    assert not any("habit" in body(mail) for _at, mail in came), "no return habit is known yet"
    assert "The fee for it is 35.00." in body(came[-1][1])
    keep(of_mail(browser, came[-1][1]))
    assert Fee.objects.get(patron=world.ada).amount == Decimal("35.00")
    grace.sign_in()
    lost = reverse("reminders:overdue") + "?show=lost"
    assert "Dune" in grace.client.get(lost).content.decode()
    give_back(world, world.dune)
    assert "Dune" not in grace.client.get(lost).content.decode()
    found = grace.client.get(reverse("reminders:overdue") + "?show=found").content.decode()
    keep(of_page(browser, found))
    assert "Dune" in found
    assert "35.00" in found
