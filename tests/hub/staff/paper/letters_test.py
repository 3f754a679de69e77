"""Test overdue letters: to whom one is due, that its address fits the window, and that it is recorded once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hub.audit.models import AccessLogEntry, Alarm, SecuritySettings
from hub.circulation.models import Library, Patron
from hub.core.clock import hub_clock
from hub.outreach.messaging import retention
from hub.outreach.messaging.models import Delivery, Message, Wording
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, ProfileField, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.recommendations.reminders import notices
from hub.outreach.recommendations.reminders.models import OpenLoan, OverdueNoticeStep
from hub.staff.models import Letter, PrintRun
from hub.staff.paper.letters import LetterText, letters_pdf
from tests.hub.outreach.messaging.mailbox import mailbox
from tests.hub.outreach.recommendations.reminders.simulated_patron import lend
from tests.hub.staff.paper.printed import Printed, is_named_without_patron
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

STREET = "Sample Street 7, 12345 Inventown"


def source() -> RecordSource:
    return RecordSource(Source.STAFF, "grace", hub_clock().now())


def person(world: World, *, address: str = STREET) -> Person:
    found = Person.objects.get(ref=world.ada.ref)
    Person.objects.filter(pk=found.pk).update(language="en")
    if address:
        records.store_field(found, ProfileField.Name.ADDRESS, address, source())
    return found


@pytest.fixture
def late(world: World) -> Grace:
    """A librarian, when Ada's loan is overdue and its first notice was due."""
    OverdueNoticeStep.objects.all().delete()
    for days in (1, 7):
        OverdueNoticeStep.objects.create(days=days)
    Library.objects.update(name="测试图书馆", name_en="Test Library", address="1 Book Lane, 54321 Inventown")
    lend(world, world.dune)
    world.advance(days=29)
    assert notices.notices(hub_clock().now()) == 1
    return Grace(role="librarian")


def shown(grace: Grace) -> str:
    return words(grace.client.get(reverse("paper:letters")).content)


def send(grace: Grace) -> Any:
    return grace.client.post(reverse("paper:print_letters"), follow=True)


def test_letter_is_due_after_a_notice_that_no_channel_carried(world: World, late: Grace) -> None:
    person(world)
    page = shown(late)
    assert "Ada S." in page and "1 item 1 day overdue" in page and "Print 1 letter" in page and "Sample" not in page
    response = send(late)
    assert response["Content-Type"] == "application/pdf" and "no-store" in response["Cache-Control"]
    assert is_named_without_patron(response["Content-Disposition"])
    letter = Printed(response.content)
    text = letter.texts[0]
    for each in ("Ada Sample", "Sample Street 7", "12345 Inventown", "Your books are overdue", "Dune", "Test Library"):
        assert each in text, each
    assert "20000000000012" not in text and "http" not in text and "Renew or view" not in text
    assert letter.sizes == [(210.0, 297.0)] and all(letter.fonts.values())


def test_letter_is_recorded_as_a_message_once_and_looks_are_logged(world: World, late: Grace) -> None:
    ada = person(world)
    send(late)
    message = Message.objects.get(person=ada, state=Message.State.SAID)
    delivery = Delivery.objects.get(message=message)
    assert (message.kind, delivery.channel, delivery.state, delivery.address) == ("overdue", "letter", "sent", "")
    assert "letter" in late.page("patron_messages", world.ada.pk)
    assert AccessLogEntry.objects.filter(ref=world.ada.ref, act="letter", staff="grace").count() == 1
    assert "No letter is due" in shown(late) and "No letter is due" in words(send(late).content)
    assert Letter.objects.count() == 1 and PrintRun.objects.count() == 1


def test_next_notice_makes_the_next_letter_due(world: World, late: Grace) -> None:
    person(world)
    send(late)
    world.advance(days=6)
    late.sign_in()
    assert "No letter is due" in shown(late)
    notices.notices(hub_clock().now())
    assert "7 days overdue" in shown(late)
    assert Printed(send(late).content).texts
    assert Letter.objects.count() == 2


def test_letters_that_were_not_posted_are_due_again(world: World, late: Grace) -> None:
    ada = person(world)
    send(late)
    response = late.client.post(reverse("paper:undo_letters", args=(PrintRun.objects.get().pk,)), follow=True)
    assert "1 letter is due again" in words(response.content) and "Print 1 letter" in words(response.content)
    assert not Message.objects.filter(person=ada, state=Message.State.SAID).exists()
    assert Message.objects.get(person=ada, deliveries__channel="letter").state == Message.State.WITHHELD
    send(late)
    assert Letter.objects.count() == 1


def test_undo_of_an_older_print_leaves_the_later_letter_posted(world: World, late: Grace) -> None:
    person(world)
    send(late)
    first = PrintRun.objects.get()
    world.advance(days=6)
    late.sign_in()
    notices.notices(hub_clock().now())
    send(late)
    late.client.post(reverse("paper:undo_letters", args=(first.pk,)))
    assert OpenLoan.objects.get().lettered == 7
    assert "No letter is due" in shown(late)


def test_printed_letters_can_be_printed_again_for_three_days(world: World, late: Grace) -> None:
    person(world)
    first = Printed(send(late).content)
    run = reverse("paper:letter_run", args=(PrintRun.objects.get().pk,))
    assert Printed(late.client.get(run).content).texts == first.texts
    world.advance(days=4)
    late.sign_in()
    retention.tidy(hub_clock().now())
    assert "no longer stored" in words(late.client.get(run, follow=True).content)
    undo = reverse("paper:undo_letters", args=(PrintRun.objects.get().pk,))
    assert "nothing was undone" in words(late.client.post(undo, follow=True).content)
    assert OpenLoan.objects.get().lettered == 1


def test_patron_whom_a_channel_reaches_gets_no_letter(world: World, late: Grace) -> None:
    ada = person(world)
    records.store_contact(ada, "mail", "ada@example.org", source())
    records.set_channel_order(ada, "", ["screen", "mail"])
    assert "Print 1 letter" in shown(late), "this library sends no mail"
    with mailbox():
        assert "No letter is due" in shown(late)
        records.mark_bounced("mail", "ada@example.org", hub_clock().now())
        assert "Print 1 letter" in shown(late)


@pytest.mark.parametrize("fault", ["No postal address", "Child without a guardian"])
def test_missing_address_is_named_and_nothing_is_printed(world: World, late: Grace, fault: str) -> None:
    ada = person(world, address="" if fault.startswith("No") else STREET)
    Person.objects.filter(pk=ada.pk).update(child=not fault.startswith("No"))
    page = shown(late)
    assert fault in page and "Complete record" in page and "Print 1 letter" not in page
    assert "No letter is due" in words(send(late).content)


def test_letter_about_a_child_is_addressed_to_the_guardian(world: World, late: Grace) -> None:
    ada, lin = person(world, address=""), records.person_of(world.lin.ref)
    assert lin is not None
    records.store_field(lin, ProfileField.Name.ADDRESS, "样本路7号", source())
    Person.objects.filter(pk=ada.pk).update(child=True, guardian=lin)
    text = Printed(send(late).content).texts[0]
    assert "林样本" in text and "样本路7号" in text and "Ada Sample" not in text


def test_librarys_own_wording_in_the_patrons_language(world: World, late: Grace) -> None:
    ada = person(world, address="样本路7号")
    Person.objects.filter(pk=ada.pk).update(language="zh")
    Wording.objects.create(
        kind="overdue", language="zh", form="long", text="敬启者：\n{items}\n请归还。\n{library}", by="grace",
        at=hub_clock().now(),
    )  # fmt: skip
    text = Printed(send(late).content).texts[0]
    for each in ("敬启者", "Dune", "请归还", "测试图书馆", "Ada Sample 收", "2026年12月24日"):
        assert each in text, each
    assert text.index("样本路7号") < text.index("Ada Sample 收")


def test_returned_item_is_in_no_letter(world: World, late: Grace) -> None:
    person(world)
    shown(late)
    OpenLoan.objects.update(handed_in_at=hub_clock().now())
    assert "No letter is due" in words(send(late).content)


def test_many_letters_raise_no_alarm_for_the_access_log(world: World, late: Grace) -> None:
    limits = SecuritySettings.now()
    limits.mass = limits.mass_in_all = 0
    limits.save()
    person(world)
    send(late)
    assert AccessLogEntry.objects.filter(act="letter").count() == 1 and not Alarm.objects.exists()
    late.page("patron", world.ada.pk)
    assert Alarm.objects.exists(), "a record that is opened counts"


def test_clerk_cannot_print_letters(world: World, late: Grace) -> None:
    person(world)
    assert Grace(role="clerk", name="hopper").client.post(reverse("paper:print_letters")).status_code == 403
    assert not Letter.objects.exists()


def test_missing_sender_is_said(world: World, late: Grace) -> None:
    person(world)
    assert "postal address is missing" not in shown(late)
    Library.objects.update(address="")
    assert "postal address is missing" in shown(late)
    assert "Letters" in words(late.client.get(reverse("reminders:overdue")).content)


def test_list_needs_as_many_queries_for_many_patrons_as_for_one(world: World, late: Grace) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            late.client.get(reverse("paper:letters"))
        return len(found)

    queries()
    before, now = queries(), hub_clock().now()
    for number in range(20):
        patron = Patron.objects.create(identifier=f"29{number:012}", name=f"Pat {number}", category=world.adult)
        found = Person.objects.create(ref=patron.ref, since=now)
        OpenLoan.objects.create(loan=f"x{number}", person=found, item="1", out_at=now, due=now - timedelta(9), rung=7)
    assert "Pat" in shown(late) and queries() == before


def letter(lines: int, address: tuple[str, ...]) -> LetterText:
    body = (
        "Hello,\n\n" + "\n".join(f"· A title of the collection, number {each}" for each in range(lines)) + "\n\nYours"
    )
    return LetterText(
        "en", "Test Library", "Test Library, 1 Book Lane, 54321 Inventown", address, "1 December 2026", "···0012",
        "Your books are overdue", body,
    )  # fmt: skip


LONG_ADDRESS = (
    "Баатарсүхийн Энхмөнхжаргал Долгорсүрэнгийн Жишээ-Номынсан von und zu Langername",
    "c/o The Invented Home for Readers of Very Long Addresses",
    "样本省样本市样本区样本街道样本路一百二十三号样本大厦四十五层六千七百八十九室",
    "12345 Inventown",
    "Inventland",
)


@pytest.mark.parametrize("address", [("Ada Sample", "Sample Street 7", "12345 Inventown"), LONG_ADDRESS])
@pytest.mark.parametrize("slack", [0, 5])
def test_address_and_nothing_else_shows_in_the_window_of_a_dl_envelope(address: tuple[str, ...], slack: int) -> None:
    """DIN 680: 90 x 45 mm, 20 mm from the left and 15 mm from the lower edge of 110 mm; the letter may slip by 5 mm."""
    page = Printed(letters_pdf([letter(3, address)])).boxes[0]
    top, bottom = 297 - (110 - 15 - 45 - slack), 297 - (110 - 15 - slack)
    seen = [text for text, (left, low, _right, high) in page if left < 110 and bottom < high and low < top]
    whole = [
        text for text, (left, low, right, high) in page if left > 20 and right < 110 and bottom < low and high < top
    ]
    assert seen == whole
    expected = "".join(("Test Library, 1 Book Lane, 54321 Inventown", *address))
    assert [re.sub(r"[ -]", "", text) for text in ("".join(seen), expected)] == [re.sub(r"[ -]", "", expected)] * 2


def test_long_letter_goes_on_on_further_pages_and_the_next_begins_a_new_one() -> None:
    found = Printed(letters_pdf([letter(60, ("Ada Sample",)), letter(1, ("林样本",))]))
    assert len(found.sizes) == 3 and "Page 2" in found.texts[1] and "林样本" in found.texts[2]
    assert "".join(found.texts).count("number 59") == 1
    for boxes in found.boxes:
        assert all(
            left >= 24.5 and right <= 191 and low >= 24 and high <= 290 for _text, (left, low, right, high) in boxes
        )
