"""Install updates on the image for the proof `update`: refusals, power cuts, a commit, a broken version."""

import asyncio
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from firmware import Machine, ProofError, chosen_partition, copy_disk, need_commands, partitions
from first_start import BARCODE, CARD_SIZE, UID, check, hub_for, say

from tests.support.update_bundles import MANIFEST, Authority

BOARD = "library-kiosk-debian-pi4"
OLD, NEW, BROKEN = "2026.12.1", "2026.12.2", "2026.12.3"
JOURNAL = 3
WATCH = "systemctl is-active -q kiosk && test -e /run/kiosk-update/slots.json -a -e /var/lib/kiosk/identity.json"
STICK = "mkdir -p /run/bundles && mount -o ro /dev/vdb /run/bundles"
INSTALL = "kiosk-update install /run/bundles/{}.raucb"
BUNDLE = "/var/lib/kiosk/update/bundle.raucb"
STATE = """grep -q '"state":"{}"' /var/lib/kiosk/update/update.json"""
QUEUE = (
    'python3 -IS -c \'import socket; line = socket.socket(socket.AF_UNIX); line.connect("/run/kiosk/kiosk.sock"); '
    'line.sendall(b"{\\"do\\": \\"queue\\"}\\n"); print(line.makefile().readline())\''
)
STAYS = 30.0
"""Seconds for which the visit continues after the installation."""
REFUSED = {
    "wrong-key": "wrong_key",
    "wrong-board": "wrong_board",
    "downgrade": "downgrade",
    "no-way-back": "no_way_back",
    "half": "damaged",
    "flipped": "damaged",
}
NAMED = "/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_{}-if00-port0"
PARTS = {
    "card_reader": {
        "driver": "serial",
        "device": NAMED.format("card"),
        "sends": "uid",
        "alphabet": "0123456789ABCDEF",
    },
    "barcode_scanner": {"driver": "serial", "device": NAMED.format("scanner")},
}
"""A card reader and a scanner on USB, since the kiosk follows no updates while a script operates simulated parts."""
COMMITTED = "test $(kiosk-boot-slot get-primary) = B && grep -q candidate=- /boot/firmware/state.txt"


def prepare(folder: Path, images: Path) -> Path:
    """Write the bundles into a file system that the machine gets as a second disk; return it."""
    authority = Authority(folder / "authority")
    bundles = folder / "bundles"
    bundles.mkdir(exist_ok=True)
    good = next((folder / "new").glob("*.raucb"))
    shutil.copy(good, bundles / "good.raucb")
    stranger = Authority.create(folder / "stranger")
    for name, made in {
        "wrong-key": stranger.bundle(BROKEN, BOARD, JOURNAL, "verity"),
        "wrong-board": authority.bundle(BROKEN, "library-kiosk-debian-pi5", JOURNAL, "verity"),
        "downgrade": authority.bundle("2026.11.1", BOARD, JOURNAL, "verity"),
        "no-way-back": authority.bundle(BROKEN, BOARD, JOURNAL - 1, "verity"),
    }.items():
        shutil.copy(made, bundles / f"{name}.raucb")
    shutil.copy(good, bundles / "flipped.raucb")
    flip(bundles / "flipped.raucb", good.stat().st_size // 2)
    half = (bundles / "half.raucb").open("wb")
    with half, good.open("rb") as whole:
        shutil.copyfileobj(whole, half)
        half.truncate(good.stat().st_size // 2)
    # Signed and complete, but its root is not the one that its boot partition names.
    content = folder / "broken"
    content.mkdir(exist_ok=True)
    for name in ("boot.vfat", "root.img"):
        shutil.copy(images / name, content / name)
    flip(content / "root.img", 4096)
    text = MANIFEST.format(board=BOARD, version=BROKEN, form="verity", journal=JOURNAL)
    (content / "manifest.raucm").write_text(text, encoding="ascii")
    (bundles / "broken.raucb").unlink(missing_ok=True)
    keys = [f"--cert={authority.folder}/release.pem", f"--key={authority.folder}/release.key"]
    subprocess.run(["rauc", *keys, "bundle", content, bundles / "broken.raucb"], check=True, capture_output=True)
    disk = folder / "bundles.ext4"
    disk.unlink(missing_ok=True)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", bundles, disk, "1800M"], check=True)
    return disk


def flip(file: Path, at: int) -> None:
    """Change one byte."""
    with file.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte[0] ^ 1]))


class Board:
    """A card, a second disk with bundles, and the flag that the firmware keeps over one restart."""

    def __init__(self, folder: Path, card: Path, bundles: Path) -> None:
        self.folder, self.card, self.bundles = folder, card, bundles
        self.tryboot = False
        self._starts = 0

    @contextmanager
    def power(self, ready: bool = True) -> Iterator[Machine]:
        """Yield the started machine, with its kiosk's window drawn, and cut its power at the end."""
        self._starts += 1
        drive = f"file={self.bundles},format=raw,if=none,id=more,readonly=on"
        options = ("-drive", drive, "-device", "virtio-blk-pci,drive=more", "-device", "qemu-xhci")
        machine = Machine(
            self.card, self.folder / f"start-{self._starts}", self.tryboot, options=options, serial=("card", "scanner")
        )
        self.tryboot = False
        try:
            if ready:
                machine.shell()
                machine.wait_until(WATCH, 900)
                machine.output(STICK)
            yield machine
        except ProofError:
            with suppress(ProofError, BrokenPipeError):
                said = machine.sh("journalctl -b --no-pager -o cat -n 60 -u kiosk-update -u rauc -u kiosk-trial")[1]
                print(said, file=sys.stderr)
            raise
        finally:
            machine.cut()

    def autoboot(self) -> int:
        """Return the partition of an ordinary start."""
        return chosen_partition(self.card, tryboot=False)


def slot(machine: Machine) -> str:
    return machine.output("kiosk-boot-slot get-current")


def version(machine: Machine) -> str:
    return machine.output("sed -n s/^IMAGE_VERSION=//p /etc/os-release")


def refused(machine: Machine, name: str, why: str) -> None:
    """Check that a bundle is refused for this reason."""
    before = machine.output("kiosk-boot-slot get-primary")
    code, said = machine.sh(INSTALL.format(name), 900)
    check(f"{name} is refused", code == 1 and f": {why}: " in said, said.splitlines()[-1][:150])
    check("and the slot stays", machine.output("kiosk-boot-slot get-primary") == before)


def digest(card: Path, number: int, size: int) -> str:
    """Return the hash of the beginning of a partition."""
    with card.open("rb") as disk:
        disk.seek(partitions(card)[number].offset)
        return hashlib.sha256(disk.read(size)).hexdigest()


class PowerCuts:
    """What a power cut would leave on the card, looked at many times while an update is written into slot B.

    Args:
        board: The board with the card.
        images: Folder with the images of the new version.
    """

    def __init__(self, board: Board, images: Path) -> None:
        boot, root = (images / each for each in ("boot.vfat", "root.img"))
        self._board = board
        self._sizes = {2: boot.stat().st_size, 5: root.stat().st_size}
        self._old = {number: digest(board.card, number, size) for number, size in self._sizes.items()}
        self._new_boot = hashlib.sha256(boot.read_bytes()).hexdigest()
        self.kept: list[Path] = []
        """A card from before the boot image was whole, and one from after."""
        self.below = self.above = 0

    def look(self, machine: Machine) -> None:
        """Stop the machine and look. Raises ProofError if slot A would not start."""
        card = self._board.card
        machine.monitor("stop")
        try:
            boot = digest(card, 3, self._sizes[2])
            is_above = boot == self._new_boot
            wrong = [each for each, size in self._sizes.items() if digest(card, each, size) != self._old[each]]
            if wrong or self._board.autoboot() != 2:
                raise ProofError(f"after a power cut slot A would not start: {wrong}, {self._board.autoboot()}")
            if (is_above and not self.above) or (not is_above and self.below == 1):
                self.kept.append(self._board.folder / f"cut-{len(self.kept)}.img")
                copy_disk(card, self.kept[-1], CARD_SIZE)
            self.below, self.above = self.below + (not is_above), self.above + is_above
        finally:
            machine.monitor("cont")
        time.sleep(1 if is_above else 0.05)


class Hub:
    """The hub's side: releases, and how the kiosks take them."""

    def __init__(self, state: Path, bundles: Path, authority: Path) -> None:
        self._state, self._bundles, self._authority = state, bundles, authority

    def _run(self, *words: object) -> None:
        environment = {**os.environ, "KIOSK_HUB_STATE": str(self._state), "DATABASE_URL": ""}
        command = [sys.executable, "-m", "hub.cli", "release", *map(str, words)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProofError(f"kiosk-hub release: {done.stderr[-500:]}")

    def roll_out(self, name: str, number: str) -> None:
        """Add a bundle and give it to all kiosks at any hour."""
        self._run("add", self._bundles / f"{name}.raucb", "--keyring", self._authority)
        self._run("start", number, "--hours", "any")

    def events(self, number: str) -> list[str]:
        """Return what the rollout of a version has noted, oldest first."""
        query = (
            "SELECT what FROM fleet_rolloutevent event JOIN fleet_rollout rollout ON rollout.id = rollout_id "
            "JOIN fleet_release release ON release.id = release_id WHERE version = ? ORDER BY event.id"
        )
        with closing(sqlite3.connect(f"file:{self._state}/hub.sqlite3?mode=ro", uri=True)) as database:
            return [what for (what,) in database.execute(query, (number,))]

    def wait_for(self, number: str, what: str, seconds: float) -> None:
        """Wait until the rollout of a version has noted this. Raises ProofError."""
        end = time.monotonic() + seconds
        while what not in (events := self.events(number)):
            if time.monotonic() > end:
                raise ProofError(f"the rollout of {number} has not noted {what}: {events}")
            time.sleep(2)


def downloaded(machine: Machine) -> int:
    """Return how many bytes of the bundle are on DATA."""
    return int(machine.output(f"stat -c %s {BUNDLE} 2>/dev/null || echo 0"))


def half_a_download(machine: Machine, size: int) -> int:
    """Wait until more than a third of the bundle is there; return its size."""
    begun = time.monotonic()
    machine.wait_until(f"test $(stat -c %s {BUNDLE} 2>/dev/null || echo 0) -gt {size // 3}", 1200)
    found = downloaded(machine)
    say(f"{found >> 20} of {size >> 20} MiB are downloaded after {time.monotonic() - begun:.0f} s")
    return found


def install_in_a_visit(board: Board, machine: Machine, images: Path) -> PowerCuts:
    """Borrow a book while the update is installed; the machine restarts when the visit has ended, and not before."""
    # A refused bundle with one changed byte has left a whole boot image here.
    machine.output("dd if=/dev/zero of=/dev/disk/by-partuuid/4b494f53-03 bs=1M count=96 conv=fsync 2>/dev/null")
    cuts = PowerCuts(board, images)
    card, scanner = machine.serial("card"), machine.serial("scanner")
    machine.output(f"until {STATE.format('installing')} 2>/dev/null; do sleep 0.2; done", 1500)
    begun = time.monotonic()
    card.sendall(f"{UID}\r".encode())
    while not cuts.above and time.monotonic() - begun < 120:
        cuts.look(machine)
    scanner.sendall(f"{BARCODE}\r".encode())
    machine.wait_until(f"{QUEUE} | grep -q 'acknowledged.: 1'", 120)
    say(f"a visit is in progress: {machine.picture('visit')}")
    installed = 0.0
    while not installed or time.monotonic() - installed < STAYS:
        scanner.sendall(f"{BARCODE}\r".encode())  # so that the visit does not time out
        for _ in range(10):
            cuts.look(machine)
        if not installed and machine.sh(STATE.format("waiting"))[0] == 0:
            installed = time.monotonic()
            say(f"installed during the visit, in {installed - begun:.0f} s")
    last = time.monotonic()
    check("the update waits for the visit's end", b"reboot: Restarting" not in machine.log, f"{last - installed:.0f} s")
    say(f"picture: {machine.picture('waiting')}")
    machine.expect(b"reboot: Restarting", 400)
    check("then the machine restarts", True, f"{time.monotonic() - last:.0f} s after the last scan")
    return cuts


def live(board: Board, images: Path, hub: Hub) -> None:
    """Go through the life of a machine. Raises ProofError."""
    size = (board.folder / "bundles/good.raucb").stat().st_size
    with board.power() as machine:
        say(f"version {version(machine)}, slot {slot(machine)}, {machine.age:.0f} s after power")
        for name, why in REFUSED.items():
            refused(machine, name, why)
        hub.roll_out("good", NEW)
        had = half_a_download(machine, size)
    with board.power() as machine:
        have = downloaded(machine)
        check("after a power cut, what was downloaded is there", have >= had, f"{have >> 20} MiB")
        cuts = install_in_a_visit(board, machine, images)
        board.tryboot = machine.wait_end(60)
        check(
            "each power cut would leave slot A whole",
            cuts.below > 9 and cuts.above > 9,
            f"{cuts.below} before and {cuts.above} after the boot image's end",
        )
        check("the update is not committed by its installation", board.autoboot() == 2)
        check("the restart asks the firmware for a trial", board.tryboot)
    with board.power() as machine:
        check("the new version runs on trial", (version(machine), slot(machine)) == (NEW, "B"))
        check("the old one is still the one of an ordinary start", board.autoboot() == 2)
        confirmed = machine.wait_until(COMMITTED, 1100)
        machine.output("sync")
        check("it confirms itself", board.autoboot() == 3, f"{confirmed:.0f} s after power")
        hub.wait_for(NEW, "done", 180)
        check("the hub notes it", True, hub.events(NEW))
        hub.roll_out("broken", BROKEN)
        begun = time.monotonic()
        machine.expect(b"reboot: Restarting", 1500)
        check(
            "control: without a visit, it restarts at once",
            True,
            f"{time.monotonic() - begun:.0f} s after the rollout",
        )
        board.tryboot = machine.wait_end(60)
    with board.power(ready=False) as machine:
        again = machine.wait_end(400)
        check("its root does not match: it restarts, and not for another trial", not again, f"{machine.age:.0f} s")
        check("the kernel says why", b"dm-verity" in machine.log or b"kiosk:" in machine.log)
    with board.power() as machine:
        check("the version before runs again", (version(machine), slot(machine)) == (NEW, "B"))
        check("and knows it", '"fell_back": true' in machine.output("cat /run/kiosk-update/slots.json"))
        hub.wait_for(BROKEN, "paused", 180)
        check("the hub pauses the rollout", True, hub.events(BROKEN))
    for each in cuts.kept:
        cut = Board(board.folder / each.stem, each, board.bundles)
        with cut.power(ready=False) as machine:
            machine.shell()
            check(f"{each.stem}: the old version starts", (version(machine), slot(machine)) == (OLD, "A"))


async def run(folder: Path, images: Path) -> None:
    """Prepare a card and a hub, and use them. Raises ProofError."""
    need_commands()
    disk = prepare(folder, images)
    card = folder / "card.img"
    copy_disk(folder / "old.img", card, CARD_SIZE)
    async with hub_for(card, folder, PARTS):
        hub = Hub(folder / "hub-state", folder / "bundles", folder / "authority/ca.pem")
        await asyncio.to_thread(live, Board(folder, card, disk), images, hub)


def main() -> int:
    """Run the proof."""
    begun = time.monotonic()
    try:
        asyncio.run(run(*map(Path, sys.argv[1:3])))
    except ProofError as error:
        print(f"update: {error}", file=sys.stderr)
        return 1
    say(f"{time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
