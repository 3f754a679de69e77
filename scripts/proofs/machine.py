"""Run the virtual machine of the proof `vm`, and photograph its screen whenever tapping.py requests it."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 1500.0
APPEND = "root=/dev/vda rw console=ttyS0 quiet systemd.mask=serial-getty@ttyS0.service systemd.mask=getty@tty1.service"


def command(folder: Path, kernel: str, initrd: str) -> list[str]:
    return [
        *"nice -n 10 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 2560".split(),
        *"-display none -nic none".split(),
        *("-kernel", kernel, "-initrd", initrd, "-append", APPEND),
        *("-drive", f"file={folder}/vm.img,format=raw,if=virtio,cache=unsafe"),
        *("-vga", "none", "-device", "virtio-vga,xres=1024,yres=600"),
        *("-serial", f"file:{folder}/vm.serial", "-qmp", f"unix:{folder}/vm.qmp,server=on,wait=off"),
    ]


class Console:
    """QEMU's monitor, over its socket."""

    def __init__(self, path: Path, machine: "subprocess.Popen[bytes]") -> None:
        """Raises SystemExit if the machine ended before its socket accepted a connection."""
        self._socket = socket.socket(socket.AF_UNIX)
        while True:
            if machine.poll() is not None:
                raise SystemExit(f"vm: QEMU ended with code {machine.returncode}; what it said stands above")
            try:
                self._socket.connect(str(path))
                break
            except OSError:
                time.sleep(0.2)
        self._file = self._socket.makefile("rw", encoding="utf-8")
        self._file.readline()
        self.ask("qmp_capabilities")

    def ask(self, what: str, **arguments: str) -> None:
        self._file.write(json.dumps({"execute": what, "arguments": arguments}) + "\n")
        self._file.flush()
        while "event" in json.loads(self._file.readline()):
            pass


def told(serial: Path) -> Iterator[str]:
    """Yield the lines of tapping.py from the serial port as they arrive."""
    known, start = 0, time.monotonic()
    while time.monotonic() - start < PATIENCE:
        text = serial.read_text(encoding="utf-8", errors="replace") if serial.exists() else ""
        whole = text.rpartition("\n")[0].splitlines()
        said = [found.group(1) for line in whole if (found := re.search(r"PROOF (.*)", line))]
        yield from said[known:]
        known = len(said)
        time.sleep(0.5)


def main(folder: Path, kernel: str, initrd: str) -> int:
    for each in ("vm.serial", "vm.qmp"):
        (folder / each).unlink(missing_ok=True)
    machine = subprocess.Popen(command(folder, kernel, initrd))
    try:
        console = Console(folder / "vm.qmp", machine)
        start = time.monotonic()
        for line in told(folder / "vm.serial"):
            print(f"  [{time.monotonic() - start:.0f} s] {line}", flush=True)
            if line.startswith("picture "):
                console.ask("screendump", filename=f"{folder}/vm-{line.split()[1]}.png", format="png")
            elif line.startswith(("done", "failed")):
                return int(line.startswith("failed"))
        console.ask("screendump", filename=f"{folder}/vm-last.png", format="png")
        print("  it did not come to an end", file=sys.stderr)
        return 1
    finally:
        machine.terminate()
        machine.wait()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
