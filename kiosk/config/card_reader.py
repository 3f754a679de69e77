"""Define the card reader's drivers, and how a card's UID becomes the library's number for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kiosk.config.fields import Local
from kiosk.config.gpio_pins import HEADER_PORTS, SPI, SPI1, UART, Gpio
from kiosk.config.section import Absent, Section, SimulatedPart

Affix = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]*$", max_length=16)]
HEX_UID = "[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20}"


class CardNumber(Section):
    """How a UID is written, as the library recorded it before.

    The number is what the hub has enrolled. It is hashed as it is, so one additional zero is another card. Take a card
    whose number is known and compare: the UID 04 A1 B2 C3 is

        form = "hex"                                                04A1B2C3
        form = "hex", byte_order = "reversed"                       C3B2A104
        form = "decimal", digits = 10                               0077705923
        form = "decimal", byte_order = "reversed", digits = 10      3283263748
        form = "wiegand26"                                          16145763
        form = "decimal", digits = 10, put_before = "LB"            LB0077705923
    """

    byte_order: Literal["as_read", "reversed"] = "as_read"
    """`as_read` is the order of ISO 14443; many desk readers take the first byte as the lowest: `reversed`."""
    form: Literal["hex", "decimal", "wiegand26"] = "hex"
    """`wiegand26`: of the last three bytes the first as three digits, the other two as five. Cards may collide."""
    digits: Annotated[int, Field(ge=0, le=25)] = 0
    """A shorter decimal number is padded with zeros on the left."""
    take_off: Affix = ""
    """Prefix to remove from numbers that begin with it, such as a reader's own mark."""
    put_before: Affix = ""
    """Prefix to add to every number afterwards, such as a branch's mark."""

    @model_validator(mode="after")
    def _digits_of_a_decimal(self) -> CardNumber:
        if self.digits and self.form != "decimal":
            raise ValueError('digits requires form = "decimal"')
        return self

    @property
    def pattern(self) -> str:
        """Regular expression of a number made from a whole UID."""
        match self.form:
            case "hex" if not self.take_off:
                body = HEX_UID
            case "hex":
                body = "[0-9A-F]{1,20}"
            case "decimal" | "wiegand26":
                body = "[0-9]{1,25}"
        return f"{self.put_before}(?:{body})"


class Mfrc522Reader(Section):
    """An MFRC522 (RC522) on the SPI pins. It reads complete UIDs of ISO 14443 type A cards."""

    driver: Literal["mfrc522"]
    bus: Annotated[int, Field(ge=0, le=6)] = 0
    device: Annotated[int, Field(ge=0, le=2)] = 0
    """/dev/spidev<bus>.<device>; 0.0 is the header's SPI with its chip select CE0."""
    reset_gpio: Gpio = 25
    """The line that RST is wired to; 25 is header pin 22."""
    number: CardNumber = CardNumber()

    def pins(self) -> Mapping[str, int]:
        return {"reset_gpio": self.reset_gpio}

    def buses(self) -> frozenset[str]:
        return frozenset({SPI} if self.bus == 0 else {SPI1} if self.bus == 1 else ())

    @property
    def pattern(self) -> str:
        return self.number.pattern


class TypingReader(Section):
    """Common settings of keyboard and serial readers."""

    alphabet: Annotated[str, Field(pattern=r"^[0-9A-Za-z]+$", max_length=62)] = "0123456789"
    """Valid characters of a number; a number with any other character is discarded."""
    pause: Annotated[float, Field(gt=0, le=5)] = 0.5
    """Seconds without a further character after which an incomplete number is discarded."""
    sends: Literal["number", "uid"] = "number"
    """`number`: the library's number as it is. `uid`: the UID in hex, in the order of ISO 14443."""
    number: CardNumber = CardNumber()
    """For `number`, only take_off and put_before are used."""

    @model_validator(mode="after")
    def _form_of_a_uid(self) -> TypingReader:
        if self.sends == "number" and self.number.model_fields_set & {"byte_order", "form", "digits"}:
            raise ValueError('byte_order, form and digits require sends = "uid": a number is used as it is')
        return self

    @property
    def pattern(self) -> str:
        return self.number.pattern if self.sends == "uid" else f"{self.number.put_before}[0-9A-Za-z]{{4,64}}"


class KeyboardReader(TypingReader):
    """A USB reader that acts as a keyboard. It is grabbed exclusively: no other program receives its input."""

    driver: Literal["keyboard"]
    device: Local
    """Such as /dev/input/by-id/usb-ACME_Reader-event-kbd."""


class SerialReader(TypingReader):
    """A reader that sends its numbers over a serial port, each as a line or between STX and ETX."""

    driver: Literal["serial"]
    device: Local
    """Such as /dev/serial/by-id/usb-ACME_Reader-if00, or /dev/serial0 for the header's."""
    baud: Annotated[int, Field(ge=300, le=921600)] = 9600

    def buses(self) -> frozenset[str]:
        return frozenset({UART}) if str(self.device) in HEADER_PORTS else frozenset()


CardReader = Annotated[
    Mfrc522Reader | KeyboardReader | SerialReader | SimulatedPart | Absent, Field(discriminator="driver")
]


def pattern_of(reader: CardReader) -> str:
    """Return the regular expression of the numbers that this reader sends."""
    match reader:
        case SimulatedPart() | Absent():
            return HEX_UID
        case _:
            return reader.pattern
