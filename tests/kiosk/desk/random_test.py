"""Random orders of cards, items, touches, waits and faults; invariants hold after every event."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.central import Accepted, Deferred, Refused
from kiosk.desk.session import Context, DeskRules, Session, Visit
from kiosk.desk.step import step
from kiosk.events import (
    CardPresented,
    CardRemoved,
    CardTrouble,
    CardTroubled,
    DropSensed,
    Event,
    ItemScanned,
    JournalFailed,
    Key,
    KeyPressed,
    PartChanged,
    Pressed,
    SwitchResult,
    TagHandle,
)
from kiosk.system.health import ABSENT, READY, Condition, PartName, PartState
from kiosk.views import Identify, LineState, OutOfOrder, TagState, VisitTask, Welcome, actions, lines_of
from lending.model import CardStatus, ItemId, ItemStatus, Reason
from lending.transactions import Checkin, Checkout, Renew
from tests.kiosk.desk.bench import (
    ADA_REF,
    ADA_UID,
    ATLAS,
    DUNE,
    EMMA,
    FILM,
    LIN_REF,
    LIN_UID,
    RULES,
    UNKNOWN_UID,
    ZHUANGZI,
    Bench,
    running_bench,
)
from tests.kiosk.desk.central import card_of

WELL = (LineState.DONE, LineState.SAVED)
CODES = [DUNE, EMMA, ZHUANGZI, ATLAS, FILM, "39999999999999", "9780441172719", "x|y", "20000000000001"]
PRINTER_STATES = [READY, ABSENT, PartState(Condition.FAULTY, "out_of_paper")]


@dataclass(frozen=True)
class Do:
    """One step of a random visit."""

    verb: str
    what: Any = None
    settles: bool = field(default=True)


steps = st.one_of(
    st.builds(Do, st.just("lay"), st.sampled_from([ADA_UID, LIN_UID, UNKNOWN_UID, "04A1", "20000000000001"])),
    st.builds(Do, st.just("lift")),
    st.builds(Do, st.just("together"), st.sampled_from(list(CardTrouble))),
    st.builds(Do, st.just("scan"), st.sampled_from(CODES), st.booleans()),
    st.builds(Do, st.just("scan"), st.sampled_from(CODES[:5]), st.booleans()),
    st.builds(Do, st.just("press"), st.integers(0, 30), st.booleans()),
    st.builds(Do, st.just("press"), st.integers(0, 30), st.booleans()),
    st.builds(Do, st.just("key"), st.sampled_from(list(Key)), st.booleans()),
    st.builds(Do, st.just("pin"), st.sampled_from(["4711", "0815", "0000"])),
    st.builds(Do, st.just("wait"), st.sampled_from([1.0, 5.0, 12.0, 60.0, 85.0, 400.0])),
    st.builds(Do, st.just("network"), st.booleans()),
    st.builds(Do, st.just("forgets"), st.sampled_from([DUNE, card_of(ADA_UID)])),
    st.builds(Do, st.just("hold"), st.booleans()),
    st.builds(Do, st.just("keeps_security"), st.booleans()),
    st.builds(Do, st.just("refuses"), st.sampled_from([Reason.CENTRAL_REFUSED, Reason.LIMIT])),
    st.builds(Do, st.just("drop")),
    st.builds(Do, st.just("pile"), st.lists(st.sampled_from(CODES[:6]), max_size=4), st.booleans()),
    st.builds(Do, st.just("lift_pile"), st.lists(st.sampled_from(CODES[:5]), max_size=2), st.booleans()),
    st.builds(Do, st.just("switch_fails"), st.sampled_from(list(SwitchResult))),
    st.builds(Do, st.just("printer"), st.sampled_from(PRINTER_STATES)),
    st.builds(Do, st.just("rules_lost"), st.booleans()),
    st.builds(Do, st.just("journal_full"), st.booleans()),
)
libraries = st.builds(
    lambda returns, in_bin, pin, offline: replace(
        RULES, returns=returns, pad_in_bin=in_bin and returns == "bin", pin=pin, offline_pin=offline
    ),
    st.sampled_from(["off", "provisional", "bin", "trusted"]),
    st.booleans(),
    st.sampled_from(["never", "always", "account"]),
    st.sampled_from(["refuse", "lend_capped"]),
)
patrons = st.fixed_dictionaries(
    {"card": st.sampled_from(list(CardStatus) + [CardStatus.ACTIVE] * 6), "fees": st.sampled_from([0, 0, 0, 50])}
)


def stock(bench: Bench) -> None:
    """Put some books on loan and some on hold."""
    bench.item(EMMA, status=ItemStatus.ON_LOAN, holder=ADA_REF, due=bench.clock.now())
    bench.item(ZHUANGZI, status=ItemStatus.ON_LOAN, holder=LIN_REF, due=bench.clock.now(), waiting=1)
    bench.item(ATLAS, reserved_for=LIN_REF, status=ItemStatus.ON_HOLD_SHELF)
    bench.library.patrons[card_of("20000000000001")] = bench.library.patrons[card_of(LIN_UID)]


async def post_events(bench: Bench, do: Do) -> None:
    for event in events(bench, do):
        bench.inbox.post(event)
        await (bench.settle() if do.settles else asyncio.sleep(0))


def events(bench: Bench, do: Do) -> list[Event]:
    match do.verb:
        case "lay":
            return [CardPresented(do.what)]
        case "lift":
            return [CardRemoved()]
        case "together":
            return [CardTroubled(do.what)]
        case "scan":
            return [ItemScanned(do.what)]
        case "press":
            offered = [each for each in actions(bench.view, bench.desk.status) if each.enabled]
            action = offered[do.what % len(offered)]
            return [Pressed(action.name, action.item, action.choice)]
        case "key":
            return [KeyPressed(do.what)]
        case "pin":
            return [*(Pressed("key", choice=digit) for digit in do.what), Pressed("continue")]
        case "drop":
            return [DropSensed()]
        case "printer":
            return [PartChanged(PartName.RECEIPT_PRINTER, do.what)]
        case _:
            return []


async def apply(bench: Bench, do: Do) -> None:
    """Apply one step: a change around the desk, or events at it."""
    match do.verb:
        case "wait":
            await bench.wait(do.what)
        case "network":
            await bench.network(do.what)
        case "forgets":
            bench.library.forgets.add(do.what)
        case "hold" if do.what:
            bench.library.hold_answers()
        case "hold":
            await bench.release_answers()
        case "keeps_security":
            bench.library.keeps_security = do.what
        case "refuses":
            bench.library.refuses_next = do.what
        case "pile":
            await bench.lay_items(*do.what)
        case "lift_pile":
            await bench.lift_items(*do.what)
        case "switch_fails":
            bench.pad.results.append(do.what)
        case "rules_lost":
            bench.library.policy = None if do.what else bench.policy
        case "journal_full":
            bench.library.journal_full = do.what
            await bench.part(PartName.JOURNAL, PartState(Condition.FAULTY, "full") if do.what else READY)
        case _:
            await post_events(bench, do)


def watch_switches(bench: Bench) -> None:
    """Fail if the security of an item is switched off that has no loan of this kiosk."""

    def on_switch(tags: Sequence[TagHandle], secured: bool) -> None:
        lent = (act for act, outcome in bench.library.acts if not isinstance(outcome, Refused))
        done = {act.item for act in lent if isinstance(act, Checkout)}
        if not secured:
            assert {bench.item_of(each) for each in tags} <= done, "security is off without a loan"
            assert len(tags) == 1, "security is off for a second item with the same number"

    bench.pad.on_switch = on_switch


def assert_nothing_is_lent_that_left_the_pad(bench: Bench) -> None:
    """Assert that an item that was lifted off before its loan was settled has none."""
    for line in lines_of(bench.view):
        if line.tag is TagState.LIFTED:
            assert line.state in (LineState.WAITING, LineState.CHECKING), line


def assert_no_duplicate_lines(session: Session) -> None:
    lines = [(line.item, line.errand) for line in lines_of(session.view)]
    assert len(lines) == len(set(lines)), "an item is listed twice for one task"


def assert_lines_have_results(bench: Bench) -> None:
    """Assert that each DONE or SAVED line has such a result, for the card of this visit."""
    for line in lines_of(bench.view):
        if line.state not in WELL:
            continue
        assert line.transaction is not None
        act, outcome = bench.library.answers[line.transaction]
        kinds = {VisitTask.BORROW: Checkout, VisitTask.RETURN: Checkin, VisitTask.RENEW: Renew}
        assert isinstance(act, Checkout | Checkin | Renew)
        assert (type(act), act.item) == (kinds[line.errand], line.item)
        assert isinstance(outcome, Accepted if line.confirmed else Deferred)
        if isinstance(act, Checkout | Renew):
            assert act.card == bench.desk.session.visit.card, "a loan of another card is listed"


def assert_welcome_is_empty(bench: Bench) -> None:
    session = bench.desk.session
    if isinstance(session.view, Welcome):
        assert session.visit == Visit(session.visit.number), "Welcome keeps data of the visit"
        if session.view.linger is None:
            assert session.status.language == RULES.language
    if isinstance(session.ground, Welcome):
        assert session.visit.patron is None


def assert_pin_only_online(session: Session) -> None:
    view = session.view
    if isinstance(view, Identify) and view.pin and not view.checking:
        assert session.status.online


def assert_every_action_works(session: Session, ctx: Context) -> None:
    """Assert that each enabled action has an effect and that a step is pure."""
    for action in actions(session.view, session.status):
        if not action.enabled:
            continue
        pressed = Pressed(action.name, action.item, action.choice)
        after, effects = step(session, pressed, ctx)
        assert (after, effects) == step(session, pressed, ctx)
        changed = replace(after, since=session.since, status=replace(after.status, now=session.status.now)) != session
        assert changed or effects or session.visit.finishing, f"{action} does nothing in {session.view}"


def assert_focus_is_enabled(session: Session) -> None:
    offered = [each.focus for each in actions(session.view, session.status) if each.enabled]
    assert session.status.focus is None or session.status.focus in offered


def check(bench: Bench) -> None:
    session = bench.desk.session
    assert_no_duplicate_lines(session)
    assert_lines_have_results(bench)
    assert_nothing_is_lent_that_left_the_pad(bench)
    assert_welcome_is_empty(bench)
    assert_pin_only_online(session)
    assert_every_action_works(session, bench.context())
    assert_focus_is_enabled(session)
    assert sum(action.primary for action in actions(session.view, session.status)) <= 1
    assert bench.lamp.lit[-1] is session.view.signal
    assert bench.glass.drawn[-1] == (session.view, session.status)


async def play_course(rules: DeskRules, ada: dict[str, Any], course: list[Do]) -> None:
    async with running_bench(rules) as bench:
        stock(bench)
        watch_switches(bench)
        bench.ada(**ada)
        for do in course:
            await apply(bench, do)
            if do.settles:
                await bench.settle()
                check(bench)
        await bench.release_answers()
        check(bench)
        await apply(bench, Do("journal_full", False))
        await bench.wait(200)
        assert type(bench.view) is Welcome, "the kiosk did not return to Welcome"
        assert_welcome_is_empty(bench)
        await bench.post(JournalFailed("full"))
        assert bench.desk.view == OutOfOrder("full")


@settings(max_examples=60, deadline=None)
@given(rules=libraries, ada=patrons, course=st.lists(steps, max_size=40))
def test_invariants_hold_for_any_sequence_of_events(rules: DeskRules, ada: dict[str, Any], course: list[Do]) -> None:
    asyncio.run(play_course(rules, ada, course))


def test_invariant_check_detects_a_line_without_a_transaction() -> None:
    """Negative control of `assert_lines_have_results`."""

    async def play_visit() -> None:
        async with running_bench() as bench:
            await bench.borrow(DUNE)
            bench.library.answers.clear()
            try:
                assert_lines_have_results(bench)
            except KeyError:
                return
            raise AssertionError("a line without a transaction passed")

    asyncio.run(play_visit())


def test_invariant_check_detects_a_tag_switched_off_without_a_loan() -> None:
    """Negative control of `watch_switches`."""

    async def play_visit() -> None:
        async with running_bench() as bench:
            watch_switches(bench)
            await bench.tap()
            bench.library.hold_answers()
            await bench.lay_items(DUNE)
            with pytest.raises(AssertionError, match="without a loan"):
                await bench.pad.switch([TagHandle(1)], secured=False)
            await bench.release_answers()

    asyncio.run(play_visit())


def test_invariant_check_detects_a_second_tag_of_a_number_switched_off() -> None:
    """Negative control of `watch_switches`."""

    async def play_visit() -> None:
        async with running_bench() as bench:
            watch_switches(bench)
            await bench.tap()
            await bench.lay_items(DUNE, DUNE)
            with pytest.raises(AssertionError, match="second item"):
                await bench.pad.switch([TagHandle(1), TagHandle(2)], secured=False)

    asyncio.run(play_visit())


def test_sample_item_ids_match_the_number_pattern() -> None:
    assert all(RULES.numbers.kind(ItemId(code)) for code in CODES[:5])
