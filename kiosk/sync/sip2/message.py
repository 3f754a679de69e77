"""Represent SIP2 messages as values: strict when writing, tolerant when reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from kiosk.sync.sip2.message_layouts import LAYOUTS, Layout

LONGEST = 255
"""Longest value that is sent, in characters; the guide's limit."""
DELIMITER = "|"
NOTHING: Mapping[str, str] = MappingProxyType({})


class Unsendable(ValueError):
    """A value that must not be in a message; names message and field, never the value."""


class Unreadable(ValueError):
    """The received text is no SIP2 message; gives the reason, and none of its content."""


@dataclass(frozen=True, slots=True)
class Sip2Message:
    """Fixed fields by name, the others by id, in order; an id may occur several times."""

    code: str
    fixed: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    fields: Sequence[tuple[str, str]] = ()

    def first(self, name: str) -> str | None:
        """Return the first value of that id; None if it is missing."""
        return next((value for each, value in self.fields if each == name), None)

    def values(self, name: str) -> tuple[str, ...]:
        """Return all non-blank values of that id: Koha pads lists with blank ones."""
        return tuple(value for each, value in self.fields if each == name and value.strip())


def write(message: Sip2Message) -> str:
    """Return the message without sequence number, checksum and terminator. Raises Unsendable.

    The fields are in the layout's order; a required field without a value is empty.
    """
    layout = LAYOUTS[message.code]
    values: dict[str, list[str]] = {}
    for name, value in message.fields:
        if name not in layout.ids:
            raise Unsendable(f"{message.code} has no field {name}")
        values.setdefault(name, []).append(_check_value(layout, name, value))
    text = message.code + "".join(_fixed_field(layout, message.fixed, name, size) for name, size in layout.fixed)
    for name in layout.ids:
        given = values.get(name, [""] if name in layout.required else [])
        text += "".join(f"{name}{value}{DELIMITER}" for value in given)
    return text


def read(text: str) -> Sip2Message:
    """Parse a message: any order, unknown ids, a last field without a delimiter. Raises Unreadable.

    A message that is shorter than its fixed fields is rejected.
    """
    layout = LAYOUTS.get(text[:2])
    if layout is None:
        raise Unreadable("unknown message code")
    head, tail = text[2 : 2 + layout.length], text[2 + layout.length :]
    if len(head) < layout.length:
        raise Unreadable(f"{layout.code} ends within its fixed fields")
    fixed: dict[str, str] = {}
    for name, size in layout.fixed:
        fixed[name], head = head[:size], head[size:]
    parts = (part for part in tail.split(DELIMITER) if len(part) >= 2)
    return Sip2Message(layout.code, MappingProxyType(fixed), tuple((part[:2], part[2:]) for part in parts))


def _fixed_field(layout: Layout, given: Mapping[str, str], name: str, size: int) -> str:
    value = _check_value(layout, name, given[name])
    if len(value) != size:
        raise Unsendable(f"{layout.code} {name} has {len(value)} characters instead of {size}")
    return value


def _check_value(layout: Layout, name: str, value: str) -> str:
    if len(value) > LONGEST:
        raise Unsendable(f"{layout.code} {name} is longer than {LONGEST} characters")
    if any(sign < " " or sign == DELIMITER or "\x7f" <= sign <= "\x9f" for sign in value):
        raise Unsendable(f"{layout.code} {name} contains a delimiter or control character")
    return value
