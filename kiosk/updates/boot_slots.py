"""Choose the slot that a Raspberry Pi boots: the boot loader backend of RAUC, as `kiosk-boot-slot`.

The firmware reads `autoboot.txt` from the first partition of the card: `[all] boot_partition` is the slot that is
committed, `[tryboot] boot_partition` the one that a single boot with the argument `0 tryboot` takes. Installing an
update only names a candidate, in `state.txt`. The candidate is committed from inside, by `rauc status mark-good`. Until
then every other boot, also one after a power cut, takes the committed slot.

Both files have exactly one sector and are written in place, so that a power cut leaves the old or the new text.
This module needs nothing but the standard library, since it also runs where the kiosk's own packages cannot be used.

Source: RAUC 1.13, "Custom bootloader backend interface", and Raspberry Pi documentation, "autoboot.txt".
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

PARTITIONS = {"A": 2, "B": 3}
"""Boot partition of each slot."""
SECTOR = 512
"""Bytes of both files: one sector, and the most that the firmware reads of `autoboot.txt`."""
TRY = "0 tryboot"
"""Reboot argument by which the firmware takes the `[tryboot]` partition once."""
GOOD, BAD, NONE = "good", "bad", "-"
USAGE = """\
usage: kiosk-boot-slot get-current | get-primary | set-primary SLOT | get-state SLOT | set-state SLOT good|bad
       kiosk-boot-slot reboot-argument | reboot | fall-back | create SLOT
"""


class BootSlotError(Exception):
    """The slots cannot be read or written, or must not be; nothing is guessed."""


@dataclass(frozen=True, slots=True)
class SlotState:
    """What `state.txt` holds."""

    marks: tuple[tuple[str, str], ...] = (("A", GOOD), ("B", GOOD))
    candidate: str = NONE
    """Installed slot that is not confirmed yet."""
    tried: bool = False
    """The candidate has had its one trial boot. If the committed slot runs again, the candidate failed."""

    def mark(self, slot: str) -> str:
        return dict(self.marks)[slot]

    def with_mark(self, slot: str, mark: str) -> SlotState:
        return replace(self, marks=tuple(sorted({**dict(self.marks), slot: mark}.items())))

    @property
    def text(self) -> bytes:
        lines = [f"{slot}={mark}" for slot, mark in self.marks]
        lines += [f"candidate={self.candidate}", f"tried={'yes' if self.tried else 'no'}"]
        return _sector("\n".join(lines))


class BootSlots:
    """The two slots of a card.

    Args:
        folder: Where the first partition, with `autoboot.txt`, is mounted.
        chosen: Device tree node in which the firmware says what it booted.
    """

    def __init__(self, folder: Path, chosen: Path) -> None:
        self._autoboot = folder / "autoboot.txt"
        self._state = folder / "state.txt"
        self._chosen = chosen

    def current(self) -> str:
        """Return the slot that runs. Raises BootSlotError if the firmware does not say, as old ones do not."""
        file = self._chosen / "partition"
        try:
            number = int.from_bytes(file.read_bytes(), "big")
        except OSError as error:
            raise BootSlotError(
                f"{file}: {error.strerror}. Update the board's boot loader (rpi-eeprom-update)."
            ) from None
        for slot, partition in PARTITIONS.items():
            if partition == number:
                return slot
        raise BootSlotError(f"{file}: {number} is no slot's partition. Update the board's boot loader.")

    def committed_slot(self) -> str:
        """Return the slot that an ordinary boot takes. Raises BootSlotError."""
        try:
            content = self._autoboot.read_bytes()
        except OSError as error:
            raise BootSlotError(f"{self._autoboot}: {error.strerror}") from None
        if len(content) != SECTOR:  # a longer or shorter file cannot be replaced by writing one sector
            remedy = "Write it with `kiosk-boot-slot create A`."
            raise BootSlotError(f"{self._autoboot} has {len(content)} bytes instead of {SECTOR}. {remedy}")
        return parse_autoboot(content.decode("ascii", "replace"))

    def state(self) -> SlotState:
        """Return the marks and the candidate; without a readable file there is none."""
        try:
            lines = self._state.read_text("ascii", "replace").split()
        except OSError:
            return SlotState()
        found = dict(line.split("=", 1) for line in lines if "=" in line)
        marks = tuple((slot, found.get(slot, "")) for slot in PARTITIONS)
        if any(mark not in (GOOD, BAD) for _, mark in marks):
            return SlotState()
        candidate = found.get("candidate", NONE)
        return SlotState(marks, candidate if candidate in PARTITIONS else NONE, found.get("tried") == "yes")

    def candidate(self) -> str:
        """Return the slot that still has to prove itself, or `-`. Raises BootSlotError.

        A power cut between the two writes of a commit leaves a candidate that is committed already.
        """
        named = self.state().candidate
        return NONE if named == self.committed_slot() else named

    def primary(self) -> str:
        """Return the slot that the next boot should take. Raises BootSlotError."""
        named = self.candidate()
        return self.committed_slot() if named == NONE or self.has_fallen_back() else named

    def set_primary(self, slot: str) -> None:
        """Name the slot as the candidate; the committed slot instead withdraws the candidate."""
        candidate = NONE if slot == self.committed_slot() else slot
        self._keep(replace(self.state().with_mark(slot, GOOD), candidate=candidate, tried=False))

    def set_mark(self, slot: str, mark: str) -> None:
        """Mark a slot. Marking the running candidate good commits it; marking a candidate bad withdraws it.

        Raises BootSlotError if the committed slot is to be marked bad, as before an installation into it, while another
        one runs that is not confirmed: a power cut would leave no slot that boots.
        """
        if mark == BAD and slot == self.committed_slot() != self.current():
            raise BootSlotError(f"slot {slot} stays as it is until slot {self.current()}, now on trial, is confirmed")
        state, candidate = self.state().with_mark(slot, mark), self.candidate()
        settles = slot == candidate and (mark == BAD or slot == self.current())
        if settles and mark == GOOD:
            _write(self._autoboot, autoboot_text(slot))
        if settles or candidate == NONE:
            state = replace(state, candidate=NONE, tried=False)
        self._keep(state)

    def reboot_argument(self) -> str:
        """Return the argument of the next reboot: `0 tryboot` while a candidate waits for its boot, else nothing."""
        return TRY if self.candidate() != NONE and not self.state().tried else ""

    def note_trial(self, *, begun: bool) -> None:
        """Note before the candidate's trial boot that it has begun, so that it has exactly one."""
        self._keep(replace(self.state(), tried=begun))

    def has_fallen_back(self) -> bool:
        """Return whether a candidate had its boot and the committed slot runs all the same."""
        return self.candidate() != NONE and self.state().tried and self.current() == self.committed_slot()

    def create(self, slot: str) -> None:
        """Write both files as for a new card."""
        _write(self._autoboot, autoboot_text(slot))
        self._keep(SlotState())
        for file in (self._autoboot, self._state):
            os.truncate(file, SECTOR)

    def _keep(self, state: SlotState) -> None:
        _write(self._state, state.text)


def autoboot_text(slot: str) -> bytes:
    """Return the text that boots a slot, and the other one when it is tried."""
    other = next(each for each in PARTITIONS if each != slot)
    lines = ("[all]", "tryboot_a_b=1", f"boot_partition={PARTITIONS[slot]}")
    return _sector("\n".join((*lines, "[tryboot]", f"boot_partition={PARTITIONS[other]}")))


def parse_autoboot(text: str) -> str:
    """Return the slot of an ordinary boot: the last `boot_partition` outside `[tryboot]`.

    Raises BootSlotError.
    """
    section, found = "all", ""
    for line in (each.split("#", 1)[0].strip() for each in text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif section == "all" and line.startswith("boot_partition="):
            found = line.split("=", 1)[1].strip()
    for slot, partition in PARTITIONS.items():
        if found == str(partition):
            return slot
    raise BootSlotError(f"autoboot.txt: boot_partition={found or '(missing)'} is no slot's partition")


def _sector(text: str) -> bytes:
    return text.encode("ascii").ljust(SECTOR, b"\n")


def _write(file: Path, sector: bytes) -> None:
    """Write one sector in place and wait for the disk. A rename would also change the file allocation table."""
    assert len(sector) == SECTOR
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_DSYNC | os.O_NOFOLLOW, 0o644)
    try:
        if os.pwrite(handle, sector, 0) != SECTOR:
            raise BootSlotError(f"{file}: written in part")
    finally:
        os.close(handle)


def reboot(slots: BootSlots) -> None:
    """Reboot, into the candidate if one waits for its trial. Raises BootSlotError if the system does not."""
    argument = slots.reboot_argument()
    if argument:
        slots.note_trial(begun=True)
    extra = [f"--reboot-argument={argument}"] if argument else []
    try:
        subprocess.run(["systemctl", "reboot", *extra], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        if argument:
            slots.note_trial(begun=False)
        raise BootSlotError(f"systemctl reboot: {error}") from None


def fall_back(slots: BootSlots) -> None:
    """End the trial of a running candidate that was not confirmed in time; the committed slot boots again."""
    current = slots.current()
    if current == slots.candidate():
        slots.set_mark(current, BAD)
        reboot(slots)


def run(slots: BootSlots, arguments: Sequence[str]) -> str | None:
    """Run a command and return what it prints. Raises BootSlotError, OSError, and ValueError for an unknown command."""
    match arguments:
        case ["get-current"]:
            return slots.current()
        case ["get-primary"]:
            return slots.primary()
        case ["get-state", "A" | "B" as slot]:
            return slots.state().mark(slot)
        case ["reboot-argument"]:
            return slots.reboot_argument()
        case ["set-primary", "A" | "B" as slot]:
            slots.set_primary(slot)
        case ["set-state", "A" | "B" as slot, "good" | "bad" as mark]:
            slots.set_mark(slot, mark)
        case ["create", "A" | "B" as slot]:
            slots.create(slot)
        case ["reboot"]:
            reboot(slots)
        case ["fall-back"]:
            fall_back(slots)
        case _:
            raise ValueError(" ".join(arguments))
    return None


def slots_of_machine() -> BootSlots:
    """Return this machine's slots; tests and builders name other folders by the environment."""
    folder = os.environ.get("KIOSK_BOOTSEL", "/boot/firmware")
    return BootSlots(Path(folder), Path(os.environ.get("KIOSK_CHOSEN", "/proc/device-tree/chosen/bootloader")))


def main() -> int:
    """Run `kiosk-boot-slot`."""
    try:
        answer = run(slots_of_machine(), sys.argv[1:])
    except ValueError:
        sys.stderr.write(USAGE)
        return 2
    except (BootSlotError, OSError) as error:
        print(f"kiosk-boot-slot: {error}", file=sys.stderr)
        return 1
    if answer is not None:
        print(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
