"""A machine with two slots in files, real RAUC, an acted firmware and systemd; skipped where RAUC cannot install."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from kiosk.central import CentralUnavailable
from kiosk.system.clock import SystemClock
from kiosk.updates import boot_slots
from kiosk.updates.agent import AgentPaths, UpdateAgent, running_version
from kiosk.updates.boot_slots import BootSlots
from kiosk.updates.updater import AgentClient, Site, Updater
from lending.wire import fleet
from tests.support.patience import PATIENCE
from tests.support.update_bundles import BOARD, PACKAGES, Authority, skip_without

SYSTEM = """\
[system]
compatible={board}
bootloader=custom
bundle-formats=plain
data-directory={folder}/data
mountprefix={folder}/mnt
[keyring]
path={keyring}
check-purpose=codesign
[handlers]
bootloader-custom-backend={folder}/backend
"""
SLOT = "[slot.{kind}.{number}]\ndevice={folder}/{kind}-{name}\ntype=raw\n{more}\n"
BACKEND = """\
#!/bin/sh
export KIOSK_BOOTSEL={folder}/bootsel KIOSK_CHOSEN={folder}/chosen
exec {python} -m kiosk.updates.boot_slots "$@"
"""
RAUC = """\
#!/bin/sh
export DBUS_SESSION_BUS_ADDRESS=unix:path={folder}/bus DBUS_STARTER_BUS_TYPE=session
exec rauc --conf={folder}/system.conf "$@"
"""
OLD, NEW = "2026.11.1", "2026.12.1"


class QuickClock(SystemClock):
    """Counts the seconds that are slept, without waiting for them, until the machine goes down."""

    def __init__(self, is_down: Callable[[], bool]) -> None:
        super().__init__()
        self._is_down = is_down
        self._passed = 0.0

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.004)
        while self._is_down():
            await asyncio.sleep(0.004)
        self._passed += seconds


class Machine:
    """A board whose slot A runs OLD."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        skip_without(**PACKAGES, **{"dbus-daemon": "dbus"})
        free = subprocess.run(["losetup", "-f"], capture_output=True, check=False).returncode == 0
        if os.geteuid() or not free:
            pytest.skip("missing: root and a loop device, by which rauc mounts a bundle")
        self.folder, self.authority = folder, authority
        for name in ("bootsel", "chosen", "data", "mnt", "bin", "run/kiosk", "run/kiosk-update", "var", "etc"):
            (folder / name).mkdir(parents=True)
        self.slots = BootSlots(folder / "bootsel", folder / "chosen")
        self.slots.create("A")
        self.paths = AgentPaths(
            folder / "run/kiosk/update-request",
            folder / "run/kiosk-update/answer.json",
            folder / "var/update/bundle.raucb",
            folder / "run/kiosk-update/slots.json",
            folder / "etc/os-release",
        )
        text = SYSTEM.format(board=BOARD, folder=folder, keyring=authority.keyring)
        for number, name in enumerate("AB"):
            text += SLOT.format(kind="boot", number=number, name=name, folder=folder, more=f"bootname={name}")
            text += SLOT.format(kind="rootfs", number=number, name=name, folder=folder, more=f"parent=boot.{number}")
            for kind in ("boot", "rootfs"):
                (folder / f"{kind}-{name}").write_bytes(f"{OLD} {kind}\n".encode().ljust(1 << 20, b"\0"))
        (folder / "system.conf").write_text(text)
        self._script("backend", BACKEND)
        self._script("rauc", RAUC)
        self._script("bin/systemctl", '#!/bin/sh\necho "$@" >{folder}/systemctl\n')
        self._running: list[subprocess.Popen[bytes]] = []

    def _script(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text.format(folder=self.folder, python=sys.executable))
        path.chmod(0o755)

    @property
    def agent(self) -> UpdateAgent:
        return UpdateAgent(self.paths, self.slots, (str(self.folder / "rauc"),))

    @property
    def restart(self) -> str | None:
        """What systemd was last asked to do; None: nothing."""
        marker = self.folder / "systemctl"
        return marker.read_text().strip() if marker.exists() else None

    def version_in(self, slot: str) -> tuple[str, ...]:
        """Return the versions of both images of a slot."""
        return tuple((self.folder / f"{kind}-{slot}").read_bytes().split()[0].decode() for kind in ("boot", "rootfs"))

    def boot(self, argument: str = "") -> None:
        """Boot as the firmware does, and start rauc."""
        self.stop()
        (self.folder / "systemctl").unlink(missing_ok=True)
        slot = self.slots.committed_slot()
        if argument == boot_slots.TRY:
            slot = {"A": "B", "B": "A"}[slot]
        (self.folder / "chosen/partition").write_bytes(boot_slots.PARTITIONS[slot].to_bytes(4, "big"))
        self.paths.release.write_text(f'ID=debian\nIMAGE_VERSION="{self.version_in(slot)[1]}"\n')
        bus = self.folder / "bus"
        bus.unlink(missing_ok=True)
        self._start("dbus-daemon", "--session", "--nofork", f"--address=unix:path={bus}")
        self._until(bus.exists)
        rauc = str(self.folder / "rauc")
        self._start(rauc, "service")
        self._until(lambda: not subprocess.run([rauc, "status"], capture_output=True, check=False).returncode)
        self.agent.serve()

    def _start(self, *command: str) -> None:
        self._running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def boot_as_asked(self) -> None:
        """Boot as the last restart asked for."""
        assert self.restart is not None
        self.boot(self.restart.partition("--reboot-argument=")[2])

    def stop(self) -> None:
        for each in reversed(self._running):
            each.terminate()
            each.wait(PATIENCE)
        self._running.clear()

    @staticmethod
    def _until(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.02)


def offer_of(content: bytes, version: str = NEW) -> fleet.UpdateOffer:
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"/api/v1/fleet/releases/{version}"
    return fleet.UpdateOffer(version=version, sha256=sha256, size=len(content), path=path)


class KioskLife:
    """The kiosk's program from one start to the next."""

    def __init__(self, machine: Machine, content: bytes = b"") -> None:
        self.machine = machine
        self.clock = QuickClock(lambda: machine.restart is not None)
        agent = AgentClient(machine.paths, self.clock)
        running = running_version(machine.paths.release)
        self.updater = Updater(machine.folder / "var/update", running, machine.paths.slots, agent, self.clock)
        self.content = content
        self.resting = True
        self.works = True
        self.hears = True
        self.line = 1 << 30
        """Bytes until the line is cut."""
        self.fetched: list[int] = []
        """First byte of each request."""
        self.announced: list[bool] = []
        self._serving: asyncio.Future[None] | None = None

    @property
    def state(self) -> tuple[str, str | None]:
        report = self.updater.report()
        return report.state, report.why

    async def fetch(self, path: str, first: int, last: int) -> bytes:
        self.fetched.append(first)
        self.line -= last - first + 1
        if self.line < 0:
            raise CentralUnavailable("away")
        return self.content[first : last + 1]

    async def quiet(self) -> None:
        while not self.resting:
            await self.clock.sleep(1.0)

    async def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.updater.report()
            await asyncio.sleep(0.01)

    async def _systemd(self) -> None:
        """Start the agent when a request is there, as kiosk-update.path does."""
        while True:
            if self.machine.paths.request.exists():
                self._serving = asyncio.ensure_future(asyncio.to_thread(self.machine.agent.serve))
                await asyncio.shield(self._serving)
            await asyncio.sleep(0.01)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        site = Site(lambda: self.resting, self.quiet, self.fetch, self.announced.append, lambda: None)
        confirming = self.updater.confirm(lambda: True, lambda: self.works, lambda: self.hears)
        work = [self.updater.run(site), self._systemd(), confirming]
        tasks = [asyncio.ensure_future(each) for each in work]
        try:
            yield
            assert not any(task.done() and task.exception() for task in tasks), tasks
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._serving is not None:
                await self._serving  # a thread cannot be cancelled, and must not write after the next boot


@contextlib.contextmanager
def booted(folder: Path, authority: Authority) -> Iterator[Machine]:
    machine = Machine(folder, authority)
    machine.boot()
    try:
        yield machine
    finally:
        machine.stop()
