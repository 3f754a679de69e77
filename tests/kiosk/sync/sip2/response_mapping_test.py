"""Test SIP2 responses from the wire to what the patron sees, and transactions back to the wire."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from kiosk.central import Accepted, Answer, CentralUnavailable, JournalRow, Refused
from kiosk.sync.sip2.connection import AnswerLost
from kiosk.sync.sip2.exception_store import ExceptionKind
from kiosk.sync.sip2.field_values import Flag
from kiosk.sync.sip2.response_mapping import bar_of
from lending.model import Account, Block, ItemId, Patron, Reason
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, Undo
from tests.kiosk.sip2_simulator.running_simulator import NOW, ZONE
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import in_weeks, one
from tests.kiosk.sync.sip2.client_test import KEYS, System, running, stand_of
from tests.kiosk.sync.sip2.connection_test import AT, hangs_up, serving, well
from tests.kiosk.sync.sip2.facts_test import ADA_IS, BLANKS, patron_response

ADA, LIN = KEYS.reference("1001"), KEYS.reference("1002")
ITEM, TRUSTED = ItemId("3001"), ReturnMode.TRUSTED
ON_LOAN = f"18040001{AT}AB3001|AJFaust|AH20261225    235900|"
THEN, DUE = datetime(2026, 11, 20, 4, tzinfo=UTC), datetime(2026, 12, 25, 15, 59, tzinfo=UTC)


async def upload(folder: Path, act: Act, *texts: str, no_block: bool = False) -> tuple[Answer, Sequence[str]]:
    """Upload a transaction with scripted responses; return the answer and the messages sent."""
    async with serving(*map(well, texts)) as server:
        system = System("koha", folder, port=server.port)
        central = system.central()
        answer = await one(central, replace(stand_of(system).row(act, no_block=no_block), at=THEN))
        central.close()
        return answer, [each for each in server.received if each[:2] not in ("93", "99")]


def loan_response(code: str, ok: str, **fields: str) -> str:
    values = {"AO": "main", "AA": "1001", "AB": "3001", "AJ": "Faust", "AH": "20261225    235900", **fields}
    return f"{code}{ok}NUY{AT}" + "".join(f"{name}{each}|" for name, each in values.items())


@pytest.mark.sip2_fact("G36")
@pytest.mark.parametrize(("ok", "kind"), [("1", Accepted), ("0", Refused), ("U", Refused), (" ", Refused)])
@run_async
async def test_renewal_succeeds_only_if_ok_is_1(tmp_path: Path, ok: str, kind: type) -> None:
    response = loan_response("30", ok, AF="Renewed successfully")
    answer, _ = await upload(tmp_path, Renew(ADA, ITEM, DUE), ON_LOAN, response, ON_LOAN, f"{ADA_IS}BLY|")
    assert type(answer) is kind


@pytest.mark.sip2_fact("G36")
@pytest.mark.parametrize(("ok", "kind"), [("1", Accepted), ("0", Refused), ("U", Refused), (" ", Refused)])
@run_async
async def test_checkin_succeeds_only_if_ok_is_1(tmp_path: Path, ok: str, kind: type) -> None:
    response = f"10{ok}NNN{AT}AOmain|AB3001|AQmain|AFTaken back, thank you|"
    answer, _ = await upload(tmp_path, Checkin(ITEM, TRUSTED), response, ON_LOAN)
    assert type(answer) is kind


@pytest.mark.sip2_fact("G36")
@pytest.mark.parametrize(("ok", "left"), [("1", []), ("U", [ExceptionKind.REFUSED]), ("0", [ExceptionKind.REFUSED])])
@run_async
async def test_held_back_checkin_succeeds_only_if_ok_is_1(
    tmp_path: Path, ok: str, left: Sequence[ExceptionKind]
) -> None:
    answers = (ON_LOAN, ON_LOAN, ON_LOAN, f"10{ok}NNN{AT}AOmain|AB3001|AQmain|")
    async with serving(*map(well, answers)) as server:
        system = System("koha", tmp_path, port=server.port)
        central = system.central()
        await one(central, stand_of(system).row(Checkin(ITEM, ReturnMode.PROVISIONAL)))
        central.cases.confirm([ITEM])
        await central.look_after_returns()
        central.close()
        assert [each.kind for each in central.cases.stored_exceptions] == left


@pytest.mark.sip2_fact("G10")
@run_async
async def test_answer_with_fixed_fields_only_is_accepted(tmp_path: Path) -> None:
    for act, text in ((Checkout(ADA, ITEM, DUE), f"121NNY{AT}"), (Checkin(ITEM, TRUSTED), f"101YNN{AT}")):
        answer, _ = await upload(tmp_path, act, text)
        assert answer == Accepted()
    answer, _ = await upload(tmp_path, Renew(ADA, ITEM, DUE), ON_LOAN, f"301YNY{AT}")
    assert answer == Accepted()


@pytest.mark.sip2_fact("G8")
@run_async
async def test_html_entities_are_decoded(tmp_path: Path) -> None:
    odd, plain = "R&amp;D &#124; now\x1b", "R&D | now"
    item = ON_LOAN.replace("Faust", odd)
    texts = (item, f"64{' ' * 14}{BLANKS}AA1001|AE{odd}|BLY|", f"{ADA_IS}BLY|AU{odd}|", f"{ADA_IS}BLY|")
    async with serving(*map(well, texts)) as server:
        central = System("evergreen", tmp_path, port=server.port).central()
        found, patron, account = await central.item(ITEM), await central.patron(ADA), await central.account(ADA)
        central.close()
    assert found is not None and found.title == plain
    assert isinstance(patron, Patron) and "&amp;" not in patron.name and "\x1b" not in patron.name
    assert isinstance(account, Account)
    back, _ = await upload(tmp_path, Checkin(ITEM, TRUSTED), f"101YNN{AT}AOmain|AB3001|CL{odd}|")
    assert back == Accepted(place=plain)
    lent, _ = await upload(tmp_path, Checkout(ADA, ITEM, DUE), loan_response("12", "1", AH="soon &amp; \x1bsafe"))
    assert lent == Accepted(due_text="soon & safe")


@pytest.mark.sip2_fact("G8", "G34")
@run_async
async def test_html_entities_in_a_list_are_decoded(tmp_path: Path) -> None:
    listed = f"{ADA_IS}BLY|AUR&amp;D &#124; now|"
    async with serving(well(f"{ADA_IS}BLY|"), well(listed), well(f"{ADA_IS}BLY|")) as server:
        central = System("evergreen", tmp_path, port=server.port).central()
        account = await central.account(ADA)
        central.close()
    assert isinstance(account, Account) and [each.title for each in account.loans] == ["R&D | now"]


BARS = {
    Flag.CHARGE_DENIED, Flag.CARD_LOST, Flag.TOO_MANY_CHARGED, Flag.TOO_MANY_OVERDUE, Flag.TOO_MANY_RENEWALS,
    Flag.TOO_MANY_CLAIMS_OF_RETURN, Flag.TOO_MANY_LOST, Flag.EXCESSIVE_FINES, Flag.EXCESSIVE_FEES,
    Flag.RECALL_OVERDUE, Flag.TOO_MANY_BILLED,
}  # fmt: skip


@pytest.mark.sip2_fact("G30")
@pytest.mark.parametrize("place", range(14))
def test_flags_block_borrowing_except_renewal_recall_and_hold(place: int) -> None:
    """Flags by the guide: charge, renewal, recall and hold denied, card lost, and nine more."""
    assert (bar_of(patron_response(" " * place + "Y"), ZONE, NOW) is None) is (place in (1, 2, 3))
    assert (Flag(place) in BARS) is (place not in (1, 2, 3))


@pytest.mark.sip2_fact("G32")
@run_async
async def test_patron_found_by_uid_is_identified_by_the_answer(system: System) -> None:
    central = system.central()
    patron = await central.patron(KEYS.reference("04A1B2C3"))
    assert isinstance(patron, Patron)
    assert (str(patron.ref), patron.last4) == (KEYS.reference("1001"), "1001")
    assert await central.patron(KEYS.reference("7777")) == Block(Reason.UNKNOWN_CARD)
    central.close()


@pytest.mark.sip2_fact("G42")
@run_async
async def test_checkout_is_undone_by_a_checkin_instead_of_a_cancel(tmp_path: Path) -> None:
    listed = well(f"{ADA_IS}BLY|AU3001|")
    async with serving(
        well(loan_response("12", "1")), well(ON_LOAN), listed, well(f"101YNN{AT}AOmain|AB3001|")
    ) as server:
        system = System("koha", tmp_path, port=server.port)
        central, stand = system.central(), stand_of(system)
        lent = stand.row(Checkout(ADA, ITEM, DUE))
        assert isinstance(await one(central, lent), Accepted)
        assert isinstance(await one(central, stand.row(Undo(lent.id))), Accepted)
        central.close()
        sent = [each for each in server.received if each[:2] not in ("93", "99")]
    assert [each[:2] for each in sent] == ["11", "17", "63", "09"]
    assert "BIY" not in "".join(sent)


@pytest.mark.sip2_fact("G21")
@pytest.mark.parametrize(
    ("item", "codes"),
    [(f"18030001{AT}AB3001|AJFaust|", ["09", "17"]), (ON_LOAN, ["09", "17", "09"])],
    ids=["on shelf", "on loan"],
)
@run_async
async def test_checkin_with_a_lost_answer_is_looked_up_before_repeating(
    tmp_path: Path, item: str, codes: Sequence[str]
) -> None:
    async with serving(hangs_up, well(item), well(f"101YNN{AT}AOmain|AB3001|")) as server:
        system = System("koha", tmp_path, port=server.port)
        central, row = system.central(), stand_of(system).row(Checkin(ITEM, TRUSTED))
        with pytest.raises(AnswerLost):
            await central.hand_over([row])
        assert await one(central, row) == Accepted()
        central.close()
        assert [each for each in server.codes() if each not in ("93", "99")] == codes


@pytest.mark.sip2_fact("G43")
@pytest.mark.parametrize(
    ("act", "texts", "then", "now"),
    [
        (
            Checkout(ADA, ITEM, DUE),
            [loan_response("12", "1")],
            "11NY20261120    12000020261225    235900",
            f"11NN20261120    120000{' ' * 18}",
        ),
        (
            Renew(ADA, ITEM, DUE),
            [ON_LOAN, loan_response("30", "1")],
            "29NY20261120    12000020261225    235900",
            f"29NN20261120    120000{' ' * 18}",
        ),
        (Checkin(ITEM, TRUSTED), [ON_LOAN, f"101YNN{AT}AOmain|AB3001|"], "09Y", "09N"),
    ],
)
@run_async
async def test_promised_transaction_is_sent_as_no_block_with_its_own_dates(
    tmp_path: Path, act: Act, texts: Sequence[str], then: str, now: str
) -> None:
    """Control: an online transaction is sent without a due date."""
    _, sent = await upload(tmp_path, act, *texts, no_block=True)
    assert sent[-1].startswith(then)
    _, online = await upload(tmp_path, act, *(texts if act.__class__ is Renew else texts[-1:]))
    assert online[-1].startswith(now)
    if isinstance(act, Checkin):
        assert sent[-1][21:39] == online[-1][21:39] == "20261120    120000"


async def use_everything(system: System) -> None:
    """Use every function; repeat each request until it is answered."""
    stand, central = stand_of(system), system.central(answer=0.3)
    item = stand.free()
    acts: Sequence[Act] = (
        Checkout(ADA, item, in_weeks()), Renew(ADA, item, in_weeks(8)), Checkout(LIN, item, in_weeks()),
        Checkin(item, TRUSTED), Checkin(item, TRUSTED), Checkout(KEYS.reference("1003"), item, in_weeks()),
    )  # fmt: skip
    rows: Sequence[JournalRow] = [stand.row(each, no_block=place % 2 == 1) for place, each in enumerate(acts)]
    asks: Sequence[Callable[[], Awaitable[object]]] = (
        partial(central.patron, ADA), partial(central.patron, LIN), partial(central.check_pin, ADA, "1234"),
        partial(central.check_pin, ADA, "98761"),
        partial(central.account, ADA), partial(central.item, item), *(partial(one, central, each) for each in rows),
    )  # fmt: skip
    for ask in asks:
        for _ in range(60):
            try:
                await ask()
                break
            except CentralUnavailable as away:
                logging.getLogger("caller").warning("no answer: %s", away)
    central.close()


@pytest.mark.sip2_fact("G29")
@pytest.mark.parametrize("temper", ["calm", "worst", "wrong-sequence", "bad-checksum"])
def test_log_holds_no_card_name_pin_or_title(temper: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = ("1001", "1002", "Ada Sample", "林样本", "1234", "98761", "300000", "Title 0", "word")
    with running("koha") as system:
        assert system.simulator is not None
        transcript: list[str] = []
        system.simulator.log = transcript.append
        system.simulator.orders.turn(temper, 5, system.library)
        asyncio.run(use_everything(system))
    assert temper == "calm" or re.search("answer|response", caplog.text), "the log is empty"
    assert [each for each in secrets if each not in "\n".join(transcript)] == [], "the simulator did not send it"
    assert [each for each in secrets if each in caplog.text] == []
