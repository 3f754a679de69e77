"""Boot the built image for the proof `image`: empty, provisioned by a file, and with a dead data partition."""

import argparse
import asyncio
import base64
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from firmware import (
    SHELL,
    Machine,
    Partition,
    ProofError,
    chosen_partition,
    copy_disk,
    fat_file,
    need_commands,
    partitions,
    put_fat_file,
    signature,
)
from stolen import found_on, must_not_be_there

from kiosk.config import write_example
from kiosk.visit_player.hub import DemoHub, Templates

CARD_SIZE = 4 << 30
HOST = "10.0.2.2"
"""The building machine, as QEMU's user network shows it to the guest."""
UID, BARCODE = "56CD936A", "36593420520696"
TITLE = "Faust. Part I"
"""It is in the branch's list of titles: the search would find the others."""
LISTENING = "cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6"
DRAWN = "pgrep -x sleep"
"""Out of order is on the screen: the unit waits before it restarts the machine."""
STAGE = """\
[Service]
ExecStart=
ExecStart=/opt/library-kiosk/venv/bin/kiosk run --config /etc/kiosk/kiosk.toml --stage --language en
TimeoutStartSec=600
WatchdogSec=0
"""
VISIT = """\
import json, time
from pathlib import Path
from kiosk.system.control_socket import ask
socket = Path("/run/kiosk/kiosk.sock")
ask(socket, "ready")
views = []
def look():
    ask(socket, "settle")
    views.append(ask(socket, "look"))
look()
ask(socket, "card", uid="{uid}")
look()
ask(socket, "barcode", barcode="{barcode}")
look()
ask(socket, "touch", name="finish")
look()
print("VISIT", json.dumps([(each["view"], each["journal"], str(each["texts"])[:400]) for each in views]))
"""


REASONS = "journalctl -b --no-pager -o cat -n 60 -u kiosk-provision -u kiosk-access -u kiosk; systemctl --failed"


@contextmanager
def running(card: Path, folder: Path, **options: Any) -> Iterator[Machine]:
    """Yield a started machine; print what its units say if a check fails, and cut its power at the end."""
    machine = Machine(card, folder, **options)
    try:
        yield machine
    except ProofError:
        with suppress(ProofError):
            print(machine.sh(REASONS, 60)[1], file=sys.stderr)
        raise
    finally:
        machine.cut()


def say(*words: object) -> None:
    print(" ", *words, flush=True)


def check(what: str, holds: bool, seen: object = "") -> None:
    """Report a fact. Raises ProofError if it does not hold."""
    if not holds:
        raise ProofError(f"not true: {what}: {seen}")
    say(f"{what}{f': {seen}' if seen != '' else ''}")


def read_back(image: Path, root_image: Path, root_hash: str) -> None:
    """Check the partitions of the disk with what the firmware and the initramfs look for."""
    found = partitions(image)
    check("partitions", sorted(found) == [1, 2, 3, 5, 6, 7], sorted(found))
    check("disk signature", signature(image) == 0x4B494F53)
    check("an ordinary boot takes slot A", chosen_partition(image, tryboot=False) == 2)
    check("a trial takes slot B", chosen_partition(image, tryboot=True) == 3)
    for name in ("config.txt", "cmdline.txt", "kernel8.img", "initramfs8", "start4.elf", "fixup4.dat"):
        check(f"BOOT_A has {name}", fat_file(image, found[2], name) is not None)
    check("BOOT_A has the tree of a Pi 4", fat_file(image, found[2], "bcm2711-rpi-4-b.dtb") is not None)
    check("BOOT_A has SPI", fat_file(image, found[2], "overlays/pi4-spidev.dtbo") is not None)
    check("BOOTSEL is not bootable", fat_file(image, found[1], "config.txt") is None)
    command_line = (fat_file(image, found[2], "cmdline.txt") or b"").decode("ascii")
    check("the command line has the root's hash", f"kiosk.roothash={root_hash}" in command_line)
    with image.open("rb") as disk, root_image.open("rb") as made:
        disk.seek(found[5].offset)
        digest = hashlib.sha256(disk.read(root_image.stat().st_size)).digest()
        check("ROOT_A is root.img", digest == hashlib.file_digest(made, "sha256").digest())
    blocks = next(word.split("=")[1] for word in command_line.split() if word.startswith("kiosk.blocks="))
    verify = ["veritysetup", "verify", f"--hash-offset={int(blocks) * 4096}", root_image, root_image, root_hash]
    check("its hash tree is whole", subprocess.run(verify, check=False).returncode == 0)


def listening(text: str) -> list[str]:
    """Return the addresses and ports that accept a connection or datagrams from other machines."""
    found = []
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 4 or ":" not in fields[1] or not fields[0].endswith(":"):
            continue
        address, port = fields[1].split(":")
        if fields[3] not in ("0A", "07"):
            continue
        local = struct.pack("<I", int(address, 16))[0] == 127 if len(address) == 8 else address.endswith("01000000")
        if not local:
            found.append(f"{address}:{int(port, 16)}")
    return found


def empty_start(card: Path, folder: Path) -> float:
    """Boot without kiosk.toml: the screen says what to do, and the machine is closed. Returns the seconds to it."""
    with running(card, folder / "empty") as machine:
        say(f"shell after {machine.shell():.0f} s")
        machine.wait_until("systemctl is-active -q kiosk-screen", 200)
        say(f"start picture: {machine.picture('start')}, {machine.age:.0f} s after power")
        ready = machine.wait_until("systemctl is-active -q kiosk", 900)
        check("the kiosk's window is drawn", True, f"{ready:.0f} s after power")
        time.sleep(3)
        say(f"picture: {machine.picture('screen')}")
        machine.sh("systemctl is-system-running --wait", 300)
        check("no unit failed", machine.output("systemctl --failed --no-legend --plain") == "")
        code, text = machine.sh("touch /x /usr/x /etc/x")
        check("the root is read-only", code != 0 and text.count("Read-only file system") == 3)
        check("and verified", "verity" in machine.output("cat /sys/block/dm-0/dm/uuid").lower())
        check("/var is in memory", "tmpfs" in machine.output("findmnt -no FSTYPE /var"))
        size = int(machine.output("findmnt -bno SIZE /data"))
        check("DATA has grown", size > CARD_SIZE - (2 << 30), f"{size >> 20} MiB of a card of {CARD_SIZE >> 20}")
        identity = machine.output("cat /etc/machine-id")
        check("the machine has an identity", len(identity) == 32, identity)
        check("and a name", machine.output("hostname") == f"kiosk-{identity[:6]}")
        check("no login waits", machine.sh("pidof agetty login sulogin sshd")[0] == 1)
        check("SysRq is off", machine.output("cat /proc/sys/kernel/sysrq") == "0")
        check("Ctrl-Alt-Del does nothing", machine.output("systemctl is-enabled ctrl-alt-del.target; true") == "masked")
        ports = [each for each in listening(machine.output(LISTENING)) if not each.endswith(":68")]
        check("no port is open", ports == [], ports)
        rules = machine.output("nft list chain inet kiosk input")
        check("the firewall drops what comes in", "policy drop" in rules)
        check("no way out but names and time", "elements" not in machine.output("nft list set inet kiosk hub_ports"))
        exposure = machine.output("systemd-analyze security --no-pager kiosk.service | tail -n 1")
        say(exposure.lstrip("→ "))
        say(machine.output("systemd-analyze --no-pager | head -n 1"))
        return ready


@asynccontextmanager
async def hub_for(
    card: Path, folder: Path, parts: Mapping[str, Mapping[str, object]] | None = None
) -> AsyncIterator[tuple[DemoHub, str]]:
    """Run a hub on this machine, put a kiosk.toml for it on the card, and yield the hub and the code in the file.

    Args:
        card: The card.
        folder: For the hub's state.
        parts: Sections that replace those of simulated parts.
    """
    for each in ("library", "hub-state"):
        shutil.rmtree(folder / each, ignore_errors=True)
    await Templates(folder / "library").copy(None, folder / "hub-state")
    hub = DemoHub(folder / "hub-state", hosts=f"{HOST},127.0.0.1")
    await hub.start()
    try:
        file = folder / "kiosk.toml"
        file.unlink(missing_ok=True)
        code = await hub.code("image")
        changes = {
            "screen": {"width": 1024, "height": 600, "fullscreen": True},
            "library": {"language": "en"},
            "central": {"clear_text": True},
            "enrolment": {"code": code},
            **(parts or {}),
        }
        url = f"http://{HOST}:{hub.url.rpartition(':')[2]}"
        write_example(file, Path("/var/lib/kiosk"), Path("/run/kiosk"), url, changes=changes)
        put_fat_file(card, partitions(card)[1], file, "kiosk.toml")
        yield hub, code
    finally:
        await hub.stop()


async def provisioned_start(card: Path, folder: Path) -> None:
    """Put a kiosk.toml on the first partition, boot, and borrow a book at a hub on this machine."""
    async with hub_for(card, folder) as (hub, code):
        await asyncio.to_thread(visit, card, folder, hub.url.rpartition(":")[2], code)
        state = await hub.state_of([], [BARCODE])
        say("at the hub:", json.dumps(state)[:300])
        check("the hub has the loan", BARCODE in json.dumps(state["loans"]))
        secret = must_not_be_there(folder / "hub-state", UID)
        found = found_on(card, partitions(card)[7], [*secret, TITLE])
        check(
            "a thief finds no patron and no secret of the hub on the card", found == {TITLE}, f"{len(secret)} searched"
        )


def visit(card: Path, folder: Path, port: str, code: str) -> None:
    """Boot the card with the file, wait for the enrolment, and play a visit by the control socket."""
    with running(card, folder / "provisioned") as machine:
        machine.shell()
        enrolled = machine.wait_until("test -e /var/lib/kiosk/identity.json", 900)
        check("enrolled from the file", True, f"{enrolled:.0f} s after power")
        check("the hub's port is open", port in machine.output("nft list set inet kiosk hub_ports"))
        machine.sh("systemctl stop kiosk; mkdir -p /run/systemd/system/kiosk.service.d", 200)
        check("the start picture is drawn again", machine.sh("systemctl is-failed -q kiosk-screen")[0] == 1)
        say(f"picture: {machine.picture('stopped')}")
        put(machine, "/run/systemd/system/kiosk.service.d/stage.conf", STAGE)
        put(machine, "/run/visit.py", VISIT.format(uid=UID, barcode=BARCODE))
        machine.output("systemctl daemon-reload; systemctl start kiosk", 600)
        check("the kiosk runs with its sandbox", True, f"{machine.age:.0f} s after power")
        text = machine.output("/opt/library-kiosk/venv/bin/python /run/visit.py", 400)
        views = json.loads(text[text.index("VISIT ") + 6 :])
        say(f"picture: {machine.picture('visit')}")
        # On a busy machine, the goodbye may be over before it is looked at.
        seen = [each[0] for each in views]
        ways = [["Welcome", "Borrowing", "Borrowing", last] for last in ("Farewell", "Welcome")]
        check("a visit", seen in ways and "Borrowed for 28 days" in views[2][2], seen)
        check("acknowledged by the hub", views[-1][1]["acknowledged"] >= 1 and views[-1][1]["queued"] == 0)
        machine.output("sync")
        check("the file is still there", machine.sh("test -e /boot/firmware/kiosk.toml")[0] == 0)
        check("the one-time code is off the card", machine.sh(f"grep -qF {code} /boot/firmware/kiosk.toml")[0] == 1)


def put(machine: Machine, path: str, text: str) -> None:
    """Write a file in the guest."""
    data = base64.b64encode(text.encode()).decode()
    machine.output(f"echo {data} | base64 -d >{path}")


def dead_data(card: Path, folder: Path) -> None:
    """Overwrite the data partition: the machine says so and restarts, and offers no shell."""
    place = partitions(card)[7]
    with card.open("r+b") as disk:
        disk.seek(place.offset)
        disk.write(bytes(4 << 20))
    with running(card, folder / "dead") as machine:
        machine.shell()
        machine.wait_until("systemctl is-active -q emergency.service", 400)
        check("emergency mode offers no login", machine.sh("pidof sulogin agetty")[0] == 1, f"{machine.age:.0f} s")
        machine.wait_until(DRAWN, 60)
        say(f"picture: {machine.picture('screen')}")
        machine.wait_end(400)
        check("it restarts", b"reboot: Restarting system" in machine.log, f"{machine.age:.0f} s after power")


def encrypted_data(card: Path, folder: Path) -> None:
    """Let the first start encrypt DATA with an acted key; neither another board nor one without a key opens it."""
    place, words = partitions(card)[7], "written before power was cut"
    asks = f"{SHELL} kiosk.encrypt_data"
    own, other = "5a" * 32, "a5" * 32
    with running(card, folder / "encrypted", extra=asks, board_key=own) as machine:
        machine.shell()
        machine.wait_until("findmnt /var/lib/kiosk", 600)
        check("DATA is encrypted", "LUKS2" in machine.output("cat /sys/block/dm-1/dm/uuid"), f"{machine.age:.0f} s")
        size = int(machine.output("findmnt -bno SIZE /data"))
        check("and has grown", size > CARD_SIZE - (2 << 30), f"{size >> 20} MiB")
        machine.output(f"echo '{words}' >/var/lib/kiosk/words; sync")
    check("what is written cannot be read on the card", found_on(card, place, [words]) == set())
    before = checksum(card, place)
    for name, key in (("other-board", other), ("no-board-key", "")):
        with running(card, folder / name, extra=asks, board_key=key) as machine:
            machine.shell()
            machine.wait_until("systemctl is-active -q emergency.service", 400)
            check("the screen says why", machine.output("cat /run/kiosk-data-fault") == name, f"{machine.age:.0f} s")
            machine.wait_until(DRAWN, 60)
            say(f"picture: {machine.picture('screen')}")
        check("and DATA is not touched", checksum(card, place) == before)
    with running(card, folder / "own-board", board_key=own) as machine:
        machine.shell()
        machine.wait_until("findmnt /var/lib/kiosk", 600)
        check("its own board opens it", machine.output("cat /var/lib/kiosk/words") == words)


def checksum(card: Path, place: Partition) -> str:
    """Return the hash of a partition."""
    with card.open("rb") as disk:
        disk.seek(place.offset)
        found = hashlib.sha256()
        for _ in range(place.size >> 20):
            found.update(disk.read(1 << 20))
    return found.hexdigest()


def main() -> int:
    """Run the parts that are asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("images", type=Path, help="folder with disk.img and root.img")
    options.add_argument("root_hash")
    options.add_argument("folder", type=Path, help="for cards, pictures and logs")
    options.add_argument("--only", choices=["read", "empty", "provisioned", "dead", "encrypted"], action="append")
    chosen = options.parse_args()
    folder: Path = chosen.folder
    folder.mkdir(parents=True, exist_ok=True)
    card, fresh = folder / "card.img", folder / "encrypted.img"
    steps: dict[str, Callable[[], object]] = {
        "read": lambda: read_back(chosen.images / "disk.img", chosen.images / "root.img", chosen.root_hash),
        "empty": lambda: empty_start(card, folder),
        "provisioned": lambda: asyncio.run(provisioned_start(card, folder)),
        "dead": lambda: dead_data(card, folder),
        "encrypted": lambda: encrypted_data(fresh, folder),
    }
    try:
        need_commands()
        for each in (card, fresh):
            copy_disk(chosen.images / "disk.img", each, CARD_SIZE)
        for name in (each for each in steps if not chosen.only or each in chosen.only):
            start = time.monotonic()
            steps[name]()
            say(f"[{name}: {time.monotonic() - start:.0f} s]")
    except ProofError as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
