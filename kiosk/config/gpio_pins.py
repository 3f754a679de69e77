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
class Contact:
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
    Contact(1, None, "3V3"), Contact(2, None, "5V"),
    Contact(3, 2, "I2C SDA"), Contact(4, None, "5V"),
    Contact(5, 3, "I2C SCL"), Contact(6, None, "GND"),
    Contact(7, 4), Contact(8, 14, "UART TXD"),
    Contact(9, None, "GND"), Contact(10, 15, "UART RXD"),
    Contact(11, 17, "SPI1 CE1"), Contact(12, 18, "SPI1 CE0"),
    Contact(13, 27), Contact(14, None, "GND"),
    Contact(15, 22), Contact(16, 23),
    Contact(17, None, "3V3"), Contact(18, 24),
    Contact(19, 10, "SPI MOSI"), Contact(20, None, "GND"),
    Contact(21, 9, "SPI MISO"), Contact(22, 25),
    Contact(23, 11, "SPI SCLK"), Contact(24, 8, "SPI CE0"),
    Contact(25, None, "GND"), Contact(26, 7, "SPI CE1"),
    Contact(27, 0, "ID SD"), Contact(28, 1, "ID SC"),
    Contact(29, 5), Contact(30, None, "GND"),
    Contact(31, 6), Contact(32, 12),
    Contact(33, 13), Contact(34, None, "GND"),
    Contact(35, 19, "SPI1 MISO"), Contact(36, 16, "SPI1 CE2"),
    Contact(37, 26), Contact(38, 20, "SPI1 MOSI"),
    Contact(39, None, "GND"), Contact(40, 21, "SPI1 SCLK"),
)  # fmt: skip
"""The same on every Raspberry Pi with 40 pins, row by row."""

GPIOS = {contact.gpio: contact for contact in HEADER if contact.gpio is not None}
SPI, SPI1, UART = "SPI", "SPI1", "UART"
ALONE = frozenset({UART})
"""Buses that support one device only."""
KEPT = {
    "I2C": sentence("keep it free for a display or a touch panel: it is pulled up"),
    "ID": sentence("the firmware asks boards on the header for their names there"),
    SPI: sentence("scripts/install-device turns this bus on, used or not"),
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
                "{who}: the header's {bus} is {other}'s already; take an adapter on USB",
                who=user,
                bus=bus,
                other=taken[bus],
            )
        taken.setdefault(bus, user)
    first: dict[int, str] = {}
    wanted = {use.gpio for use in uses}
    free = ", ".join(str(gpio) for gpio in sorted(GPIOS) if gpio not in wanted and not _why(gpio, taken))
    for use in uses:
        why = _why(use.gpio, taken)
        if why is None and use.gpio in first:
            why = sentence("is {other} already", other=first[use.gpio])
        first.setdefault(use.gpio, use.key)
        if why:
            yield sentence(
                "{key} = {gpio}: GPIO{gpio} (header pin {pin}) {why}; free are {free}",
                key=use.key,
                gpio=use.gpio,
                pin=GPIOS[use.gpio].number,
                why=why,
                free=free,
            )


def _why(gpio: int, buses: Mapping[str, str]) -> LazyText | None:
    """Return why no part may use this line; None if one may."""
    bus, _, line = GPIOS[gpio].printed.partition(" ")
    if bus in buses:
        return sentence("is {bus}'s {line}, and {other} uses {bus}", bus=bus, line=line, other=buses[bus])
    return sentence("is {bus}'s {line}: {why}", bus=bus, line=line, why=KEPT[bus]) if bus in KEPT else None
