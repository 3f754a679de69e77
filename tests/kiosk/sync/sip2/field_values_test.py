"""Test single field values as real systems send them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sync.sip2.field_values import Flag, amount, count, flags, moment, stamp, words, yes

BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type,misc]


@pytest.mark.sip2_fact("G4")
def test_timestamp_uses_the_3m_format() -> None:
    assert stamp(datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC), BERLIN) == "20260702    003005"


@pytest.mark.sip2_fact("G4", "G40")
@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("20260702    235900", at(2026, 7, 2, 23, 59)),
        ("20260702   Z215900", datetime(2026, 7, 2, 21, 59, tzinfo=UTC)),
        ("20260702", at(2026, 7, 2, 23, 59, 59)),
        ("2026-07-02 23:59:00", at(2026, 7, 2, 23, 59)),
        ("2026-07-02T21:59:00Z", datetime(2026, 7, 2, 21, 59, tzinfo=UTC)),
        ("2026-07-02", at(2026, 7, 2, 23, 59, 59)),
        ("5/23/2008,23:59", at(2008, 5, 23, 23, 59)),
        ("23.05.2008", at(2008, 5, 23, 23, 59, 59)),
        ("23.5.26 18:00", at(2026, 5, 23, 18, 0)),
        ("5/5/2026", at(2026, 5, 5, 23, 59, 59)),
        ("2026/7/2", at(2026, 7, 2, 23, 59, 59)),
    ],
)
def test_due_date_is_parsed_in_every_known_format(text: str, read: datetime) -> None:
    assert moment(text, BERLIN) == read
    assert moment(f" {text} ", BERLIN) == read


@pytest.mark.sip2_fact("G40")
@pytest.mark.parametrize("text", ["", "soon", "20261301    000000", "31/31/2026", "00000000    000000", "in 14 Tagen"])
def test_invalid_date_is_none(text: str) -> None:
    assert moment(text, BERLIN) is None


def test_ambiguous_date_needs_the_configured_order() -> None:
    assert moment("5/6/2026", BERLIN) is None
    assert moment("5/6/2026", BERLIN, day_first=True) == at(2026, 6, 5, 23, 59, 59)
    assert moment("5/6/2026", BERLIN, day_first=False) == at(2026, 5, 6, 23, 59, 59)


@pytest.mark.sip2_fact("G10")
def test_unknown_count_is_none() -> None:
    assert (count("0005"), count("  10"), count("0000")) == (5, 10, 0)
    assert (count("    "), count(None), count("-001"), count("٣")) == (None, None, None, None)


@pytest.mark.parametrize(
    ("text", "read"),
    [("5.00", "5"), ("2.5", "2.5"), ("0", "0"), ("1,50", "1.50"), ("1.234,56", "1234.56"), ("1,234", "1234"),
     ("USD 12.30", "12.30"), ("€ 3,00", "3"), ("-97.00", "-97"), ("12.30 CNY", "12.30"), ("1 234,5", "1234.5")],
)  # fmt: skip
def test_amount_is_parsed_in_every_known_format(text: str, read: str) -> None:
    assert amount(text) == Decimal(read)


def test_invalid_amount_is_none() -> None:
    assert (amount(""), amount(None), amount("free")) == (None, None, None)


@pytest.mark.sip2_fact("G30")
def test_flags_are_set_by_y_only() -> None:
    assert flags("YYYY          ") == {Flag.CHARGE_DENIED, Flag.RENEWAL_DENIED, Flag.RECALL_DENIED, Flag.HOLD_DENIED}
    assert flags("    Y     Y   ") == {Flag.CARD_LOST, Flag.EXCESSIVE_FINES}
    assert flags("NNNNUyn 10") == frozenset()
    assert flags("") == frozenset()


@pytest.mark.sip2_fact("G8")
def test_text_is_unescaped_and_stripped_of_control_characters() -> None:
    assert words("A &#124; B &amp; C &lt;i&gt;") == "A | B & C <i>"
    assert words("Tom & Jerry &copyright; AT&T") == "Tom & Jerry &copyright; AT&T"
    assert words("one\r\ntwo\x1b[2Jthree&#13;&#27;") == "one two [2Jthree &#13;&#27;".replace("&#13;&#27;", "").strip()
    assert words(None) == ""


def test_boolean_is_true_false_or_unknown() -> None:
    assert [yes(each) for each in ("Y", "y", "1", "N", "0", "", None, "U")] == [True] * 3 + [False] * 2 + [None] * 3


@given(st.text(max_size=60))
def test_arbitrary_text_never_raises(text: str) -> None:
    moment(text, BERLIN)
    moment(text, BERLIN, day_first=True)
    amount(text)
    count(text)
    flags(text)
    assert all(sign >= " " for sign in words(text))
