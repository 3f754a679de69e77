"""Test that data sealed for a card opens with that card only and leaks neither size nor card."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lending.sealing import BLOCK, SealBroken, open_with_card, place, seal_for_card

KEY = bytes(range(32))


def card(number: str) -> str:
    """Card hash as defined in docs/wire.md."""
    return hmac.new(KEY, number.encode(), hashlib.sha256).hexdigest()


ADA, LIN = card("04A1B2C3"), card("04D4E5F6")


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1).filter(lambda text: text == text.rstrip(" ")))
def test_sealed_text_opens_with_its_card_only(text: str) -> None:
    box = seal_for_card(ADA, text)
    assert open_with_card(ADA, box) == text
    with pytest.raises(SealBroken):
        open_with_card(LIN, box)


def test_altered_or_invalid_box_raises_seal_broken() -> None:
    box = seal_for_card(ADA, "[]")
    other = "B" if box[0] == "A" else "A"
    for bad in (box[:-8], other + box[1:], "", "no box", box + "AAAA"):
        with pytest.raises(SealBroken):
            open_with_card(ADA, bad)


def test_box_length_is_padded_and_sealing_is_randomised() -> None:
    assert (
        len(seal_for_card(ADA, "a"))
        == len(seal_for_card(ADA, "a" * BLOCK))
        < len(seal_for_card(ADA, "a" * (BLOCK + 1)))
    )
    assert seal_for_card(ADA, "a") != seal_for_card(ADA, "a")


def test_place_is_neither_the_card_hash_nor_the_key() -> None:
    assert len(place(ADA)) == 32 and place(ADA) != bytes.fromhex(ADA) and place(ADA) != place(LIN)
    with pytest.raises(SealBroken):
        open_with_card(place(ADA).hex(), seal_for_card(ADA, "[]"))
