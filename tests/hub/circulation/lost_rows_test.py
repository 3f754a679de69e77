"""Test a restored hub: what it reports to kiosks, and what it keeps of rows that are lost."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import uuid6

from hub.circulation import anonymisation
from hub.circulation.intake import exceptions
from hub.circulation.models import ExceptionCase, Kiosk
from hub.core.clock import hub_clock
from hub.fleet import enrolment
from lending.transactions import TransactionId, receipt_code
from tests.hub.fleet.health_test import HEALTH, report
from tests.hub.staff.staff_client import Grace
from tests.hub.support.device import Device, enrolled_device
from tests.hub.support.world import NOW, World

JOURNAL, OTHER = "01930000-0000-7000-8000-00000000000a", "01930000-0000-7000-8000-00000000000b"


def known_after_report(device: Device, journal: str = JOURNAL, *gone: dict[str, object]) -> int | None:
    """Send a health report and return the last sequence number that the hub knows."""
    answer = device.post("/api/v1/fleet/health", report(journal=journal, gone=list(gone)))
    assert answer.status_code == 200, answer.content
    known: int | None = answer.json()["known"]
    return known


def upload_returns(world: World, *seqs: int, journal: str = JOURNAL) -> list[str]:
    """Upload returns with these sequence numbers and return their row ids."""
    rows = [{**world.checkin(world.emma, no_block=True), "seq": seq} for seq in seqs]
    for row in rows:
        envelope = {"wire": 1, "journal": journal, "rows": [row]}
        assert world.device.post("/api/v1/transactions", envelope).json()["answers"][0]["outcome"] == "accepted"
    return [str(row["id"]) for row in rows]


def gone(seq: int, why: str = "erased", **more: object) -> dict[str, Any]:
    return {"seq": seq, "why": why, "id": str(uuid6.uuid7()), "kind": "checkout", "at": NOW.isoformat(), **more}


def open_gaps() -> list[ExceptionCase]:
    return list(ExceptionCase.objects.filter(kind="gap", resolved_at=None))


def test_health_answer_states_the_last_known_row_of_the_journal(world: World) -> None:
    assert known_after_report(world.device) == 0, "the backup is older than this journal"
    upload_returns(world, 1, 2, 4)
    assert known_after_report(world.device) == 2
    assert known_after_report(world.device, "") is None


@pytest.mark.parametrize("whose", ["another kiosk", "an older journal"])
def test_rows_of_another_kiosk_or_journal_are_not_missing(world: World, whose: str) -> None:
    """The device was enrolled as another kiosk, or has an old disk: no row was lost."""
    upload_returns(world, 1, 2)
    if whose == "another kiosk":
        device = enrolled_device(enrolment.add("moved", world.main))
        assert known_after_report(device) is None
        assert known_after_report(device, JOURNAL, gone(3)) is None
        assert open_gaps() == []
    else:
        upload_returns(world, 1, journal=OTHER)
        assert known_after_report(world.device) is None
        assert known_after_report(world.device, OTHER) == 1


def test_lost_rows_open_one_exception_and_the_known_sequence_continues(world: World) -> None:
    upload_returns(world, 1, 2, 6)
    lost = [gone(3), gone(4)]
    assert known_after_report(world.device, JOURNAL, *lost) == 4
    upload_returns(world, 5)
    assert known_after_report(world.device) == 6
    (case,) = open_gaps()
    assert (case.reason, case.seq, case.last_seq) == ("erased", 3, 4)
    kept = json.loads(case.raw)
    assert [(each["seq"], each["kind"], each["code"]) for each in kept] == [
        (each["seq"], "checkout", receipt_code(TransactionId(str(each["id"])))) for each in lost
    ]


def test_exception_grows_with_later_reports_and_lists_each_row_once(world: World) -> None:
    first, second = gone(1), gone(2)
    assert known_after_report(world.device, JOURNAL, first) == 1
    assert known_after_report(world.device, JOURNAL, first, second) == 2
    (case,) = open_gaps()
    assert (case.seq, case.last_seq, len(json.loads(case.raw))) == (1, 2, 2)


def test_refused_rows_are_counted_without_an_open_exception(world: World) -> None:
    assert known_after_report(world.device, JOURNAL, gone(1), gone(2, "refused"), gone(3, "unsendable")) == 3
    assert [(case.reason, case.seq) for case in open_gaps()] == [("erased", 1), ("unsendable", 3)]
    refused = ExceptionCase.objects.get(reason="refused")
    assert refused.resolution == "refused at the time, and not confirmed to the patron"


def test_deleted_range_is_counted_at_once(world: World) -> None:
    upload_returns(world, 1, 2, 900_001)
    run = {"seq": 3, "last": 900_000, "why": "deleted"}
    assert known_after_report(world.device, JOURNAL, run) == 900_001
    assert known_after_report(world.device, JOURNAL, {"seq": 1, "last": 900_001, "why": "deleted"}) == 900_001
    (case,) = open_gaps()
    assert (case.seq, case.last_seq) == (3, 900_000)
    Kiosk.objects.update(journal="", max_contiguous_seq=0)
    upload_returns(world, 900_002)
    assert known_after_report(world.device) == 900_002, "the lost range still counts for a new start"


def test_stored_row_is_never_recorded_as_lost(world: World) -> None:
    ids = upload_returns(world, 1, 2)
    assert known_after_report(world.device, JOURNAL, gone(1, id=ids[0]), gone(2, id=ids[1])) == 2
    assert open_gaps() == []


def test_reused_sequence_numbers_are_missing_and_open_a_clone_exception(world: World) -> None:
    """A restored kiosk image reused numbers; then the hub was restored to a time before that."""
    first = upload_returns(world, 1, 2, 3)
    second = [gone(number) for number in (2, 3, 4)]
    held = [{"seq": 1, "id": first[0]}, *({"seq": each["seq"], "id": each["id"]} for each in second)]
    answer = world.device.post(HEALTH, report(journal=JOURNAL, held=held)).json()
    assert (answer["known"], answer["missing"]) == (3, [second[0]["id"], second[1]["id"]]), "4 is missing by number"
    assert [case.reason for case in world.open_cases()] == ["cloned_kiosk"]
    assert answer["cloned_kiosk"] == [NOW.date().isoformat()]
    known_after_report(world.device, JOURNAL, second[0])
    assert [(case.reason, case.seq) for case in open_gaps()] == [("erased", 2)]
    answer = world.device.post(HEALTH, report(journal=JOURNAL, held=held)).json()
    assert answer["missing"] == [second[1]["id"]], "the exception covers the other"


def test_unreadable_row_is_not_missing_even_after_its_exception_is_anonymised(world: World) -> None:
    """A quiet kiosk reports the row for three months; of its content the exception keeps the id only."""

    def assert_not_missing() -> None:
        answer = world.device.post(HEALTH, report(journal=JOURNAL, held=[{"seq": 1, "id": row["id"]}])).json()
        assert (answer["known"], answer["missing"]) == (1, [])

    row = {**world.checkin(world.emma, no_block=True), "seq": 1, "unheard_of": 1}
    world.device.post("/api/v1/transactions", {"wire": 1, "journal": JOURNAL, "rows": [row]})
    assert_not_missing()
    (case,) = world.open_cases()
    exceptions.resolve(case, "grace", "seen", NOW)
    world.advance(days=40)
    anonymisation.anonymise_traces(hub_clock().now(), 0)
    case.refresh_from_db()
    assert case.raw == ""
    assert_not_missing()
    assert list(world.open_cases()) == []


def test_clone_warning_survives_a_restore_until_staff_resolve_it(world: World) -> None:
    """The kiosk repeats the hub's warning, and the hub opens its case again.

    A resolved one stays resolved.
    """
    day = (NOW - timedelta(days=2)).date().isoformat()
    answer = world.device.post(HEALTH, report(cloned_kiosk=[day])).json()
    assert answer["cloned_kiosk"] == [day]
    (case,) = world.open_cases()
    assert (case.kind, case.reason) == ("conflict", "cloned_kiosk")
    exceptions.resolve(case, "grace", "the second box is switched off", NOW)
    answer = world.device.post(HEALTH, report(cloned_kiosk=[day])).json()
    assert answer["cloned_kiosk"] == []
    assert list(world.open_cases()) == []


def test_kiosk_page_shows_gaps_and_lost_rows(world: World) -> None:
    grace = Grace()
    upload_returns(world, 1, 4)
    page = grace.page("kiosk", world.kiosk.pk)
    assert "Rows 2 to 3 not received" in page
    assert "all up to number 1" in page
    lost = gone(2)
    known_after_report(world.device, JOURNAL, lost)
    page = grace.page("kiosk", world.kiosk.pk)
    assert "Rows 2 to 2 lost" in page
    (_gap, case) = ExceptionCase.objects.filter(kind="gap").order_by("pk")
    shown = grace.page("exception", case.pk)
    assert f"2 Check out today 14:30 {receipt_code(TransactionId(lost['id']))}" in shown
    upload_returns(world, 3)
    assert "not received" not in grace.page("kiosk", world.kiosk.pk)


def test_lost_answer_of_a_patron_is_listed_as_an_answer(world: World) -> None:
    upload_returns(world, 1, 3)
    known_after_report(world.device, JOURNAL, gone(2, kind="said"))
    case = ExceptionCase.objects.get(kind="gap", resolved_at=None)
    assert "2 Answer today 14:30" in Grace().page("exception", case.pk)
