"""Remove responses that must not be linked to a patron, or that hold a new patron's name, from stored rows.

A row carries the kiosk and its number in the journal. Someone who knows who was at the kiosk at that time could
attribute the response to a patron. Each kind of response declares its `Retention`.
"""

import json

from lending.responses import KINDS, Retention


def is_anonymous(kind: object, body: object) -> bool:
    """Return whether a row of this kind, with its body in plain text, is an anonymous response."""
    return _retention(kind, body).is_anonymous


def holds_identity(kind: object, body: object) -> bool:
    """Return whether the row holds a new patron's name and address.

    These are stored in the patron record only, so they are removed from every other place.
    """
    return _retention(kind, body) is Retention.IDENTITY


def without_answer(raw: dict[str, object]) -> dict[str, object]:
    """Return the row without its answer and, if it is to be unlinked, without subject and card.

    Rows of any other kind are returned unchanged.
    """
    retention = _retention(raw.get("kind"), raw.get("body"))
    if not retention.is_anonymous:
        return raw
    response = _body(raw["body"]) | {"answer": ""}
    if retention is Retention.UNLINKED:
        response |= {"about": "", "card": None}
    return {**raw, "body": json.dumps(response, sort_keys=True)}


def _retention(kind: object, body: object) -> Retention:
    response = KINDS.get(str(_body(body).get("ask"))) if kind == "said" else None
    return response.retention if response else Retention.KEPT


def _body(body: object) -> dict[str, object]:
    try:
        decoded = json.loads(body) if isinstance(body, str) else None
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
