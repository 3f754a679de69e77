"""Install updates on the image for the proof `update`: refusals, power cuts, a commit, a broken version."""

import asyncio
import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware import Machine, ProofError, chosen_partition, copy_disk, need_commands, partitions
from first_start import CARD_SIZE, check, hub_for, say

from tests.support.update_bundles import MANIFEST, Authority

BOARD = "library-kiosk-debian-pi4"
OLD, NEW, BROKEN = "2026.12.1", "2026.12.2", "2026.12.3"
JOURNAL = 3
WATCH = "systemctl is-active -q kiosk && test -e /run/kiosk-update/slots.json -a -e /var/lib/kiosk/identity.json"
STICK = "mkdir -p /run/bundles && mount -o ro /dev/vdb /run/bundles"
INSTALL = "kiosk-update install /run/bundles/{}.raucb"
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
        options = ("-drive", drive, "-device", "virtio-blk-pci,drive=more")
        machine = Machine(self.card, self.folder / f"start-{self._starts}", self.tryboot, options=options)
        self.tryboot = False
        try:
            if ready:
                machine.shell()
                machine.wait_until(WATCH, 900)
                machine.output(STICK)
            yield machine
        except ProofError:
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


def install_with_cuts(board: Board, machine: Machine, name: str, images: Path) -> list[Path]:
    """Install a bundle and look, at many moments, at what a power cut would leave; return two of those cards."""
    boot, root = (images / each for each in ("boot.vfat", "root.img"))
    sizes = {2: boot.stat().st_size, 5: root.stat().st_size}
    old = {number: digest(board.card, number, size) for number, size in sizes.items()}
    new_boot = hashlib.sha256(boot.read_bytes()).hexdigest()
    machine.output(f"({INSTALL.format(name)} >/run/install.log 2>&1; echo $? >/run/install.rc) & true")
    begun, kept, below, above = time.monotonic(), [], 0, 0
    while machine.sh("test -e /run/install.rc")[0]:
        machine.monitor("stop")
        try:
            is_above = digest(board.card, 3, boot.stat().st_size) == new_boot
            wrong = [number for number, size in sizes.items() if digest(board.card, number, size) != old[number]]
            if wrong or board.autoboot() != 2:
                raise ProofError(f"after a power cut slot A would not start: partitions {wrong}, {board.autoboot()}")
            if (is_above and not above) or (not is_above and below == 1):
                kept.append(board.folder / f"cut-{len(kept)}.img")
                copy_disk(board.card, kept[-1], CARD_SIZE)
            below, above = below + (not is_above), above + is_above
        finally:
            machine.monitor("cont")
        time.sleep(1)
    check(f"{name} is installed", machine.output("cat /run/install.rc") == "0", f"{time.monotonic() - begun:.0f} s")
    check("each power cut would leave slot A whole", True, f"{below} before and {above} after the boot image's end")
    return kept


def live(board: Board, images: Path) -> None:
    """Go through the life of a machine. Raises ProofError."""
    with board.power() as machine:
        say(f"version {version(machine)}, slot {slot(machine)}, {machine.age:.0f} s after power")
        for name, why in {
            "wrong-key": "wrong_key",
            "wrong-board": "wrong_board",
            "downgrade": "downgrade",
            "no-way-back": "no_way_back",
            "half": "damaged",
            "flipped": "damaged",
        }.items():
            refused(machine, name, why)
        cards = install_with_cuts(board, machine, "good", images)
        check("the update is not committed by its installation", board.autoboot() == 2)
        machine.sh("(sleep 2; kiosk-boot-slot reboot) & true")
        board.tryboot = machine.wait_end(300)
        check("the restart asks the firmware for a trial", board.tryboot)
    with board.power() as machine:
        check("the new version runs on trial", (version(machine), slot(machine)) == (NEW, "B"))
        check("the old one is still the one of an ordinary start", board.autoboot() == 2)
        confirmed = machine.wait_until(COMMITTED, 1100)
        machine.output("sync")
        check("it confirms itself", board.autoboot() == 3, f"{confirmed:.0f} s after power")
        code, said = machine.sh(INSTALL.format("broken"), 900)
        check("a broken version is installed", code == 0, said)
        machine.sh("(sleep 2; kiosk-boot-slot reboot) & true")
        board.tryboot = machine.wait_end(300)
    with board.power(ready=False) as machine:
        again = machine.wait_end(400)
        check("its root does not match: it restarts, and not for another trial", not again, f"{machine.age:.0f} s")
        check("the kernel says why", b"dm-verity" in machine.log or b"kiosk:" in machine.log)
    with board.power() as machine:
        check("the version before runs again", (version(machine), slot(machine)) == (NEW, "B"))
        check("and knows it", '"fell_back": true' in machine.output("cat /run/kiosk-update/slots.json"))
    for each in cards:
        cut = Board(board.folder / each.stem, each, board.bundles)
        with cut.power() as machine:
            check(f"{each.stem}: the old version starts", (version(machine), slot(machine)) == (OLD, "A"))


async def run(folder: Path, images: Path) -> None:
    """Prepare a card and a hub, and use them. Raises ProofError."""
    need_commands()
    disk = prepare(folder, images)
    card = folder / "card.img"
    copy_disk(folder / "old.img", card, CARD_SIZE)
    async with hub_for(card, folder):
        await asyncio.to_thread(live, Board(folder, card, disk), images)


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
