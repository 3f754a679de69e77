"""Test the item tag codec with published and real tags, deviations found in the field, wrong bits, and noise.

Sources of the vectors: ISO 28560-3 annex B and ISO 28560-2 annex D as published in national copies and public test
suites. The tags of Finnish and Norwegian libraries are from public test suites. The others were made for this test.
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lending.tags import (
    BASIC,
    DSFID_FIXED,
    DSFID_OBJECTS,
    Deviation,
    TagData,
    TagFormat,
    TagTrouble,
    Usage,
    decode,
    encode,
)

ANNEX_B1 = "11010131 30303030 30303035 36000000 00000098 A4444B37 31383530 30000000 0000"
FIXED = {
    ANNEX_B1: TagData("1000000056", owner="DK-718500"),
    "11010131 36323031 35343432 39000000 000000C4 CF46494D 616D6B2D 4D000000 0000": TagData(
        "1620154429", owner="FI-Mamk-M"
    ),
    "11010131 30303330 31313836 30393736 3030322F B04E4F30 32303330 30303000": TagData(
        "1003011860976002", owner="NO-02030000"
    ),
    "11010131 31323233 33343400 00000000 00000051 3E444537 30350000 00000000": TagData("11223344", owner="DE-705"),
    "11010133 30303132 30303030 30303031 370000BF 4C444537 30350000 00000000": TagData(
        "30012000000017", owner="DE-705"
    ),
    "11030233 30303132 30303030 30303031 370000ED 5B444537 30350000 00000000": TagData(
        "30012000000017", 3, 2, owner="DE-705"
    ),
    "12010133 30303132 30303030 30303032 3500003A D6444537 30350000 00000000": TagData(
        "30012000000025", owner="DE-705", usage=Usage.NOT_FOR_CIRCULATION
    ),
    "17010133 30303132 30303030 30303032 35000045 FA444537 30350000 00000000": TagData(
        "30012000000025", owner="DE-705", usage=Usage.DISCARDED
    ),
    "18010130 30373737 30353932 33000000 00000010 51444537 30350000 00000000": TagData(
        "0077705923", owner="DE-705", usage=Usage.PATRON_CARD
    ),
}
REVERSED = "33010111 32313030 30303030 31303030 BF000037 3745444C 00003530 00000000"
OBJECTS = {
    "9100051C BE991A14 0201D014 0204B346 07441CB6 E2E335D6 830207AC C09EBAA0 6F6B0000": TagData(
        "123456789012", 12, 3, "US-InU-Mu", Usage.UNSPECIFIED, format=TagFormat.OBJECTS
    ),
    "91010460 91CE4380 0201A805 01106702 42410307 3240DE05 AB075B00 00000000": TagData(
        "1620168259", owner="FI-Mamk-M", media="BA", format=TagFormat.OBJECTS
    ),
    "11061B4B B6995811 05011003 042141E7 05000000": TagData("30012000000017", owner="DE-705", format=TagFormat.OBJECTS),
    "A1000500 77705923": TagData("0077705923", usage=Usage.UNSPECIFIED, format=TagFormat.OBJECTS),
    "C102072D 5B70C31C B3620000": TagData("KU-00123X", usage=Usage.UNSPECIFIED, format=TagFormat.OBJECTS),
}
RFID_501 = "04230001 33303031 32303030 30303030 31370000 55555555 55555555 55555555"
SIZES = (0, 32, 36, 112)
"""Memory sizes in bytes; 0 is the vector alone."""

printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=16)
rest = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-/:", min_size=1, max_size=11)
owners = st.just("") | st.builds("{}-{}".format, st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2), rest)
tag_data = st.builds(
    lambda item, parts, owner, usage: TagData(item, max(parts), min(parts), owner, usage),
    printable,
    st.tuples(st.integers(1, 255), st.integers(1, 255)),
    owners,
    st.sampled_from(Usage),
)
dsfids = st.sampled_from([DSFID_FIXED, DSFID_OBJECTS, 0])


def memory_of(text: str, size: int = 0) -> bytes:
    return bytes.fromhex(text.replace(" ", "")).ljust(size, b"\0")


def turn(memory: bytes) -> bytes:
    return b"".join(memory[at : at + 4][::-1] for at in range(0, len(memory), 4))


def plain(data: TagData | TagTrouble) -> TagData | TagTrouble:
    return replace(data, deviations=()) if isinstance(data, TagData) else data


@pytest.mark.parametrize(("text", "expected"), FIXED.items())
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dsfid", [DSFID_FIXED, DSFID_OBJECTS, 0, 0xFF])
def test_tag_of_fixed_length_is_read_whatever_its_dsfid(text: str, expected: TagData, size: int, dsfid: int) -> None:
    deviations = () if dsfid == DSFID_FIXED else (Deviation.DSFID,)
    assert decode(memory_of(text, size), dsfid) == replace(expected, deviations=deviations)


@pytest.mark.parametrize(("text", "expected"), OBJECTS.items())
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dsfid", [DSFID_OBJECTS, 0])
def test_tag_of_data_sets_is_read(text: str, expected: TagData, size: int, dsfid: int) -> None:
    assert decode(memory_of(text, size), dsfid) == expected


@pytest.mark.parametrize(("text", "expected"), FIXED.items())
def test_encoding_gives_the_published_bytes(text: str, expected: TagData) -> None:
    whole = memory_of(text, 36)
    assert encode(expected) == whole
    assert encode(expected, 32) == whole[:32]


def test_extension_blocks_follow_the_basic_block() -> None:
    blocks = "05010005 01" + "22020071" + b"Bogvognen\0".hex() + b"1234567890\0\0".hex() + b"a789656c".hex()
    memory = encode(TagData("1000000136", owner="DK-718500"))[:BASIC] + memory_of(blocks, 78)
    assert memory[19:21].hex() == "3615"
    assert decode(memory) == TagData("1000000136", owner="DK-718500")


def test_reversed_blocks_are_read() -> None:
    expected = TagData("30012000000017", owner="DE-705", deviations=(Deviation.REVERSED,))
    assert decode(memory_of(REVERSED)) == decode(memory_of(REVERSED, 112)) == expected


@pytest.mark.parametrize(("first", "usage"), [(0x21, Usage.NOT_FOR_CIRCULATION), (0x71, Usage.DISCARDED)])
def test_swapped_nibbles_are_read(first: int, usage: Usage) -> None:
    memory = fix_checksum(bytes((first,)) + memory_of(ANNEX_B1)[1:])
    assert decode(memory) == TagData("1000000056", owner="DK-718500", usage=usage, deviations=(Deviation.NIBBLES,))


def test_swapped_parts_and_ordinal_are_read() -> None:
    memory = bytearray(memory_of(ANNEX_B1))
    memory[1:3] = 2, 3
    assert decode(fix_checksum(bytes(memory))) == TagData(
        "1000000056", 3, 2, owner="DK-718500", deviations=(Deviation.PARTS,)
    )


def fix_checksum(memory: bytes) -> bytes:
    """Return the basic block with its checksum made to fit: the CCITT's, of all its bytes but these two."""
    checksum = crc_hqx(memory[:19] + memory[21:BASIC], 0xFFFF)
    return memory[:19] + checksum.to_bytes(2, "little") + memory[21:]


def test_tag_from_before_the_standard_is_read() -> None:
    expected = TagData("30012000000017", 3, 2, usage=Usage.UNSPECIFIED, format=TagFormat.RFID_501)
    assert decode(memory_of(RFID_501), 0) == expected
    assert decode(memory_of("55" * 32), 0) is TagTrouble.BLANK


@pytest.mark.parametrize("dsfid", [DSFID_FIXED, DSFID_OBJECTS, 0])
@pytest.mark.parametrize(
    ("memory", "trouble"),
    [
        (bytes(32), TagTrouble.BLANK),
        (b"\xff" * 112, TagTrouble.BLANK),
        (b"\x55" * 112, TagTrouble.BLANK),
        (b"", TagTrouble.BLANK),
        (memory_of("E1400E01 0307D101 0355006B 6BFE", 112), TagTrouble.FOREIGN),
        (memory_of(ANNEX_B1.replace("98 A4", "97 A4"), 112), TagTrouble.DAMAGED),
    ],
)
def test_tag_that_names_no_item_says_why(memory: bytes, trouble: TagTrouble, dsfid: int) -> None:
    assert decode(memory, dsfid) is trouble


@pytest.mark.parametrize(
    "text",
    [
        "11281B4B B6995811",  # a length beyond the memory
        "91501B4B B6995811",  # a pad count that becomes a length
        "9150041B 4BB69958",  # a pad count beyond the memory
        "11061B4B B6995811 11061B4B B6995811 00",  # the number twice
        "05011011 061B4BB6 99581100",  # the number not first
        "1101 05 00",  # an integer of one digit
        "1103 000123 00",  # an integer with a leading zero
        "2102 12A4 00",  # a decimal of hexadecimal digits
        "E102 C328 00",  # no UTF-8
        "0104 30313233 00",  # the number without a compaction
        "11061B4B B6995811 0201F0 05011000",  # a content parameter of other elements
        "11061B4B B6995811 240212F3 00",  # an odd number of digits of a set
        "11061B4B B6995811 24020309 00",  # part 9 of 3
        "11061B4B B6995811 7F20 0141 00",  # an element that does not exist
        "7F",
    ],
)
def test_broken_data_sets_are_refused(text: str) -> None:
    assert decode(memory_of(text), DSFID_OBJECTS) is TagTrouble.DAMAGED


def test_elements_above_15_and_long_data_are_skipped() -> None:
    memory = memory_of("11061B4B B6995811 7F0203414243 61810061") + b"a" * 127 + memory_of("050110 00")
    assert decode(memory.replace(b"\x61\x81\x00", b"\x6f\x0b\x81\x00"), DSFID_OBJECTS) == TagData(
        "30012000000017", format=TagFormat.OBJECTS
    )


@given(tag_data)
def test_what_is_written_is_read_again(data: TagData) -> None:
    for size in (32, 36, 112):
        if len(data.owner) <= 12 or size > 32:
            assert decode(encode(data, size).ljust(size, b"\0")) == data


@given(tag_data, dsfids, st.sampled_from([32, 36, 112]), st.booleans())
@example(TagData("1" * 16, 9, 9, usage=Usage.LOCAL_4), 0, 112, False)
def test_no_wrong_bit_makes_another_item(data: TagData, dsfid: int, size: int, reverse: bool) -> None:
    assume(len(data.owner) <= 12)
    right = encode(data, size).ljust(size, b"\0")
    for bit in range(8 * len(right)):
        wrong = bytearray(right)
        wrong[bit // 8] ^= 1 << bit % 8
        read = decode(turn(bytes(wrong)) if reverse else bytes(wrong), dsfid)
        assert isinstance(read, TagTrouble) or plain(read) == data, (bit, read)


def test_checksum_is_what_refuses_wrong_bits() -> None:
    """Control: with the checksum made to fit again, a wrong bit is another item."""
    wrong = bytearray(memory_of(ANNEX_B1))
    wrong[5] ^= 1
    assert decode(bytes(wrong)) is TagTrouble.DAMAGED
    assert plain(decode(fix_checksum(bytes(wrong)))) == TagData("1010000056", owner="DK-718500")


@given(st.binary(max_size=128), st.integers(0, 255))
def test_noise_never_raises(memory: bytes, dsfid: int) -> None:
    read = decode(memory, dsfid)
    if isinstance(read, TagData):
        assert read.item and read.item.isprintable() and 1 <= read.part <= read.parts


@given(st.sampled_from([*FIXED, *OBJECTS, REVERSED, RFID_501]), st.data(), dsfids)
def test_damaged_tags_never_raise(text: str, data: st.DataObject, dsfid: int) -> None:
    memory = bytearray(memory_of(text, 112))
    for at in data.draw(st.lists(st.integers(0, 111), max_size=8)):
        memory[at] = data.draw(st.integers(0, 255))
    assert isinstance(decode(bytes(memory[: data.draw(st.integers(0, 112))]), dsfid), TagData | TagTrouble)


@pytest.mark.parametrize(
    ("data", "size", "reason"),
    [
        (TagData("1" * 17), 112, "1 to 16 bytes"),
        (TagData(""), 112, "1 to 16 bytes"),
        (TagData("1\0"), 112, "1 to 16 bytes"),
        (TagData("\x0112"), 112, "1 to 16 bytes"),
        (TagData("1", 1, 2), 112, "part 2 of 1"),
        (TagData("1", 256, 1), 112, "part 1 of 256"),
        (TagData("1", owner="705"), 112, "a country of two letters"),
        (TagData("1", owner="DE-123456789012"), 112, "too long for a tag of 112 bytes"),
        (TagData("1", owner="DE-1234567890"), 32, "too long for a tag of 32 bytes"),
    ],
)
def test_data_that_do_not_fit_are_refused(data: TagData, size: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        encode(data, size)
