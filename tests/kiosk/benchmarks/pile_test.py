"""Test `kiosk bench pile`: it finds what a careless driver does, and nothing in the real one."""

from __future__ import annotations

import pytest

from kiosk.benchmarks.pile import judge_faulty_piles, measure, readers
from kiosk.events import TagHandle
from kiosk.hardware.item_pad.air import Rejected, Silent, Uid
from kiosk.hardware.item_pad.pile import PadOnAir
from kiosk.hardware.parts import PartFault

PILES = 80


class Unverified(PadOnAir):
    """Believes the tag's answer."""

    def _is_switched(self, uid: Uid, secured: bool) -> bool:
        return True


class Broadcasting(PadOnAir):
    """Switches whatever lies on the pad."""

    def switch(self, handle: TagHandle, secured: bool) -> None:
        for uid in list(self._seen):
            try:
                self._write_security(uid, secured)
            except (Silent, Rejected, PartFault):
                continue


def test_real_driver_makes_no_mistake() -> None:
    assert [each.median for each in judge_faulty_piles(PILES, PadOnAir)] == [0, 0, 0]


def test_driver_that_does_not_verify_is_found() -> None:
    assert judge_faulty_piles(PILES, Unverified)[2].median > 0


def test_driver_that_switches_all_tags_is_found() -> None:
    assert judge_faulty_piles(PILES, Broadcasting)[1].median > 0


@pytest.mark.parametrize("name", readers())
def test_pile_is_read_and_switched_on_each_reader(name: str) -> None:
    """The times are not checked because other tests may run at the same time."""
    figures = measure(name, readers()[name], 1)
    assert [each.n for each in figures] == [1] * 6
