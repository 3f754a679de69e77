"""Test messages and frames: strict when writing, tolerant of real systems when reading."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.sync.sip2.message import (
    ANSWER_TO,
    CHARSETS,
    LAYOUTS,
    LONGEST,
    MOST,
    REQUESTS,
    Frames,
    Sip2Message,
    Unreadable,
    Unsendable,
    checksum,
    read,
    unwrap,
    wrap,
    write,
)

AT = "20260102    030405"
CHECKOUT = Sip2Message(
    "11",
    {"renewal_policy": "N", "no_block": "N", "date": AT, "nb_due_date": " " * 18},
    (("AB", "3001"), ("AA", "card1"), ("AO", "main")),
)
GUIDE = {
    "990 402.00AY1AZ": "FCB4",
    "9900401.00AY1AZ": "FCA5",
    "941AY3AZ": "FDFA",
    "1719980723    100000AOCertification Institute ID|ABItemBook|AY1AZ": "EBEB",
    "3519980723    094014AOCertification Institute ID|AAPatronID|AY3AZ": "EBF2",
    "09N19980821    085721                  APCertification Terminal Location|AOCertification Institute ID|"
    "ABCheckInBook|ACTPWord|BIN|AY2AZ": "D6A5",
    "101YNN19980821    085721AOCertification Institute ID|ABCheckInBook|"
    "AQPermanent Location for CheckinBook, Language 1|"
    "AJTitle For CheckinBook|AAGoodPatron1|CK001|CHCheckinBook Properties|CLsort bin A1|"
    "AFScreen Message for CheckInBook|AGPrint Line for CheckInBook|AY2AZ": "A3FF",
    "97AZ": "FEF5",
    "96AZ": "FEF6",
}
FREE = st.text(st.characters(codec="utf-8"), max_size=300)
MARK = "#4711#"
"""Marker that does not occur by chance, unlike a short barcode."""


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


@pytest.mark.sip2_fact("G14")
@pytest.mark.parametrize(("text", "sum_"), GUIDE.items())
def test_checksums_match_the_guide(text: str, sum_: str) -> None:
    assert checksum(text.encode("cp850")) == sum_


@pytest.mark.sip2_fact("G15")
def test_checksum_covers_bytes_rather_than_characters() -> None:
    assert wrap("18030001ABb1|AJÄÖ|", 3, "utf-8") != wrap("18030001ABb1|AJÄÖ|", 3, "latin-1")
    for charset in ("utf-8", "latin-1", "cp850"):
        frame = unwrap(wrap("18030001ABb1|AJÄÖ|", 3, charset)[:-1], charset)
        assert (frame.text, frame.sequence, frame.sound, frame.whole) == ("18030001ABb1|AJÄÖ|", 3, True, True)


@pytest.mark.sip2_fact("G15")
def test_checksum_over_characters_is_accepted_if_configured() -> None:
    head = "101YNN20260102    030405AOmain|ABb1|AJRömer|"
    sum_ = f"{-sum(map(ord, head + 'AY3AZ')) & 0xFFFF:04X}"
    data = head.encode() + f"AY3AZ{sum_}".encode()
    assert not unwrap(data, "utf-8").sound
    assert unwrap(data, "utf-8", by_code_points=True).sound


def test_changed_byte_is_detected() -> None:
    data = bytearray(wrap("121NNY20260102    030405AOm|AAa|ABb|AJt|AH|", 1)[:-1])
    data[2] = ord("0")
    assert not unwrap(bytes(data)).sound


@pytest.mark.parametrize("changed", [False, True])
def test_checksum_without_leading_zeros_is_verified(changed: bool) -> None:
    long = next(size for size in range(2000) if checksum(b"AF" + b"x" * size + b"|AY3AZ").startswith("00"))
    text = f"AF{'x' * long}|"
    data = wrap(text, 3)[:-1].replace(b"AZ00", b"AZ")
    frame = unwrap(data.replace(b"xx", b"xy", 1) if changed else data)
    assert (len(frame.text), frame.sequence, frame.sound) == (len(text), 3, not changed)


@pytest.mark.sip2_fact("G16")
def test_frame_without_error_detection_is_accepted() -> None:
    frame = unwrap(b"941")
    assert (frame.text, frame.sequence, frame.sound) == ("941", None, True)
    assert unwrap(b"98YYYYYYAZ0000").sequence is None


@pytest.mark.sip2_fact("G12")
@pytest.mark.parametrize("charset", ["gbk", "gb18030", "big5", "cp932"])
def test_delimiter_as_second_byte_ends_no_field(charset: str) -> None:
    """G12: 0x7C is the second byte of many characters."""
    doubles = []
    for code in range(0x4E00, 0x9FFF):
        try:
            doubles += [chr(code)] if b"|" in chr(code).encode(charset) else []
        except UnicodeEncodeError:
            continue
    assert doubles
    title = "".join(doubles[:60])
    text = f"1803000120260102    030405AB3001|AJ{title}|AQmain|"
    message = read(unwrap(wrap(text, 4, charset)[:-1], charset).text)
    assert (message.first("AJ"), message.first("AQ")) == (title, "main")


@pytest.mark.sip2_fact("G13")
def test_undecodable_byte_is_reported_and_stops_nothing() -> None:
    frame = unwrap(b"1803000120260102    030405AB3001|AJ\xff\xfe|AQmain|", "utf-8")
    assert not frame.whole
    assert read(frame.text).first("AQ") == "main"


@pytest.mark.sip2_fact("G11")
def test_character_missing_from_the_charset_is_rejected() -> None:
    with pytest.raises(Unsendable, match="17 contains a character that cp850 lacks"):
        wrap("17…", 1, "cp850")


@pytest.mark.sip2_fact("G2")
@pytest.mark.parametrize("end", [b"\r", b"\r\n", b"\n", b"\r\n\r\n"])
def test_frames_are_split_at_every_ending_and_position(end: bytes) -> None:
    stream = b"\n941AY1AZFDFC" + end + b"96AZFEF6" + end + b"98YYY" + end
    for at in range(len(stream) + 1):
        frames = Frames()
        assert [*frames.feed(stream[:at]), *frames.feed(stream[at:])] == [b"941AY1AZFDFC", b"96AZFEF6", b"98YYY"]
        assert frames.take_unterminated() == b""


def test_answer_without_an_ending_can_be_taken() -> None:
    frames = Frames()
    assert frames.feed(b"941AY3AZFDFA") == []
    assert frames.take_unterminated() == b"941AY3AZFDFA"
    assert frames.take_unterminated() == b""


def test_endless_message_is_rejected() -> None:
    frames = Frames()
    with pytest.raises(Unreadable, match="more than"):
        for _ in range(MOST // 65536 + 1):
            frames.feed(b"A" * 65536)


@given(FREE, FREE, st.sampled_from(CHARSETS), st.integers(0, 9))
@example("0", "\x1f", "cp850", 0)
@example("", "¢", "cp932", 0)
def test_no_value_can_inject_a_field(item: str, card: str, charset: str, sequence: int) -> None:
    """Any barcode or card is either read as written or not sent at all."""
    fixed = {"no_block": "N", "date": "20260102    030405", "return_date": "20260102    030405"}
    item, card = (each and each + MARK for each in (item, card))
    sent = Sip2Message("09", fixed, (("AP", ""), ("AO", card), ("AB", item), ("AC", "")))
    try:
        data = wrap(write(sent), sequence, charset)
    except Unsendable as refused:
        assert MARK not in str(refused)
        return
    (frame,) = Frames().feed(data)
    came = unwrap(frame, charset)
    assert came.sound and came.sequence == sequence
    assert read(came.text) == sent
