"""Simulate a Raspberry Pi Pico with a PN5180 on a pseudo-terminal, as the firmware of pn5180-tagomatic serves it.

The Pico answers remote procedure calls of simpleRPC 3.0 and passes them on to the registers of the chip. Only the calls
and registers are there that an ISO 15693 reader uses.

Source: NXP PN5180 data sheet, chapters 9 (registers) and 11 (host commands); simpleRPC, protocol description.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import struct
import threading
import time
import tty
from pathlib import Path

from kiosk.tag_simulator.tags import AirField, Received

SYSTEM_CONFIG, IRQ_ENABLE, IRQ_STATUS, IRQ_CLEAR, RX_STATUS, TX_CONFIG = 0, 1, 2, 3, 19, 24
RX_IRQ, TX_IRQ, SOF_IRQ = 1 << 0, 1 << 1, 1 << 14
INTEGRITY_ERROR, COLLISION = 1 << 16, 1 << 18
TX_PARTS = 0x4C0
"""Bits of TX_CONFIG that a frame needs for its start, data and CRC; without them SEND_DATA sends an EOF only."""
TRANSCEIVE = 3
HANDSHAKE = 0xFF
POLL_S = 0.05
SET, OR = 1, 2


class Pn5180Pico:
    """The reader on its port. `device` can be opened while it is plugged in."""

    CALLS = (
        ("reset", ": "),
        ("write_register", "h: B I"),
        ("write_register_or_mask", "h: B I"),
        ("write_register_and_mask", "h: B I"),
        ("write_register_multiple", "h: [(BBI)]"),
        ("read_register", "(hI): B"),
        ("read_register_multiple", "(h[I]): [B]"),
        ("send_data", "h: B [B]"),
        ("read_data", "(h[B]): H"),
        ("load_rf_config", "h: B B"),
        ("rf_on", "h: B"),
        ("rf_off", "h: "),
        ("is_irq_set", "?: "),
        ("wait_for_irq", "?: H"),
    )

    def __init__(self, field: AirField, link: Path, *, call_s: float = 0.0, runs_on_air_time: bool = False) -> None:
        """Plug the reader in.

        Args:
            field: Its antenna.
            link: Path of the device, a symbolic link as udev makes it.
            call_s: Seconds that the USB takes for each call.
            runs_on_air_time: True: answers arrive when they would on the air; otherwise at once.
        """
        self.calls = 0
        """Number of calls so far."""
        self.garbles = 0
        """Number of answers to come that are spoilt on the air."""
        self.leaves_in: int | None = None
        """Number of calls after which it is unplugged, in the middle of the next one."""
        self._field = field
        self.device = link
        self._call_s = call_s
        self._waits = runs_on_air_time
        self._registers = {SYSTEM_CONFIG: 0, TX_CONFIG: TX_PARTS}
        self._received = Received()
        self._ready_at = 0.0
        self._sof_at = 0.0
        self._garbled = False
        self._master = -1
        self._thread: threading.Thread | None = None
        self.plug()

    def plug(self) -> None:
        """Make the port; does nothing if it is plugged in."""
        if self._master >= 0:
            return
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.device.unlink(missing_ok=True)
        self.device.symlink_to(os.ttyname(slave))
        self._slave = slave
        self._unplugged = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(self._master,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Remove the port; reads and writes of an open one then fail."""
        if self._master < 0:
            return
        self._unplugged.set()
        self.device.unlink(missing_ok=True)
        os.close(self._slave)
        master, self._master = self._master, -1
        self._hang_up(master)
        self._field.switch(False)

    def close(self) -> None:
        self.unplug()

    def _hang_up(self, master: int) -> None:
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2)
        with contextlib.suppress(OSError):
            os.close(master)

    def _serve(self, master: int) -> None:
        while not self._unplugged.is_set():
            with contextlib.suppress(OSError, _Unplugged):
                index = self._take(master, 1)[0]
                if index == HANDSHAKE:
                    os.write(master, self._introduction())
                elif index < len(self.CALLS):
                    self._call(master, index)

    def _introduction(self) -> bytes:
        methods = "".join(f"{signature};{name}: a call.\0" for name, signature in self.CALLS)
        return b"simpleRPC\0" + bytes((3, 0, 0)) + b"<H\0" + methods.encode() + b"\0"

    def _take(self, master: int, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            if self._unplugged.is_set():
                raise _Unplugged
            if select.select([master], [], [], POLL_S)[0]:
                taken += os.read(master, count - len(taken))
        return taken

    def _call(self, master: int, index: int) -> None:
        self.calls += 1
        if self.leaves_in is not None:
            self.leaves_in -= 1
            if self.leaves_in < 0:
                self.leaves_in = None
                self.unplug()
                raise _Unplugged
        name, signature = self.CALLS[index]
        result, _, parameters = signature.partition(":")
        arguments = [self._argument(master, kind) for kind in parameters.split()]
        if self._call_s:
            time.sleep(self._call_s)
        answer = getattr(self, f"do_{name}")(*arguments)
        os.write(master, _pack_result(result, answer))

    def _argument(self, master: int, kind: str) -> object:
        if not kind.startswith("["):
            return struct.unpack(f"<{kind}", self._take(master, struct.calcsize(f"<{kind}")))[0]
        inner = kind.strip("[()]")
        (count,) = struct.unpack("<H", self._take(master, 2))
        items = [struct.unpack(f"<{inner}", self._take(master, struct.calcsize(f"<{inner}"))) for _ in range(count)]
        return items if len(inner) > 1 else [each for (each,) in items]

    # The calls of the firmware.

    def do_reset(self) -> None:
        self._registers = {SYSTEM_CONFIG: 0, TX_CONFIG: TX_PARTS}
        self._field.switch(False)

    def do_write_register(self, address: int, value: int) -> int:
        if address == IRQ_CLEAR:
            self._registers[IRQ_STATUS] = self._irqs() & ~value
        else:
            self._registers[address] = value
        return 0

    def do_write_register_or_mask(self, address: int, value: int) -> int:
        return self.do_write_register(address, self._registers.get(address, 0) | value)

    def do_write_register_and_mask(self, address: int, value: int) -> int:
        return self.do_write_register(address, self._registers.get(address, 0) & value)

    def do_write_register_multiple(self, elements: list[tuple[int, int, int]]) -> int:
        for address, operation, value in elements:
            if operation == SET:
                self.do_write_register(address, value)
            elif operation == OR:
                self.do_write_register_or_mask(address, value)
            else:
                self.do_write_register_and_mask(address, value)
        return 0

    def do_read_register(self, address: int) -> tuple[int, int]:
        return 0, self._value(address)

    def do_read_register_multiple(self, addresses: list[int]) -> tuple[int, list[int]]:
        return 0, [self._value(address) for address in addresses]

    def do_send_data(self, bits: int, data: list[int]) -> int:
        if self._registers.get(SYSTEM_CONFIG, 0) & 7 != TRANSCEIVE:
            return -1
        before = self._field.seconds
        if self._registers[TX_CONFIG] & TX_PARTS == TX_PARTS:
            self._received = self._field.send(bytes(data))
        else:
            self._received = self._field.end_slot()
        began = time.monotonic() if self._waits else -self._field.seconds
        self._ready_at = began + self._field.seconds - before
        self._sof_at = began + self._field.answer_began - before
        if self.garbles and self._received.data:
            self.garbles -= 1
            self._garbled = True
        else:
            self._garbled = False
        received = (RX_IRQ | SOF_IRQ) if self._received.data else 0
        self._registers[IRQ_STATUS] = self._registers.get(IRQ_STATUS, 0) | TX_IRQ | received
        return 0

    def do_read_data(self, length: int) -> tuple[int, list[int]]:
        return 0, list(self._received.data[:length].ljust(length, b"\0"))

    def do_load_rf_config(self, transmit: int, receive: int) -> int:
        return 0

    def do_rf_on(self, flags: int) -> int:
        self._field.switch(True)
        return 0

    def do_rf_off(self) -> int:
        self._field.switch(False)
        return 0

    def do_is_irq_set(self) -> bool:
        return bool(self._irqs() & self._registers.get(IRQ_ENABLE, 0))

    def do_wait_for_irq(self, milliseconds: int) -> bool:
        end = time.monotonic() + milliseconds / 1000
        while not self.do_is_irq_set():
            left = end - time.monotonic() if self._waits else 0.0
            if left <= 0:
                return False
            time.sleep(min(left, max(0.0001, self._ready_at - time.monotonic())))
        return True

    def _irqs(self) -> int:
        """Return the interrupts so far: an answer is complete when its air time is over, and begins long before."""
        value, now = self._registers.get(IRQ_STATUS, 0), time.monotonic()
        if now < self._ready_at:
            value &= ~RX_IRQ
        if now < self._sof_at:
            value &= ~SOF_IRQ
        return value

    def _value(self, address: int) -> int:
        if address == IRQ_STATUS:
            return self._irqs()
        if address != RX_STATUS:
            return self._registers.get(address, 0)
        if not self._irqs() & RX_IRQ:
            return 0
        errors = (COLLISION | INTEGRITY_ERROR) if self._received.collision else 0
        return len(self._received.data) | errors | (INTEGRITY_ERROR if self._garbled else 0)


class _Unplugged(Exception):
    """The port is gone."""


def _pack_result(kind: str, value: object) -> bytes:
    """Return a result as simpleRPC sends it."""
    if not kind.strip():
        return b""
    if not kind.startswith("("):
        return struct.pack(f"<{kind}", value)
    assert isinstance(value, tuple)
    status, rest = value
    if kind[2] != "[":
        return struct.pack("<hI", status, rest)
    return struct.pack(f"<hH{len(rest)}{kind[3]}", status, len(rest), *rest)
