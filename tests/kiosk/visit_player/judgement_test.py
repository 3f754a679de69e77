"""Test the judgement of a visit: each unmet expectation and each broken or missing statement is a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk.views import Borrowing, CurrentPatron, Help, LineState, VisitLine, VisitTask, Welcome
from kiosk.visit_player.judgement import SeenScreen, Target, cases, complaints, faults, reads, response_faults
from kiosk.visit_player.patron_statements import PatronStatements, Statement, statements_of, words_of
from kiosk.visit_player.script import Step, parse
from lending.model import CardRef, ItemId, PatronRef
from lending.policy import Allowance
from lending.transactions import TransactionId

FAREWELL = SeenScreen(
    view="Farewell",
    signal="done",
    texts=("Thank you,", "A short guide to a", "happy life", "Due Sun 20 Dec"),
    targets=(
        Target("receipt_paper", None, None, enabled=True, uncovered=True),
        Target("home", None, None, enabled=True, uncovered=False),
        Target("undo", None, None, enabled=False, uncovered=True),
        Target("renew", "30000000000017", None, enabled=True, uncovered=True),
    ),
    journal={"queued": 0, "acknowledged": 1, "exceptions": 0},
    language="en",
    now="2026-11-22T02:00:00+00:00",
)


def step(text: str) -> Step:
    return parse(f"[[step]]\n{text}", "story.toml").step[0]


def wrong(text: str, seen: SeenScreen = FAREWELL, receipt: tuple[str, ...] | None = None) -> list[str]:
    return complaints(step(text), seen, receipt)


@pytest.mark.parametrize(
    "text",
    [
        'expect = "Farewell"',
        'contains = "Thank you"',
        'contains = ["short guide to a happy life", "20 Dec"]',
        'lacks = ["sorry", "Welcome"]',
        'signal = "done"',
        'shot = "farewell"',
    ],
)
def test_met_expectations_raise_no_complaint(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('expect = "Borrowing"', "expected Borrowing and saw Farewell"),
        ('contains = "Goodbye"', "the screen lacks 'Goodbye'"),
        ('lacks = "Thank you"', "the screen holds 'Thank you'"),
        ('signal = "idle"', "expected the lights to say idle and they say done"),
    ],
)
def test_unmet_expectation_is_reported(text: str, said: str) -> None:
    assert wrong(text) == [said]


@pytest.mark.parametrize(
    ("lines", "text", "there"),
    [
        (("Saved, not", "yet confirmed"), "Saved, not yet confirmed", True),
        (("已保存，", "尚未确认"), "已保存，尚未确认", True),
        (("大 字", "Aa"), "大 字", True),
        (("1", "2", "3"), "12", False),
        (("Due 2", "0 Dec"), "Due 20 Dec", False),
        (("Due  20 Dec",), "Due 20   Dec", True),
        ((), "Due", False),
    ],
)
def test_text_is_matched_across_line_breaks_but_not_across_labels(
    lines: tuple[str, ...], text: str, there: bool
) -> None:
    assert reads(lines, text) is there


def test_speech_is_matched_across_phrases() -> None:
    asked = step('hears = ["Dune", "Selected: Finish"]')
    assert complaints(asked, FAREWELL, None, ("Dune, Sun 20 Dec, Borrowed", "Selected: Finish")) == []
    assert complaints(asked, FAREWELL, None, ("Selected: Finish",)) == [
        "the voice does not say 'Dune': it said Selected: Finish"
    ]
    assert len(complaints(asked, FAREWELL, None)) == 2


def test_dark_lights_are_reported() -> None:
    dark = replace(FAREWELL, signal=None)
    assert wrong('signal = "done"', dark) == ["expected the lights to say done and they say nothing: they are dark"]


def test_receipt_text_is_matched_across_line_breaks() -> None:
    paper = ("A short guide to a", "happy life", "Due Sun 20 Dec")
    assert wrong('receipt_contains = "guide to a happy life"', receipt=paper) == []
    assert wrong('receipt_contains = ["Due", "Ada"]', receipt=paper) == ["the receipt lacks 'Ada'"]
    assert wrong('receipt_contains = "Due"') == ["no receipt was printed"]


def test_description_lists_only_pressable_targets() -> None:
    description = FAREWELL.describe()
    assert description.startswith("on the screen was Farewell: Thank you, / ")
    assert description.endswith("what could have been pressed: receipt_paper, renew item=30000000000017")


ZONE = ZoneInfo("Asia/Shanghai")
DUE = datetime(2026, 12, 22, 15, 59, tzinfo=UTC)
PATRONS = {"2001": "ada", "2002": "lin"}
NOTHING: dict[str, Any] = {"loans": [], "exceptions": [], "transactions": [], "patrons": PATRONS}
LENT = Statement("t1", VisitTask.BORROW, "dune", DUE, "ada")
BACK = Statement("t2", VisitTask.RETURN, "dune", None)
LONGER = Statement("t3", VisitTask.RENEW, "dune", DUE.replace(day=29), "ada")
LINS = replace(LENT, patron="lin")


def statements(*words: Statement) -> PatronStatements:
    result = PatronStatements()
    for word in words:
        result.hear([word], undone=False)
    return result


def loan(transaction: str | None = "t1", state: str = "on_loan", due: str = "2026-12-22") -> dict[str, Any]:
    return {"patron": "2001", "item": "dune", "due": due, "transaction": transaction, "state": state}


def act(number: str, kind: str, outcome: str = "accepted", said: str = "") -> dict[str, Any]:
    return {"id": number, "kind": kind, "item": "dune", "outcome": outcome, "said": said}


def kept(*acts: dict[str, Any], loans: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return NOTHING | {"loans": list(loans), "transactions": list(acts)}


CHECKOUT, CHECKIN, RENEWAL = act("t1", "checkout"), act("t2", "checkin"), act("t3", "renew")


@pytest.mark.parametrize(
    ("words", "after"),
    [
        ((), NOTHING),
        ((LENT,), kept(CHECKOUT, loans=(loan(),))),
        ((LENT,), kept(CHECKOUT, loans=(loan(due="2027-01-01"),))),
        ((LENT, BACK), kept(CHECKOUT, CHECKIN, loans=(loan(state="handed_in"),))),
        ((LENT, LONGER), kept(CHECKOUT, RENEWAL, loans=(loan(due="2026-12-29"),))),
        ((LENT,), kept(act("t1", "checkout", "set_aside"))),
        ((), kept(act("t9", "checkout", "refused"))),
    ],
)
def test_consistent_statements_raise_no_fault(words: tuple[Statement, ...], after: dict[str, Any]) -> None:
    assert faults(statements(*words), NOTHING, after, ZONE) == []


@pytest.mark.parametrize(
    ("words", "after", "said"),
    [
        ((LENT,), NOTHING, "dune was shown as borrowed, and the central has nothing of"),
        (
            (LENT,),
            kept(act("t1", "checkout", "refused")),
            "dune was shown as borrowed, and the central has nothing of it",
        ),
        ((LENT,), kept(CHECKOUT), "dune was shown as borrowed, and the central has it on 0 loans"),
        ((LENT,), kept(CHECKOUT, loans=(loan(due="2026-12-21"),)), "dune was shown as due on 2026-12-22, and at the"),
        ((LENT, LONGER), kept(CHECKOUT, RENEWAL, loans=(loan(),)), "dune was shown as due on 2026-12-29, and at the"),
        (
            (LINS,),
            kept(CHECKOUT, loans=(loan(),)),
            "dune was shown as borrowed, and the central has it on loan to",
        ),
        (
            (LENT, BACK),
            kept(CHECKOUT, CHECKIN, loans=(loan(),)),
            "dune was shown as returned, and the central has it on",
        ),
        (
            (LENT, BACK),
            kept(CHECKOUT, loans=(loan(),)),
            "dune was shown as returned, and the central has nothing of it",
        ),
        ((BACK,), kept(CHECKIN, act("t9", "checkin")), "the central took a checkin of dune that no patron was shown"),
        ((), kept(loans=(loan(None),)), "the central has a loan of dune too many"),
        (
            (Statement("", VisitTask.RETURN, "dune", None),),
            NOTHING,
            "dune was shown as returned, and the central has nothing",
        ),
    ],
)
def test_inconsistent_statement_is_reported(words: tuple[Statement, ...], after: dict[str, Any], said: str) -> None:
    (fault,) = faults(statements(*words), NOTHING, after, ZONE)
    assert fault.startswith(said)


def test_one_statement_with_two_loans_is_reported() -> None:
    after = kept(CHECKOUT, act("t9", "checkout"), loans=(loan(), loan("t9")))
    assert faults(statements(LENT), NOTHING, after, ZONE) == [
        "the central took a checkout of dune that no patron was shown",
        "the central has a loan of dune too many",
        "dune was shown as borrowed, and the central has it on 2 loans",
    ]


def test_unreported_loan_counts_as_an_exception() -> None:
    seen = case(7) | {"kind": "untold", "reason": "untold", "transaction": "t1"}
    after = kept(CHECKOUT, loans=(loan(),)) | {"exceptions": [seen]}
    assert faults(statements(), NOTHING, after, ZONE) == []
    assert cases(1, 0, NOTHING, after) == []
    assert cases(0, 0, NOTHING, after) == ["1 cases wait in the exception desk and 0 were meant to: untold untold"]


def test_earlier_loans_and_transactions_are_ignored() -> None:
    before = kept(act("t0", "checkout"), loans=(loan("t0"), loan(None, "returned")))
    assert faults(statements(), before, before, ZONE) == []


def test_undone_loan_must_be_absent() -> None:
    shown = statements(LENT)
    shown.hear([], undone=True)
    assert (shown.standing, shown.undone) == ([], [LENT])
    acts = (CHECKOUT, act("u1", "undo"))
    assert faults(shown, NOTHING, kept(*acts), ZONE) == []
    assert faults(shown, NOTHING, kept(*acts, loans=(loan(),)), ZONE) == [
        "dune was shown as not borrowed after all, and the central still has the loan"
    ]


def test_leaving_the_list_does_not_undo_its_statements() -> None:
    shown = statements(LENT)
    shown.hear([], undone=False)
    shown.hear([], undone=True)
    assert shown.standing == [LENT]


@pytest.mark.parametrize(
    ("word", "state", "loans", "right"),
    [
        (LENT, "on_loan", (loan(None),), True),
        (LINS, "on_loan", (loan(None),), False),
        (LENT, "on_loan", (), False),
        (LENT, "on_loan", (loan(None), loan(None)), False),
        (LENT, "available", (), False),
        (BACK, "handed_in", (loan(None, "handed_in"),), True),
        (BACK, "available", (), True),
        (BACK, "on_loan", (), False),
        (BACK, "on_loan", (loan(None),), False),
    ],
)
def test_item_state_is_compared_without_transactions(
    word: Statement, state: str, loans: tuple[dict[str, Any], ...], right: bool
) -> None:
    after = NOTHING | {"loans": list(loans), "items": {"dune": state}, "untold": "no transactions"}
    del after["transactions"]
    assert (faults(statements(word), NOTHING, after, ZONE) == []) is right


def acted(*did: str, due: str = "2026-12-22") -> dict[str, Any]:
    """Return the state of a central that reports its transactions, as a SIP2 environment does."""
    state = "on_shelf" if did[-1:] == ("checkin",) else "on_loan"
    loans = [loan(None, due=due)] if state == "on_loan" else []
    acts = [{"did": each, "item": "dune"} for each in did]
    return {"loans": loans, "exceptions": [], "items": {"dune": state}, "patrons": PATRONS, "acts": acts}


@pytest.mark.parametrize(
    ("words", "after", "said"),
    [
        ((LENT,), acted("checkout"), None),
        ((LENT, LONGER), acted("checkout", "renew", due="2026-12-29"), None),
        ((LENT, BACK), acted("checkout", "checkin"), None),
        ((LENT,), acted("checkout", "renew"), "the central did a renew of dune 1 times, and 0 were shown"),
        ((LENT,), acted("checkout", "checkout"), "the central did a checkout of dune 2 times, and 1 were shown"),
        ((LENT,), acted("checkout", due="2026-12-21"), "dune was shown as due on 2026-12-22, and at the central"),
    ],
)
def test_transactions_of_an_ils_are_compared_with_the_statements(
    words: tuple[Statement, ...], after: dict[str, Any], said: str | None
) -> None:
    before = {**after, "acts": [], "loans": []}
    wrong = faults(statements(*words), before, after, ZONE)
    assert (said is None and wrong == []) or (said is not None and len(wrong) == 1 and wrong[0].startswith(said))


def test_unreachable_central_is_reported() -> None:
    away = {"loans": [], "exceptions": [], "untold": "the central is away: refused"}
    assert faults(statements(), NOTHING, away, ZONE) == [
        "cannot compare with the central: the central is away: refused"
    ]


def case(number: int, *, resolved: bool = False) -> dict[str, Any]:
    return {"number": number, "kind": "refused", "reason": "on_loan", "resolved": resolved}


def test_new_open_exceptions_are_compared_with_the_expected_number() -> None:
    before, after = (
        NOTHING | {"exceptions": [case(1)]},
        NOTHING | {"exceptions": [case(1), case(2), case(3, resolved=True)]},
    )
    assert cases(1, 0, before, after) == []
    assert cases(0, 0, before, after) == ["1 cases wait in the exception desk and 0 were meant to: refused on_loan"]
    untold: dict[str, Any] = {"loans": [], "exceptions": [], "items": {}}
    assert cases(2, 2, untold, untold) == []
    assert cases(0, 1, untold, untold) == ["1 cases wait in the exception desk and 0 were meant to"]


GUEST = CurrentPatron(CardRef("card"), PatronRef("ada"), Allowance(10, 0))
DONE = VisitLine(ItemId("dune"), VisitTask.BORROW, LineState.DONE, due=DUE, transaction=TransactionId("t1"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (DONE, (LENT,)),
        (replace(DONE, state=LineState.SAVED), (LENT,)),
        (replace(DONE, state=LineState.CHECKING), (LENT,)),
        (replace(DONE, state=LineState.CHECKING, transaction=None), ()),
        (replace(DONE, state=LineState.REFUSED), ()),
        (replace(DONE, state=LineState.WAITING, transaction=None), ()),
        (replace(DONE, transaction=None), (replace(LENT, transaction=""),)),
    ],
)
def test_done_and_saved_lines_are_statements_also_under_another_view(
    line: VisitLine, words: tuple[Statement, ...]
) -> None:
    for view in (Borrowing(GUEST, (line,)), Help(Borrowing(GUEST, (line,)))):
        assert words_of(statements_of(view)["told"]) == words


def test_undo_notice_is_part_of_the_statements() -> None:
    assert statements_of(Help(Borrowing(GUEST, notice="undone"))) == {"told": [], "undone": True}
    assert statements_of(Welcome()) == {"told": [], "undone": False}


@pytest.mark.parametrize(
    ("meant", "wrong"),
    [
        (["contact right"], []),
        ([], ["the central received 'contact right', which was not meant"]),
        (["contact right", "face 5"], ["the central did not receive 'face 5'"]),
    ],
)
def test_received_feedback_must_match_the_expected_feedback(meant: list[str], wrong: list[str]) -> None:
    before = kept(act("t0", "said", said="face 1"))
    after = kept(act("t0", "said", said="face 1"), act("t4", "said", said="contact right"), CHECKOUT)
    walked_away = act("t5", "said", said="face later")
    assert response_faults(meant, before, after | {"transactions": [*after["transactions"], walked_away]}) == wrong
