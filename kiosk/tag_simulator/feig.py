"""Simulate a FEIG reader of the OBID family on a TCP port or a pseudo-terminal.

Source: FEIG ELECTRONIC, system manual H20800-16e, chapters 3 (protocol) and 7 (commands for transponders), annex C
(status). What it leaves out: its configuration, scan mode, and transponders other than ISO 15693.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import socket
import threading
import time
import tty
from pathlib import Path

from kiosk.tag_simulator import tags
from kiosk.tag_simulator.tags import BLOCK, AirField

STX, ANY_READER = 0x02, 0xFF
ISO_HOST, RF_RESET = 0xB0, 0x69
OK, NO_TRANSPONDER, DATA_FALSE, UNKNOWN_COMMAND, RF_ERROR, MORE_DATA, ISO_ERROR = (
    0x00,
    0x01,
    0x02,
    0x80,
    0x83,
    0x94,
    0x95,
)
ISO_15693 = 0x03
"""TR-TYPE."""
MOST_AT_ONCE = 24
"""Data sets in one answer of a standard length: 24 times 10 bytes."""
DEEPEST = 4
"""Levels of anticollision that the reader tries."""
BITS_PER_BYTE = 11
"""Start, eight data bits, parity and stop."""


class FeigReader:
    """The reader: `answer` serves one request; the fronts carry the bytes."""

    def __init__(self, field: AirField, *, runs_on_air_time: bool = False, baud: int = 0) -> None:
        """Switch it on.

        Args:
            field: Its antenna.
            runs_on_air_time: True: it is busy as long as the air would be; otherwise it answers at once.
            baud: Bits per second of its port, for the time that requests and answers take. 0: none.
        """
        self.field = field
        self.requests = 0
        self.garbles = 0
        """Number of answers to come whose CRC is wrong."""
        self._waits = runs_on_air_time
        self._baud = baud
        self._found: list[bytes] = []
        self._more: list[bytes] = []

    def answer(self, request: bytes) -> bytes:
        """Return the answer to a whole request; nothing if its frame is broken."""
        if crc(request):
            return b""
        self.requests += 1
        before = self.field.seconds
        command, body = request[4], request[5:-2]
        status, data = self._serve(command, body)
        length = 6 + len(data)
        head = bytes((length,)) if length <= 0xFF else bytes((STX,)) + (length + 2).to_bytes(2, "big")
        whole = head + bytes((0, command, status)) + data
        check = crc(whole) ^ (1 if self.garbles else 0)
        self.garbles = max(0, self.garbles - 1)
        whole += check.to_bytes(2, "little")
        if self._waits:
            line = BITS_PER_BYTE * (len(request) + len(whole)) / self._baud if self._baud else 0.0
            time.sleep(self.field.seconds - before + line)
        return whole

    def _serve(self, command: int, body: bytes) -> tuple[int, bytes]:
        if command == RF_RESET:
            self.field.switch(False)
            self.field.switch(True)
            return OK, b""
        if command != ISO_HOST:
            return UNKNOWN_COMMAND, b""
        self.field.switch(True)
        if body[0] == tags.INVENTORY:
            return self._inventory(is_more=bool(body[1] & 0x80))
        return self._serve_tag(body[0], int.from_bytes(body[2:10], "big"), body[10:])

    def _inventory(self, *, is_more: bool) -> tuple[int, bytes]:
        unresolved = False
        if not is_more:
            self._found = []
            unresolved = self._round(0, 0, 0)
            self._more = sorted(set(self._found))
        sets, self._more = self._more[:MOST_AT_ONCE], self._more[MOST_AT_ONCE:]
        status = RF_ERROR if unresolved else MORE_DATA if self._more else OK if sets else NO_TRANSPONDER
        return status, bytes((len(sets),)) + b"".join(sets) if sets else b""

    def _round(self, length: int, mask: int, depth: int) -> bool:
        """Ask in 16 slots, deeper where answers collide, and return whether some could not be distinguished."""
        request = bytes((0x06, tags.INVENTORY, length)) + mask.to_bytes((length + 7) // 8, "little")
        collided = []
        received = self.field.send(request)
        for slot in range(tags.SLOTS):
            if received.collision:
                collided.append(slot)
            elif received.data:
                self._found.append(bytes((ISO_15693, received.data[1])) + received.data[2:][::-1])
            if slot + 1 < tags.SLOTS:
                received = self.field.end_slot()
        if collided and depth == DEEPEST:
            return True
        unresolved = [self._round(length + 4, mask | slot << length, depth + 1) for slot in collided]
        return any(unresolved)

    def _serve_tag(self, command: int, uid: int, body: bytes) -> tuple[int, bytes]:
        address = uid.to_bytes(8, "little")
        match command:
            case tags.READ_MANY:
                parameters = bytes((body[0], body[1] - 1))
            case 0x24:
                return self._write_blocks(address, body)
            case _:
                parameters = body
        received = self.field.send(bytes((0x22, command)) + address + parameters)
        if not received.data:
            return NO_TRANSPONDER, b""
        if received.data[0] & 1:
            return ISO_ERROR, received.data[1:2]
        data = received.data[1:]
        match command:
            case tags.READ_MANY:
                blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
                return OK, bytes((len(blocks), BLOCK)) + b"".join(b"\0" + block[::-1] for block in blocks)
            case tags.SYSTEM:
                dsfid, afi, count, size = data[9], data[10], data[11] + 1, data[12] + 1
                return OK, bytes((dsfid,)) + data[1:9][::-1] + bytes((afi, size, count, 1))
            case _:
                return OK, b""

    def _write_blocks(self, address: bytes, body: bytes) -> tuple[int, bytes]:
        first, count, size = body[:3]
        for number in range(count):
            block = body[3 + size * number : 3 + size * (number + 1)][::-1]
            received = self.field.send(bytes((0x22, tags.WRITE)) + address + bytes((first + number,)) + block)
            if not received.data:
                return NO_TRANSPONDER, b""
            if received.data[0] & 1:
                return ISO_ERROR, received.data[1:2] + bytes((first + number,))
        return OK, b""


def crc(data: bytes) -> int:
    """Return the CRC-16 of the protocol; that of a whole frame is 0."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return value


class _Front:
    """Carry requests and answers over a file descriptor."""

    def __init__(self, reader: FeigReader) -> None:
        self._reader = reader
        self._stop = threading.Event()

    def _serve(self, descriptor: int) -> None:
        """Serve until unplugged, or the other side closes."""
        buffer = b""
        while not self._stop.is_set():
            if not select.select([descriptor], [], [], 0.02)[0]:
                continue
            try:
                if not (more := os.read(descriptor, 512)):
                    return
            except OSError:
                return
            buffer += more
            while len(buffer) >= 3 and len(buffer) >= (length := int.from_bytes(buffer[1:3], "big")):
                request, buffer = buffer[:length], buffer[length:]
                with contextlib.suppress(OSError):
                    os.write(descriptor, self._reader.answer(request))


class FeigOnTcp(_Front):
    """The reader on a TCP port of the loopback interface."""

    def __init__(self, reader: FeigReader) -> None:
        super().__init__(reader)
        self.port = 0
        self.plug()

    def plug(self) -> None:
        self._stop = threading.Event()
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        self._stop.set()
        self._thread.join(2)

    def _accept(self, listener: socket.socket) -> None:
        with listener:
            listener.settimeout(0.02)
            while not self._stop.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = listener.accept()
                    with connection:
                        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                        self._serve(connection.fileno())


class FeigOnSerial(_Front):
    """The reader on a pseudo-terminal, at `device` while it is plugged in."""

    def __init__(self, reader: FeigReader, link: Path) -> None:
        super().__init__(reader)
        self.device = link
        self.plug()

    def plug(self) -> None:
        self._stop = threading.Event()
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.device.unlink(missing_ok=True)
        self.device.symlink_to(os.ttyname(self._slave))
        self._thread = threading.Thread(target=self._serve, args=(self._master,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        self._stop.set()
        self._thread.join(2)
        self.device.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)


class DirectPort:
    """A port of pyserial without a line: what is written is answered at once."""

    def __init__(self, reader: FeigReader) -> None:
        self._reader = reader
        self._answer = b""

    def reset_input_buffer(self) -> None:
        self._answer = b""

    def write(self, request: bytes) -> None:
        self._answer += self._reader.answer(request)

    def read(self, count: int) -> bytes:
        taken, self._answer = self._answer[:count], self._answer[count:]
        return taken
