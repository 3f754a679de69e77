"""Operate the pins of a kiosk in another process, by one JSON line per change.

Here: {"ground": 5, "seconds": 0.06} {"release": 5} {"dead": true} {"tell": true}.
There: {"pin": 17, "level": 0.6} {"done": 3}.
Contacts and faults persist while the kiosk is killed and restarted; outputs stay on, as on a real Pi.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk.config.hardware import GpioLights
from kiosk.views import Signal
from tests.emulated.gpio import WiredFactory, Wires
from tests.support.patience import PATIENCE

Line = dict[str, Any]


class FarWires(Wires):
    """Header of a kiosk in another process, started with `environment()`."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="wires-")
        self._path = Path(self._folder.name) / "wires"
        self._done = threading.Condition()
        self._asked = self._answered = 0
        self._kiosk: socket.socket | None = None
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(str(self._path))
        self._door.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def environment(self) -> Mapping[str, str]:
        root = Path(__file__).parents[2]
        return {
            "PYTHONPATH": str(Path(__file__).parent / "gpio_site"),
            "WIRES": str(self._path),
            "WIRES_ROOT": str(root),
        }

    def press(self, gpio: int, seconds: float = 0.06) -> None:
        """Close the contact for this time, in seconds; return once the kiosk has seen both edges."""
        self._ask({"ground": gpio, "seconds": seconds})

    def ground(self, gpio: int) -> None:
        super().ground(gpio)
        self._ask({"ground": gpio})

    def release(self, gpio: int) -> None:
        super().release(gpio)
        self._ask({"release": gpio})

    def die(self, *, dead: bool = True) -> None:
        self.dead = dead
        self._ask({"dead": dead})

    def signal(self, lights: GpioLights) -> Signal | None:
        self.catch_up()
        return super().signal(lights)

    def catch_up(self) -> None:
        """Wait until all levels set by the kiosk so far are received."""
        self._ask({"tell": True})

    def close(self) -> None:
        self._door.close()
        if self._kiosk is not None:
            self._kiosk.close()
        self._folder.cleanup()

    def _ask(self, line: Line) -> None:
        """Wait until the kiosk has applied the change; if none runs, it reads the state at its start."""
        with self._done:
            if self._kiosk is None:
                return
            self._asked += 1
            send(self._kiosk, {**line, "number": self._asked})
            self._done.wait_for(lambda: self._kiosk is None or self._answered >= self._asked, PATIENCE)

    def _serve(self) -> None:
        while True:
            try:
                kiosk, _ = self._door.accept()
            except OSError:
                return
            with self._done:
                self._kiosk = kiosk
                send(kiosk, {"begin": True, "grounded": sorted(self.grounded), "dead": self.dead})
            self._listen(kiosk)
            with self._done:
                self._kiosk = None
                self._done.notify_all()

    def _listen(self, kiosk: socket.socket) -> None:
        for line in lines(kiosk):
            if "pin" in line:
                self.driven(line["pin"], line["level"])
            else:
                with self._done:
                    self._answered = line["done"]
                    self._done.notify_all()


class FarFactory(WiredFactory):
    """gpiozero's pins in the kiosk process; connect to the bench when the first pin is requested."""

    def __init__(self, path: str) -> None:
        super().__init__(Wires())
        self._path = path
        self._begun = threading.Lock()
        self._begins = True

    def pin(self, name: str, **more: Any) -> Any:
        with self._begun:
            if self._begins:
                join(self.wires, self._path)
                self._begins = False
        return super().pin(name, **more)


def join(wires: Wires, path: str) -> None:
    """Connect these wires to the bench: levels are sent to it, and its operator actions are applied."""
    bench = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bench.connect(path)
    incoming = lines(bench)
    begin = next(incoming)
    wires.grounded, wires.dead = set(begin["grounded"]), begin["dead"]
    sending = threading.Lock()

    def tell(line: Line) -> None:
        with sending:
            send(bench, line)

    def obey() -> None:
        for line in incoming:
            _obey(wires, line)
            tell({"done": line["number"]})

    wires.on_change = lambda gpio, level: tell({"pin": gpio, "level": level})
    threading.Thread(target=obey, daemon=True).start()


def _obey(wires: Wires, line: Line) -> None:
    if "tell" in line:
        return
    if "dead" in line:
        wires.dead = line["dead"]
    elif "release" in line:
        wires.release(line["release"])
    else:
        wires.ground(line["ground"])
        if seconds := line.get("seconds"):
            threading.Event().wait(seconds)
            wires.release(line["ground"])


def send(to: socket.socket, line: Line) -> None:
    try:
        to.sendall(json.dumps(line).encode() + os.linesep.encode())
    except OSError:
        """The other end is closed; the message is dropped."""


def lines(of: socket.socket) -> Any:
    """Yield each received line until the other end closes."""
    with of.makefile("rb") as stream:
        try:
            yield from (json.loads(line) for line in stream)
        except (OSError, ValueError):
            return
