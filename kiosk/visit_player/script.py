"""Parse a visit's TOML script: what is done at the kiosk, and what must be seen."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from kiosk.config.fields import Address, Language
from kiosk.config.models import Offline
from kiosk.events import Key
from kiosk.views import Signal, View
from kiosk.visit_player import actions
from lending.languages import languages


@dataclass(frozen=True, slots=True)
class Tap:
    """Hold a card on the reader briefly."""

    uid: str


@dataclass(frozen=True, slots=True)
class Lay:
    """Place a card on the reader and leave it there."""

    uid: str


@dataclass(frozen=True, slots=True)
class Lift:
    """Remove the card from the reader."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Show a label to the scanner."""

    barcode: str


@dataclass(frozen=True, slots=True)
class PressKey:
    """Press a hardware key."""

    key: Key


@dataclass(frozen=True, slots=True)
class DropItem:
    """Drop something into the return bin."""


@dataclass(frozen=True, slots=True)
class SetPile:
    """Change what lies on the item pad."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Press:
    """Touch an action on the screen."""

    name: str
    item: str | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Type:
    """Touch keys of the on-screen keypad."""

    keys: str


@dataclass(frozen=True, slots=True)
class Network:
    """Change the network's state."""

    state: Literal["down", "up", "slow", "answer_lost"]


@dataclass(frozen=True, slots=True)
class CentralRefuses:
    """Let the central refuse the next transaction."""


@dataclass(frozen=True, slots=True)
class SetPart:
    """Change a part's state."""

    part: str
    state: str


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill and restart the kiosk's process."""


@dataclass(frozen=True, slots=True)
class CutPower:
    """Cut the kiosk's power during a write, and restart it."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass on the kiosk's clock."""

    seconds: float
    until: str | None = None
    """Text on the screen that must appear and ends the wait early."""


Verb = (
    Tap
    | Lay
    | Lift
    | Scan
    | PressKey
    | DropItem
    | SetPile
    | Press
    | Type
    | Network
    | CentralRefuses
    | SetPart
    | Kill
    | CutPower
    | Wait
)


LONGEST = 48
"""Maximum length in characters of a text that is shown to the person watching."""
OWN_STATES = {"receipt_printer": ("near_end", "out_of_paper", "cover_open", "ends_halfway"), "bin": ("blocked",)}
"""States of a part besides `ok` and `unplugged`."""
VIEW_NAMES = tuple(each.__name__ for each in get_args(View))

ALLOWED = {
    "now": "an ISO time with offset, such as 2026-11-22T10:00:00+08:00",
    "returns": "off, provisional, bin or trusted",
    "item_pad": "tray or bin",
    "offline": "a table of hours, transactions, amber and red, as in kiosk.toml",
    "phones": "an address such as https://library.example",
    "exceptions": "a whole number, 0 or more",
    "said": "a text or a list of texts such as 'contact right': the answers that the central hears",
    "step": "one or more [[step]] tables",
    "tap": "a card's UID: 8, 14 or 20 upper-case hexadecimal digits",
    "lay": "a card's UID: 8, 14 or 20 upper-case hexadecimal digits",
    "lift": "true",
    "scan": "the text of a label",
    "key": ", ".join(Key),
    "drop": "true",
    "pile": "a list of what lies on the item pad: barcodes, barcodes with part/parts such as 34713832130007 2/3, "
    "or unreadable",
    "press": "the stable name of an action (kiosk visit --actions lists them)",
    "item": "the barcode of the line that is pressed",
    "choice": "the choice that is pressed",
    "type": "the keys to touch, at least one",
    "network": "down, up, slow or answer_lost",
    "central": "refuses",
    "part": "card_reader, barcode_scanner, receipt_printer, lights, keys, bin, security_gate or item_pad",
    "state": "ok or unplugged; for the receipt_printer also near_end, out_of_paper, cover_open or ends_halfway, "
    "for the bin blocked",
    "process": "killed",
    "power": "cut",
    "wait": "seconds, 0 or more",
    "until": "the text that the screen is to hold within the seconds of wait",
    "expect": "the name of a view: " + ", ".join(VIEW_NAMES),
    "contains": "a text or a list of texts",
    "lacks": "a text or a list of texts",
    "hears": "a text or a list of texts",
    "signal": ", ".join(Signal),
    "receipt_contains": "a text or a list of texts",
    "shot": "a name of letters, digits, - and _",
}


class ScriptError(Exception):
    """The file is not a valid visit.

    `args[0]` lists each fault on a line, with the file, the step and the allowed values.
    """


def _texts(value: object) -> object:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _moment(value: object) -> object:
    """Accept a TOML date-time or the same as text; a number is not a time."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _steps(value: object) -> object:
    if not isinstance(value, list) or not value:
        raise ValueError("no steps")
    return tuple(value)


def _pressable(name: str) -> str:
    if name not in actions.action_names():
        raise ValueError("no view has such an action")
    return name


Uid = Annotated[str, Field(pattern=r"^(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})$")]
Name = Annotated[str, AfterValidator(_pressable)]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_texts)]


Pile = Annotated[
    tuple[Annotated[str, Field(pattern=r"^(?:unreadable|\S+(?: [1-9][0-9]?/[1-9][0-9]?)?)$")], ...],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
]


def short_text(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Step(_Table):
    """At most one verb, and what must be seen after it."""

    tap: Uid | None = None
    lay: Uid | None = None
    lift: Literal[True] | None = None
    scan: str | None = None
    key: Annotated[Key, Field(strict=False)] | None = None
    drop: Literal[True] | None = None
    pile: Pile | None = None
    press: Name | None = None
    item: str | None = None
    choice: str | None = None
    type: Annotated[str, Field(min_length=1)] | None = None
    network: Literal["down", "up", "slow", "answer_lost"] | None = None
    central: Literal["refuses"] | None = None
    part: (
        Literal[
            "card_reader", "barcode_scanner", "receipt_printer", "lights", "keys", "bin", "security_gate", "item_pad"
        ]
        | None
    ) = None
    state: Literal["ok", "unplugged", "near_end", "out_of_paper", "cover_open", "ends_halfway", "blocked"] | None = None
    process: Literal["killed"] | None = None
    power: Literal["cut"] | None = None
    wait: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    until: Annotated[str, Field(min_length=1)] | None = None

    expect: Literal[VIEW_NAMES] | None = None  # type: ignore[valid-type]
    contains: Texts = ()
    lacks: Texts = ()
    hears: Texts = ()
    """What the voice says after the verb."""
    signal: Annotated[Signal, Field(strict=False)] | None = None
    receipt_contains: Texts = ()
    shot: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")] | None = None

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        given = [name for name in VERBS if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"has {len(given)} verbs ({', '.join(given)}); a step has at most one")
        if self.press is None and (self.item is not None or self.choice is not None):
            raise ValueError("item and choice belong to press")
        if self.wait is None and self.until is not None:
            raise ValueError("until belongs to wait")
        if (self.part is None) != (self.state is None):
            raise ValueError("part and state belong together")
        if self.state is not None and self.state not in (
            allowed := ("ok", "unplugged", *OWN_STATES.get(self.part or "", ()))
        ):
            raise ValueError(f"the {self.part} knows no state {self.state}; allowed is {' or '.join(allowed)}")
        if not self.model_fields_set:
            raise ValueError("is empty; it wants a verb, a check or a shot")
        return self

    @property
    def verb(self) -> Verb | None:
        if self.press is not None:
            return Press(self.press, self.item, self.choice)
        if self.part is not None and self.state is not None:
            return SetPart(self.part, self.state)
        if self.wait is not None:
            return Wait(self.wait, self.until)
        for name, make in _MAKERS.items():
            if (value := getattr(self, name)) is not None:
                return make(value)
        return None

    @property
    def text(self) -> str:
        """Return the verb as in the script, for visit.json; a PIN is masked."""
        match next((name for name in VERBS if getattr(self, name) is not None), "look"):
            case "look" | "lift" | "drop" as name:
                return name
            case "pile":
                return f"pile {short_text(', '.join(self.pile or ()) or 'empty')}"
            case "press":
                return " ".join(part for part in ("press", self.press, self.item, self.choice) if part)
            case "type":
                keys = self.type or ""
                return f"type {keys if len(keys) > 6 else '*' * len(keys)}"
            case "part":
                return f"part {self.part} {self.state}"
            case "wait":
                until = f" until {short_text(self.until)}" if self.until is not None else ""
                return f"wait {self.wait:g}{until}"
            case name:
                return f"{name} {short_text(getattr(self, name))}"


_MAKERS: dict[str, Callable[[Any], Verb]] = {
    "tap": Tap,
    "lay": Lay,
    "lift": lambda _: Lift(),
    "scan": Scan,
    "key": PressKey,
    "drop": lambda _: DropItem(),
    "pile": SetPile,
    "type": Type,
    "network": Network,
    "central": lambda _: CentralRefuses(),
    "process": lambda _: Kill(),
    "power": lambda _: CutPower(),
}
VERBS = (*_MAKERS, "press", "part", "wait")


class Visit(_Table):
    """A visit: settings of its environment, and its steps."""

    language: Language | None = None
    now: Annotated[AwareDatetime, BeforeValidator(_moment)] | None = None
    returns: Literal["off", "provisional", "bin", "trusted"] | None = None
    """Return mode of the demo library; None for that of the example."""
    item_pad: Literal["tray", "bin"] | None = None
    """Where the item pad of the demo library is; None for where the example has it."""
    offline: Offline | None = None
    """Offline limits of the demo library; None for those of the example."""
    phones: Address | None = None
    """Public address of the demo hub, to which the screen directs phones; None for none."""
    exceptions: Annotated[int, Field(ge=0)] = 0
    """Number of exceptions that the visit is meant to leave."""
    said: Texts = ()
    """Answers of the patron that the central receives, each as `ask answer`, except `later`."""
    step: Annotated[tuple[Step, ...], BeforeValidator(_steps)]

    @property
    def verbs(self) -> tuple[Verb, ...]:
        return tuple(verb for step in self.step if (verb := step.verb) is not None)


def load(file: Path) -> Visit:
    """Read a script. Raises ScriptError."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ScriptError(f"{file} does not exist: name a visit file as described in docs/visits.md") from error
    except OSError as error:
        raise ScriptError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScriptError(f"{file}: cannot be read: {error}") from error
    return parse(text, str(file))


def parse(text: str, source: str) -> Visit:
    """Parse a script. Raises ScriptError, whose text names the file as `source`."""
    try:
        return Visit.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ScriptError(f"{source}: no TOML: {error}") from error
    except ValidationError as error:
        faults = dict.fromkeys(_fault(each) for each in error.errors())
        raise ScriptError("\n".join(f"{source}: {fault}" for fault in faults)) from error


def _fault(error: ErrorDetails) -> str:
    match error["loc"]:
        case ("step", int(index), *rest):
            return f"step {index + 1}: {_explain(error, rest, Step)}"
        case loc:
            return _explain(error, list(loc), Visit)


def _explain(error: ErrorDetails, loc: list[int | str], table: type[BaseModel]) -> str:
    if not loc:
        return "is no table" if error["type"] == "model_type" else error["msg"].removeprefix("Value error, ")
    key = str(loc[0])
    match error["type"]:
        case "extra_forbidden":
            hint = _nearest(key, table.model_fields) or f"; known are {', '.join(table.model_fields)}"
            return f"unknown key {key}{hint}"
        case "missing":
            return f"{key} is missing; allowed is {_permitted_values(key)}"
        case _:
            said = error["input"]
            hint = (
                _nearest(said, sorted(actions.action_names()), 0.0) if key == "press" and isinstance(said, str) else ""
            )
            return f"{key} = {_short(said)}: allowed is {_permitted_values(key)}{hint}"


def _permitted_values(key: str) -> str:
    if key != "language":
        return ALLOWED[key]
    *others, last = languages()
    return f"{', '.join(others)} or {last}"


def _nearest(name: str, known: Iterable[str], likeness: float = 0.5) -> str:
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=likeness)
    return f"; the nearest is {found[0]}" if found else ""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
