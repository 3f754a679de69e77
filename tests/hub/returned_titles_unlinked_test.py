"""Test that after the nightly jobs no row links a patron with a returned title, except with consent.

The search covers every table without knowing its meaning. It looks in each row for the names and numbers of a patron,
and for those of the patron's title: of its copy, loan, hold, kiosk rows, receipts and events. It therefore also finds
links by way of a third row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Model, Q
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Item, Title
from hub.circulation import cards, exceptions, export, operations
from hub.circulation.models import (
    CirculationEvent,
    ExceptionCase,
    Fee,
    FeedCursor,
    Hold,
    Loan,
    Patron,
    Renewal,
    Transaction,
)
from hub.commands import work
from hub.core.clock import hub_clock
from hub.core.encrypted_fields import MARK, Box
from hub.ils.bridge.feed_relay import carry
from hub.outreach import every_minute, nightly
from hub.outreach.messaging.models import Message, OneTimeSubscription
from hub.outreach.patrons import consents
from hub.outreach.patrons import data_export as her_export
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reminders.models import Lost
from tests.hub.support.world import World

UID, OTHER_UID = "04EEDDCC", "04EEDDAA"
HISTORY = {
    "recommendations_historytitle",
    "recommendations_interest",
    "recommendations_opinion",
    "recommendations_recommendation",
    "portal_notifiedtitle",
}
"""Consents that permit a reading history."""
MADE_ANEW = {
    "recommendations_fit",
    "recommendations_typehabit",
    "statistics_night",
    "statistics_headcount",
    "statistics_cohort",
    "recommendations_overview",
}
"""Tables that the nightly jobs rewrite, with other ids or times."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A patron with one book; each of their numbers occurs nowhere else."""

    patron: Patron
    item: Item
    uid: str

    def patron_texts(self) -> set[str]:
        person = Person.objects.filter(ref=self.patron.ref).values_list("pk", flat=True)
        hashes = [cards.hashed(self.uid), cards.hashed(self.patron.identifier)]
        return {str(self.patron.pk), self.patron.ref, self.patron.identifier, self.patron.name, *hashes} | {
            str(each) for each in person
        }

    def its(self, rows: list[dict[str, Any]]) -> set[str]:
        """Of the title and of all that happened with it; `rows` are the kiosk's."""
        loans = Loan.objects.filter(item=self.item)
        numbers = {self.item.pk, self.item.title_id, *loans.values_list("pk", flat=True)}
        numbers |= set(Hold.objects.filter(title=self.item.title_id).values_list("pk", flat=True))
        numbers |= set(Renewal.objects.filter(loan__in=loans).values_list("pk", flat=True))
        told = Q(data__item=self.item.barcode) | Q(data__title=self.item.title_id)
        numbers |= set(CirculationEvent.objects.filter(told).values_list("id", flat=True))
        mine = [row["id"] for row in rows]
        codes = Transaction.objects.filter(pk__in=mine).values_list("code", flat=True)
        words = {self.item.barcode, self.item.title.title, *mine, *(each.replace("-", "") for each in mine), *codes}
        return words | {str(each) for each in numbers}


def start_at(model: type[Model], number: int) -> None:
    """Gives the next row this number."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", (table, number))
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", (table,))
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", (table, number - 1))


def numbers_apart() -> None:
    for at, model in enumerate((Title, Item, Loan, Hold, Renewal, Patron, Person)):
        start_at(model, 7_100_000 + at * 100_000)
    FeedCursor.objects.update_or_create(pk=1, defaults={"last": 9_000_000})


def reader(world: World, name: str, title: str, barcode: str, uid: str) -> Reader:
    patron = Patron.objects.create(identifier=f"2{barcode[::-1]}", name=name, category=world.adult, language="en")
    for number in (uid, patron.identifier):
        cards.enrol(patron, number)
    work = Title.objects.create(title=title, author="Nobody", subject="8", call_number="813 QZX")
    item = Item.objects.create(barcode=barcode, title=work, type=world.book, branch=world.main)
    return Reader(patron, item, uid)


def rows_of_everything() -> Iterator[tuple[str, str]]:
    """Every row of every table as text, opened where it is sealed or signed."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield table, "\n".join(_text(value) for value in row)
    for session in Session.objects.all():
        yield "django_session", str(session.get_decoded())


def _text(value: object) -> str:
    raw = bytes(value) if isinstance(value, bytes | memoryview) else None
    text = raw.decode("utf-8", "replace") if raw is not None else str(value)
    return Box(text).opened() if text.startswith(MARK) else text


def ties(who: Reader, rows: list[dict[str, Any]]) -> set[str]:
    """Return the tables with a row that names the patron and the title."""
    patron_texts, its = _any_of(who.patron_texts()), _any_of(who.its(rows))
    return {table for table, text in rows_of_everything() if patron_texts.search(text) and its.search(text)}


def _any_of(words: set[str]) -> re.Pattern[str]:
    """Whole words: a number is not found within a longer one."""
    return re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(map(re.escape, sorted(words)))})(?![0-9A-Za-z])")


def lived_through(world: World, who: Reader) -> list[dict[str, Any]]:
    """Whatever can happen with a book between its hold and its return, and what is said of it; gives the rows."""
    patron, item = who.patron, who.item
    operations.place(world.by, patron, item.title, world.main)
    operations.trap(world.by, item)
    carry()
    rows = [world.borrows(item, who.uid), world.borrows(item, who.uid, no_block=True)]
    world.hand_over(*rows)
    world.soon_due()
    rows.append(world.renews(item, who.uid, no_block=True))
    world.tell(rows[-1])
    carry()
    (loan,) = Loan.objects.filter(patron=patron, item=item, state=Loan.State.ON_LOAN)
    OneTimeSubscription.objects.create(
        person=Person.objects.get(ref=patron.ref),
        kind=MessageKind.DUE_SOON,
        about=str(loan.pk),
        scene=1,
        openid="o" * 20,
        at=hub_clock().now(),
    )
    operations.ask_back(world.by, loan)
    for days in (25, 15, 80):
        world.ahead(days=days)
        all_work()
    assert Lost.objects.filter(item=item.barcode, person__ref=patron.ref).exists()
    operations.charge(world.by, patron, "lost", Decimal(30), item=item, note=f"{item.title.title}, lost")
    _at_the_pages(who)
    rows.append(world.row("said", ask="receipt", answer=f"renew:{item.barcode}", card=cards.hashed(who.uid)))
    world.tell(rows[-1])
    rows.append(world.returns(item, "trusted", no_block=True))
    world.tell(rows[-1])
    rows.append(world.undoes(rows[1], no_block=True))
    world.tell(rows[-1])
    rows.append(world.row("said", ask="book", answer="1", about=item.barcode, card=cards.hashed(who.uid)))
    world.tell(rows[-1])
    carry()
    return rows


def _at_the_pages(who: Reader) -> None:
    user, _made = User.objects.get_or_create(username="grace", defaults={"is_staff": True, "is_superuser": True})
    client = Client()
    client.force_login(user)
    client.get(reverse("staff:patron", args=(who.patron.pk,)))
    entry = {"id": "0192f0c1-2b7c-7d3a-9e54-0242ac120002", "text": who.item.barcode, "patron": who.patron.ref}
    client.post(reverse("staff:entry"), json.dumps(entry | {"mode": "borrow"}), "application/json")


def all_work() -> None:
    """A minute's jobs and a night's, and none of them fails."""
    carried = (("carry", work._carry),)
    assert work.run((*carried, *every_minute.JOBS)) == 0
    for message in Message.objects.filter(state__in=(Message.State.WAITING, Message.State.UNDERWAY)):
        Message.objects.filter(pk=message.pk).update(state=Message.State.SAID, done_at=hub_clock().now())
    assert work.run((*carried, *nightly.JOBS, ("closed loans", work._closed))) == 0


def settled(world: World, who: Reader) -> None:
    """Pay the fees and resolve the exceptions."""
    operations.take(world.by, who.patron, Decimal(1000))
    for case in ExceptionCase.objects.filter(resolved_at=None):
        exceptions.resolve(case, "grace", "seen to", world.by.now)
    all_work()


def ada(world: World) -> Reader:
    return reader(world, "Zyxmark Vwanted", "Quillon Zephyrs", "39000000000017", UID)


PLANTED: dict[str, Any] = {
    "circulation_loan": lambda who: Loan.objects.filter(item=who.item).update(patron=who.patron),
    "circulation_hold": lambda who: Hold.objects.filter(title=who.item.title).update(patron=who.patron),
    "circulation_circulationevent": lambda who: CirculationEvent.objects.filter(kind="renewed").update(
        data={"loan": Loan.objects.filter(item=who.item).first().pk, "patron": who.patron.ref}
    ),
    "circulation_transaction": lambda who: Transaction.objects.filter(kind="checkout").update(
        body=json.dumps({"card": cards.hashed(who.uid)})
    ),
    "circulation_fee": lambda who: Fee.objects.filter(patron=who.patron).update(item=who.item),
    "messaging_message": lambda who: Message.objects.create(
        person=Person.objects.get(ref=who.patron.ref),
        kind=MessageKind.OVERDUE,
        made_at=hub_clock().now(),
        next_at=hub_clock().now(),
        state=Message.State.SAID,
        key=f"{Loan.objects.filter(item=who.item).first().pk}.1",
    ),
    "recommendations_lost": lambda who: Lost.objects.update(person=Person.objects.get(ref=who.patron.ref)),
    "patrons_note": lambda who: Person.objects.get(ref=who.patron.ref).notes.create(
        words="has had Quillon Zephyrs", by="grace", at=hub_clock().now()
    ),
}


def test_after_the_night_nothing_ties_them_to_what_the_patron_brought_back(world: World, tmp_path: Path) -> None:
    numbers_apart()
    who = ada(world)
    rows = lived_through(world, who)
    before = ties(who, rows)
    assert before >= {
        "circulation_loan",
        "circulation_fee",
        "circulation_transaction",
        "circulation_circulationevent",
        "circulation_exceptioncase",
        "messaging_message",
        "messaging_onetimesubscription",
        "recommendations_lost",
        "staff_deskanswer",
    }, "the search finds what there is"
    settled(world, who)
    world.ahead(days=32)
    _signed_out()
    all_work()
    assert ties(who, rows) == set()
    found = Patron.objects.get(pk=who.patron.pk)
    assert found.past == Loan.objects.filter(item=who.item).count() > 0, "how many there were is still known"
    _told_elsewhere(who, tmp_path)
    for number, (table, plant) in enumerate(PLANTED.items()):
        plant(who)
        assert len(ties(who, rows)) == number + 1 and table in ties(who, rows), table


def _told_elsewhere(who: Reader, folder: Path) -> None:
    """The patron's data export and the hub's exported sheets do not link them either."""
    told = json.loads(her_export.as_json(Person.objects.get(ref=who.patron.ref)))["circulation"]
    assert (told["loans"], told["loans_over_and_forgotten"]) == ([], Patron.objects.get(pk=who.patron.pk).past)
    assert who.item.title.title not in json.dumps(told)
    export.export(folder)
    lines = [line for path in folder.glob("*.csv") for line in path.read_text(encoding="utf-8-sig").splitlines()]
    patron_texts = [line for line in lines if who.patron.identifier in line]
    assert patron_texts and not [
        line for line in patron_texts if who.item.barcode in line or who.item.title.title in line
    ]


def _signed_out() -> None:
    """What the desk answered is kept for a day, and goes with the next entry."""
    client = Client()
    client.force_login(User.objects.get(username="grace"))
    entry = {"id": "0192f0c1-2b7c-7d3a-9e54-0242ac120003", "text": "none", "patron": "", "mode": "borrow"}
    client.post(reverse("staff:entry"), json.dumps(entry), "application/json")


def test_what_the_patron_lets_be_kept_is_kept_and_nothing_else(world: World) -> None:
    numbers_apart()
    who = reader(world, "Wexford Quidnunc", "Ormolu Vespers", "39000000000025", OTHER_UID)
    person = Person.objects.create(ref=who.patron.ref, since=hub_clock().now())
    for purpose in (Purpose.HISTORY, Purpose.RECOMMENDATIONS):
        consents.give(person, purpose, "kiosk front", consents.text(purpose).version)
    rows = lived_through(world, who)
    settled(world, who)
    world.ahead(days=32)
    _signed_out()
    all_work()
    found = ties(who, rows)
    assert "recommendations_historytitle" in found and found <= HISTORY
    consents.withdraw(person, Purpose.HISTORY, "kiosk front")
    assert ties(who, rows) == set()


LEARNT = (
    "recommendations_",
    "statistics_",
    "engagement_monthlyreferrals",
    "engagement_readingcount",
    "engagement_refer",
    "patrons_monthlyloans",
)


def outreach() -> dict[str, list[tuple[object, ...]]]:
    """What outreach has learnt: counts, lengths, habits, segments, recommendations, figures."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(LEARNT):
                cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
                found[table] = list(cursor.fetchall())
    return found


def test_what_was_learnt_of_it_is_the_same_before_and_after(world: World) -> None:
    """Segments, forecasts, recommendations and figures are made of counts and lengths, not of loans."""
    numbers_apart()
    who = reader(world, "Wexford Quidnunc", "Ormolu Vespers", "39000000000025", OTHER_UID)
    person = Person.objects.create(ref=who.patron.ref, since=hub_clock().now())
    consents.give(person, Purpose.HISTORY, "kiosk front", consents.text(Purpose.HISTORY).version)
    for _time in range(4):
        world.tell(world.borrows(who.item, who.uid))
        world.ahead(days=10)
        world.tell(world.returns(who.item, "trusted"))
    world.ahead(days=31)
    jobs = (("carry", work._carry), *nightly.JOBS)
    assert work.run(jobs) == 0
    before = outreach()
    assert (
        before["recommendations_weeklyloans"]
        and before["recommendations_loanlength"]
        and before["recommendations_historytitle"]
        and before["recommendations_segmentmembership"]
    )
    assert work._closed(hub_clock().now()) >= 4
    assert not Loan.objects.filter(patron=who.patron).exists()
    assert outreach() == before
    assert work.run(jobs) == 0
    changes = {name for name, rows in outreach().items() if rows != before[name]}
    assert changes <= MADE_ANEW
