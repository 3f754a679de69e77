"""Test facts about real library systems of docs/sip2.md that no other test here covers."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from kiosk.central import Accepted, PinVerdict, Refused
from kiosk.sip2_simulator.library import Hold
from kiosk.sync.sip2.connection import STATUS as ASKS_STATUS
from kiosk.sync.sip2.connection import AnswerLost
from kiosk.sync.sip2.field_values import NO_BAR_TO_LOANS, Flag, count
from kiosk.sync.sip2.message import Sip2Message, read, wrap, write
from kiosk.sync.sip2.requests import LOANS, Requests, SystemLogin, login
from kiosk.sync.sip2.response_mapping import bar_of, forbids, is_known, patron_of
from lending.model import Account, Block, FeeKind, ItemId, Patron, Reason
from lending.transactions import Checkin, Checkout, Renew, ReturnMode
from tests.kiosk.sip2_simulator.running_simulator import NOW, ZONE
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import in_weeks, one
from tests.kiosk.sync.sip2.client_test import KEYS, System, running, stand_of
from tests.kiosk.sync.sip2.connection_test import (
    AT,
    FAUST,
    ITEM,
    STATUS,
    Reply,
    Says,
    hangs_up,
    line,
    serving,
    silent,
    well,
)

ADA = KEYS.reference("1001")
BLANKS = f"000{AT}{'    ' * 6}"
"""Fixed fields of a 64 after its flags, with blank counts."""
ADA_IS = f"64{' ' * 14}{BLANKS}AA1001|AEAda Sample|"
ROOT = Path(__file__).parents[4]
FACTS = [f"G{number}" for number in range(1, 44)]


def requests(**facts: str) -> Requests:
    return Requests(SystemLogin("main", **facts), lambda: NOW, ZONE)


def patron_response(flags: str = "", **fields: str) -> Sip2Message:
    """A Patron Information response (64) about Ada."""
    values = {"AA": "1001", "AE": "Ada Sample", "BL": "Y", **fields}
    return read(f"64{flags:14}{BLANKS}" + "".join(f"{name}{each}|" for name, each in values.items()))


@pytest.mark.sip2_fact("G1")
@pytest.mark.parametrize("end", [b"\r", b"\r\n", b"\n"])
@run_async
async def test_message_ends_with_cr_or_the_configured_ending(end: bytes) -> None:
    assert wrap("9900401.00", 1) == b"9900401.00AY1AZFCA5\r"
    assert wrap("9900401.00", 1, end=end) == b"9900401.00AY1AZFCA5" + end
    async with serving(well(FAUST)) as server:
        talks = line(server, end=end, error_detection=False)
        await talks.ask(ITEM)
        talks.close()
        assert server.received[-1] == write(ITEM)


@pytest.mark.sip2_fact("G5")
def test_required_fields_are_sent_empty() -> None:
    asked = Sip2Message("23", {"language": "000", "date": AT}, (("AA", "1001"),))
    assert write(asked) == f"23000{AT}AO|AA1001|AC|AD|"


@pytest.mark.sip2_fact("G7")
def test_received_value_may_exceed_255_characters() -> None:
    message = read(f"18030001{AT}AB3001|AJ{'a' * 20_000}|AQmain|")
    assert (len(message.first("AJ") or ""), message.first("AQ")) == (20_000, "main")


@pytest.mark.sip2_fact("G9")
@pytest.mark.parametrize(("numbers", "seconds"), [("100005", 100), (" 10 10", 10), ("      ", None)])
def test_acs_status_fixed_fields_are_parsed(numbers: str, seconds: int | None) -> None:
    fixed = read(f"98YNYNYN{numbers}{AT}2.00AOmain|BXYYYY|").fixed
    assert [fixed[each] for each in ("online", "checkin", "checkout", "renewal", "status_update", "offline")] == [
        "Y", "N", "Y", "N", "Y", "N"
    ]  # fmt: skip
    assert (count(fixed["timeout"]), fixed["date"], fixed["version"]) == (seconds, AT, "2.00")


@pytest.mark.sip2_fact("G10")
def test_missing_optional_fields_are_tolerated() -> None:
    bare = read(ADA_IS)
    patron = patron_of(bare, ZONE, NOW)
    assert isinstance(patron, Patron)
    assert (patron.on_loan, patron.fees, patron.barred) == (0, Decimal(0), None)
    assert count(bare.fixed["charged"]) is None


@pytest.mark.sip2_fact("G22")
@run_async
async def test_server_without_error_detection_is_supported() -> None:
    def plain(_: str, __: int | None) -> Reply:
        return FAUST.encode() + b"\r"

    for detects in (True, False):
        async with serving(plain) as server:
            talks = line(server, error_detection=detects)
            assert (await talks.ask(ITEM)).first("AJ") == "Faust"
            talks.close()
            assert ("AZ" in server.received[-1]) is detects


@pytest.mark.sip2_fact("G23")
@run_async
async def test_acs_status_instead_of_an_answer_updates_the_status_and_retries() -> None:
    async with serving(well(FAUST), well(STATUS.replace("98YYY", "98YYN")), well(FAUST)) as server:
        talks = line(server)
        await talks.ask(ITEM)
        assert (await talks.ask(ITEM)).first("AJ") == "Faust"
        assert server.codes() == ["93", "99", "17", "17", "93", "99", "17"]
        talks.close()


@pytest.mark.sip2_fact("G24", "G28")
def test_login_includes_the_location_and_is_omitted_without_a_user() -> None:
    request = login(SystemLogin("main", "kiosk", "word", "cd2a"))
    assert request and write(request) == "9300CNkiosk|COword|CPcd2a|"
    without = login(SystemLogin("main", "kiosk", "word"))
    assert without and write(without) == "9300CNkiosk|COword|"
    assert login(SystemLogin("main")) is None


@pytest.mark.sip2_fact("G25")
@pytest.mark.parametrize("bx", ["BXYYYYYYNYNYYYYNYY|", "BXYYYYYY|", ""])
def test_functions_forbidden_by_acs_status_are_not_offered(tmp_path: Path, bx: str) -> None:
    async def allowed(letters: str) -> Sequence[bool]:
        async with serving(well(FAUST), status=f"98Y{letters}NY010003{AT}2.00AOmain|{bx}") as server:
            central = System("koha", tmp_path, port=server.port).central()
            await central.ping()
            central.close()
            return [central.allows(each) for each in ("checkin", "checkout", "renewal")]

    assert asyncio.run(allowed("YYY")) == [True, True, True]
    assert asyncio.run(allowed("NYN")) == [False, True, False]
    assert asyncio.run(allowed("YNY")) == [True, False, True]


@pytest.mark.sip2_fact("G25")
@pytest.mark.parametrize(
    ("bx", "forbidden"),
    [
        ("YYYYYYYYYYYYYYYY", []),
        ("YNYYYYYYYYYYYYYY", ["checkout"]),
        ("YYNYYYYYYYYYYYNY", ["checkin", "renewal"]),
        ("YN", ["checkout"]),
        ("Y", []),
    ],
)
def test_function_denied_by_bx_is_forbidden(bx: str, forbidden: Sequence[str]) -> None:
    assert forbids(read(f"98YYYYNY010003{AT}2.00AOmain|BX{bx}|")) == forbidden


@pytest.mark.sip2_fact("G27")
def test_sc_status_has_a_three_digit_width_and_version_2() -> None:
    assert write(ASKS_STATUS) == "9900422.00"


@pytest.mark.sip2_fact("G28")
def test_checkin_location_is_the_branch_or_empty() -> None:
    def place(asked: Requests) -> str | None:
        return read(write(asked.checkin(ItemId("3001"), NOW, happened=False))).first("AP")

    assert (place(requests()), place(requests(branch="CPL"))) == ("", "CPL")


@pytest.mark.sip2_fact("G30")
@pytest.mark.parametrize("flag", list(Flag))
def test_each_flag_blocks_borrowing_except_renewal_recall_and_hold(flag: Flag) -> None:
    bar = bar_of(patron_response(" " * flag + "Y"), ZONE, NOW)
    assert (bar is None) is (flag in NO_BAR_TO_LOANS)
    reasons = {
        Flag.CARD_LOST: Reason.CARD_LOST, Flag.TOO_MANY_CHARGED: Reason.LIMIT, Flag.EXCESSIVE_FINES: Reason.FEES,
        Flag.EXCESSIVE_FEES: Reason.FEES, Flag.TOO_MANY_BILLED: Reason.FEES,
    }  # fmt: skip
    assert bar is None or bar.reason is reasons.get(flag, Reason.CARD_BLOCKED)


@pytest.mark.sip2_fact("G10", "G31")
@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"BL": "Y", "CQ": "Y"}, PinVerdict.RIGHT),
        ({"BL": "Y", "CQ": "N"}, PinVerdict.WRONG),
        ({"BL": "Y"}, PinVerdict.WRONG),
        ({"BL": "Y", "CQ": " "}, PinVerdict.WRONG),
        ({"BL": "N", "CQ": "Y"}, PinVerdict.WRONG),
    ],
)
@run_async
async def test_pin_is_right_only_with_cq_for_a_known_card(
    tmp_path: Path, fields: dict[str, str], verdict: PinVerdict
) -> None:
    text = ADA_IS + "".join(f"{name}{each}|" for name, each in fields.items())
    async with serving(well(text)) as server:
        central = System("koha", tmp_path, port=server.port).central()
        assert await central.check_pin(ADA, "1234") is verdict
        central.close()


@pytest.mark.sip2_fact("G32")
def test_bl_reports_an_unknown_card_and_aa_the_patron() -> None:
    assert not is_known(patron_response("YYYY", BL="N", AE="", AF="Invalid cardnumber"))
    patron = patron_of(patron_response(AA="1001"), ZONE, NOW)
    assert isinstance(patron, Patron) and patron.ref == "1001"


@pytest.mark.sip2_fact("G33")
def test_summary_requests_one_list_in_pages_of_ten() -> None:
    asked = requests().patron("1001", listed=LOANS, first=11, last=20)
    assert asked.fixed["summary"] == "  Y       "
    assert write(asked).endswith("BP11|BQ20|")


@pytest.mark.sip2_fact("G33", "G34")
@run_async
async def test_many_loans_are_listed_page_by_page_with_title_and_date(system: System) -> None:
    stand, central = stand_of(system), system.central()
    items = [stand.free() for _ in range(23)]
    for each in items:
        await one(central, stand.row(Checkout(ADA, each, in_weeks())))
    transcript: list[str] = []
    assert system.simulator is not None
    system.simulator.log = transcript.append
    account = await central.account(ADA)
    assert isinstance(account, Account)
    pages = re.findall(r"> 63.{21}  Y .*BP(\d+)\|BQ(\d+)", "\n".join(transcript))
    assert pages == [("1", "10"), ("11", "20"), ("21", "30")]
    assert sorted(each.id for each in account.loans) == sorted(items)
    assert all(each.title == f"Title {int(each.id[1:])}" and each.due for each in account.loans)
    central.close()


@pytest.mark.sip2_fact("G34")
@run_async
async def test_loans_listed_by_title_have_only_a_title() -> None:
    with running("evergreen") as system:
        stand, central = stand_of(system), system.central()
        item = stand.free()
        await one(central, stand.row(Checkout(ADA, item, in_weeks())))
        account = await central.account(ADA)
        assert isinstance(account, Account)
        assert [(each.title, each.due) for each in account.loans] == [(system.library.copies[item].title, None)]
        central.close()


@run_async
async def test_account_says_what_fees_are_for_in_the_words_of_the_ils(system: System) -> None:
    item, patron = stand_of(system).free(), system.library.patrons["1001"]
    patron.fees, patron.fines = Decimal("8.50"), ["5.00 Card replacement", item, "遗失赔偿"]
    central = system.central()
    account = await central.account(ADA)
    assert isinstance(account, Account)
    assert [(each.kind, each.owed, each.text) for each in account.fees] == [
        (FeeKind.OTHER, None, "5.00 Card replacement"),
        (FeeKind.OTHER, None, system.library.copies[item].title),
        (FeeKind.OTHER, None, "遗失赔偿"),
    ]
    patron.fees = Decimal(0)
    account = await central.account(ADA)
    assert isinstance(account, Account) and account.fees == (), "nothing is owed, so nothing is asked for"
    central.close()


@pytest.mark.parametrize(("code", "kind"), [("04", FeeKind.OVERDUE), ("09", FeeKind.HOLD), ("01", None), ("", None)])
def test_fee_question_says_what_the_fee_is_for(tmp_path: Path, code: str, kind: FeeKind | None) -> None:
    asked = asyncio.run(checkout_answer(tmp_path, checkout_response("0", BT=code, BH="USD", BV="5.00")))
    assert isinstance(asked, Refused) and asked.block.fee is kind


@pytest.mark.sip2_fact("G35")
@run_async
async def test_ready_and_pending_holds_come_in_separate_lists(system: System) -> None:
    stand, central = stand_of(system), system.central()
    ready, wished = stand.free(), stand.free()
    system.library.copies[ready].trapped = "1001"
    system.library.holds.append(Hold("1001", wished))
    account = await central.account(ADA)
    assert isinstance(account, Account)
    assert [(each.title, each.ready) for each in account.holds] == [
        (system.library.copies[ready].title, True),
        (system.library.copies[wished].title, False),
    ]
    central.close()


def checkout_response(ok: str, **fields: str) -> str:
    values = {"AO": "main", "AA": "1001", "AB": "3001", "AJ": "Faust", "AH": "20261225    235900", **fields}
    return f"12{ok}NUY{AT}" + "".join(f"{name}{each}|" for name, each in values.items())


async def checkout_answer(folder: Path, text: str) -> Accepted | Refused:
    async with serving(well(text), well(FAUST), well(f"{ADA_IS}BLY|")) as server:
        system = System("koha", folder, port=server.port)
        central = system.central()
        answer = await one(central, stand_of(system).row(Checkout(ADA, ItemId("3001"), in_weeks())))
        central.close()
        assert isinstance(answer, Accepted | Refused)
        return answer


@pytest.mark.sip2_fact("G36", "G38")
@pytest.mark.parametrize(("ok", "words", "kind"), [
    ("1", "Patron Blocked", Accepted), ("0", "Greetings from Koha. Checkout successful", Refused),
    ("U", "", Refused), (" ", "", Refused), ("Y", "", Refused),
])  # fmt: skip
def test_checkout_succeeds_only_if_ok_is_1(tmp_path: Path, ok: str, words: str, kind: type) -> None:
    assert type(asyncio.run(checkout_answer(tmp_path, checkout_response(ok, AF=words)))) is kind


@pytest.mark.sip2_fact("G38")
@pytest.mark.parametrize(("fixed", "inhibit", "keeps"), [
    ("1NNY", "", False), ("1NNY", "N", False), ("1NNY", "Y", True), ("1NNN", "", True), ("1NNU", "", True),
    ("1YNN", "", False),
])  # fmt: skip
def test_security_goes_off_only_if_the_response_says_so(tmp_path: Path, fixed: str, inhibit: str, keeps: bool) -> None:
    text = f"12{fixed}{AT}AOmain|AA1001|AB3001|AJFaust|AH20261225    235900|CI{inhibit}|"
    answer = asyncio.run(checkout_answer(tmp_path, text))
    assert isinstance(answer, Accepted) and answer.keeps_security is keeps


@pytest.mark.sip2_fact("G37", "G42")
def test_checkout_forbids_renewal_and_no_request_cancels() -> None:
    asked = requests()
    loan = write(asked.checkout("1001", ItemId("3001"), NOW, None, happened=False))
    assert loan.startswith("11NN") and loan.endswith("BON|BIN|")
    assert "BI" not in write(asked.checkin(ItemId("3001"), NOW, happened=False))


@pytest.mark.sip2_fact("G38")
@pytest.mark.parametrize("magnets", ["NNN", "YUY", "NUN"])
def test_checkin_with_ok_1_succeeds_whatever_the_magnetic_media(tmp_path: Path, magnets: str) -> None:
    assert asyncio.run(checkin_answer(tmp_path, f"101{magnets}{AT}AOmain|AB3001|AQmain|")) == Accepted()


async def checkin_answer(folder: Path, *texts: str) -> object:
    async with serving(*map(well, texts)) as server:
        system = System("koha", folder, port=server.port)
        central = system.central()
        answer = await one(central, stand_of(system).row(Checkin(ItemId("3001"), ReturnMode.TRUSTED)))
        central.close()
        return answer


@pytest.mark.sip2_fact("G39")
def test_fee_is_asked_before_the_agreement_is_sent(tmp_path: Path) -> None:
    asked = asyncio.run(checkout_answer(tmp_path, checkout_response("0", BT="06", BH="USD", BV="5.00")))
    assert asked == Refused(Block(Reason.LOAN_COSTS, amount=Decimal("5.00"), currency="USD", fee=FeeKind.LOAN))
    agreed = write(requests().checkout("1001", ItemId("3001"), NOW, None, happened=False, agreed=True))
    assert "|BOY|" in agreed


@pytest.mark.sip2_fact("G40")
@pytest.mark.parametrize("date", ["", "in three weeks", "31/31/2026", "05/06/2026", "Freitag, 5. Juni"])
def test_checkout_with_an_unreadable_due_date_keeps_the_text(tmp_path: Path, date: str) -> None:
    shown = {"Freitag, 5. Juni": "Freitag, 5. J…"}.get(date, date)
    assert asyncio.run(checkout_answer(tmp_path, checkout_response("1", AH=date))) == Accepted(due_text=shown)


@pytest.mark.sip2_fact("G41")
@pytest.mark.parametrize(("cv", "waits"), [("01", True), ("02", True), ("04", False), ("99", False), ("00", False)])
def test_checkin_reports_the_bin_and_a_hold_but_no_patron(tmp_path: Path, cv: str, waits: bool) -> None:
    text = f"101YNY{AT}AOmain|AB3001|AQmain|CLbin 3|CTother|CV{cv}|CYcard9|DALin Example|"
    assert asyncio.run(checkin_answer(tmp_path, text)) == Accepted(someone_waits=waits, place="bin 3")


@pytest.mark.sip2_fact("G41")
def test_checkin_of_an_item_on_hold_but_not_on_loan_is_accepted(tmp_path: Path) -> None:
    held = f"100YNY{AT}AOmain|AB3001|AQmain|CTother|CV02|DALin Example|"
    assert asyncio.run(checkin_answer(tmp_path, held)) == Accepted(someone_waits=True, place="other")
    unlent = f"100NNN{AT}AOmain|AB3001|AQmain|AFItem not checked out|"
    assert asyncio.run(checkin_answer(tmp_path, unlent, FAUST)) == Refused(Block(Reason.NOT_ON_LOAN))


@pytest.mark.sip2_fact("G43")
def test_offline_transactions_carry_their_own_dates() -> None:
    asked, due = requests(), datetime(2026, 12, 25, 15, 59, tzinfo=UTC)
    then = write(asked.checkout("1001", ItemId("3001"), NOW, due, happened=True))
    assert then.startswith("11NY20261127    12000020261225    235900")
    assert write(asked.checkout("1001", ItemId("3001"), NOW, None, happened=False))[:40] == f"11NN{AT}{' ' * 18}"
    back = write(asked.checkin(ItemId("3001"), datetime(2026, 11, 20, 4, tzinfo=UTC), happened=True))
    assert back.startswith("09Y20261127    12000020261120    120000")


@pytest.mark.sip2_fact("G21", "G37")
@run_async
async def test_checkout_with_a_lost_answer_is_looked_up_instead_of_repeated(tmp_path: Path) -> None:
    own = f"18040001{AT}AB3001|AJFaust|AH20261225    235900|"
    listed = f"{ADA_IS}BLY|AU3001|"
    async with serving(hangs_up, well(own), well(listed), silent) as server:
        system = System("koha", tmp_path, port=server.port)
        central, row = system.central(), stand_of(system).row(Checkout(ADA, ItemId("3001"), in_weeks()))
        with pytest.raises(AnswerLost, match="no_answer"):
            await central.hand_over([row])
        answer = await one(central, row)
        central.close()
        assert isinstance(answer, Accepted) and answer.due is not None
        assert [each for each in server.codes() if each not in ("93", "99")] == ["11", "17", "63"]


@pytest.mark.sip2_fact("G21")
@pytest.mark.parametrize("lost", [hangs_up, well("96")], ids=["no answer", "not understood"])
def test_unclear_same_day_renewal_opens_an_exception(tmp_path: Path, lost: Says) -> None:
    """It changes no due date, so a lookup cannot show whether it was done; repeating could renew twice."""

    async def story(promised: datetime) -> Sequence[str]:
        own = well(f"18040001{AT}AB3001|AJFaust|AH20261225    235900|")
        done = well(f"301YNN{AT}AOmain|AA1001|AB3001|AJFaust|AH20261225    235900|")
        async with serving(own, lost, own, own, well(f"{ADA_IS}BLY|AU3001|"), done) as server:
            system = System("koha", tmp_path, port=server.port)
            central, row = system.central(), stand_of(system).row(Renew(ADA, ItemId("3001"), promised))
            with pytest.raises(AnswerLost):
                await central.hand_over([row])
            assert isinstance(await one(central, row), Accepted)
            central.close()
            (case,) = central.cases.stored_exceptions
            assert (case.id, case.item, case.reason) == (row.id, "3001", "renewal_unclear")
            return [each for each in server.codes() if each not in ("93", "99")]

    assert asyncio.run(story(datetime(2026, 12, 25, 10, tzinfo=UTC))) == ["17", "29", "17", "17", "63"]


def test_fees_include_currency_and_limit() -> None:
    patron = patron_of(patron_response(BV="35.00", BH="USD", CC="5.00"), ZONE, NOW)
    assert isinstance(patron, Patron)
    assert (patron.fees, patron.currency, patron.fee_limit) == (Decimal("35.00"), "USD", Decimal("5.00"))
    assert bar_of(patron_response("YYYY      Y", BV="35.00", BH="USD"), ZONE, NOW) == Block(
        Reason.FEES, amount=Decimal("35.00"), currency="USD"
    )


@pytest.mark.parametrize("amount", ["-5.00", "0.00", ""])
def test_patron_with_a_credit_owes_nothing(amount: str) -> None:
    patron = patron_of(patron_response(BV=amount, BH="USD"), ZONE, NOW)
    assert isinstance(patron, Patron) and patron.fees == Decimal(0)
    barred = bar_of(patron_response("YYYY      Y", BV=amount, BH="USD"), ZONE, NOW)
    assert barred == Block(Reason.FEES, amount=None, currency="USD")


@pytest.mark.parametrize(("text", "code"), [("USD", "USD"), (" eur ", "EUR"), ("$", ""), ("", "")])
def test_currency_is_a_code_or_unknown(text: str, code: str) -> None:
    patron = patron_of(patron_response(BV="1.00", BH=text), ZONE, NOW)
    assert isinstance(patron, Patron) and patron.currency == code


@run_async
async def test_account_of_a_patron_blocked_for_fees_shows_the_amount(system: System) -> None:
    system.library.patrons["1001"].fees = Decimal("35.00")
    central = system.central()
    account = await central.account(ADA)
    central.close()
    assert isinstance(account, Account)
    assert account.patron.barred == Block(Reason.FEES, amount=Decimal("35.00"), currency="USD")
    assert (account.patron.fees, account.patron.currency) == (Decimal("35.00"), "USD")


def marked_facts(file: Path) -> Iterator[str]:
    """Yield the facts that mark the tests of a file."""
    for test in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name.startswith("test_"):
            for mark in test.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.sip2_fact":
                    yield from (ast.literal_eval(each) for each in mark.args)


def test_every_fact_has_a_test_and_every_marked_test_a_fact() -> None:
    listed = re.findall(r"^\| (G\d+) \| .+ \|$", (ROOT / "docs/sip2.md").read_text(encoding="utf-8"), re.MULTILINE)
    files = [*ROOT.glob("tests/kiosk/sync/sip2/*_test.py"), *ROOT.glob("tests/kiosk/sip2_simulator/*_test.py")]
    assert listed == FACTS
    assert {each for file in files for each in marked_facts(file)} == set(FACTS)


def test_marks_outside_tests_are_ignored(tmp_path: Path) -> None:
    """Control: a mark on a helper, and a number in a comment."""
    file = tmp_path / "odd_test.py"
    file.write_text(
        '@pytest.mark.sip2_fact("G1")\ndef helper(): ...\n\n# G2\n\n'
        '@pytest.mark.sip2_fact("G3", "G4")\ndef test_it(): ...\n'
    )
    assert list(marked_facts(file)) == ["G3", "G4"]
