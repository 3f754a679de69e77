"""Convert a card's UID to the number under which the library registered it."""

from __future__ import annotations

import re
from typing import assert_never

from kiosk.config.hardware import HEX_UID, CardNumber


def number_of(uid: str, rules: CardNumber) -> str:
    """Return the library's number for an upper-case hex UID; other text is returned unchanged."""
    if not re.fullmatch(HEX_UID, uid):
        return uid
    read = bytes.fromhex(uid)
    return apply_prefix(_form(read if rules.byte_order == "as_read" else read[::-1], rules), rules)


def apply_prefix(number: str, rules: CardNumber) -> str:
    """Apply the configured prefix changes to a number."""
    return rules.put_before + number.removeprefix(rules.take_off)


def _form(uid: bytes, rules: CardNumber) -> str:
    match rules.form:
        case "hex":
            return uid.hex().upper()
        case "decimal":
            return f"{int.from_bytes(uid, 'big'):0{rules.digits}d}"
        case "wiegand26":
            return f"{uid[-3]:03d}{int.from_bytes(uid[-2:], 'big'):05d}"
        case _:
            assert_never(rules.form)
