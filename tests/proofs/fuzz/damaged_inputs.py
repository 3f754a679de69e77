"""Generate parser input: arbitrary bytes, and valid input with bytes changed, cut, doubled or swapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hypothesis import strategies as st

LONGEST = 400
Change = tuple[Literal["set", "cut", "add", "double", "nest"], int, bytes]

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["set", "cut", "add", "double", "nest"]),
        st.integers(0, 10_000),
        st.binary(min_size=1, max_size=6),
    ),
    max_size=6,
)


def mangled(samples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Draw inputs; two in three are a valid one that was changed."""
    changed = st.builds(_changed, st.sampled_from(list(samples)), CHANGES)
    swapped = st.builds(_joined, st.sampled_from(list(samples)), st.sampled_from(list(samples)), st.integers(0, 10_000))
    return st.one_of(changed, swapped, st.binary(max_size=LONGEST))


def _changed(sample: bytes, changes: Sequence[Change]) -> bytes:
    text = bytearray(sample)
    for what, where, piece in changes:
        at = where % (len(text) + 1)
        match what:
            case "set":
                text[at : at + len(piece)] = piece
            case "cut":
                del text[at : at + 1 + where % 40]
            case "add":
                text[at:at] = piece
            case "double":
                text[at:at] = text[at : at + 1 + where % 40]
            case "nest":
                text[at:at] = piece[:1] * (where % 3000)
    return bytes(text)


def _joined(one: bytes, other: bytes, where: int) -> bytes:
    return one[: where % (len(one) + 1)] + other[where % (len(other) + 1) :]
