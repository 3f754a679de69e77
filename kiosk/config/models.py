"""kiosk.toml as frozen models: what a library may decide, and nothing of how it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from kiosk.config import numbers
from kiosk.config.barcode_scanner import BarcodeScanner
from kiosk.config.barcodes import Barcodes
from kiosk.config.bin import Bin
from kiosk.config.card_reader import CardReader
from kiosk.config.central import Central, Hub, HubCentral
from kiosk.config.central import Sip2Central as Sip2
from kiosk.config.fields import Colour, Currency, Digits, HoursOfDay, Language, Local, Pattern, Text, Zone
from kiosk.config.gpio_pins import Use, clashes
from kiosk.config.keys import Keys
from kiosk.config.lights import Lights
from kiosk.config.numbers import ISBN, NumberFormat
from kiosk.config.offline import Offline
from kiosk.config.policy import Policy
from kiosk.config.post_visit import Asks
from kiosk.config.receipt_printer import ReceiptPrinter
from kiosk.config.section import Absent, Section
from kiosk.config.security_gate import SecurityGate
from kiosk.config.sound import Sound
from kiosk.config.voice import Voice
from kiosk.system.lazy_text import LazyText, lines, sentence
from lending.languages import languages, usual

SOCKET_LIMIT = 107
"""Bytes of a Unix socket's path (unix(7))."""


class ConfigError(Exception):
    """kiosk.toml cannot be used; `args[0]` is a Sentence that names the file and every fault in it."""


class Names(Section):
    """Its name by language. Where one has none stands that of its next of kin, or the English one."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Text]
    zh: Text
    en: Text

    @model_validator(mode="wrap")
    @classmethod
    def _known(cls, told: Any, judge: ModelWrapValidatorHandler[Self]) -> Self:
        """A key that is no language is not known, and is told with every other fault."""
        faults: list[InitErrorDetails] = []
        try:
            names = judge(told)
        except ValidationError as error:
            faults += (
                InitErrorDetails(type=each["type"], loc=each["loc"], input=each["input"], ctx=each.get("ctx", {}))
                for each in error.errors(include_url=False)
            )
        if isinstance(told, dict):
            strange = (each for each in told.items() if each[0] not in languages())
            faults += (InitErrorDetails(type="extra_forbidden", loc=(key,), input=value) for key, value in strange)
        if faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return names


class Library(Section):
    names: Names
    branch: Text
    timezone: Zone = "Asia/Shanghai"
    language: Language = "zh"
    """Of a new visit."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = Field(default_factory=usual)
    """Those of the switch at the head of each screen, in its order; `language` is one of them, named or not."""
    accent: Colour = "#FA8040"
    currency: Currency = "CNY"


class Kiosk(Section):
    name: Text


class Paths(Section):
    state: Local
    """Kept over a restart."""
    runtime: Local
    """Gone after one."""

    @property
    def journal(self) -> Path:
        return self.state / "journal.db"

    @property
    def copies(self) -> Path:
        """What the hub beside a library's own system has still to be told."""
        return self.state / "hub.db"

    @property
    def snapshot(self) -> Path:
        return self.state / "snapshot.db"

    @property
    def socket(self) -> Path:
        return self.runtime / "kiosk.sock"

    @model_validator(mode="after")
    def _socket_fits(self) -> Paths:
        if len(bytes(self.socket)) > SOCKET_LIMIT:
            raise ValueError(
                f"runtime should be short: {self.socket} is over {SOCKET_LIMIT} bytes, too long for a socket"
            )
        return self


class Screen(Section):
    width: Annotated[int, Field(ge=600, le=4096)] = 1280
    height: Annotated[int, Field(ge=600, le=4096)] = 800
    diagonal: Annotated[float, Field(ge=5, le=40)] = 10.1
    """Inches."""
    fullscreen: bool = True
    rotation: Literal[0, 90, 180, 270] = 0
    """Degrees by which picture and touch are turned; width and height are as the patron sees them."""
    touch_rotation: Literal[0, 90, 180, 270] = 0
    """Degrees by which touch alone is turned: for a panel that is mounted otherwise than its display."""
    awake: HoursOfDay | None = None
    """Outside these hours it goes dark while nobody is there; None: never."""


class Number(Section):
    """Either digits, with a check digit by Luhn and a prefix; or a pattern, see kiosk.config.numbers."""

    digits: Annotated[int, Field(ge=4, le=32)] | None = None
    luhn: bool = False
    prefix: Digits = ""
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Number:
        if (self.digits is None) == (self.pattern is None):
            raise ValueError("should have either digits (with luhn and prefix) or pattern")
        if self.pattern is not None and (self.luhn or self.prefix):
            raise ValueError("luhn and prefix go with digits, not with a pattern")
        if self.digits is not None and len(self.prefix) > self.digits:
            raise ValueError("prefix should not be longer than digits")
        return self

    @property
    def kind(self) -> NumberFormat:
        if self.digits is None:
            return NumberFormat(self.pattern or "")
        return numbers.digits(self.digits, self.prefix, self.luhn)


class Numbers(Section):
    """The numbers that the library gives. Neither may be taken for the other, nor for the ISBN beside its label."""

    item: Number = Number(digits=14, luhn=True, prefix="3")
    card: Number = Number(digits=14, luhn=True, prefix="2")

    @model_validator(mode="after")
    def _disjoint(self) -> Numbers:
        kinds = {"item": self.item.kind, "card": self.card.kind, "an ISBN": ISBN}
        for (one, kind), (other, another) in combinations(kinds.items(), 2):
            if kind.overlaps(another):
                raise ValueError(
                    f"{one} and {other} overlap: some number could be both. Give them another length or prefix"
                )
        return self


class Returns(Section):
    mode: Literal["off", "provisional", "bin", "trusted"] = "provisional"


class Pin(Section):
    ask: Literal["never", "always", "account"] = "account"
    offline: Literal["refuse", "lend_capped"] = "refuse"


CodeHash = Annotated[str, Field(pattern=r"^scrypt:[0-9a-f]{32}:[0-9a-f]{64}$")]
"""As `kiosk technician` writes it."""


class Acceptance(Section):
    """What `kiosk visit --config` may use at this library."""

    patrons: tuple[Text, ...] = ()
    items: tuple[Text, ...] = ()


class Config(Section):
    library: Library
    kiosk: Kiosk
    paths: Paths
    central: Central
    hub: Hub | None = None
    """Our hub beside a library's own system; None where it is the central itself, or there is none."""
    card_reader: CardReader
    barcode_scanner: BarcodeScanner
    receipt_printer: ReceiptPrinter
    lights: Lights
    keys: Keys = Absent(driver="none")
    bin: Bin = Absent(driver="none")
    security_gate: SecurityGate = Absent(driver="none")
    sound: Sound = Absent(driver="none")
    voice: Voice = Absent(driver="none")
    asks: Asks = Asks()
    screen: Screen = Screen()
    numbers: Numbers = Numbers()
    barcodes: Barcodes = Barcodes()
    returns: Returns = Returns()
    pin: Pin = Pin()
    offline: Offline = Offline()
    policy: Policy | None = None
    technicians: Annotated[Mapping[Text, CodeHash], Field(default_factory=dict, repr=False)]
    """Who may sign in at the kiosk, by name; each has a code of her own."""
    acceptance: Acceptance = Acceptance()

    @property
    def at_hub(self) -> Hub | None:
        """The hub that this kiosk is one of, as central or beside it."""
        return self.central if isinstance(self.central, HubCentral) else self.hub

    @model_validator(mode="after")
    def _fits_together(self) -> Config:
        if faults := list(misfits({name: getattr(self, name) for name in type(self).model_fields})):
            raise ValueError(lines(faults))
        return self


def misfits(sections: Mapping[str, object]) -> Iterator[LazyText | str]:
    """What each section may say and two of them may not; a section that is not there fits with every other."""
    known = {name: each for name, each in sections.items() if isinstance(each, Section)}
    yield from _clashes(known)
    match known:
        case {"returns": Returns(mode="bin"), "bin": Absent()}:
            yield sentence(
                'returns.mode = "bin": wants the drop sensor of [bin], whose driver is none; else take provisional'
            )
    match sections:
        case {"central": HubCentral(), "hub": Hub()}:
            yield sentence("hub: [central] is the hub already; leave this section out")
        case {"central": Sip2(), "hub": Hub(), "policy": Policy()}:
            yield sentence("policy: the hub beside the system sends the rules; leave this section out")
        case {"central": Sip2(), "hub": None, "policy": None}:
            yield sentence(
                'central.driver = "sip2": wants [policy] with days: by what the kiosk lends while the system is away'
            )
        case {"central": HubCentral(), "policy": Policy()}:
            yield sentence("policy: the hub sends its own rules; leave this section out")
    match known:
        case {"numbers": Numbers() as kinds, "barcodes": Barcodes() as bars}:
            objections = (*bars.objections("item", kinds.item.kind), *bars.objections("card", kinds.card.kind))
            yield from (f"barcodes.{each}" for each in objections)


def _clashes(sections: Mapping[str, Section]) -> Iterator[LazyText]:
    """A line of the header that two want."""
    uses = [Use(f"{name}.{key}", gpio) for name, each in sections.items() for key, gpio in each.pins().items()]
    buses = [(bus, name) for name, each in sections.items() for bus in each.buses()]
    return clashes(uses, buses)
