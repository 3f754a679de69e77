"""Remove anonymous patron responses (smiley ratings, surveys, title ratings) from stored rows.

A row carries the kiosk and its number in the journal. Someone who knows who was at the kiosk at that time could
attribute the response to a patron.
"""

import json

from lending.registration import REGISTER
from lending.title_rating import BOOK

ASKS = ("face", BOOK, "sheet")


def is_anonymous(kind: object, body: object) -> bool:
    """Return whether a row of this kind, with its body in plain text, is an anonymous response."""
    return kind == "said" and _body(body).get("ask") in ASKS


def holds_identity(kind: object, body: object) -> bool:
    """Return whether the row holds a new patron's name and address.

    These are stored in the patron record only, so they are removed from every other place.
    """
    return kind == "said" and _body(body).get("ask") == REGISTER


def blanked(raw: dict[str, object]) -> dict[str, object]:
    """Return the row without its answer and, for a title rating, without title and card.

    Rows of any other kind are returned unchanged.
    """
    if not is_anonymous(raw.get("kind"), raw.get("body")):
        return raw
    response = _body(raw["body"]) | {"answer": ""}
    if response["ask"] == BOOK:
        response |= {"about": "", "card": None}
    return {**raw, "body": json.dumps(response, sort_keys=True)}


def _body(body: object) -> dict[str, object]:
    try:
        decoded = json.loads(body) if isinstance(body, str) else None
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
