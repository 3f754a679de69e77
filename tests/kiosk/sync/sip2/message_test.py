"""Test the message tables: strict when writing, tolerant of real systems when reading."""

from __future__ import annotations

import pytest

from kiosk.sync.sip2.message import (
    ANSWER_TO,
    LAYOUTS,
    LONGEST,
    REQUESTS,
    Sip2Message,
    Unreadable,
    Unsendable,
    read,
    write,
)

AT = "20260102    030405"
CHECKOUT = Sip2Message(
    "11",
    {"renewal_policy": "N", "no_block": "N", "date": AT, "nb_due_date": " " * 18},
    (("AB", "3001"), ("AA", "card1"), ("AO", "main")),
)


@pytest.mark.sip2_fact("G3")
def test_fixed_field_lengths_match_the_standard() -> None:
    lengths = {
        "93": 2,
        "11": 38,
        "09": 37,
        "29": 38,
        "63": 31,
        "65": 18,
        "35": 18,
        "99": 8,
        "17": 18,
        "23": 21,
        "15": 19,
    }
    assert {code: LAYOUTS[code].length for code in lengths} == lengths
    answers = {"98": 34, "64": 59, "24": 35, "18": 24, "12": 22, "10": 22, "30": 22, "66": 27, "36": 19, "94": 1}
    assert {code: LAYOUTS[code].length for code in answers} == answers


def test_every_request_except_resend_has_an_answer() -> None:
    assert {each.code for each in REQUESTS} - set(ANSWER_TO) == {"97"}
    assert set(ANSWER_TO.values()) <= set(LAYOUTS)


@pytest.mark.sip2_fact("G1", "G5")
def test_required_fields_are_sent_empty_and_optional_ones_omitted() -> None:
    assert write(CHECKOUT) == f"11NN{AT}{' ' * 18}AOmain|AAcard1|AB3001|AC|"


@pytest.mark.sip2_fact("G8")
@pytest.mark.parametrize("sign", ["|", "\r", "\n", "\0", "\x1b", "\x7f", "\x85"])
def test_delimiter_in_a_value_is_rejected_without_the_value_in_the_error(sign: str) -> None:
    with pytest.raises(Unsendable, match="17 AB") as refused:
        write(Sip2Message("17", {"date": AT}, (("AB", f"3001{sign}AAother"),)))
    assert "3001" not in str(refused.value)


@pytest.mark.sip2_fact("G3", "G7")
def test_overlong_value_unknown_field_and_wrong_length_are_rejected() -> None:
    with pytest.raises(Unsendable, match="longer than 255"):
        write(Sip2Message("17", {"date": AT}, (("AB", "1" * (LONGEST + 1)),)))
    with pytest.raises(Unsendable, match="17 has no field AA"):
        write(Sip2Message("17", {"date": AT}, (("AA", "1"),)))
    with pytest.raises(Unsendable, match="17 date has 17 characters instead of 18"):
        write(Sip2Message("17", {"date": AT[1:]}, ()))


@pytest.mark.sip2_fact("G6", "G10")
def test_unordered_repeated_unknown_and_unterminated_fields_are_read() -> None:
    text = f"64{' ' * 14}001{AT}0000    0002000000000000ZZnew|AU3001|AEAda S.|AFHello|AU3002|AV |AAcard1|AFBye|AOmain"
    message = read(text)
    assert message.values("AU") == ("3001", "3002")
    assert message.values("AF") == ("Hello", "Bye")
    assert message.values("AV") == (), "Koha fills its lists up with blanks"
    assert (message.first("AO"), message.first("ZZ"), message.first("BL")) == ("main", "new", None)
    assert message.fixed["overdue"] == "    "


@pytest.mark.sip2_fact("G6")
def test_field_id_inside_a_title_is_ignored() -> None:
    message = read(f"18030001{AT}AB3001|AJThe ABC of AH and BVs|AF|")
    assert (message.first("AB"), message.first("AH"), message.first("AJ")) == ("3001", None, "The ABC of AH and BVs")


@pytest.mark.sip2_fact("G3", "G23")
@pytest.mark.parametrize("text", ["", "9", "None", "HTTP/1.1 400 Bad Request", "120", "64YYYY", f"18{AT}"])
def test_invalid_message_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)
