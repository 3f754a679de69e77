"""Try to get into the provisioned machine, for the proof `image`: every TCP port, SSH, a keyboard and a mouse."""

import argparse
import asyncio
import errno
import json
import random
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from firmware import Machine, ProofError, copy_disk
from first_start import CARD_SIZE, check, hub_for, put, say

TAP = "kioskproof0"
AT_ONCE = 1000
"""Connections that are tried at the same time."""
PATIENCE = 1.0
DEVICES = "-device qemu-xhci,id=usb -device usb-kbd,id=keyboard -device usb-mouse,id=mouse".split()
NEIGHBOUR = (
    f"-netdev tap,id=beside,ifname={TAP},script=no,downscript=no "
    "-device virtio-net-pci,netdev=beside,mac=52:54:00:4b:49:4f,romfile="
).split()
GUEST = "fe80::5054:ff:fe4b:494f"
LETTERS = [*"abcdefghijklmnopqrstuvwxyz0123456789", "ret", "esc", "tab", "spc", "backspace", "delete", "up", "down"]
ESCAPES = [
    *(["ctrl", "alt", f"f{number}"] for number in range(1, 13)),
    *(["alt", f"f{number}"] for number in range(1, 13)),
    ["ctrl", "alt", "delete"],
    ["ctrl", "alt", "backspace"],
    *(["alt", "sysrq", each] for each in "reisubkf"),
    ["meta_l"],
    ["alt", "tab"],
    ["ctrl", "c"],
    ["ctrl", "alt", "t"],
    ["alt", "f4"],
]
COUNT = """\
import glob, struct
print(sum(1 for file in glob.glob("/run/seen.*")
    for _, _, kind, _, value in struct.iter_unpack("qqHHi", open(file, "rb").read()) if (kind, value) == (1, 1)))
"""
CONTROL = """\
import fcntl
fcntl.ioctl(open("/dev/tty1"), 0x4B45, 3)
"""
"""Give the keys back to the console."""


@contextmanager
def neighbour() -> Iterator[None]:
    """Yield with a network interface for a cable between this machine and the guest."""
    subprocess.run(["ip", "tuntap", "add", "dev", TAP, "mode", "tap"], check=True)
    try:
        subprocess.run(["ip", "link", "set", TAP, "up"], check=True)
        yield
    finally:
        subprocess.run(["ip", "link", "del", TAP], check=True)


def open_ports(ports: Sequence[int]) -> list[int]:
    """Return the TCP ports of the guest that accept a connection from its neighbour."""
    index, found = socket.if_nametoindex(TAP), []
    for begin in range(0, len(ports), AT_ONCE):
        with selectors.DefaultSelector() as selector:
            for port in ports[begin : begin + AT_ONCE]:
                line = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
                line.setblocking(False)
                if line.connect_ex((GUEST, port, 0, index)) not in (errno.EINPROGRESS, 0):
                    raise ProofError(f"no cable to {GUEST}")
                selector.register(line, selectors.EVENT_WRITE, port)
            end = time.monotonic() + PATIENCE
            while (left := end - time.monotonic()) > 0 and selector.get_map():
                for key, _ in selector.select(left):
                    assert isinstance(key.fileobj, socket.socket)
                    if key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                        found.append(key.data)
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
            for key in list(selector.get_map().values()):
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.close()
    return found


class Monkey:
    """Types and moves on the emulated keyboard and mouse."""

    def __init__(self, monitor: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(monitor))
        self._stream = self._line.makefile("rw", encoding="utf-8")
        self._stream.readline()
        self._ask("qmp_capabilities")

    def _ask(self, execute: str, **arguments: object) -> None:
        self._stream.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
        self._stream.flush()
        while "event" in (answer := json.loads(self._stream.readline())):
            pass
        if "error" in answer:
            raise ProofError(f"{execute}: {answer['error']}")

    def press(self, keys: Sequence[str]) -> None:
        """Press keys one after the other, and release them."""
        for down, order in ((True, keys), (False, tuple(reversed(keys)))):
            for key in order:
                data = {"down": down, "key": {"type": "qcode", "data": key}}
                self._ask("input-send-event", events=[{"type": "key", "data": data}])
                time.sleep(0.02)  # the keyboard's memory holds 16, and the emulated processor is slow

    def move(self) -> None:
        """Move the mouse and click."""
        ways = ({"axis": axis, "value": self._random.randint(-200, 200)} for axis in "xy")
        self._ask("input-send-event", events=[{"type": "rel", "data": each} for each in ways])
        for down in (True, False):
            data = {"down": down, "button": self._random.choice(["left", "right", "middle"])}
            self._ask("input-send-event", events=[{"type": "btn", "data": data}])

    def plug(self, number: int) -> None:
        """Plug in a further keyboard or mouse, and pull it out."""
        driver = self._random.choice(["usb-kbd", "usb-mouse", "usb-tablet"])
        self._ask("device_add", driver=driver, id=f"plug{number}", bus="usb.0")
        time.sleep(0.5)
        self._ask("device_del", id=f"plug{number}")

    def play(self, seconds: float) -> tuple[int, int]:
        """Do all of it at random; return the keys pressed and the devices plugged in."""
        end, keys, plugs = time.monotonic() + seconds, 0, 0
        while time.monotonic() < end:
            chance = self._random.random()
            if chance < 0.002:
                plugs += 1
                self.plug(plugs)
            elif chance < 0.1:
                self.move()
            else:
                chord = self._random.choice(ESCAPES) if chance < 0.4 else [self._random.choice(LETTERS)]
                self.press(chord)
                keys += len(chord)
        return keys, plugs

    def close(self) -> None:
        self._stream.close()
        self._line.close()


def state(machine: Machine) -> dict[str, str]:
    """Return what a way out would change."""
    return {
        "start": machine.output("cat /proc/sys/kernel/random/boot_id"),
        "console": machine.output("cat /sys/class/tty/tty0/active"),
        "kiosk": machine.output("systemctl show -P MainPID -P NRestarts kiosk | tr '\\n' ' '"),
        "logins": machine.sh("pidof agetty login sulogin sshd")[1],
    }


def remote_shell(machine: Machine, folder: Path) -> None:
    """Put a key into kiosk.toml, get a root shell by it, and take it out again. Raises ProofError."""
    key = folder / "technician"
    for each in (key, key.with_suffix(".pub")):
        each.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "invented", "-f", key], check=True)
    line = key.with_suffix(".pub").read_text("ascii").strip()
    check("without a key, no port is open", open_ports([22]) == [])
    machine.output(f"""sed -i '/^\\[kiosk\\]/a ssh_key = "{line}"' /etc/kiosk/kiosk.toml""")
    machine.wait_until("systemctl is-active -q ssh && nft list set inet kiosk shell_ports | grep -q 22", 120)
    options = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")
    batch = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=60", f"root@{GUEST}%{TAP}")
    told = subprocess.run(
        ["ssh", "-F", "none", "-i", key, *options, *batch, "id -u"], capture_output=True, text=True, check=False
    )
    check("the key opens a root shell", told.stdout.strip() == "0", told.stderr.strip())
    other = subprocess.run(
        ["ssh", "-F", "none", "-o", "IdentitiesOnly=yes", "-i", "/dev/null", *options, *batch, "id -u"],
        capture_output=True,
        text=True,
        check=False,
    )
    check("another key or a password does not", other.returncode == 255, other.stderr.strip()[-100:])
    shell = subprocess.Popen(
        ["ssh", "-F", "none", "-i", key, *options, *batch, "setsid sleep 7777 & sleep 8888"], stdin=subprocess.DEVNULL
    )
    try:
        machine.wait_until("pgrep -x sleep -a | grep -q 7777", 120)
        machine.output("touch /etc/kiosk/kiosk.toml; sleep 5; pgrep -x sleep -a | grep -q 8888")
        check("an edit that leaves the key leaves the shell", shell.poll() is None)
        machine.output("sed -i /^ssh_key/d /etc/kiosk/kiosk.toml")
        machine.wait_until("! systemctl is-active -q ssh", 120)
        shell.wait(60)
        check("without the key, the shell and what it started end", machine.sh("pgrep -x sleep -a | grep 7777")[0] == 1)
        check("and the port is closed", open_ports([22]) == [])
    except subprocess.TimeoutExpired:
        raise ProofError("the shell outlives its key") from None
    finally:
        shell.kill()


def attack(card: Path, folder: Path, seconds: float) -> None:
    """Boot the card and try. Raises ProofError."""
    machine = Machine(card, folder / "closed", options=(*DEVICES, *NEIGHBOUR))
    try:
        machine.shell()
        machine.wait_until("test -e /var/lib/kiosk/identity.json && systemctl is-active -q kiosk", 900)
        machine.sh("systemctl is-system-running --wait", 300)
        devices = machine.output("for e in /dev/input/event*; do stat -c '%n %a %G' $e; done").splitlines()
        check("keyboards and mice are closed to the kiosk", {each.split()[1] for each in devices} == {"600"}, devices)
        begun = time.monotonic()
        found = open_ports(range(1, 65536))
        check("no port of 65535 is open to a neighbour", found == [], f"{time.monotonic() - begun:.0f} s")
        remote_shell(machine, folder)
        machine.sh("for e in /dev/input/event*; do cat $e >/run/seen.${e##*/} & done; true")
        before = state(machine)
        monkey = Monkey(folder / "closed/qmp", 1)
        keys, plugs = monkey.play(seconds)
        monkey.close()
        put(machine, "/run/count.py", COUNT)
        seen = int(machine.output("python3 /run/count.py"))
        check("the machine has seen the keys", seen > keys // 2, f"{seen} of {keys}, {plugs} devices, {seconds:.0f} s")
        check("nothing came of it", state(machine) == before, before)
        say(f"picture: {machine.picture('screen')}")
        # Controls: what was tried gets through where the policy is off.
        put(machine, "/run/control.py", CONTROL)
        machine.output("python3 /run/control.py")
        monkey = Monkey(folder / "closed/qmp", 2)
        monkey.press(["ctrl", "alt", "f2"])
        monkey.close()
        time.sleep(2)
        console = machine.output("cat /sys/class/tty/tty0/active")
        check("control: with the console's keys on, Ctrl+Alt+F2 leaves the kiosk", console == "tty2", console)
        machine.output("nft flush ruleset; (python3 -m http.server 8080 --bind :: >/dev/null 2>&1) & true")
        time.sleep(8)
        check("control: without the firewall, the neighbour finds a server", open_ports([8079, 8080]) == [8080])
    finally:
        machine.cut()


async def run(images: Path, folder: Path, seconds: float) -> None:
    """Make a card and a hub, and attack. Raises ProofError."""
    card = folder / "closed.img"
    copy_disk(images / "disk.img", card, CARD_SIZE)
    async with hub_for(card, folder):
        with neighbour():
            await asyncio.to_thread(attack, card, folder, seconds)


def main() -> int:
    """Run the proof."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("images", type=Path)
    options.add_argument("folder", type=Path)
    options.add_argument("--seconds", type=float, default=300, help="how long keyboard and mouse are used (300)")
    chosen = options.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(run(chosen.images, chosen.folder, chosen.seconds))
    except ProofError as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
