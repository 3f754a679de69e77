"""Define the sections of kiosk.toml for the parts: drivers, and pins of the GPIO header with their clashes.

A card reader's section also says how a card's UID becomes the library's number for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kiosk.config.fields import Absent, Local, Section, SimulatedPart, Text
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


FrameRate = Annotated[float, Field(ge=5, le=60)]
"""Frames per second to decode. Only the newest is decoded, so a slow machine decodes fewer."""


class Picamera2Scanner(Section):
    """A camera of the Raspberry Pi. docs/optics.md lists which label is readable at which distance."""

    driver: Literal["picamera2"]
    camera: Annotated[int, Field(ge=0, le=3)] = 0
    """Number of the camera, as `rpicam-hello --list-cameras` counts."""
    width: Annotated[int, Field(ge=640, le=4608)] = 1536
    height: Annotated[int, Field(ge=480, le=2592)] = 864
    """Pixels of the sensor mode; frames are not scaled."""
    lens_position: Annotated[float, Field(ge=0, le=15)] = 6.7
    """Dioptres, 1 / metres to the label: 6.7 is 15 cm. Ignored by a fixed lens."""
    exposure: Annotated[int, Field(ge=100, le=66000)] = 2500
    """Microseconds. Short, so that a moving hand does not blur the bars; this requires a lamp."""
    frame_rate: FrameRate = 15.0


class FramesScanner(Section):
    """Images instead of a camera, decoded in the same way: a folder of them, or one film."""

    driver: Literal["frames"]
    path: Local
    """Images are shown in the order of their names, including those added later; a film by its own time stamps."""
    seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    """Seconds for which each image of a folder is shown."""
    frame_rate: FrameRate = 15.0


class KeyboardScanner(Section):
    """A hand scanner that acts as a keyboard. The screen's keyboard input excludes it."""

    driver: Literal["keyboard"]
    device: Local
    """Such as /dev/input/by-id/usb-ACME_Scanner-event-kbd."""


class SerialScanner(Section):
    """A hand scanner or scan engine that sends a line for each code."""

    driver: Literal["serial"]
    device: Local
    baud: Annotated[int, Field(ge=300, le=921600)] = 9600

    def buses(self) -> frozenset[str]:
        return frozenset({UART}) if str(self.device) in HEADER_PORTS else frozenset()


BarcodeScanner = Annotated[
    Picamera2Scanner | FramesScanner | KeyboardScanner | SerialScanner | SimulatedPart | Absent,
    Field(discriminator="driver"),
]


UsbNumber = Annotated[int, Field(ge=1, le=0xFFFF)]


class Paper(Section):
    """Settings of every printer."""

    width: Literal[384, 576] = 384
    """Dots per line: 384 at 58 mm, 576 at 80 mm."""


class SimulatedPrinter(Paper):
    driver: Literal["simulated"]


class UsbPrinter(Paper):
    """A printer on USB, by the two numbers that `lsusb` shows, such as `ID 04b8:0202`."""

    driver: Literal["usb"]
    vendor: UsbNumber
    """The first number; in TOML 0x04b8."""
    product: UsbNumber


class SerialPrinter(Paper):
    """A printer on a serial port: an adapter, or the UART of the header. Without flow control."""

    driver: Literal["serial"]
    device: Local
    """Such as /dev/serial0, the header's UART, or a name below /dev/serial/by-id."""
    baud: Annotated[int, Field(ge=9600, le=230400)] = 19200
    """As printed by its self-test. At 9600 a receipt takes most of a minute."""

    def buses(self) -> frozenset[str]:
        return frozenset({UART}) if str(self.device) in HEADER_PORTS else frozenset()


class NetworkPrinter(Paper):
    """A printer that accepts raw data on a TCP port."""

    driver: Literal["network"]
    host: Text
    """Host name or address; the address should be fixed."""
    port: Annotated[int, Field(ge=1, le=65535)] = 9100


class FilePrinter(Paper):
    """A printer that is a file. It sends no status: neither an empty roll nor an open cover is detected."""

    driver: Literal["file"]
    path: Local
    """Such as /dev/usb/lp0. It must exist: a printer that is off has no file."""


ReceiptPrinter = Annotated[
    UsbPrinter | SerialPrinter | NetworkPrinter | FilePrinter | SimulatedPrinter | Absent,
    Field(discriminator="driver"),
]


class Rgb(Section):
    red: Gpio
    green: Gpio
    blue: Gpio


class GpioLights(Section):
    """Lamps that are on while their pin is high. The status lamp has one colour, or three."""

    driver: Literal["gpio"]
    status: Gpio | None = None
    rgb: Rgb | None = None
    ring: Gpio | None = None
    """The ring around the card pad and the camera's window."""
    reader: Gpio | None = None
    """Marks the card pad."""
    scanner: Gpio | None = None
    """Marks where to present a book."""
    buzzer: Gpio | None = None
    """An active buzzer, which sounds while its pin is high."""
    beeps: bool = True
    """False: the buzzer is silent, as in a reading room."""

    @model_validator(mode="after")
    def _one_status(self) -> GpioLights:
        if (self.status is None) == (self.rgb is None):
            raise ValueError("should have either status or rgb")
        return self

    def pins(self) -> Mapping[str, int]:
        rgb = self.rgb.model_dump() if self.rgb else {}
        single = {name: getattr(self, name) for name in ("status", "ring", "reader", "scanner", "buzzer")}
        return {
            **{f"rgb.{colour}": pin for colour, pin in rgb.items()},
            **{name: pin for name, pin in single.items() if pin is not None},
        }


Lights = Annotated[GpioLights | SimulatedPart | Absent, Field(discriminator="driver")]


class GpioKeys(Section):
    """Buttons between their pin and ground."""

    driver: Literal["gpio"]
    previous: Gpio
    next: Gpio
    choose: Gpio
    back: Gpio

    def pins(self) -> Mapping[str, int]:
        return self.model_dump(exclude={"driver"})


Keys = Annotated[GpioKeys | SimulatedPart | Absent, Field(discriminator="driver")]


class GpioBin(Section):
    """A light barrier or flap switch that pulls its pin to ground while something passes."""

    driver: Literal["gpio"]
    pin: Gpio

    def pins(self) -> Mapping[str, int]:
        return {"pin": self.pin}


Bin = Annotated[GpioBin | SimulatedPart | Absent, Field(discriminator="driver")]


WITHOUT_GATE = "[security_gate] driver is none: books with a security strip will ring at the gate after self-service."
WITHOUT_PAD = (
    "[item_pad] driver is none: ISO 15693 item tags are not read and not switched off; the kiosk reads printed labels."
)
"""Consequences of parts that are not fitted, shown by `kiosk config validate`."""


class Relay(Section):
    """Relay that is on while its pin is high, for one pulse after each loan."""

    driver: Literal["relay"]
    pin: Gpio
    seconds: Annotated[float, Field(ge=0.05, le=10)] = 0.5
    """Length of a pulse in seconds."""

    def pins(self) -> Mapping[str, int]:
        return {"pin": self.pin}


SecurityGate = Annotated[Relay | SimulatedPart | Absent, Field(discriminator="driver")]


AfiValue = Annotated[int, Field(ge=0, le=0xFF)]
"""Application family identifier, a byte of the tag that a gate asks for."""


Isil = Annotated[str, Field(pattern=r"^[A-Z]{2}-[0-9A-Za-z:/-]{1,11}$")]
"""International standard identifier of a library with a country of two letters (ISO 15511), such as DE-705."""


class ReadingPad(Section):
    """Common settings of pads that read item tags: what makes a gate ring."""

    security: Literal["afi", "eas", "both", "none"] = "afi"
    """What the library's gates detect: a value of the AFI, the EAS bit of NXP's tags, or both. `none`: no gate."""
    afi_in: AfiValue = 0x07
    """AFI of an item in the library, for which the gate rings (ISO 28560-1)."""
    afi_out: AfiValue = 0xC2
    """AFI of an item on loan."""
    incomplete_sets: Literal["refuse", "borrow"] = "refuse"
    """What to do with an item of which a part is missing on the pad. Its return is accepted and reported to staff."""
    owners: tuple[Isil, ...] = ()
    """Libraries whose tags are accepted; none: all. A tag without an owner is always accepted."""

    @model_validator(mode="after")
    def _two_values(self) -> ReadingPad:
        if self.afi_in == self.afi_out:
            raise ValueError("afi_in and afi_out should differ: the gate could not tell loans from thefts")
        return self


class Pn5180Pad(ReadingPad):
    """A PN5180 behind a Raspberry Pi Pico on USB, with the firmware of pn5180-tagomatic."""

    driver: Literal["pn5180"]
    device: Local
    """Such as /dev/serial/by-id/usb-Raspberry_Pi_Pico_1234-if00."""


class FeigPad(ReadingPad):
    """A FEIG reader of the OBID family on a serial port or in the network. It switches the AFI only."""

    driver: Literal["feig"]
    device: Local | None = None
    """The serial port; 8 data bits, even parity."""
    baud: Annotated[int, Field(ge=4800, le=230400)] = 38400
    host: Text | None = None
    """Instead of device: name or address of the reader in the network."""
    port: Annotated[int, Field(ge=1, le=65535)] = 10001
    security: Literal["afi", "none"] = "afi"

    @model_validator(mode="after")
    def _one_line(self) -> FeigPad:
        if (self.device is None) == (self.host is None):
            raise ValueError("should have either device or host")
        return self

    def buses(self) -> frozenset[str]:
        return frozenset({UART}) if str(self.device) in HEADER_PORTS else frozenset()


TagReader = Annotated[Pn5180Pad | FeigPad, Field(discriminator="driver")]
ItemPad = Annotated[Pn5180Pad | FeigPad | SimulatedPart | Absent, Field(discriminator="driver")]


Device = Annotated[str, Field(min_length=1, pattern="^[^-]")]
"""As `aplay -L` names it."""


class Alsa(Section):
    """Played by aplay of alsa-utils."""

    driver: Literal["alsa"]
    device: Device = "default"
    volume: Annotated[float, Field(gt=0, le=1)] = 0.3


Sound = Annotated[Alsa | SimulatedPart | Absent, Field(discriminator="driver")]


class Espeak(Section):
    """Speech by espeak-ng, played by aplay; a recorded sentence is played instead."""

    driver: Literal["espeak"]
    device: Device = "default"
    volume: Annotated[float, Field(gt=0, le=1)] = 0.6
    speed: Annotated[int, Field(ge=80, le=300)] = 150
    """Words per minute."""
    recordings: Local | None = None
    """A folder for each language, with a WAV for each sentence by the id that `kiosk voice` lists."""
    headphones: bool = False
    """There is a headphone socket near the keys, so that only the patron hears: PIN keys are spoken as well."""


class Recordings(Section):
    """Recorded sentences only; a sentence without a recording stays silent."""

    driver: Literal["recordings"]
    recordings: Local
    device: Device = "default"
    headphones: bool = False


Voice = Annotated[Espeak | Recordings | SimulatedPart | Absent, Field(discriminator="driver")]
