"""What patrons say that is to be nobody's, a face or a sheet: keeps it out of what stands beside kiosk and number.

Whoever was there about then could be known by it. Does no row and counts no answer.
"""

import json

from lending.registration import REGISTER
from lending.title_rating import BOOK

ASKS = ("face", BOOK, "sheet")


def is_so(kind: object, body: object) -> bool:
    """Whether a row of this kind, with its body in plain text, is one of these."""
    return kind == "said" and _told(body).get("ask") in ASKS


def names(kind: object, body: object) -> bool:
    """Whether it says who somebody is and where she lives: that stands in her record, and nowhere beside it."""
    return kind == "said" and _told(body).get("ask") == REGISTER


def blanked(raw: dict[str, object]) -> dict[str, object]:
    """The row as it came, without what was said, nor of which book and by whom; any other is as it was."""
    if not is_so(raw.get("kind"), raw.get("body")):
        return raw
    told = _told(raw["body"]) | {"answer": ""}
    if told["ask"] == BOOK:
        told |= {"about": "", "card": None}
    return {**raw, "body": json.dumps(told, sort_keys=True)}


def _told(body: object) -> dict[str, object]:
    try:
        told = json.loads(body) if isinstance(body, str) else None
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
