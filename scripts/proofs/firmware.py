"""Act the boot firmware of a Raspberry Pi before QEMU's machine `virt`, for the proofs `image` and `update`.

It reads the partition table and autoboot.txt, chooses a boot partition as the firmware does, starts QEMU with the
kernel, initramfs and command line that are there, and says in the device tree what it booted. A restart with the
argument `0 tryboot` makes the next start take the `[tryboot]` partition, once. The image itself is the shipped one.

It is no Raspberry Pi: its own firmware, SD card, pins, graphics and watchdog are not shown by it.

Source: Raspberry Pi documentation, "autoboot.txt" and "config.txt"; Linux, "device tree: /chosen/bootloader".
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
FAT_ONLY = {**os.environ, "MTOOLS_SKIP_CHECK": "1"}
BASE = "qemu-system-aarch64 -cpu max,pauth-impdef=on -accel tcg,thread=multi -smp 2 -m 2048 -display none".split()
PATIENT = "[Service]\nTimeoutStartSec=900\nTimeoutStopSec=300\nWatchdogSec=0\n"
"""The emulated processor is some 30 times slower than a board's, and slower still next to other work."""
SHELL = " ".join(
    (
        "console=ttyAMA0 systemd.debug_shell=ttyAMA0 loglevel=4 systemd.default_device_timeout_sec=900",
        f"systemd.set_credential_binary=systemd.unit-dropin.kiosk.service:{b64encode(PATIENT.encode()).decode()}",
    )
)
"""Kernel arguments of the proof alone: a shell on the serial line, as a hand that edits cmdline.txt could have."""


class ProofError(Exception):
    """The machine did not do what the proof expects."""


@dataclass(frozen=True)
class Partition:
    """Place of a partition on the disk, in bytes."""

    kind: int
    offset: int
    size: int


def partitions(image: Path) -> dict[int, Partition]:
    """Return the partitions of an MBR by number, logical ones from 5 on. Raises ProofError."""
    found = {}
    with image.open("rb") as file:

        def entries(sector: int) -> list[tuple[int, int, int]]:
            file.seek(sector * SECTOR)
            table = file.read(SECTOR)
            if table[510:] != b"\x55\xaa":
                raise ProofError(f"{image}: no partition table in sector {sector}")
            rows = (table[446 + 16 * n : 462 + 16 * n] for n in range(4))
            return [(row[4], *struct.unpack("<II", row[8:])) for row in rows]

        for number, (kind, start, size) in enumerate(entries(0), 1):
            if kind in (0x05, 0x0F):
                logical, at = 5, start
                while True:
                    (own, first, length), (_, following, _), *_ = entries(at)
                    found[logical] = Partition(own, (at + first) * SECTOR, length * SECTOR)
                    logical += 1
                    if not following:
                        break
                    at = start + following
            elif kind:
                found[number] = Partition(kind, start * SECTOR, size * SECTOR)
    return found


def signature(image: Path) -> int:
    """Return the disk's signature."""
    with image.open("rb") as file:
        return int.from_bytes(file.read(SECTOR)[440:444], "little")


def fat_file(image: Path, partition: Partition, name: str) -> bytes | None:
    """Return a file of a FAT partition, or None if it is not there."""
    command = ["mtype", "-i", f"{image}@@{partition.offset}", f"::{name}"]
    done = subprocess.run(command, capture_output=True, env=FAT_ONLY, check=False)
    return done.stdout if done.returncode == 0 else None


def put_fat_file(image: Path, partition: Partition, source: Path, name: str) -> None:
    """Copy a file onto a FAT partition, as a technician does with a laptop."""
    command = ["mcopy", "-o", "-i", f"{image}@@{partition.offset}", str(source), f"::{name}"]
    subprocess.run(command, env=FAT_ONLY, check=True)


def settings(text: str, filters: Iterable[str]) -> dict[str, str]:
    """Return the settings of config.txt or autoboot.txt: the last value under a filter that holds."""
    holds, found = True, {}
    for line in (each.split("#", 1)[0].strip() for each in text.splitlines()):
        if line.startswith("["):
            holds = line[1:-1] in filters
        elif holds and line.startswith("initramfs "):
            found["initramfs"] = line.split()[1]
        elif holds and "=" in line:
            name, value = line.split("=", 1)
            found[name] = value
    return found


def chosen_partition(image: Path, tryboot: bool) -> int:
    """Return the partition that the firmware boots. Raises ProofError."""
    text = fat_file(image, partitions(image)[1], "autoboot.txt") or b""
    filters = {"all", "tryboot"} if tryboot else {"all"}
    number = settings(text[:SECTOR].decode("ascii", "replace"), filters).get("boot_partition")
    if number is None:
        raise ProofError("autoboot.txt names no partition")
    return int(number)


class Machine:
    """One start of the machine.

    Args:
        image: Disk, which is written to.
        folder: For the boot files, the console's log and QEMU's socket.
        tryboot: Whether the last restart asked for the candidate.
        extra: Further kernel arguments.
        options: Further arguments of QEMU.
        serial: Names of devices with a serial line on USB; `options` has the USB controller.
        board_key: Secret of the board in hex, which a Raspberry Pi has in memory of its own. Empty: none.
    """

    def __init__(
        self,
        image: Path,
        folder: Path,
        tryboot: bool = False,
        extra: str = SHELL,
        options: Sequence[str] = (),
        serial: Sequence[str] = (),
        board_key: str = "",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.partition = chosen_partition(image, tryboot)
        place = partitions(image)[self.partition]

        def boot_file(name: str) -> bytes:
            data = fat_file(image, place, name)
            if data is None:
                raise ProofError(f"partition {self.partition} has no {name}")
            return data

        config = settings(boot_file("config.txt").decode("ascii"), {"all", "pi4"})
        (folder / "kernel").write_bytes(boot_file(config.get("kernel", "kernel8.img")))
        (folder / "initramfs").write_bytes(boot_file(config["initramfs"]))
        append = f"{boot_file('cmdline.txt').decode('ascii').strip()} {extra}"
        self._socket = folder / "qmp"
        self._socket.unlink(missing_ok=True)
        command = [
            *("nice", "-n", "10", *BASE, "-M", "virt", "-no-reboot", "-serial", "stdio"),
            *("-kernel", f"{folder}/kernel", "-initrd", f"{folder}/initramfs", "-append", append),
            *("-dtb", str(self._device_tree(tryboot, board_key)), "-qmp", f"unix:{self._socket},server=on,wait=off"),
            *(
                "-drive",
                f"file={image},format=raw,if=none,id=disk,cache=writeback",
                "-device",
                "virtio-blk-pci,drive=disk",
            ),
            *("-device", "virtio-rng-pci", "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="),
            *("-device", "virtio-gpu-pci,xres=1024,yres=600", *options),
        ]
        for name in serial:
            (folder / name).unlink(missing_ok=True)
            command += ["-chardev", f"socket,id={name},path={folder}/{name},server=on,wait=off"]
            command += ["-device", f"usb-serial,chardev={name},serial={name},always-plugged=on"]
        self.started = time.monotonic()
        self.log = b""
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _device_tree(self, tryboot: bool, board_key: str) -> Path:
        """Write QEMU's own device tree with what the firmware adds."""
        tree = self.folder / "machine.dtb"
        dump = [*BASE, "-M", f"virt,dumpdtb={tree}", "-nic", "none"]
        subprocess.run(dump, check=True, capture_output=True)

        def put(node: str, name: str, kind: str, value: str) -> None:
            subprocess.run(["fdtput", "-p", "-t", kind, str(tree), node, name, value], check=True)

        put("/chosen/bootloader", "partition", "x", f"{self.partition:x}")
        put("/chosen/bootloader", "tryboot", "x", str(int(tryboot)))
        put("/", "serial-number", "s", "100000001234abcd")
        if board_key:
            put("/chosen", "kiosk-acted-key", "s", board_key)
        return tree

    def _read(self) -> None:
        assert self._process.stdout is not None
        with (self.folder / "console.log").open("ab") as kept:
            while piece := os.read(self._process.stdout.fileno(), 65536):
                kept.write(piece)
                kept.flush()
                with self._changed:
                    self.log += piece
                    self._changed.notify_all()

    @property
    def age(self) -> float:
        """Seconds since power was switched on."""
        return time.monotonic() - self.started

    def expect(self, pattern: bytes, seconds: float, start: int = 0) -> re.Match[bytes]:
        """Wait for text on the console. Raises ProofError."""
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                if found := re.search(pattern, self.log[start:]):
                    return found
                ended = self._process.poll() is not None and not self._reader.is_alive()
                if ended or time.monotonic() > end:
                    tail = self.log[-2000:].decode("utf-8", "replace")
                    raise ProofError(f"{pattern!r} was not seen in {seconds:.0f} s:\n{tail}")
                self._changed.wait(0.5)

    def shell(self, seconds: float = 400) -> float:
        """Wait for the shell of the proof and return the machine's age then. Raises ProofError."""
        self.expect(rb"# $", seconds)
        age = self.age
        self.sh("dmesg -n 1; stty -echo cols 400; export TERM=dumb PAGER=cat PS1=''")
        self.sh("bind 'set enable-bracketed-paste off'")
        return age

    def sh(self, command: str, seconds: float = 120) -> tuple[int, str]:
        """Run a command in the shell of the proof; return its exit code and output. Raises ProofError."""
        assert self._process.stdin is not None
        mark, start = f"m{time.monotonic_ns()}", len(self.log)
        self._process.stdin.write(f'{command}; echo {mark[:3]}""{mark[3:]}=$?=\n'.encode())
        self._process.stdin.flush()
        found = self.expect(mark.encode() + rb"=(\d+)=", seconds, start)
        output = self.log[start : start + found.start()].decode("utf-8", "replace").replace("\r", "")
        return int(found[1]), re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", output).strip()

    def output(self, command: str, seconds: float = 120) -> str:
        """Return the output of a command. Raises ProofError if it fails."""
        code, text = self.sh(command, seconds)
        if code:
            raise ProofError(f"{command}: exit code {code}: {text}")
        return text

    def wait_until(self, command: str, seconds: float) -> float:
        """Repeat a command until it succeeds; return the machine's age then. Raises ProofError."""
        end = time.monotonic() + seconds
        while True:
            code, text = self.sh(command)
            if code == 0:
                return self.age
            if time.monotonic() > end:
                raise ProofError(f"{command}: still {code} after {seconds:.0f} s: {text}")
            time.sleep(5)  # each question takes a second of the emulated processor

    def picture(self, name: str) -> Path:
        """Photograph the screen."""
        file = self.folder / f"{name}.png"
        self.monitor("screendump", filename=str(file), format="png")
        return file

    def serial(self, name: str) -> socket.socket:
        """Return the other end of a serial line."""
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(self.folder / name))
        return line

    def monitor(self, execute: str, **arguments: object) -> None:
        """Run a command of QEMU's monitor."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self._socket))
            stream = line.makefile("rw", encoding="utf-8")
            stream.readline()
            for each in ({"execute": "qmp_capabilities"}, {"execute": execute, "arguments": arguments}):
                stream.write(json.dumps(each) + "\n")
                stream.flush()
                while "event" in (answer := json.loads(stream.readline())):
                    pass
                if "error" in answer:
                    raise ProofError(f"{execute}: {answer['error']}")

    def wait_end(self, seconds: float = 240) -> bool:
        """Wait until the machine restarts or stops; return whether it asked for the candidate. Raises ProofError."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise ProofError(f"it did not restart in {seconds:.0f} s: {self.log[-500:]!r}") from None
        self._reader.join(5)
        asked = re.findall(rb"Restarting system with command '([^']*)'", self.log)
        return bool(asked) and b"tryboot" in asked[-1]

    def cut(self) -> None:
        """Cut the power."""
        self._process.kill()
        self._process.wait()


def copy_disk(source: Path, target: Path, size: int) -> None:
    """Copy an image to a card of this size in bytes, without its holes."""
    subprocess.run(["cp", "--sparse=always", str(source), str(target)], check=True)
    os.truncate(target, size)


def need_commands() -> None:
    """Raise ProofError with the package of a missing program."""
    for command, package in {
        "qemu-system-aarch64": "qemu-system-arm",
        "fdtput": "device-tree-compiler",
        "mtype": "mtools",
    }.items():
        if shutil.which(command) is None:
            raise ProofError(f"{command} is missing: apt-get install {package}")
