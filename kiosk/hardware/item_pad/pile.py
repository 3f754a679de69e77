"""Follow the pile of tags on a pad through any reader: read new tags, switch their security, verify it."""

from __future__ import annotations

import errno
import os
import termios
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from kiosk.config.hardware import ReadingPad
from kiosk.events import PadTag, PileSeen, TagHandle
from kiosk.hardware.item_pad.air import Air, Rejected, Silent, SystemInformation, Uid
from kiosk.hardware.parts import PartFault, TagGone, TagVerifyFailed, TagWriteFailed
from lending import tags
from lending.tags import TagData, TagTrouble

T = TypeVar("T")

READS = ((0, 8), (8, 8), (16, 12))
"""First block and number of blocks of each step of a read: 32 bytes hold ISO 28560-3 with an ISIL of usual length."""
TRIES = 3
"""Attempts at each request before the tag counts as silent."""
SWITCHES = 3
"""Attempts to write a tag's security before it counts as failed."""
GONE_AFTER = 2
"""Consecutive rounds that neither count a tag nor get an answer from it, after which it is gone."""
READ_AGAIN = (TagTrouble.SILENT, TagTrouble.DAMAGED)
"""What may be the fault of a read and not of the tag: such a tag is read in every round."""
LOCKED = frozenset({0x11, 0x12})
"""Error codes of values that cannot be changed (ISO/IEC 15693-3, table 6): no further attempt is made."""
ERASED = bytes(4)
IN_USE = frozenset({errno.EBUSY, errno.EAGAIN})
BROKEN_PORT = (OSError, termios.error)
"""What pyserial raises for a port that has gone."""


@dataclass(slots=True)
class _Seen:
    handle: TagHandle
    dsfid: int
    content: TagData | TagTrouble
    absences: int = 0
    """Consecutive rounds without it."""


@dataclass(frozen=True, slots=True)
class TagDump:
    """All that a tag stores, except its UID, to be sent to someone who can read it."""

    maker: str
    """First two bytes of the UID, which name the manufacturer, and the third, which names the chip."""
    dsfid: int
    afi: int
    secured: bool
    memory: bytes


class PadOnAir:
    """ItemPad over a reader's radio."""

    def __init__(self, air: Air, choice: ReadingPad) -> None:
        self._air = air
        self._choice = choice
        self._seen: dict[Uid, _Seen] = {}
        self._handles = 0

    def look(self) -> PileSeen:
        """Count the tags and read those that are new. Raises PartFault."""
        try:
            counted = self._try(self._air.inventory)
        except Silent:
            return PileSeen(self._tags(), steady=False)
        is_steady = self._follow(counted.tags)
        for uid, dsfid in counted.tags.items():
            if uid not in self._seen:
                is_steady = False
                self._handles += 1
                self._seen[uid] = _Seen(TagHandle(self._handles), dsfid, self._read(uid, dsfid))
        return PileSeen(self._tags(), steady=is_steady and not counted.crowded, crowded=counted.crowded)

    def _tags(self) -> tuple[PadTag, ...]:
        return tuple(PadTag(each.handle, each.content) for each in self._seen.values())

    def _follow(self, now: Mapping[Uid, int]) -> bool:
        """Count the absence of known tags, read again those that were not, and return whether all are as they were."""
        as_before = True
        for uid, tag in list(self._seen.items()):
            if uid in now:
                tag.absences = 0
                if tag.content in READ_AGAIN:
                    before, tag.content = tag.content, self._read(uid, tag.dsfid)
                    as_before = as_before and tag.content is before
            elif not self._answers(uid):
                as_before = False
                tag.absences += 1
                if tag.absences >= GONE_AFTER:
                    del self._seen[uid]
        return as_before

    def switch(self, handle: TagHandle, secured: bool) -> None:
        uid = self._uid_of(handle)
        if self._choice.security == "none":
            return
        failure: Exception = TagWriteFailed("the tag does not answer the command")
        for _ in range(SWITCHES):
            try:
                self._write_security(uid, secured)
                if self._is_switched(uid, secured):
                    return
                failure = TagVerifyFailed("the tag confirmed the command and kept its old value")
            except Rejected as error:
                failure = TagWriteFailed(f"the tag refuses the command with error 0x{error.args[0]:02X}")
                if error.args[0] in LOCKED:
                    break
            except Silent:
                failure = TagWriteFailed("the tag does not answer the command")
                if not self._answers(uid):
                    failure = TagGone("the tag does not answer any more: lay the item down again")
        raise failure

    def is_secured(self, handle: TagHandle) -> bool:
        uid = self._uid_of(handle)
        try:
            return self._try(lambda: self._rings(uid))
        except (Silent, Rejected):
            raise TagGone("the tag does not answer") from None

    def dump(self, handle: TagHandle) -> TagDump:
        """Read all of a tag. Raises TagGone, PartFault."""
        uid = self._uid_of(handle)
        try:
            information = self._information(uid)
            memory = b""
            step = 8
            while len(memory) < information.blocks * information.block_bytes:
                first = len(memory) // information.block_bytes
                memory += self._blocks(uid, first, min(step, information.blocks - first))
            return TagDump(
                uid[:3].hex(" ").upper(),
                information.dsfid,
                information.afi,
                self._try(lambda: self._rings(uid)),
                memory,
            )
        except (Silent, Rejected):
            raise TagGone("the tag does not answer all reads: move it closer to the middle of the pad") from None

    def write(self, handle: TagHandle, data: TagData) -> TagDump:
        """Write ISO 28560-3 to a tag, secure it and read all back. Returns what the tag stored before.

        The first block is written last, so that an interrupted write leaves a tag that names no item.

        Raises:
            ValueError: The data do not fit.
            TagFault: TagGone, TagWriteFailed or TagVerifyFailed.
        """
        uid = self._uid_of(handle)
        before = self.dump(handle)
        image = tags.encode(data, self._writable_bytes(uid))
        self._store(uid, image, tags.DSFID_FIXED)
        seen = self._seen[uid]
        seen.dsfid, seen.content = tags.DSFID_FIXED, self._read(uid, tags.DSFID_FIXED)
        if not isinstance(seen.content, TagData) or seen.content.item != data.item:
            raise TagVerifyFailed("what was read back names another item")
        self.switch(handle, True)
        return before

    def restore(self, handle: TagHandle, before: TagDump) -> None:
        """Give a tag the basic block, DSFID and security that it had before a write. Raises TagFault, PartFault."""
        uid = self._uid_of(handle)
        self._store(uid, before.memory[: tags.BASIC + 2], before.dsfid)
        self._seen[uid].dsfid, self._seen[uid].content = before.dsfid, self._read(uid, before.dsfid)
        self.switch(handle, before.secured)
        if self._choice.security in ("afi", "both") and not before.secured:
            self._restore_afi(uid, before.afi)

    def _restore_afi(self, uid: Uid, afi: int) -> None:
        try:
            self._try(lambda: self._air.write_afi(uid, afi))
            if self._information(uid).afi != afi:
                raise TagVerifyFailed("the tag kept another AFI")
        except Rejected as error:
            raise TagWriteFailed(f"the tag refuses the command with error 0x{error.args[0]:02X}") from None
        except Silent:
            raise TagGone("the tag does not answer any more") from None

    def erase(self, handle: TagHandle) -> None:
        """Let a tag pass the gate and overwrite its basic block with zeros. Raises TagFault, PartFault."""
        uid = self._uid_of(handle)
        self.switch(handle, False)
        self._store(uid, bytes(min(self._writable_bytes(uid), tags.BASIC + 2)), 0)
        self._seen[uid].dsfid, self._seen[uid].content = 0, self._read(uid, 0)

    def _writable_bytes(self, uid: Uid) -> int:
        try:
            information = self._information(uid)
        except (Silent, Rejected):
            raise TagGone("the tag does not answer") from None
        if information.block_bytes != tags.BLOCK:
            raise TagWriteFailed(f"the tag has blocks of {information.block_bytes} bytes, which are not written here")
        return information.blocks * information.block_bytes

    def _store(self, uid: Uid, image: bytes, dsfid: int) -> None:
        blocks = [image[at : at + tags.BLOCK] for at in range(0, len(image), tags.BLOCK)]
        try:
            self._try(lambda: self._air.write_block(uid, 0, ERASED))
            for number, block in reversed(list(enumerate(blocks))):
                self._try(partial(self._air.write_block, uid, number, block))
            self._try(lambda: self._air.write_dsfid(uid, dsfid))
            if self._blocks(uid, 0, len(blocks)) != image:
                raise TagVerifyFailed("what was read back differs from what was written")
        except Rejected as error:
            raise TagWriteFailed(f"the tag refuses the command with error 0x{error.args[0]:02X}") from None
        except Silent:
            raise TagGone("the tag does not answer any more: its data are incomplete") from None

    def _write_security(self, uid: Uid, secured: bool) -> None:
        choice = self._choice
        if choice.security in ("afi", "both"):
            self._air.write_afi(uid, choice.afi_in if secured else choice.afi_out)
        if choice.security in ("eas", "both"):
            self._air.set_eas(uid, secured)

    def _is_switched(self, uid: Uid, secured: bool) -> bool:
        """Return whether the tag has the value that was written. Raises Silent, Rejected."""
        choice = self._choice
        is_right = True
        if choice.security in ("afi", "both"):
            is_right = self._information(uid).afi == (choice.afi_in if secured else choice.afi_out)
        if choice.security in ("eas", "both"):
            is_right = is_right and self._rings_eas(uid) == secured
        return is_right

    def _rings(self, uid: Uid) -> bool:
        choice = self._choice
        return (choice.security in ("afi", "both") and self._information(uid).afi == choice.afi_in) or (
            choice.security in ("eas", "both") and self._rings_eas(uid)
        )

    def _rings_eas(self, uid: Uid) -> bool:
        """Return the EAS bit. A tag without it keeps silent, so silence counts only if it answers something else."""
        for _ in range(TRIES):
            if self._air.rings_eas(uid):
                return True
        self._information(uid)
        return False

    def _information(self, uid: Uid) -> SystemInformation:
        return self._try(lambda: self._air.system_information(uid))

    def _blocks(self, uid: Uid, first: int, count: int) -> bytes:
        return self._try(lambda: self._air.read_blocks(uid, first, count))

    def _read(self, uid: Uid, dsfid: int) -> TagData | TagTrouble:
        """Read as much as it takes to know the item. The rest of a small tag's memory is an error of the tag."""
        memory = b""
        content: TagData | TagTrouble = TagTrouble.SILENT
        for first, count in READS:
            try:
                memory += self._blocks(uid, first, count)
            except Silent:
                return TagTrouble.SILENT
            except Rejected:
                break
            content = tags.decode(memory, dsfid)
            if content is not TagTrouble.DAMAGED:
                break
        return content

    def _answers(self, uid: Uid) -> bool:
        try:
            self._information(uid)
        except Silent:
            return False
        except Rejected:
            return True
        return True

    def _try(self, request: Callable[[], T]) -> T:
        """Repeat a request that gets no answer. Raises Silent, Rejected."""
        for _ in range(TRIES - 1):
            try:
                return request()
            except Silent:
                continue
        return request()

    def _uid_of(self, handle: TagHandle) -> Uid:
        for uid, tag in self._seen.items():
            if tag.handle == handle:
                return uid
        raise TagGone(f"tag {handle} does not lie on the pad")


def require_port(device: Path) -> None:
    """Raise PartFault if the device file is missing or may not be used."""
    if not device.exists():
        raise PartFault("unplugged", f"{device} is not there: check the reader's cable and power")
    if not os.access(device, os.R_OK | os.W_OK):
        raise PartFault("no_permission", f"{device} may not be used: put the kiosk's user into the group dialout")


def port_fault(device: object, error: Exception) -> PartFault:
    """Return the fault of a port that has gone, or is in use."""
    if getattr(error, "errno", None) in IN_USE or "exclusively lock" in str(error):
        return PartFault("in_use", f"{device} is in use: stop the other program")
    return PartFault("unplugged", f"{device}: {error}. Check the cable and the reader's power")
