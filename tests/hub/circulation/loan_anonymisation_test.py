"""Test the anonymisation of closed loans, and transactions about them that are uploaded late."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hub.circulation import anonymisation, cards
from hub.circulation.intake import exceptions
from hub.circulation.loan_rules.replay import last_month
from hub.circulation.models import (
    CirculationEvent,
    ExceptionCase,
    Fee,
    FeedCursor,
    Hold,
    Library,
    Loan,
    Patron,
    Transaction,
    UnnumberedChange,
)
from hub.circulation.operations import fees, loan_changes
from hub.circulation.operations.context import lock_patron
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach import feed
from hub.outreach.patrons.models import Person
from tests.hub.support.world import ADA_UID, LIN_UID, World

ANONYMOUS = "erased-"
LOCKED, UPDATED = 'WHERE "circulation_patron"."id" IN (SELECT', 'UPDATE "circulation_'


def night() -> int:
    """Run the nightly anonymisation in the hub's order and return how many rows it changed."""
    carry()
    now = hub_clock().now()
    return anonymisation.anonymise_loans(now) + anonymisation.anonymise_traces(now, feed.last())


def check_out_and_return(world: World) -> list[dict[str, Any]]:
    """Upload a loan of Dune by Ada and its confirmed return, and return the rows."""
    rows = [world.checkout(world.dune), world.checkin(world.dune, "trusted")]
    assert [each["outcome"] for each in world.upload_all(*rows)] == ["accepted", "accepted"]
    return rows


def owner(loan: Loan) -> str:
    loan.refresh_from_db()
    return str(loan.patron.identifier)


def test_closed_loan_is_anonymised_after_the_retention_period(world: World) -> None:
    (lent, _back), (loan,) = check_out_and_return(world), world.loans(world.dune)
    world.advance(days=29)
    night()
    assert owner(loan) == world.ada.identifier
    assert Transaction.objects.get(pk=lent["id"]).body
    world.advance(days=2)
    night()
    assert owner(loan) == f"{ANONYMOUS}{world.adult.pk}"
    assert loan.nameless and loan.state == Loan.State.RETURNED
    assert loan.closed_at is not None and loan.checked_out_at < loan.closed_at, "the length of the loan stays"
    assert Patron.objects.get(pk=world.ada.pk).past == 1
    stored = Transaction.objects.get(pk=lent["id"])
    assert (stored.body, stored.body_hash, stored.outcome) == ("", "", "accepted")
    assert {each.data["patron"] for each in CirculationEvent.objects.filter(data__has_key="loan")} == {None}
    assert night() == 0


def test_response_text_is_erased_from_the_feed_with_the_patron(world: World) -> None:
    """Outreach has the response and erases it with the person, because texts reveal their author."""
    world.upload(world.row("said", ask="search", answer="Ada was here", about="", card=cards.hash_number(ADA_UID)))
    night()
    event = CirculationEvent.objects.get(kind="said")
    assert (event.data["answer"], event.data["patron"]) == ("Ada was here", world.ada.ref)
    world.advance(days=31)
    night()
    event.refresh_from_db()
    assert "answer" not in event.data and event.data["patron"] is None and event.data["ask"] == "search"


def test_library_setting_shortens_the_retention_period(world: World) -> None:
    check_out_and_return(world)
    Library.objects.update(named_days=7)
    world.advance(days=8)
    night()
    assert world.loans(world.dune)[0].nameless


def test_open_loans_unpaid_fees_and_open_exceptions_delay_anonymisation(world: World) -> None:
    world.upload_all(world.checkout(world.dune), world.checkout(world.emma, LIN_UID), world.checkout(world.utopia))
    fees.charge(world.by, world.lin, "damage", Decimal(3), item=world.emma, note="Emma, page 7")
    loan_changes.receive(world.by, world.emma)
    world.upload(world.checkin(world.utopia, "trusted"))
    (utopia,) = world.loans(world.utopia)
    case = ExceptionCase.objects.create(
        kind="against",
        reason="limit",
        kiosk=world.kiosk,
        transaction_id=utopia.transaction,
        raw="{}",
        opened_at=world.by.now,
    )
    world.advance(days=60)
    night()
    (dune,), (emma,) = world.loans(world.dune), world.loans(world.emma)
    assert [owner(dune), owner(emma), owner(utopia)] == [
        world.ada.identifier,
        world.lin.identifier,
        world.ada.identifier,
    ]
    assert Transaction.objects.get(pk=utopia.transaction).body
    fees.take(world.by, world.lin, Decimal(3))
    exceptions.resolve(case, "grace", "seen to", world.by.now)
    night()
    assert owner(emma) == f"{ANONYMOUS}{world.adult.pk}"
    assert owner(utopia) == world.ada.identifier, "staff may reopen a recent exception"
    assert Fee.objects.get().item == world.emma
    world.advance(days=31)
    night()
    assert owner(utopia) == f"{ANONYMOUS}{world.adult.pk}"
    case.refresh_from_db()
    fee = Fee.objects.get()
    assert (case.raw, fee.item, fee.note, fee.patron, fee.amount) == ("", None, "", world.lin, 3)
    assert not Transaction.objects.exclude(body="").filter(pk=utopia.transaction).exists()


def test_late_uploaded_loan_keeps_its_patron_for_the_period_after_upload(world: World) -> None:
    """The item was checked in before its loan was uploaded."""
    late = world.checkout(world.dune, no_block=True)
    undone = world.undo(late, no_block=True)
    Library.objects.update(named_days=7)
    world.advance(days=1)
    loan_changes.receive(world.by, world.dune)
    world.advance(days=20)
    assert world.upload(late)["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert loan.closed_at is not None and loan.closed_at < world.by.now - timedelta(days=19)
    night()
    assert owner(loan) == world.ada.identifier
    assert world.upload(undone)["outcome"] == "accepted"
    carry()
    loan.refresh_from_db()
    assert loan.state == Loan.State.UNDONE
    assert CirculationEvent.objects.filter(kind="checkout_undone", data__patron=world.ada.ref).exists()


def test_repeated_row_after_anonymisation_gets_its_first_answer_and_no_new_loan(world: World) -> None:
    rows = [world.checkout(world.dune), world.checkin(world.dune, "trusted")]
    first = world.upload_all(*rows)
    world.advance(days=31)
    night()
    before = list(Loan.objects.values()), CirculationEvent.objects.count()
    assert world.upload_all(*rows) == first
    assert world.upload_all(*({**row, "no_block": True} for row in rows)) == first
    assert list(Loan.objects.values()) == before[0]
    confirmed = CirculationEvent.objects.filter(id__gt=before[1])
    assert [(each.kind, each.data["act"], each.data["patron"]) for each in confirmed] == [
        ("promise_confirmed", "checkout", world.ada.ref)
    ], "the patron gets a message about the promise, and the return is no longer linked to a patron"
    assert not world.open_cases()


def test_reused_transaction_id_after_anonymisation_is_still_a_conflict(world: World) -> None:
    (lent, _back) = check_out_and_return(world)
    world.advance(days=31)
    night()
    other = {**world.checkin(world.dune), "id": lent["id"]}
    assert world.upload(other)["outcome"] == "set_aside"
    (answer,) = world.post(lent, by=world.add_kiosk("back")).json()["answers"]
    assert answer["outcome"] == "set_aside"
    assert {each.kind for each in world.open_cases()} == {"conflict"}


def test_refused_row_repeated_as_no_block_is_reapplied_after_anonymisation(world: World) -> None:
    world.upload(world.checkout(world.dune, LIN_UID))
    refused = world.checkout(world.dune)
    assert world.upload(refused)["outcome"] == "refused"
    world.upload(world.checkin(world.dune, "trusted"))
    world.advance(days=31)
    night()
    assert Transaction.objects.get(pk=refused["id"]).body == ""
    assert world.upload({**refused, "no_block": True})["outcome"] == "accepted"
    lins_loan, adas_loan = world.loans(world.dune)
    assert (owner(lins_loan), owner(adas_loan)) == (f"{ANONYMOUS}{world.adult.pk}", world.ada.identifier)
    stored = Transaction.objects.get(pk=refused["id"])
    assert (stored.body, bool(stored.body_hash)) == (refused["body"], True)
    assert world.upload({**refused, "no_block": True})["outcome"] == "accepted"
    assert len(world.loans(world.dune)) == 2


def test_late_undo_of_an_anonymised_loan_creates_no_person(world: World) -> None:
    late = world.checkout(world.dune, no_block=True)
    undone = world.undo(late, no_block=True)
    Library.objects.update(named_days=7)
    world.advance(days=3)
    loan_changes.receive(world.by, world.dune)
    world.upload(late)
    world.advance(days=10)
    night()
    (loan,) = world.loans(world.dune)
    assert loan.nameless
    people = Person.objects.count()
    assert world.upload(undone)["outcome"] == "accepted"
    assert world.upload(undone)["outcome"] == "accepted"
    loan.refresh_from_db()
    assert loan.state == Loan.State.UNDONE
    event = CirculationEvent.objects.get(kind="checkout_undone")
    assert event.data["patron"] is None
    carry()
    assert Person.objects.count() == people
    assert not world.open_cases()


def test_undo_waiting_for_the_nightly_lock_names_no_patron(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The undo found the loan while it named the patron, and got the lock after the anonymisation."""
    late = world.checkout(world.dune, no_block=True)
    undone = world.undo(late, no_block=True)
    Library.objects.update(named_days=7)
    world.advance(days=3)
    loan_changes.receive(world.by, world.dune)
    world.upload(late)
    world.advance(days=10)

    def after_the_night(patron: Patron) -> Patron:
        night()
        return lock_patron(patron)

    monkeypatch.setattr("hub.circulation.operations.loan_changes.lock_patron", after_the_night)
    assert world.upload(undone)["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert (loan.nameless, loan.state) == (True, Loan.State.UNDONE)
    assert CirculationEvent.objects.get(kind="checkout_undone").data["patron"] is None


def test_return_uploaded_after_a_month_closes_the_current_loan(world: World) -> None:
    check_out_and_return(world)
    again = world.checkout(world.dune, LIN_UID)
    back = world.checkin(world.dune, no_block=True)
    world.upload(again)
    world.advance(days=31)
    night()
    adas_loan, lins_loan = world.loans(world.dune)
    assert adas_loan.nameless and owner(lins_loan) == world.lin.identifier
    assert world.upload(back)["outcome"] == "accepted"
    adas_loan.refresh_from_db()
    lins_loan.refresh_from_db()
    assert (adas_loan.state, lins_loan.state) == (Loan.State.RETURNED, Loan.State.HANDED_IN)
    assert world.upload(back)["outcome"] == "accepted"
    assert lins_loan.handed_in.count() == 1


def test_undoing_a_late_loan_restores_the_previous_loan_and_hold(world: World) -> None:
    """The late loan closed the patron's earlier loan of the item and collected the hold."""
    world.upload(world.checkout(world.dune))
    hold = world.place_hold(world.ada, world.dune)
    again = world.checkout(world.dune, no_block=True)
    assert world.upload(again)["outcome"] == "accepted"
    first, second = world.loans(world.dune)
    assert (second.former, second.hold, first.state) == (first, hold, Loan.State.RETURNED)
    world.advance(days=40)
    night()
    hold.refresh_from_db()
    assert owner(first).startswith(ANONYMOUS) and hold.patron.identifier.startswith(ANONYMOUS)
    assert owner(second) == world.ada.identifier
    assert world.upload(world.undo(again, no_block=True))["outcome"] == "accepted"
    hold.refresh_from_db()
    assert (owner(first), first.state, first.nameless) == (world.ada.identifier, Loan.State.ON_LOAN, False)
    assert (hold.patron, hold.nameless, hold.state) == (world.ada, False, Hold.State.WAITING)
    assert Patron.objects.get(pk=world.ada.pk).past == 0
    reopened = CirculationEvent.objects.get(kind="loan_reopened")
    assert reopened.data["patron"] == world.ada.ref


@pytest.mark.parametrize("part", [anonymisation._part_loans, anonymisation._part_holds])
def test_anonymisation_locks_patrons_before_changing_rows(world: World, part: Any) -> None:
    """The patron's row is locked first; otherwise a reopened hold could lose its patron."""
    world.place_hold(world.ada, world.dune)
    world.upload_all(world.checkout(world.dune), world.checkin(world.dune, "trusted"))
    world.advance(days=40)
    end = anonymisation.retention_cutoff(hub_clock().now())
    due = anonymisation._loans(end) if part is anonymisation._part_loans else anonymisation._holds(end)
    with CaptureQueriesContext(connection) as asked:
        assert part(due, list(due.values_list("pk", flat=True))) == 1
    statements = [
        each["sql"] for each in asked if not each["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"))
    ]
    held, changed = (next(n for n, sql in enumerate(statements) if how in sql) for how in (LOCKED, UPDATED))
    assert held < changed and statements[held].startswith('SELECT "circulation_patron"')
    assert connection.vendor == "sqlite" or "FOR NO KEY UPDATE" in statements[held]


def test_anonymisation_causes_no_snapshot_change(world: World) -> None:
    check_out_and_return(world)
    world.advance(days=31)
    carry()
    UnnumberedChange.objects.all().delete()
    assert night()
    assert list(UnnumberedChange.objects.values_list("kind", "what")) == []
    world.upload(world.checkout(world.dune))
    assert {kind for (kind,) in UnnumberedChange.objects.values_list("kind")} >= {"item", "patron"}


def test_draft_rule_preview_is_unchanged_by_anonymisation(world: World) -> None:
    check_out_and_return(world)
    world.upload(world.checkout(world.emma))
    Library.objects.update(named_days=7)
    world.advance(days=9)
    before = last_month((), world.by.now).outcomes
    night()
    assert world.loans(world.dune)[0].nameless
    assert last_month((), world.by.now).outcomes == before
    assert before


def many(world: World, count: int, closed_at: datetime) -> None:
    Loan.objects.bulk_create(
        Loan(
            patron=(world.ada, world.lin)[number % 2],
            item=world.dune,
            branch=world.main,
            state=Loan.State.RETURNED,
            checked_out_at=closed_at - timedelta(days=14),
            due=closed_at,
            closed_at=closed_at + timedelta(seconds=number // 3),
        )
        for number in range(count)
    )


def test_interrupted_anonymisation_continues_in_the_next_night(world: World) -> None:
    """Each batch is committed; rows closed at the same moment are not lost between two batches."""
    many(world, 2 * anonymisation.BATCH + 7, world.by.now - timedelta(days=90))
    due = anonymisation._loans(anonymisation.retention_cutoff(world.by.now))
    batches: list[int] = []

    def part(rows: Any, keys: list[int]) -> int:
        batches.append(len(keys))
        if len(batches) == 2:
            raise KeyboardInterrupt
        return anonymisation._part_loans(rows, keys)

    with pytest.raises(KeyboardInterrupt):
        anonymisation.through(due, "closed_at", part)
    assert Loan.objects.filter(nameless=True).count() == anonymisation.BATCH
    assert night() == anonymisation.BATCH + 7
    assert not Loan.objects.filter(nameless=False).exists()
    counted = dict(Patron.objects.filter(past__gt=0).values_list("identifier", "past"))
    assert counted == {
        world.ada.identifier: anonymisation.BATCH + 4,
        world.lin.identifier: anonymisation.BATCH + 3,
    }


def test_query_for_due_loans_uses_the_partial_index(world: World) -> None:
    """The index has no rows of open or anonymised loans."""
    due = anonymisation._loans(anonymisation.retention_cutoff(world.by.now)).order_by("closed_at", "pk")[:10]
    if connection.vendor == "sqlite":
        assert "loans_not_anonymised" in due.explain()
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, "circulation_loan")
    assert names["loans_not_anonymised"]["columns"] == ["closed_at", "id"]


def test_feed_is_anonymised_only_up_to_its_readers_position(world: World) -> None:
    check_out_and_return(world)
    world.advance(days=31)
    anonymisation.anonymise_traces(world.by.now, 1)
    assert [each.data["patron"] for each in CirculationEvent.objects.all()] == [None, world.ada.ref]
    assert FeedCursor.objects.get().nameless == 1
    carry()
    assert Person.objects.filter(ref=world.ada.ref).exists()


def test_staff_pages_show_the_count_of_past_loans_without_titles_or_names(world: World) -> None:
    (lent, _back) = check_out_and_return(world)
    world.advance(days=31)
    night()
    client = Client()
    client.force_login(User.objects.create_user("grace", password="x", is_staff=True, is_superuser=True))

    def page(name: str, *given: object, **asked: str) -> str:
        return str(client.get(reverse(f"staff:{name}", args=given), asked, follow=True).content.decode())

    asked = client.get(reverse("staff:patron_loans", args=(world.ada.pk,)))["Location"]
    own = client.post(asked, {"reason": "loans"}, follow=True).content.decode()
    assert re.search(r"累计归还 · <a [^>]*>1</a> · 书名保留 30 天", own)
    assert "Dune" not in own
    for text in (page("item", world.dune.pk), page("loans", show="closed")):
        assert "不保留读者" in text and "Ada" not in text
    receipt = page("receipt", Transaction.objects.get(pk=lent["id"]).code)
    assert "<td>借书</td>" in receipt and "Dune" not in receipt and "Ada" not in receipt
    assert ANONYMOUS not in page("patrons")
