"""Contract tests that every item pad driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest

from kiosk.events import PadTag, PileSeen, TagHandle
from kiosk.hardware.parts import ItemPad, PartFault, TagGone, TagVerifyFailed, TagWriteFailed
from lending.tags import TagData, TagTrouble

EMMA = TagData("30012000000017", owner="DE-705")
ATLAS = TagData("30012000000025", parts=3, part=2, owner="DE-705")
LOOKS = 20
"""Looks after which a driver has noticed every change."""


class ItemPadOperator(ABC):
    """Operates a pad; tags are named by a number of its own."""

    @abstractmethod
    def open(self) -> AbstractContextManager[ItemPad]: ...
    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...

    @abstractmethod
    def lay(self, *contents: TagData | TagTrouble) -> list[int]:
        """Lay new tags on the pad, secured, and return their numbers."""

    @abstractmethod
    def lift(self, *numbers: int) -> None: ...

    @abstractmethod
    def is_secured(self, number: int) -> bool:
        """Return what a gate would detect."""

    @abstractmethod
    def lock(self, number: int) -> None:
        """Let the tag refuse every change of its security."""

    @abstractmethod
    def forget(self, number: int) -> None:
        """Let the tag confirm each change of its security and keep the old value."""


def until(pad: ItemPad, count: int) -> PileSeen:
    """Look until so many tags are seen in a steady pile."""
    pile = PileSeen()
    for _ in range(LOOKS):
        pile = pad.look()
        if len(pile.tags) == count and pile.steady:
            break
    assert len(pile.tags) == count, pile
    return pile


def handles(pile: PileSeen) -> dict[str, TagHandle]:
    return {tag.content.item: tag.handle for tag in pile.tags if isinstance(tag.content, TagData)}


class ItemPadContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> Any:
        raise NotImplementedError

    def test_empty_pad_has_no_tags(self, operator: ItemPadOperator) -> None:
        with operator.open() as pad:
            assert until(pad, 0) == PileSeen()

    def test_laid_tags_are_read_and_keep_their_handles(self, operator: ItemPadOperator) -> None:
        with operator.open() as pad:
            operator.lay(EMMA)
            first = until(pad, 1)
            assert first.tags[0].content == EMMA
            operator.lay(ATLAS)
            both = until(pad, 2)
            assert both.tags == (first.tags[0], PadTag(both.tags[1].handle, ATLAS))
            assert all(pad.look() == both for _ in range(5))

    def test_lifted_tag_leaves_and_returns_with_another_handle(self, operator: ItemPadOperator) -> None:
        with operator.open() as pad:
            emma, _ = operator.lay(EMMA, ATLAS)
            before = handles(until(pad, 2))
            operator.lift(emma)
            assert list(handles(until(pad, 1))) == [ATLAS.item]
            operator.lay(EMMA)
            after = handles(until(pad, 2))
            assert after[ATLAS.item] == before[ATLAS.item]
            assert after[EMMA.item] not in before.values()

    def test_tags_without_an_item_say_why(self, operator: ItemPadOperator) -> None:
        troubles = [TagTrouble.BLANK, TagTrouble.DAMAGED, TagTrouble.FOREIGN, TagTrouble.SILENT]
        with operator.open() as pad:
            operator.lay(*troubles)
            assert {tag.content for tag in until(pad, 4).tags} == set(troubles)

    def test_two_tags_of_one_item_are_two(self, operator: ItemPadOperator) -> None:
        with operator.open() as pad:
            operator.lay(EMMA, EMMA)
            first, second = until(pad, 2).tags
            assert first.content == second.content and first.handle != second.handle

    def test_twelve_tags_are_told_apart(self, operator: ItemPadOperator) -> None:
        books = [TagData(str(number), owner="DE-705") for number in range(30012000000100, 30012000000112)]
        with operator.open() as pad:
            operator.lay(*books)
            assert {tag.content for tag in until(pad, 12).tags} == set(books)

    def test_only_the_tag_that_is_meant_is_switched(self, operator: ItemPadOperator) -> None:
        with operator.open() as pad:
            emma, atlas = operator.lay(EMMA, ATLAS)
            handle = handles(until(pad, 2))[EMMA.item]
            assert pad.is_secured(handle)
            pad.switch(handle, False)
            assert (operator.is_secured(emma), operator.is_secured(atlas)) == (False, True)
            assert not pad.is_secured(handle)
            pad.switch(handle, False)
            pad.switch(handle, True)
            assert operator.is_secured(emma) and pad.is_secured(handle)

    def test_tag_that_was_lifted_is_gone(self, operator: ItemPadOperator) -> None:
        with operator.open() as pad:
            emma, atlas = operator.lay(EMMA, ATLAS)
            handle = handles(until(pad, 2))[EMMA.item]
            operator.lift(emma)
            with pytest.raises(TagGone):
                pad.switch(handle, False)
            with pytest.raises(TagGone):
                pad.is_secured(handle)
            assert operator.is_secured(atlas)

    def test_locked_tag_is_a_failed_write(self, operator: ItemPadOperator) -> None:
        with operator.open() as pad:
            (emma,) = operator.lay(EMMA)
            operator.lock(emma)
            with pytest.raises(TagWriteFailed):
                pad.switch(until(pad, 1).tags[0].handle, False)
            assert operator.is_secured(emma)
            assert len(until(pad, 1).tags) == 1

    def test_value_that_is_not_kept_fails_the_verification(self, operator: ItemPadOperator) -> None:
        with operator.open() as pad:
            (emma,) = operator.lay(EMMA)
            operator.forget(emma)
            with pytest.raises(TagVerifyFailed):
                pad.switch(until(pad, 1).tags[0].handle, False)

    def test_unplugged_pad_is_a_fault_and_recovers(self, operator: ItemPadOperator) -> None:
        operator.lay(EMMA)
        with operator.open() as pad:
            handle = until(pad, 1).tags[0].handle
            operator.unplug()
            with pytest.raises(PartFault, match="unplugged"):
                pad.switch(handle, False)
            with pytest.raises(PartFault, match="unplugged"):
                pad.look()
        with pytest.raises(PartFault, match="unplugged"), operator.open() as pad:
            pad.look()
        operator.plug()
        with operator.open() as pad:
            assert until(pad, 1).tags[0].content == EMMA

    def test_pad_unplugged_before_closing_can_be_reopened(self, operator: ItemPadOperator) -> None:
        with suppress(PartFault), operator.open():
            operator.unplug()
        operator.plug()
        operator.lay(EMMA)
        with operator.open() as pad:
            assert until(pad, 1).tags[0].content == EMMA
