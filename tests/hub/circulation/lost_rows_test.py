"""Test a restored hub: what it reports to kiosks, and what it keeps of rows that are lost."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import uuid6

from hub.circulation import exceptions, trace_anonymisation
from hub.circulation.models import ExceptionCase, Kiosk
from hub.core.clock import hub_clock
from hub.fleet import enrolment
from lending.transactions import TransactionId, receipt_code
from tests.hub.fleet.health_test import HEALTH, report
from tests.hub.staff.staff_client import Grace
from tests.hub.support.device import Device, enrolled
from tests.hub.support.world import NOW, World

JOURNAL, OTHER = "01930000-0000-7000-8000-00000000000a", "01930000-0000-7000-8000-00000000000b"


def told(device: Device, journal: str = JOURNAL, *gone: dict[str, object]) -> int | None:
    """What the hub says it knows, in answer to a report."""
    answer = device.post("/api/v1/fleet/health", report(journal=journal, gone=list(gone)))
    assert answer.status_code == 200, answer.content
    known: int | None = answer.json()["known"]
    return known


def hands_over(world: World, *seqs: int, journal: str = JOURNAL) -> list[str]:
    """Return the ids of the rows."""
    rows = [{**world.returns(world.emma, no_block=True), "seq": seq} for seq in seqs]
    for row in rows:
        envelope = {"wire": 1, "journal": journal, "rows": [row]}
        assert world.device.post("/api/v1/transactions", envelope).json()["answers"][0]["outcome"] == "accepted"
    return [str(row["id"]) for row in rows]


def gone(seq: int, why: str = "erased", **more: object) -> dict[str, Any]:
    return {"seq": seq, "why": why, "id": str(uuid6.uuid7()), "kind": "checkout", "at": NOW.isoformat(), **more}


def open_gaps() -> list[ExceptionCase]:
    return list(ExceptionCase.objects.filter(kind="gap", resolved_at=None))


def test_it_says_how_far_it_knows_the_kiosks_journal(world: World) -> None:
    assert told(world.device) == 0, "it was restored to before this journal began"
    hands_over(world, 1, 2, 4)
    assert told(world.device) == 2
    assert told(world.device, "") is None


@pytest.mark.parametrize("whose", ["another kiosk's", "of a journal before this one"])
def test_rows_that_are_elsewhere_are_not_called_forgotten(world: World, whose: str) -> None:
    """Enrolled as another kiosk, or on an old disk: nothing was lost, and nothing may come twice."""
    hands_over(world, 1, 2)
    if whose == "another kiosk's":
        device = enrolled(enrolment.add("moved", world.main))
        assert told(device) is None
        assert told(device, JOURNAL, gone(3)) is None
        assert open_gaps() == []
    else:
        hands_over(world, 1, journal=OTHER)
        assert told(world.device) is None
        assert told(world.device, OTHER) == 1


def test_what_cannot_come_again_is_one_case_with_what_is_known_and_the_count_goes_on(world: World) -> None:
    hands_over(world, 1, 2, 6)
    lost = [gone(3), gone(4)]
    assert told(world.device, JOURNAL, *lost) == 4
    hands_over(world, 5)
    assert told(world.device) == 6
    (case,) = open_gaps()
    assert (case.reason, case.seq, case.last_seq) == ("erased", 3, 4)
    kept = json.loads(case.raw)
    assert [(each["seq"], each["kind"], each["code"]) for each in kept] == [
        (each["seq"], "checkout", receipt_code(TransactionId(str(each["id"])))) for each in lost
    ]


def test_a_case_goes_on_from_report_to_report_and_what_is_told_twice_is_kept_once(world: World) -> None:
    first, second = gone(1), gone(2)
    assert told(world.device, JOURNAL, first) == 1
    assert told(world.device, JOURNAL, first, second) == 2
    (case,) = open_gaps()
    assert (case.seq, case.last_seq, len(json.loads(case.raw))) == (1, 2, 2)


def test_what_was_refused_is_counted_and_troubles_nobody(world: World) -> None:
    assert told(world.device, JOURNAL, gone(1), gone(2, "refused"), gone(3, "unsendable")) == 3
    assert [(case.reason, case.seq) for case in open_gaps()] == [("erased", 1), ("unsendable", 3)]
    assert ExceptionCase.objects.get(reason="refused").resolution == "refused at the time, and promised to nobody"


def test_a_run_of_which_nothing_is_known_is_counted_at_once(world: World) -> None:
    hands_over(world, 1, 2, 900_001)
    run = {"seq": 3, "last": 900_000, "why": "deleted"}
    assert told(world.device, JOURNAL, run) == 900_001
    assert told(world.device, JOURNAL, {"seq": 1, "last": 900_001, "why": "deleted"}) == 900_001
    (case,) = open_gaps()
    assert (case.seq, case.last_seq) == (3, 900_000)
    Kiosk.objects.update(journal="", max_contiguous_seq=0)
    hands_over(world, 900_002)
    assert told(world.device) == 900_002, "it counts them where it begins anew"


def test_a_row_that_is_here_is_never_called_lost(world: World) -> None:
    ids = hands_over(world, 1, 2)
    assert told(world.device, JOURNAL, gone(1, id=ids[0]), gone(2, id=ids[1])) == 2
    assert open_gaps() == []


def test_rows_whose_numbers_are_here_for_others_are_missing_and_open_a_case(world: World) -> None:
    """A card image was put back, so numbers were used twice; then the hub went back to before the second time."""
    first = hands_over(world, 1, 2, 3)
    second = [gone(number) for number in (2, 3, 4)]
    held = [{"seq": 1, "id": first[0]}, *({"seq": each["seq"], "id": each["id"]} for each in second)]
    answer = world.device.post(HEALTH, report(journal=JOURNAL, held=held)).json()
    assert (answer["known"], answer["missing"]) == (3, [second[0]["id"], second[1]["id"]]), "4 is missing by number"
    assert [case.reason for case in world.open_cases()] == ["cloned_kiosk"]
    assert answer["cloned_kiosk"] == [NOW.date().isoformat()]
    told(world.device, JOURNAL, second[0])
    assert [(case.reason, case.seq) for case in open_gaps()] == [("erased", 2)]
    answer = world.device.post(HEALTH, report(journal=JOURNAL, held=held)).json()
    assert answer["missing"] == [second[1]["id"]], "a case tells of the other"


def test_a_row_that_could_not_be_read_is_not_missing(world: World) -> None:
    row = {**world.returns(world.emma, no_block=True), "seq": 1, "unheard_of": 1}
    world.device.post("/api/v1/transactions", {"wire": 1, "journal": JOURNAL, "rows": [row]})
    answer = world.device.post(HEALTH, report(journal=JOURNAL, held=[{"seq": 1, "id": row["id"]}])).json()
    assert (answer["known"], answer["missing"]) == (1, [])


def test_a_row_that_could_not_be_read_is_not_missing_after_its_case_was_emptied(world: World) -> None:
    """A quiet kiosk names the row for three months; the case keeps nothing of what the row said but its id."""
    row = {**world.returns(world.emma, no_block=True), "seq": 1, "unheard_of": 1}
    world.device.post("/api/v1/transactions", {"wire": 1, "journal": JOURNAL, "rows": [row]})
    (case,) = world.open_cases()
    exceptions.resolve(case, "grace", "seen", NOW)
    world.ahead(days=40)
    trace_anonymisation.nightly(hub_clock().now(), 0)
    case.refresh_from_db()
    assert case.raw == ""
    answer = world.device.post(HEALTH, report(journal=JOURNAL, held=[{"seq": 1, "id": row["id"]}])).json()
    assert (answer["known"], answer["missing"]) == (1, [])
    assert list(world.open_cases()) == []


def test_a_warning_of_cloned_kiosk_outlives_a_restore_until_staff_settle_it(world: World) -> None:
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


def test_staff_see_gaps_and_lost_rows_on_the_kiosks_page(world: World) -> None:
    grace = Grace()
    hands_over(world, 1, 4)
    page = grace.sees("kiosk", world.kiosk.pk)
    assert "Rows 2 to 3 not received" in page
    assert "all up to number 1" in page
    lost = gone(2)
    told(world.device, JOURNAL, lost)
    page = grace.sees("kiosk", world.kiosk.pk)
    assert "Rows 2 to 2 lost" in page
    (_gap, case) = ExceptionCase.objects.filter(kind="gap").order_by("pk")
    shown = grace.sees("exception", case.pk)
    assert f"2 Check out today 14:30 {receipt_code(TransactionId(lost['id']))}" in shown
    hands_over(world, 3)
    assert "not received" not in grace.sees("kiosk", world.kiosk.pk)
