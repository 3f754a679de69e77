"""Random orders of cards, items, touches, waits and faults; invariants hold after every event."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.central import Accepted, Deferred
from kiosk.desk.rules import DeskRules
from kiosk.desk.session import Context, Session, Visit
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
)
from kiosk.system.health import ABSENT, READY, Condition, PartName, PartState
from kiosk.views import Identify, LineState, OutOfOrder, VisitTask, Welcome, actions, lines_of
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
    NOBODY_UID,
    RULES,
    ZHUANGZI,
    Bench,
    bench,
)
from tests.kiosk.desk.central import card_of

WELL = (LineState.DONE, LineState.SAVED)
CODES = [DUNE, EMMA, ZHUANGZI, ATLAS, FILM, "39999999999999", "9780441172719", "x|y", "20000000000001"]
PRINTER_STATES = [READY, ABSENT, PartState(Condition.FAULTY, "out_of_paper")]


@dataclass(frozen=True)
class Do:
    """One thing that happens at the bench."""

    verb: str
    what: Any = None
    settles: bool = field(default=True)


happenings = st.one_of(
    st.builds(Do, st.just("lay"), st.sampled_from([ADA_UID, LIN_UID, NOBODY_UID, "04A1", "20000000000001"])),
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
    st.builds(Do, st.just("refuses"), st.sampled_from([Reason.CENTRAL_REFUSED, Reason.LIMIT])),
    st.builds(Do, st.just("drop")),
    st.builds(Do, st.just("printer"), st.sampled_from(PRINTER_STATES)),
    st.builds(Do, st.just("rules_lost"), st.booleans()),
    st.builds(Do, st.just("journal_full"), st.booleans()),
)
libraries = st.builds(
    lambda returns, pin, offline: replace(RULES, returns=returns, pin=pin, offline_pin=offline),
    st.sampled_from(["off", "provisional", "bin", "trusted"]),
    st.sampled_from(["never", "always", "account"]),
    st.sampled_from(["refuse", "lend_capped"]),
)
patrons = st.fixed_dictionaries(
    {"card": st.sampled_from(list(CardStatus) + [CardStatus.ACTIVE] * 6), "fees": st.sampled_from([0, 0, 0, 50])}
)


def stock(made: Bench) -> None:
    """Some of the books are out."""
    made.item(EMMA, status=ItemStatus.ON_LOAN, holder=ADA_REF, due=made.clock.now())
    made.item(ZHUANGZI, status=ItemStatus.ON_LOAN, holder=LIN_REF, due=made.clock.now(), waiting=1)
    made.item(ATLAS, reserved_for=LIN_REF, status=ItemStatus.ON_HOLD_SHELF)
    made.library.patrons[card_of("20000000000001")] = made.library.patrons[card_of(LIN_UID)]


async def happen(made: Bench, do: Do) -> None:
    for event in events(made, do):
        made.inbox.post(event)
        await (made.settle() if do.settles else asyncio.sleep(0))


def events(made: Bench, do: Do) -> list[Event]:
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
            offered = [each for each in actions(made.view, made.desk.status) if each.enabled]
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


async def befall(made: Bench, do: Do) -> None:
    """What happens around the desk rather than at it."""
    match do.verb:
        case "wait":
            await made.wait(do.what)
        case "network":
            await made.network(do.what)
        case "forgets":
            made.library.forgets.add(do.what)
        case "hold" if do.what:
            made.library.hold_answers()
        case "hold":
            made.library.let_go()
            await made.settle()
        case "refuses":
            made.library.refuses_next = do.what
        case "rules_lost":
            made.library.policy = None if do.what else made.policy
        case "journal_full":
            made.library.journal_full = do.what
            await made.part(PartName.JOURNAL, PartState(Condition.FAULTY, "full") if do.what else READY)
        case _:
            await happen(made, do)


def nothing_twice(session: Session) -> None:
    lines = [(line.item, line.errand) for line in lines_of(session.view)]
    assert len(lines) == len(set(lines)), "one item stands twice for one errand"


def nothing_without_the_courier(made: Bench) -> None:
    """What is DONE or SAVED was answered so, and under this patron's card."""
    for line in lines_of(made.view):
        if line.state not in WELL:
            continue
        assert line.transaction is not None
        act, outcome = made.library.answers[line.transaction]
        kinds = {VisitTask.BORROW: Checkout, VisitTask.RETURN: Checkin, VisitTask.RENEW: Renew}
        assert isinstance(act, Checkout | Checkin | Renew)
        assert (type(act), act.item) == (kinds[line.errand], line.item)
        assert isinstance(outcome, Accepted if line.confirmed else Deferred)
        if isinstance(act, Checkout | Renew):
            assert act.card == made.desk.session.visit.card, "a loan of somebody else's is on the list"


def home_remembers_nobody(made: Bench) -> None:
    session = made.desk.session
    if isinstance(session.view, Welcome):
        assert session.visit == Visit(session.visit.number), "home remembers the visit"
        if session.view.linger is None:
            assert session.status.language == RULES.language
    if isinstance(session.ground, Welcome):
        assert session.visit.patron is None


def no_pin_that_nobody_checks(session: Session) -> None:
    view = session.view
    if isinstance(view, Identify) and view.pin and not view.checking:
        assert session.status.online


def every_offer_is_kept(session: Session, ctx: Context) -> None:
    """Each enabled action, tried on the same session, changes something and raises nothing; a step is pure."""
    for action in actions(session.view, session.status):
        if not action.enabled:
            continue
        pressed = Pressed(action.name, action.item, action.choice)
        after, effects = step(session, pressed, ctx)
        assert (after, effects) == step(session, pressed, ctx)
        changed = replace(after, since=session.since, status=replace(after.status, now=session.status.now)) != session
        assert changed or effects or session.visit.finishing, f"{action} does nothing in {session.view}"


def the_focus_can_be_pressed(session: Session) -> None:
    offered = [each.focus for each in actions(session.view, session.status) if each.enabled]
    assert session.status.focus is None or session.status.focus in offered


def check(made: Bench) -> None:
    session = made.desk.session
    nothing_twice(session)
    nothing_without_the_courier(made)
    home_remembers_nobody(made)
    no_pin_that_nobody_checks(session)
    every_offer_is_kept(session, made.context())
    the_focus_can_be_pressed(session)
    assert sum(action.primary for action in actions(session.view, session.status)) <= 1
    assert made.lamp.lit[-1] is session.view.signal
    assert made.glass.drawn[-1] == (session.view, session.status)


async def play(rules: DeskRules, ada: dict[str, Any], course: list[Do]) -> None:
    async with bench(rules) as made:
        stock(made)
        made.ada(**ada)
        for do in course:
            await befall(made, do)
            if do.settles:
                await made.settle()
                check(made)
        made.library.let_go()
        await made.settle()
        check(made)
        await befall(made, Do("journal_full", False))
        await made.wait(200)
        assert type(made.view) is Welcome, "in the end everybody is home"
        home_remembers_nobody(made)
        await made.post(JournalFailed("full"))
        assert made.desk.view == OutOfOrder("full")


@settings(max_examples=150, deadline=None)
@given(rules=libraries, ada=patrons, course=st.lists(happenings, max_size=40))
def test_whatever_happens_the_patron_is_told_the_truth_and_forgotten(
    rules: DeskRules, ada: dict[str, Any], course: list[Do]
) -> None:
    asyncio.run(play(rules, ada, course))


def test_the_checks_can_fail() -> None:
    """A made-up line that no courier answered is caught."""

    async def lied() -> None:
        async with bench() as made:
            await made.tap()
            await made.scan(DUNE)
            made.library.answers.clear()
            try:
                nothing_without_the_courier(made)
            except KeyError:
                return
            raise AssertionError("a loan without an act passed")

    asyncio.run(lied())


def test_item_ids_are_of_this_library() -> None:
    assert all(RULES.numbers.kind(ItemId(code)) for code in CODES[:5])
