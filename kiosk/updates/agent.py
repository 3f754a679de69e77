"""Install, try and confirm updates for the kiosk, which has no right to do so: `kiosk-update`, run as root by systemd.

The kiosk writes a request into its runtime folder, for which `kiosk-update.path` waits. The answer goes into a folder
that only root can write. A request names no file: what is installed is the bundle in the kiosk's state folder, and only
if RAUC finds it signed by an authority of the machine's own keyring.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kiosk.journal.file import VERSION as JOURNAL_FORMAT
from kiosk.updates import boot_slots
from kiosk.updates.boot_slots import BootSlotError, BootSlots
from lending import atomic_file
from lending.update_bundle import Bundle, BundleRefused, last_line, read_bundle, refusal_of, version_order

INSTALL_LIMIT = 1800.0
"""Seconds; an SD card takes about two minutes for 300 MB."""
STATUS_LIMIT = 60.0
USAGE = "usage: kiosk-update serve | stick FOLDER | install FILE\n"


@dataclass(frozen=True, slots=True)
class AgentPaths:
    """Where the kiosk and the agent meet."""

    request: Path
    """One line: what is asked, and a number that the answer repeats."""
    answer: Path
    bundle: Path
    slots: Path
    """What the kiosk may know of the slots; the boot partition is closed to it."""
    release: Path
    """File with the version of the image, `IMAGE_VERSION`."""


def paths_of_machine(environment: Mapping[str, str] = os.environ) -> AgentPaths:
    """Return the paths of an image; tests name other folders by the environment."""
    root = Path(environment.get("KIOSK_UPDATE_ROOT", "/"))
    return AgentPaths(
        root / "run/kiosk/update-request",
        root / "run/kiosk-update/answer.json",
        root / "var/lib/kiosk/update/bundle.raucb",
        root / "run/kiosk-update/slots.json",
        root / "etc/os-release",
    )


@dataclass(frozen=True, slots=True)
class AgentAnswer:
    """What became of a request."""

    number: int
    asked: str
    why: str = ""
    """Empty on success; otherwise a code of `UpdateReport.why`."""
    detail: str = ""
    version: str = ""
    """Version that was installed."""


@dataclass(frozen=True, slots=True)
class SlotReport:
    """The machine's slots."""

    current: str
    candidate: str
    """Slot that is not confirmed yet; `-` for none."""
    fell_back: bool
    """A candidate had its trial, and the committed slot runs all the same."""

    @classmethod
    def read(cls, file: Path) -> SlotReport:
        """Read what the agent has published. Raises OSError, ValueError."""
        try:
            return cls(**json.loads(file.read_bytes()))
        except TypeError as error:
            raise ValueError(str(error)) from None


def running_version(release: Path) -> str:
    """Return the version of the running image; empty on a machine that is not updated by images."""
    try:
        lines = release.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition("=")[2].strip('"') for line in lines if line.startswith("IMAGE_VERSION=")), "")


class UpdateAgent:
    """Does what the kiosk asks.

    Args:
        paths: Where the kiosk and the agent meet.
        slots: The machine's slots.
        rauc: The program with its options.
    """

    def __init__(self, paths: AgentPaths, slots: BootSlots, rauc: Sequence[str] = ("rauc",)) -> None:
        self._paths = paths
        self._slots = slots
        self._rauc = rauc

    def serve(self) -> None:
        """Carry out the request that waits, if any, and answer it; publish the slots."""
        words = self._take_request()
        answer = None
        if len(words) == 2 and words[1].isascii() and words[1].isdecimal():
            answer = self._carry_out(words[0], int(words[1]))
        self.publish()
        if answer is not None:
            self._answer(answer)

    def _take_request(self) -> list[str]:
        """Return the words of the request. It is deleted before it is carried out, so that this happens once."""
        try:
            with atomic_file.rights_of(self._paths.request.parent):
                words = self._paths.request.read_text(encoding="ascii", errors="replace").split()
                self._paths.request.unlink()
        except FileNotFoundError:
            return []
        return words

    def publish(self) -> None:
        """Write what the kiosk may know of the slots. Raises BootSlotError, OSError."""
        slots = self._slots
        report = SlotReport(slots.current(), slots.candidate(), slots.has_fallen_back())
        atomic_file.write(self._paths.slots, json.dumps(asdict(report)).encode(), mode=0o644)

    def _carry_out(self, asked: str, number: int) -> AgentAnswer:
        try:
            match asked:
                case "install":
                    return AgentAnswer(number, asked, version=self.install(self._paths.bundle).version)
                case "confirm":
                    self._run("status", "mark-good")
                case "back":
                    self._run("status", "mark-active", "other")
                case "restart":
                    boot_slots.reboot(self._slots)
                case _:
                    return AgentAnswer(number, asked, "failed", "unknown request")
        except BundleRefused as refused:
            return AgentAnswer(number, asked, refused.why, refused.detail)
        except (BootSlotError, OSError) as error:
            return AgentAnswer(number, asked, "failed", str(error))
        return AgentAnswer(number, asked)

    def install_from_stick(self, folder: Path) -> None:
        """Install the newest bundle in a folder, by its signed version; the kiosk learns of it by the answer."""
        found = []
        for file in sorted(folder.glob("*.raucb")):
            try:
                found.append((version_order(read_bundle(file, self._rauc).version), file))
            except BundleRefused as refused:
                found.append(((), file))
                print(f"{file.name}: {refused.why}: {refused.detail}", file=sys.stderr)
        number = int.from_bytes(os.urandom(4), "big")
        if not found:
            return
        version = ""
        try:
            file = max(found)[1]
            version = read_bundle(file, self._rauc).version
            self._copy(file)
            self.install(self._from_stick)
            self.publish()
            self._answer(AgentAnswer(number, "stick", version=version))
        except (BundleRefused, BootSlotError, OSError) as refused:
            why = refused.why if isinstance(refused, BundleRefused) else "failed"
            detail = refused.detail if isinstance(refused, BundleRefused) else str(refused)
            self._answer(AgentAnswer(number, "stick", why, detail, version))

        finally:
            self._from_stick.unlink(missing_ok=True)

    @property
    def _from_stick(self) -> Path:
        """Copy of the stick's bundle, apart from the one that the kiosk downloads."""
        return self._paths.bundle.with_name("stick.raucb")

    def _copy(self, file: Path) -> None:
        """Copy a bundle to where RAUC sees it: the stick is mounted for this process alone."""
        try:
            with atomic_file.rights_of(self._from_stick.parent):
                self._from_stick.unlink(missing_ok=True)
                shutil.copyfile(file, self._from_stick)
        except OSError as error:
            raise BundleRefused("full" if error.errno == errno.ENOSPC else "failed", str(error)) from None

    def install(self, file: Path) -> Bundle:
        """Check a bundle and write it into the slot that does not run. Raises BundleRefused, BootSlotError."""
        if self._slots.candidate() == self._slots.current():
            raise BundleRefused("unsteady", "the running version is not confirmed yet")
        bundle = read_bundle(file, self._rauc)
        running = running_version(self._paths.release)
        if version_order(bundle.version) < version_order(running):
            raise BundleRefused("downgrade", f"{bundle.version} is older than {running}")
        if bundle.journal_format < JOURNAL_FORMAT:
            raise BundleRefused("no_way_back", f"it cannot read a journal of format {JOURNAL_FORMAT}")
        self._run("install", str(file), limit=INSTALL_LIMIT)
        return bundle

    def _run(self, *arguments: str, limit: float = STATUS_LIMIT) -> None:
        try:
            ended = subprocess.run(
                [*self._rauc, *arguments], capture_output=True, text=True, timeout=limit, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BundleRefused("failed", str(error)) from None
        if ended.returncode:
            said = ended.stdout + ended.stderr  # the client prints the service's error among its progress
            raise BundleRefused(install_refusal(said), _error(said))

    def _answer(self, answer: AgentAnswer) -> None:
        if answer.why:
            print(f"{answer.asked}: {answer.why}: {answer.detail}", file=sys.stderr)
        atomic_file.write(self._paths.answer, json.dumps(asdict(answer)).encode(), mode=0o644)


def _error(said: str) -> str:
    """Return the line with the service's error, else the last one."""
    found = [line.partition("LastError:")[2].strip() for line in said.splitlines() if "LastError:" in line]
    return found[-1] if found else last_line(said)


def install_refusal(said: str) -> str:
    """Return the code for what `rauc install` said; an unknown fault is the machine's, not the bundle's."""
    code = refusal_of(said)
    # A bundle in the verity format is checked as it is read, so that a changed byte is a read error.
    marks = ("corrupt", "digest", "squashfs", "Error reading from file")
    return code if code != "damaged" or any(each in said for each in marks) else "failed"


def main() -> int:
    """Run `kiosk-update`."""
    agent = UpdateAgent(paths_of_machine(), boot_slots.slots_of_machine())
    match sys.argv[1:]:
        case ["serve"]:
            try:
                agent.serve()
            except BootSlotError as error:
                print(f"kiosk-update: {error}", file=sys.stderr)
                return 1
        case ["stick", folder]:
            agent.install_from_stick(Path(folder))
        case ["install", file]:
            try:
                bundle = agent.install(Path(file))
            except (BundleRefused, BootSlotError) as refused:
                print(f"kiosk-update: {file}: {refused}: {getattr(refused, 'detail', '')}", file=sys.stderr)
                return 1
            print(f"{bundle.version} is installed. Try it: kiosk-boot-slot reboot")
        case _:
            sys.stderr.write(USAGE)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
