"""Switch the security of all tags of an item, with a few tries for each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from kiosk.events import SwitchResult, TagHandle
from kiosk.hardware.parts import PartFault, TagFault, TagGone

log = logging.getLogger(__name__)
TRIES = 3
"""Tries for a tag that does not take the command or does not keep it."""


class SwitchablePad(Protocol):
    """Item pad whose calls block until the tag has answered."""

    def secure(self, handle: TagHandle) -> None: ...

    def unsecure(self, handle: TagHandle) -> None: ...


class TagSecurity:
    """The item pad as the desk uses it."""

    def __init__(self, pad: SwitchablePad) -> None:
        self._pad = pad

    async def switch(self, tags: Sequence[TagHandle], secured: bool) -> SwitchResult:
        """Switch tags one after the other. A set counts as switched only if all its tags are."""
        return await asyncio.to_thread(self._switch_all, tuple(tags), secured)

    def _switch_all(self, tags: Sequence[TagHandle], secured: bool) -> SwitchResult:
        act = self._pad.secure if secured else self._pad.unsecure
        results = {_try(act, each) for each in tags}
        return next((each for each in (SwitchResult.FAILED, SwitchResult.GONE) if each in results), SwitchResult.DONE)


def _try(act: Callable[[TagHandle], None], handle: TagHandle) -> SwitchResult:
    for _ in range(TRIES):
        try:
            act(handle)
        except TagGone:
            return SwitchResult.GONE
        except TagFault as fault:
            log.warning("the security of a tag was not switched: %s", fault)
        except PartFault as fault:
            log.warning("the item pad failed while it switched a tag: %s", fault)
            return SwitchResult.FAILED
        else:
            return SwitchResult.DONE
    return SwitchResult.FAILED
