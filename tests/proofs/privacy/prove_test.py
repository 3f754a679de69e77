"""Test the privacy proof in a short run: it finds what it must, and nothing else."""

from __future__ import annotations

from random import Random

import pytest

from tests.proofs.privacy import failures, purge, seeded_leaks
from tests.proofs.privacy.canaries import canaries, found
from tests.proofs.privacy.prove import FAILING, prove

pytestmark = [pytest.mark.long, pytest.mark.judge]

VISITS = 12


def test_no_personal_data_is_left_and_each_seeded_leak_is_found() -> None:
    records, said = prove(1, VISITS, journals=1)
    assert said == []
    names = [each.name for each in (purge.REAL, *purge.CONTROLS, *seeded_leaks.LEAKS)]
    assert [each.name for each in records] == [*names, FAILING, f"control: {FAILING}, and its usual log"]
    assert [each.failed_as_it_must for each in records] == [each.control for each in records]
    assert [each.n for each in records if not each.control] == [purge.PLANTED, VISITS, len(failures.SAID)]


def test_marked_data_is_found_in_any_case_and_context() -> None:
    marked = canaries(Random(1), 3, 3)
    personal, read = marked.personal(b"k" * 32), marked.read()
    for text in personal | read:
        assert text in found(b"\x00x" + text.upper().encode() + b"\xff", personal | read)
    assert found(b"7781234567 91370000 kanarieabcdefgh", personal | read) == []


def test_pin_is_ignored_inside_a_hash_and_found_outside() -> None:
    marked = canaries(Random(1), 3, 3)
    pin = marked.patrons[0].pin
    personal, chance = marked.personal(b"k" * 32), f"{'a1' * 28}{pin}"
    assert found(f'"{chance}{chance}"'.encode(), personal) == []
    for text in (f"{'a1' * 32}{pin}", f"{pin}{'a1' * 32}", f"{'a1' * 27}{pin}"):
        assert found(text.encode(), personal) == [pin]
