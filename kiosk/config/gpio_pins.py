"""Describe the 40-pin header: pins, bus assignments and conflicts between parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from kiosk.system.lazy_text import LazyText, sentence

Gpio = Annotated[int, Field(ge=0, le=27)]
"""GPIO number of a line, as gpiozero counts: 17 is GPIO17, on header pin 11."""


@dataclass(frozen=True, slots=True)
class HeaderPin:
    """One pin of the header. `gpio` is None for power and ground."""

    number: int
    gpio: int | None
    printed: str = ""
    """The power, or the pin's name on a bus."""

    @property
    def name(self) -> str:
        return self.printed if self.gpio is None else f"GPIO{self.gpio}"

    @property
    def also(self) -> tuple[str, ...]:
        """The names on buses."""
        return () if self.gpio is None or not self.printed else (self.printed,)


HEADER = (
    HeaderPin(1, None, "3V3"), HeaderPin(2, None, "5V"),
    HeaderPin(3, 2, "I2C SDA"), HeaderPin(4, None, "5V"),
    HeaderPin(5, 3, "I2C SCL"), HeaderPin(6, None, "GND"),
    HeaderPin(7, 4), HeaderPin(8, 14, "UART TXD"),
    HeaderPin(9, None, "GND"), HeaderPin(10, 15, "UART RXD"),
    HeaderPin(11, 17, "SPI1 CE1"), HeaderPin(12, 18, "SPI1 CE0"),
    HeaderPin(13, 27), HeaderPin(14, None, "GND"),
    HeaderPin(15, 22), HeaderPin(16, 23),
    HeaderPin(17, None, "3V3"), HeaderPin(18, 24),
    HeaderPin(19, 10, "SPI MOSI"), HeaderPin(20, None, "GND"),
    HeaderPin(21, 9, "SPI MISO"), HeaderPin(22, 25),
    HeaderPin(23, 11, "SPI SCLK"), HeaderPin(24, 8, "SPI CE0"),
    HeaderPin(25, None, "GND"), HeaderPin(26, 7, "SPI CE1"),
    HeaderPin(27, 0, "ID SD"), HeaderPin(28, 1, "ID SC"),
    HeaderPin(29, 5), HeaderPin(30, None, "GND"),
    HeaderPin(31, 6), HeaderPin(32, 12),
    HeaderPin(33, 13), HeaderPin(34, None, "GND"),
    HeaderPin(35, 19, "SPI1 MISO"), HeaderPin(36, 16, "SPI1 CE2"),
    HeaderPin(37, 26), HeaderPin(38, 20, "SPI1 MOSI"),
    HeaderPin(39, None, "GND"), HeaderPin(40, 21, "SPI1 SCLK"),
)  # fmt: skip
"""The same on every Raspberry Pi with 40 pins, row by row."""

GPIOS = {contact.gpio: contact for contact in HEADER if contact.gpio is not None}
SPI, SPI1, UART = "SPI", "SPI1", "UART"
ALONE = frozenset({UART})
"""Buses that support one device only."""
KEPT = {
    "I2C": sentence("keep it free for a display or a touch panel: it has a pull-up resistor"),
    "ID": sentence("the firmware identifies boards on the header there"),
    SPI: sentence("scripts/install-device enables this bus, used or not"),
}
"""Buses whose pins no part may use, and why. The UART is free until used: the firmware leaves it off."""
HEADER_PORTS = frozenset({"/dev/serial0", "/dev/ttyAMA0", "/dev/ttyS0"})
"""Serial ports that are the header's UART; a USB adapter has other names."""


@dataclass(frozen=True, slots=True)
class Use:
    """A line of the header that a part uses: the key in kiosk.toml, and the line."""

    key: str
    gpio: int


def clashes(uses: Iterable[Use], buses: Iterable[tuple[str, str]]) -> Iterator[LazyText]:
    """Yield a sentence for each line or bus used twice. `buses` are pairs of bus and user."""
    uses = tuple(uses)
    taken: dict[str, str] = {}
    for bus, user in buses:
        if bus in ALONE and bus in taken:
            yield sentence(
                "{who}: the header's {bus} is already used by {other}; use a USB adapter",
                who=user,
                bus=bus,
                other=taken[bus],
            )
        taken.setdefault(bus, user)
    first: dict[int, str] = {}
    wanted = {use.gpio for use in uses}
    free = ", ".join(str(gpio) for gpio in sorted(GPIOS) if gpio not in wanted and not _reserved_reason(gpio, taken))
    for use in uses:
        why = _reserved_reason(use.gpio, taken)
        if why is None and use.gpio in first:
            why = sentence("is already used for {other}", other=first[use.gpio])
        first.setdefault(use.gpio, use.key)
        if why:
            yield sentence(
                "{key} = {gpio}: GPIO{gpio} (header pin {pin}) {why}; free: {free}",
                key=use.key,
                gpio=use.gpio,
                pin=GPIOS[use.gpio].number,
                why=why,
                free=free,
            )


def _reserved_reason(gpio: int, buses: Mapping[str, str]) -> LazyText | None:
    """Return why no part may use this line; None if one may."""
    bus, _, line = GPIOS[gpio].printed.partition(" ")
    if bus in buses:
        return sentence("is {bus}'s {line}, and {other} uses {bus}", bus=bus, line=line, other=buses[bus])
    return sentence("is {bus}'s {line}: {why}", bus=bus, line=line, why=KEPT[bus]) if bus in KEPT else None
