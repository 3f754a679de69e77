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
from hub.circulation import cards
from hub.circulation.intake import exceptions
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
from hub.circulation.operations import fees, hold_queue, loan_changes
from hub.circulation.sheets import export
from hub.commands import work
from hub.core.clock import hub_clock
from hub.core.encrypted_fields import MARK, EncryptedText
from hub.ils.bridge.feed_relay import carry
from hub.outreach.jobs import EVERY_MINUTE, NIGHTLY
from hub.outreach.messaging.models import Message, OneTimeSubscription
from hub.outreach.patrons import consents
from hub.outreach.patrons import data_export as her_export
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
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
"""Tables that may link them with a consent to the reading history."""
REBUILT = {
    "recommendations_fit",
    "recommendations_typehabit",
    "statistics_night",
    "statistics_headcount",
    "statistics_cohort",
    "recommendations_overview",
}
"""Tables that the nightly jobs rebuild with other ids or times."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A patron with one item, whose ids and numbers occur nowhere else."""

    patron: Patron
    item: Item
    uid: str

    def patron_texts(self) -> set[str]:
        person = Person.objects.filter(ref=self.patron.ref).values_list("pk", flat=True)
        hashes = [cards.hash_number(self.uid), cards.hash_number(self.patron.identifier)]
        return {str(self.patron.pk), self.patron.ref, self.patron.identifier, self.patron.name, *hashes} | {
            str(each) for each in person
        }

    def its(self, rows: list[dict[str, Any]]) -> set[str]:
        """Return the texts that identify the title, its loans, holds, events and kiosk rows."""
        loans = Loan.objects.filter(item=self.item)
        numbers = {self.item.pk, self.item.title_id, *loans.values_list("pk", flat=True)}
        numbers |= set(Hold.objects.filter(title=self.item.title_id).values_list("pk", flat=True))
        numbers |= set(Renewal.objects.filter(loan__in=loans).values_list("pk", flat=True))
        about_title = Q(data__item=self.item.barcode) | Q(data__title=self.item.title_id)
        numbers |= set(CirculationEvent.objects.filter(about_title).values_list("id", flat=True))
        ids = [row["id"] for row in rows]
        codes = Transaction.objects.filter(pk__in=ids).values_list("code", flat=True)
        words = {self.item.barcode, self.item.title.title, *ids, *(each.replace("-", "") for each in ids), *codes}
        return words | {str(each) for each in numbers}


def start_at(model: type[Model], number: int) -> None:
    """Set the id of the table's next row."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", (table, number))
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", (table,))
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", (table, number - 1))


def separate_number_ranges() -> None:
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


def all_rows() -> Iterator[tuple[str, str]]:
    """Yield every row of every table as text, decrypted if it is encrypted."""
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
    return EncryptedText(text).decrypt() if text.startswith(MARK) else text


def linking_tables(owner: Reader, rows: list[dict[str, Any]]) -> set[str]:
    """Return the tables with a row that names the patron and the title."""
    patron_texts, its = _any_of(owner.patron_texts()), _any_of(owner.its(rows))
    return {table for table, text in all_rows() if patron_texts.search(text) and its.search(text)}


def _any_of(words: set[str]) -> re.Pattern[str]:
    """Return a pattern of whole words, so that no number matches within a longer one."""
    return re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(map(re.escape, sorted(words)))})(?![0-9A-Za-z])")


def full_history(world: World, owner: Reader) -> list[dict[str, Any]]:
    """Run all that can happen to an item from hold to return and rating, and return the uploaded rows."""
    patron, item = owner.patron, owner.item
    hold_queue.place(world.by, patron, item.title, world.main)
    hold_queue.trap(world.by, item)
    carry()
    rows = [world.checkout(item, owner.uid), world.checkout(item, owner.uid, no_block=True)]
    world.upload_all(*rows)
    world.make_due_soon()
    rows.append(world.renewal(item, owner.uid, no_block=True))
    world.upload(rows[-1])
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
    loan_changes.ask_back(world.by, loan)
    for days in (25, 15, 80):
        world.advance(days=days)
        run_jobs()
    assert Lost.objects.filter(item=item.barcode, person__ref=patron.ref).exists()
    fees.charge(world.by, patron, "lost", Decimal(30), item=item, note=f"{item.title.title}, lost")
    _at_the_pages(owner)
    rows.append(world.row("said", ask="receipt", answer=f"renew:{item.barcode}", card=cards.hash_number(owner.uid)))
    world.upload(rows[-1])
    rows.append(world.checkin(item, "trusted", no_block=True))
    world.upload(rows[-1])
    rows.append(world.undo(rows[1], no_block=True))
    world.upload(rows[-1])
    rows.append(world.row("said", ask="book", answer="1", about=item.barcode, card=cards.hash_number(owner.uid)))
    world.upload(rows[-1])
    carry()
    return rows


def _at_the_pages(owner: Reader) -> None:
    user, _made = User.objects.get_or_create(username="grace", defaults={"is_staff": True, "is_superuser": True})
    client = Client()
    client.force_login(user)
    client.get(reverse("staff:patron", args=(owner.patron.pk,)))
    entry = {
        "id": "0192f0c1-2b7c-7d3a-9e54-0242ac120002",
        "text": owner.item.barcode,
        "patron": owner.patron.ref,
    }
    client.post(reverse("staff:entry"), json.dumps(entry | {"mode": "borrow"}), "application/json")


def run_jobs() -> None:
    """Run all jobs of a minute and of a night, and check that none fails."""
    carried = (("carry", work._carry),)
    assert work.run((*carried, *EVERY_MINUTE)) == 0
    for message in Message.objects.filter(state__in=(Message.State.WAITING, Message.State.UNDERWAY)):
        Message.objects.filter(pk=message.pk).update(state=Message.State.SAID, done_at=hub_clock().now())
    assert work.run((*carried, *NIGHTLY, ("closed loans", work._anonymise))) == 0


def settle_account(world: World, owner: Reader) -> None:
    """Pay the fees and resolve the exceptions."""
    fees.take(world.by, owner.patron, Decimal(1000))
    for case in ExceptionCase.objects.filter(resolved_at=None):
        exceptions.resolve(case, "grace", "seen to", world.by.now)
    run_jobs()


def ada(world: World) -> Reader:
    return reader(world, "Zyxmark Vwanted", "Quillon Zephyrs", "39000000000017", UID)


LINKS: dict[str, Any] = {
    "circulation_loan": lambda owner: Loan.objects.filter(item=owner.item).update(patron=owner.patron),
    "circulation_hold": lambda owner: Hold.objects.filter(title=owner.item.title).update(patron=owner.patron),
    "circulation_circulationevent": lambda owner: CirculationEvent.objects.filter(kind="renewed").update(
        data={"loan": Loan.objects.filter(item=owner.item).first().pk, "patron": owner.patron.ref}
    ),
    "circulation_transaction": lambda owner: Transaction.objects.filter(kind="checkout").update(
        body=json.dumps({"card": cards.hash_number(owner.uid)})
    ),
    "circulation_fee": lambda owner: Fee.objects.filter(patron=owner.patron).update(item=owner.item),
    "messaging_message": lambda owner: Message.objects.create(
        person=Person.objects.get(ref=owner.patron.ref),
        kind=MessageKind.OVERDUE,
        made_at=hub_clock().now(),
        next_at=hub_clock().now(),
        state=Message.State.SAID,
        key=f"{Loan.objects.filter(item=owner.item).first().pk}.1",
    ),
    "recommendations_lost": lambda owner: Lost.objects.update(person=Person.objects.get(ref=owner.patron.ref)),
    "patrons_note": lambda owner: Person.objects.get(ref=owner.patron.ref).notes.create(
        words="has had Quillon Zephyrs", by="grace", at=hub_clock().now()
    ),
}


def test_nightly_jobs_unlink_patrons_from_returned_titles(world: World, tmp_path: Path) -> None:
    separate_number_ranges()
    owner = ada(world)
    rows = full_history(world, owner)
    before = linking_tables(owner, rows)
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
    }, "the search finds existing links"
    settle_account(world, owner)
    world.advance(days=32)
    _signed_out()
    run_jobs()
    assert linking_tables(owner, rows) == set()
    found = Patron.objects.get(pk=owner.patron.pk)
    assert found.past == Loan.objects.filter(item=owner.item).count() > 0, "the number of past loans is kept"
    _check_exports(owner, tmp_path)
    for number, (table, plant) in enumerate(LINKS.items()):
        plant(owner)
        assert len(linking_tables(owner, rows)) == number + 1 and table in linking_tables(owner, rows), table


def _check_exports(owner: Reader, folder: Path) -> None:
    """The patron's data export and the hub's exported sheets do not link them either."""
    exported = json.loads(her_export.as_json(Person.objects.get(ref=owner.patron.ref)))["circulation"]
    assert (exported["loans"], exported["loans_over_and_forgotten"]) == (
        [],
        Patron.objects.get(pk=owner.patron.pk).past,
    )
    assert owner.item.title.title not in json.dumps(exported)
    export.export(folder)
    lines = [line for path in folder.glob("*.csv") for line in path.read_text(encoding="utf-8-sig").splitlines()]
    patron_texts = [line for line in lines if owner.patron.identifier in line]
    assert patron_texts and not [
        line for line in patron_texts if owner.item.barcode in line or owner.item.title.title in line
    ]


def _signed_out() -> None:
    """Make a desk entry, which deletes the stored answers of earlier days."""
    client = Client()
    client.force_login(User.objects.get(username="grace"))
    entry = {"id": "0192f0c1-2b7c-7d3a-9e54-0242ac120003", "text": "none", "patron": "", "mode": "borrow"}
    client.post(reverse("staff:entry"), json.dumps(entry), "application/json")


def test_history_is_kept_only_with_consent(world: World) -> None:
    separate_number_ranges()
    owner = reader(world, "Wexford Quidnunc", "Ormolu Vespers", "39000000000025", OTHER_UID)
    person = Person.objects.create(ref=owner.patron.ref, since=hub_clock().now())
    for purpose in (Purpose.HISTORY, Purpose.RECOMMENDATIONS):
        consents.give(person, purpose, "kiosk front", consents.text(purpose).version)
    rows = full_history(world, owner)
    settle_account(world, owner)
    world.advance(days=32)
    _signed_out()
    run_jobs()
    found = linking_tables(owner, rows)
    assert "recommendations_historytitle" in found and found <= HISTORY
    consents.withdraw(person, Purpose.HISTORY, "kiosk front")
    assert linking_tables(owner, rows) == set()


STATISTICS = (
    "recommendations_",
    "statistics_",
    "engagement_monthlyreferrals",
    "engagement_readingcount",
    "engagement_refer",
    "patrons_monthlyloans",
)


def statistics_rows() -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of statistics: counts, lengths, habits, segments, recommendations, figures."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(STATISTICS):
                cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
                found[table] = list(cursor.fetchall())
    return found


def test_statistics_are_unchanged_by_the_anonymisation(world: World) -> None:
    """Segments, forecasts, recommendations and figures derive from counts and lengths, not loans."""
    separate_number_ranges()
    owner = reader(world, "Wexford Quidnunc", "Ormolu Vespers", "39000000000025", OTHER_UID)
    person = Person.objects.create(ref=owner.patron.ref, since=hub_clock().now())
    consents.give(person, Purpose.HISTORY, "kiosk front", consents.text(Purpose.HISTORY).version)
    for _time in range(4):
        world.upload(world.checkout(owner.item, owner.uid))
        world.advance(days=10)
        world.upload(world.checkin(owner.item, "trusted"))
    world.advance(days=31)
    jobs = (("carry", work._carry), *NIGHTLY)
    assert work.run(jobs) == 0
    before = statistics_rows()
    assert (
        before["recommendations_weeklyloans"]
        and before["recommendations_loanlength"]
        and before["recommendations_historytitle"]
        and before["recommendations_segmentmembership"]
    )
    assert work._anonymise(hub_clock().now()) >= 4
    assert not Loan.objects.filter(patron=owner.patron).exists()
    assert statistics_rows() == before
    assert work.run(jobs) == 0
    changes = {name for name, rows in statistics_rows().items() if rows != before[name]}
    assert changes <= REBUILT
