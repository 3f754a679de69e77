"""Define kiosk.toml as frozen models, one per section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from kiosk.config.central import Central, Hub, HubCentral
from kiosk.config.central import Sip2Central as Sip2
from kiosk.config.fields import (
    Absent,
    Colour,
    Currency,
    Digits,
    HoursOfDay,
    Language,
    Local,
    Pattern,
    Section,
    Text,
    Zone,
)
from kiosk.config.hardware import (
    BarcodeScanner,
    Bin,
    CardReader,
    ItemPad,
    Keys,
    Lights,
    ReceiptPrinter,
    SecurityGate,
    Sound,
    TagReader,
    Use,
    Voice,
    clashes,
)
from kiosk.system.lazy_text import LazyText, lines, sentence
from lending import number_formats
from lending.languages import SOURCES, languages, usual
from lending.number_formats import ISBN, NumberFormat
from lending.showcase import Slides

Hours = Annotated[float, Field(gt=0, le=24 * 90)]
PublicKey = Annotated[
    str, Field(pattern=r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-\S+|sk-\S+) [A-Za-z0-9+/=]+( [ -~]*)?$", max_length=2000)
]


class Offline(Section):
    """[offline]: limits of offline circulation."""

    hours: Hours = 168.0
    """Hours that the oldest transaction may be queued before checkouts stop."""
    transactions: Annotated[int, Field(ge=1, le=20_000)] = 5000
    """Transactions that may be queued before checkouts stop."""
    amber: Hours = 24.0
    """Hours after which technicians get a warning."""
    red: Hours = 72.0
    """Hours after which it is a fault."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.amber <= self.red <= self.hours:
            raise ValueError("amber should come no later than red, and red no later than hours")
        return self


WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


Days = Annotated[int, Field(ge=1, le=730)]


class Policy(Section):
    """Loan rules. While the ILS answers, it decides, and only `limit` is shown."""

    days: Days
    """Days of a loan made without the ILS."""
    days_by_category: Annotated[Mapping[Text, Days], Field(default_factory=dict)]
    """Days for the categories in the CSV of cards."""
    limit: Annotated[int, Field(ge=1, le=999)] = 10
    """Loans of one patron."""
    offline_cap: Annotated[int, Field(ge=0, le=999)] = 5
    """Loans that one patron may make while the ILS is unreachable; 0: none."""
    renewals: Annotated[int, Field(ge=0, le=99)] = 2
    earliest_renewal: Annotated[int, Field(ge=0, le=999)] | None = None
    """Days before the due date from which a loan can be renewed; None: as soon as that changes the date."""
    closed_weekdays: tuple[Weekday, ...] = ()
    closed_dates: tuple[date, ...] = ()
    cards: Local | None = None
    """CSV of the cards that may borrow then; None: every plausible card number may."""
    items: Local | None = None
    """CSV of the items that may be lent then; None: every plausible item number, without a title."""

    @model_validator(mode="after")
    def _opens(self) -> Policy:
        if set(self.closed_weekdays) >= set(WEEK):
            raise ValueError(sentence("closed_weekdays: no loan can end where every day of the week is closed"))
        return self


class Asks(Section):
    """[asks]: questions after a visit."""

    face: bool = True
    """Ask for one of five faces, anonymously."""


SOCKET_LIMIT = 107
"""Longest path of a Unix socket in bytes (unix(7))."""


class ConfigError(Exception):
    """kiosk.toml is unusable; `args[0]` is a Sentence that names the file and every fault in it."""


class Names(Section):
    """The library's names by language, at least one. A missing one falls back to a related language, or to any."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Text]
    zh: Text | None = None
    en: Text | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _report_unknown_languages(cls, raw: Any, judge: ModelWrapValidatorHandler[Self]) -> Self:
        """Report keys that are no language together with all other faults."""
        faults: list[InitErrorDetails] = []
        try:
            names = judge(raw)
        except ValidationError as error:
            faults += (
                InitErrorDetails(type=each["type"], loc=each["loc"], input=each["input"], ctx=each.get("ctx", {}))
                for each in error.errors(include_url=False)
            )
        if raw == {}:
            faults.append(InitErrorDetails(type="missing", loc=(SOURCES,), input=raw))
        if isinstance(raw, dict):
            unknown = (each for each in raw.items() if each[0] not in languages())
            faults += (InitErrorDetails(type="extra_forbidden", loc=(key,), input=value) for key, value in unknown)
        if faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return names


class Library(Section):
    """[library]: names, branch and regional settings."""

    names: Names
    branch: Text
    timezone: Zone = "Asia/Shanghai"
    """Time zone of dates and times until the hub's loan rules, which carry their own, are known."""
    language: Language = "zh"
    """Language of a new visit."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = Field(default_factory=usual)
    """Languages of the switch in each screen's header, in its order; `language` is always included."""
    accent: Colour = "#FA8040"
    currency: Currency = "CNY"
    """Currency of fees until the hub's loan rules are known."""


class Kiosk(Section):
    """[kiosk]: the kiosk's name."""

    name: Text
    place: Text | None = None
    """Where it stands, for the technician."""
    ssh_key: PublicKey | None = None
    """Line of authorized_keys whose holder may open a remote shell on a machine with an image."""


class Paths(Section):
    """[paths]: the folders for state and runtime files."""

    state: Local
    """Kept across restarts."""
    runtime: Local
    """Cleared at restart."""

    @property
    def journal(self) -> Path:
        return self.state / "journal.db"

    @property
    def copies(self) -> Path:
        """Queue of transactions for a companion hub."""
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
    """[screen]: size, rotation and hours of the display."""

    width: Annotated[int, Field(ge=600, le=4096)] = 1280
    height: Annotated[int, Field(ge=600, le=4096)] = 800
    diagonal: Annotated[float, Field(ge=5, le=40)] = 10.1
    """Inches."""
    fullscreen: bool = True
    rotation: Literal[0, 90, 180, 270] = 0
    """Degrees by which picture and touch are rotated; width and height are as the patron sees them."""
    touch_rotation: Literal[0, 90, 180, 270] = 0
    """Degrees by which touch alone is rotated: for a panel that is mounted differently from its display."""
    awake: HoursOfDay | None = None
    """Hours outside which an idle screen goes dark, or `open` for the branch's opening hours. None: never."""
    slides: Slides = "all"
    """What an idle first screen shows in turn."""


class Number(Section):
    """Either digits, with an optional Luhn check digit and prefix, or a pattern (lending.number_formats)."""

    digits: Annotated[int, Field(ge=4, le=32)] | None = None
    luhn: bool = False
    prefix: Digits = ""
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Number:
        if (self.digits is None) == (self.pattern is None):
            raise ValueError("should have either digits (with luhn and prefix) or pattern")
        if self.pattern is not None and (self.luhn or self.prefix):
            raise ValueError("luhn and prefix require digits and exclude a pattern")
        if self.digits is not None and len(self.prefix) > self.digits:
            raise ValueError("prefix should not be longer than digits")
        return self

    @property
    def kind(self) -> NumberFormat:
        if self.digits is None:
            return NumberFormat(self.pattern or "")
        return number_formats.digits(self.digits, self.prefix, has_luhn=self.luhn)


class Numbers(Section):
    """The library's numbers. They must not be confusable with each other, nor with the ISBN next to a label."""

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


Bars = Literal["codabar", "code39", "code128", "itf"]
FIXED: tuple[Bars, ...] = ("codabar", "itf")
"""Symbologies in which a partial scan reads as a shorter number."""


class Barcodes(Section):
    """Symbologies by kind of number: in which bars the library's numbers are printed."""

    item: tuple[Bars, ...] = ("codabar", "code39", "code128")
    """Symbologies of the item labels."""
    card: tuple[Bars | Literal["qr"], ...] = ("codabar", "code39", "code128", "qr")
    """Symbologies of the cards."""
    code39_check: bool = False
    """Whether Code 39 ends in a modulo 43 check character, which is not part of the number."""

    def bars(self, name: Literal["item", "card"], kind: NumberFormat) -> tuple[str, ...]:
        """Return the symbologies of such a number, without those that cannot hold it safely."""
        return tuple(bars for bars in getattr(self, name) if _objection(bars, kind) is None)

    def objections(self, name: Literal["item", "card"], kind: NumberFormat) -> list[str]:
        """Return why explicitly chosen symbologies do not suit the numbers.

        Unsuitable defaults are skipped silently.
        """
        chosen = getattr(self, name) if name in self.model_fields_set else ()
        return [f"{name}: {bars} {objection}" for bars in chosen if (objection := _objection(bars, kind))]


def _objection(bars: str, kind: NumberFormat) -> str | None:
    lengths = {
        length
        for shape in number_formats.shapes(kind.pattern)
        for length in (len(shape), sum(not s.optional for s in shape))
    }
    if bars in FIXED and len(lengths) > 1:
        return "needs a number of one length: a part of its bars reads as a shorter number"
    if bars == "itf" and max(lengths) % 2:
        return "holds an even count of digits"
    return None


class Returns(Section):
    """[returns]: how returns are accepted."""

    mode: Literal["off", "provisional", "bin", "trusted"] = "provisional"
    item_pad: Literal["tray", "bin"] = "tray"
    """Where the item pad is: patrons lay items on it, or it reads those that fall into the bin."""


class Pin(Section):
    """[pin]: when a PIN is required, and whether a patron with a PIN may borrow offline."""

    ask: Literal["never", "always", "account"] = "account"
    offline: Literal["refuse", "lend_capped"] = "refuse"


CodeHash = Annotated[str, Field(pattern=r"^scrypt:[0-9a-f]{32}:[0-9a-f]{64}$")]
"""As `kiosk technician` writes it."""


class Acceptance(Section):
    """Cards and items that `kiosk visit --config` may use at this library."""

    patrons: tuple[Text, ...] = ()
    items: tuple[Text, ...] = ()


class Config(Section):
    """A validated kiosk.toml."""

    library: Library
    kiosk: Kiosk
    paths: Paths
    central: Central
    hub: Hub | None = None
    """Companion hub of an ILS; None if the hub is the central, or there is none."""
    card_reader: CardReader
    barcode_scanner: BarcodeScanner
    receipt_printer: ReceiptPrinter
    lights: Lights
    keys: Keys = Absent(driver="none")
    bin: Bin = Absent(driver="none")
    security_gate: SecurityGate = Absent(driver="none")
    item_pad: ItemPad = Absent(driver="none")
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
    """Code hashes of the technicians who may sign in at the kiosk, by name."""
    acceptance: Acceptance = Acceptance()

    @property
    def at_hub(self) -> Hub | None:
        """The hub at which this kiosk is enrolled, as central or companion; None without a hub."""
        return self.central if isinstance(self.central, HubCentral) else self.hub

    @model_validator(mode="after")
    def _fits_together(self) -> Config:
        if faults := list(conflicts({name: getattr(self, name) for name in type(self).model_fields})):
            raise ValueError(lines(faults))
        return self


class Desk(Section):
    """A validated desk.toml: the machine of a staff desk with an item pad."""

    hub: Hub
    """Its pages may use the pad, and no other address's."""
    item_pad: TagReader
    owner: Annotated[str, Field(max_length=16, pattern=r"^([A-Z]{2}-[A-Za-z0-9:/-]+)?$")] = ""
    """Owner institution to write on tags, as ISIL such as DE-705; empty: none."""


def conflicts(sections: Mapping[str, object]) -> Iterator[LazyText | str]:
    """Yield the conflicts between sections; an absent section fits with every other."""
    known = {name: each for name, each in sections.items() if isinstance(each, Section)}
    yield from _clashes(known)
    match known:
        case {"returns": Returns(mode="bin"), "bin": Absent()}:
            yield sentence(
                'returns.mode = "bin": needs the drop sensor of [bin], but its driver is none; otherwise '
                "use provisional"
            )
        case {"returns": Returns(item_pad="bin", mode="off" | "provisional" | "trusted")}:
            yield sentence('returns.item_pad = "bin": needs mode = "bin"')
    match known:
        case {"returns": Returns(item_pad="bin"), "item_pad": Absent()}:
            yield sentence('returns.item_pad = "bin": needs [item_pad], but its driver is none')
    match sections:
        case {"central": HubCentral(), "hub": Hub()}:
            yield sentence("hub: [central] already is the hub; remove this section")
        case {"central": Sip2(), "hub": Hub(), "policy": Policy()}:
            yield sentence("policy: the companion hub sends the rules; remove this section")
        case {"central": Sip2(), "hub": None, "policy": None}:
            yield sentence(
                'central.driver = "sip2": needs [policy] with days, the loan period while the system is offline'
            )
        case {"central": HubCentral(), "policy": Policy()}:
            yield sentence("policy: the hub sends its own rules; remove this section")
    match known:
        case {"numbers": Numbers() as kinds, "barcodes": Barcodes() as bars}:
            objections = (*bars.objections("item", kinds.item.kind), *bars.objections("card", kinds.card.kind))
            yield from (f"barcodes.{each}" for each in objections)


def _clashes(sections: Mapping[str, Section]) -> Iterator[LazyText]:
    """Yield the header lines that two parts use."""
    uses = [Use(f"{name}.{key}", gpio) for name, each in sections.items() for key, gpio in each.pins().items()]
    buses = [(bus, name) for name, each in sections.items() for bus in each.buses()]
    return clashes(uses, buses)
