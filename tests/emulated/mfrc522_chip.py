"""Emulate an MFRC522 at its SPI registers. Source: NXP MFRC522 data sheet, rev. 3.9.

What it leaves out: MIFARE authentication, the self-test, the UART and I2C sides, and all that is analogue.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol

from tests.emulated.iso14443_card import SHORT_FRAME, Answer, Bits, Card, State, bits_of, bytes_of, crc_a, overlapping


class PassingTime(Protocol):
    def now(self) -> float:
        """Return monotonic seconds."""
        ...

    def pause(self, seconds: float) -> None: ...

    def spend(self, seconds: float) -> None:
        """Account for the time that the part itself was busy."""
        ...


class RealTime:
    def now(self) -> float:
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def spend(self, seconds: float) -> None:
        """Do nothing: the time has already passed."""


class OwnTime:
    """Simulated time: waiting takes no real time, but yields to other threads."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def pause(self, seconds: float) -> None:
        self._now += seconds
        time.sleep(0)

    def spend(self, seconds: float) -> None:
        self._now += seconds


COMMAND, COMM_IRQ, DIV_IRQ, ERROR, FIFO_DATA, FIFO_LEVEL, CONTROL = 0x01, 0x04, 0x05, 0x06, 0x09, 0x0A, 0x0C
BIT_FRAMING, COLL, TX_CONTROL, CRC_RESULT_M, CRC_RESULT_L = 0x0D, 0x0E, 0x14, 0x21, 0x22
T_MODE, T_PRESCALER, T_RELOAD_H, T_RELOAD_L, VERSION = 0x2A, 0x2B, 0x2C, 0x2D, 0x37
IDLE, CALC_CRC, TRANSCEIVE, SOFT_RESET = 0x00, 0x03, 0x0C, 0x0F
TX_IRQ, RX_IRQ, IDLE_IRQ, ERR_IRQ, TIMER_IRQ, CRC_IRQ = 0x40, 0x20, 0x10, 0x02, 0x01, 0x04
BUFFER_OVERFLOW, COLLISION, PARITY = 0x10, 0x08, 0x02
FIFO_BYTES = 64
AFTER_RESET = {
    COMMAND: 0x20,
    0x02: 0x80,
    COMM_IRQ: 0x14,
    0x07: 0x21,
    0x0B: 0x08,
    CONTROL: 0x10,
    COLL: 0xA0,
    0x11: 0x3F,
    TX_CONTROL: 0x80,
    0x16: 0x10,
    0x17: 0x84,
    0x18: 0x84,
    0x19: 0x4D,
    CRC_RESULT_M: 0xFF,
    CRC_RESULT_L: 0xFF,
    0x24: 0x26,
    0x26: 0x48,
    0x27: 0x88,
    0x28: 0x20,
    0x29: 0x20,
}
"""Register values after a reset, if not 0."""

CARRIER = 13.56e6
BIT_SECONDS = 128 / CARRIER
FRAME_DELAY = 1236 / CARRIER
"""Seconds from the last bit received by a card to the first bit of its response."""
TRANSFER_SECONDS = 16e-6
"""Two bytes at 1 MHz."""


class Mfrc522Chip:
    """Emulated chip, thread-safe; `transfers` counts the bus transfers."""

    def __init__(self, time: PassingTime, version: int = 0x92) -> None:
        self.transfers = 0
        self.polls = 0
        """Polls of the field: short frames (REQA, WUPA) without a selected card."""
        self._time = time
        self._version = version
        self._lock = threading.RLock()
        self._polled = threading.Condition(self._lock)
        self._cards: list[Card] = []
        self._stuck: int | None = None
        self._dies_after: tuple[int, int] | None = None
        self._held = False
        self._timer_ends: float | None = None
        self._coming: tuple[float, Answer] | None = None
        self._reset()

    # Operator actions.

    def put(self, *cards: Card) -> None:
        self.change((), cards)

    def take(self, *cards: Card) -> None:
        self.change(cards, ())

    def change(self, gone: Iterable[Card], come: Iterable[Card]) -> None:
        """Remove and add cards at the same instant; a response in progress is cut off."""
        with self._lock:
            for card in gone:
                card.power(on=False)
                self._cards.remove(card)
                self._coming = None
            for card in come:
                card.power(self._field)
                self._cards.append(card)

    def pull(self, stuck: int = 0x00) -> None:
        """Disconnect the supply; MISO reads 0x00, or 0xFF if it is held high."""
        with self._lock:
            self._stuck = stuck
            self._reset()

    def pull_after(self, transfers: int, stuck: int = 0x00) -> None:
        """Disconnect the supply after this many transfers."""
        with self._lock:
            self._dies_after = (self.transfers + transfers, stuck)

    def plug(self) -> None:
        """Reconnect the supply; registers are reset."""
        with self._lock:
            self._dies_after = None
            if self._stuck is not None:
                self._stuck = None
                self._reset()

    def hold_in_reset(self, held: bool) -> None:
        """Set NRSTPD; a low level stops and resets the chip."""
        with self._lock:
            self._held = held
            self._reset()

    def until_polled(self, times: int, patience: float) -> bool:
        """Wait until this many more polls have begun; all but the last have then ended."""
        with self._polled:
            wanted = self.polls + times
            return self._polled.wait_for(lambda: self.polls >= wanted, patience)

    # The bus.

    def transfer(self, data: Sequence[int]) -> list[int]:
        """Handle one SPI transfer: an address byte, then the data written or read."""
        with self._lock:
            self.transfers += 1
            self._time.spend(TRANSFER_SECONDS)
            if self._dies_after and self.transfers > self._dies_after[0]:
                self.pull(self._dies_after[1])
                self._dies_after = None
            if self._stuck is not None or self._held:
                return [self._stuck or 0x00] * len(data)
            self._move_on()
            register = data[0] >> 1 & 0x3F
            if data[0] & 0x80:
                return [0x00, *(self._read(register) for _ in data[1:])]
            for value in data[1:]:
                self._write(register, value)
            return [0x00] * len(data)

    def _read(self, register: int) -> int:
        match register:
            case 0x09:
                return self._fifo.popleft() if self._fifo else 0x00
            case 0x0A:
                return len(self._fifo)
            case 0x37:
                return self._version
            case _:
                return self._registers[register]

    def _write(self, register: int, value: int) -> None:
        match register:
            case 0x01:
                self._command(value & 0x0F)
            case 0x04 | 0x05:
                marked = value & 0x7F
                kept = self._registers[register]
                self._registers[register] = kept | marked if value & 0x80 else kept & ~marked
            case 0x09:
                self._push((value,))
            case 0x0A if value & 0x80:
                self._fifo.clear()
                self._registers[ERROR] &= ~BUFFER_OVERFLOW
            case 0x0C | 0x0E:
                mask = 0xC0 if register == CONTROL else 0x80
                self._registers[register] = self._registers[register] & ~mask | value & mask
            case 0x0D:
                self._registers[BIT_FRAMING] = value
                if value & 0x80 and self._registers[COMMAND] & 0x0F == TRANSCEIVE:
                    self._transceive()
            case 0x14:
                self._registers[TX_CONTROL] = value
                self._power()
            case 0x06 | 0x07 | 0x0A | 0x21 | 0x22 | 0x37:
                pass
            case _:
                self._registers[register] = value

    # Internal behaviour.

    def _reset(self) -> None:
        self._registers = bytearray(64)
        for register, value in AFTER_RESET.items():
            self._registers[register] = value
        self._fifo: deque[int] = deque()
        self._timer_ends = self._coming = None
        self._power()

    @property
    def _field(self) -> bool:
        return self._stuck is None and not self._held and self._registers[TX_CONTROL] & 0x03 != 0

    def _power(self) -> None:
        for card in self._cards:
            if not self._field or card.state.value == "off":
                card.power(self._field)

    def _push(self, values: Iterable[int]) -> None:
        for value in values:
            if len(self._fifo) == FIFO_BYTES:
                self._error(BUFFER_OVERFLOW)
                return
            self._fifo.append(value)

    def _error(self, bits: int) -> None:
        self._registers[ERROR] |= bits
        self._registers[COMM_IRQ] |= ERR_IRQ

    def _command(self, command: int) -> None:
        self._coming = None
        self._registers[COMMAND] = self._registers[COMMAND] & 0x30 | command
        if command == SOFT_RESET:
            self._reset()
        elif command == CALC_CRC:
            low, high = crc_a(bytes(self._fifo))
            self._fifo.clear()
            self._registers[CRC_RESULT_L], self._registers[CRC_RESULT_M] = low, high
            self._registers[DIV_IRQ] |= CRC_IRQ

    def _transceive(self) -> None:
        """Send the FIFO to the cards; the response and the timer take effect as time passes."""
        last = self._registers[BIT_FRAMING] & 0x07
        sent = bits_of(bytes(self._fifo))
        sent = sent[: len(sent) - 8 + last] if last else sent
        self._fifo.clear()
        self._registers[ERROR] = 0
        self._registers[COMM_IRQ] |= TX_IRQ
        over = self._time.now() + len(sent) * BIT_SECONDS
        self._timer_ends = over + self._timer_seconds() if self._registers[T_MODE] & 0x80 else None
        if len(sent) == SHORT_FRAME and not any(card.state is State.ACTIVE for card in self._cards):
            self.polls += 1
            self._polled.notify_all()
        answers = [(card, card.hear(sent)) for card in self._listening()]
        strong = [(card.late, bits) for card, bits in answers if bits and not card.weak]
        answer = overlapping(strong or [(card.late, bits) for card, bits in answers], BIT_SECONDS)
        self._coming = (over + FRAME_DELAY + answer.after, answer) if answer else None

    def _listening(self) -> list[Card]:
        return self._cards if self._field else []

    def _timer_seconds(self) -> float:
        prescaler = (self._registers[T_MODE] & 0x0F) << 8 | self._registers[T_PRESCALER]
        reload = self._registers[T_RELOAD_H] << 8 | self._registers[T_RELOAD_L]
        return (reload + 1) * (2 * prescaler + 1) / CARRIER

    def _move_on(self) -> None:
        now = self._time.now()
        begins = self._coming[0] if self._coming else None
        if self._timer_ends is not None and begins is not None and begins < self._timer_ends:
            self._timer_ends = None
        if self._timer_ends is not None and now >= self._timer_ends:
            self._timer_ends = None
            self._registers[COMM_IRQ] |= TIMER_IRQ
        if self._coming and now >= self._coming[0] + len(self._coming[1].bits) * BIT_SECONDS:
            answer, self._coming = self._coming[1], None
            self._receive(answer)

    def _receive(self, answer: Answer) -> None:
        align = self._registers[BIT_FRAMING] >> 4 & 0x07
        bits: Bits = answer.bits
        keep = self._registers[COLL] & 0x80
        self._registers[COLL] = keep | 0x20
        if answer.collision is not None:
            place = align + answer.collision + 1
            self._registers[COLL] = keep | (place & 0x1F if place <= 32 else 0x20)
            bits = bits if keep else (*bits[: answer.collision], *(0 for _ in bits[answer.collision :]))
            self._error(COLLISION)
        if answer.torn:
            self._error(PARITY)
        bits = (*(0 for _ in range(align)), *bits)
        self._push(bytes_of(bits))
        self._registers[CONTROL] = self._registers[CONTROL] & ~0x07 | len(bits) % 8
        self._registers[COMM_IRQ] |= RX_IRQ
