"""Run invenio-sip2's server and codec in its environment, with two books and loans of our own.

Connection data are kept in memory instead of Redis, by a setting, so none of its code is changed.
"""

from __future__ import annotations

import fnmatch
import importlib
import json
from typing import Any

models: Any = importlib.import_module("invenio_sip2.models")
errors: Any = importlib.import_module("invenio_sip2.errors")
TITLES = {"3001": "Faust", "3002": "Über alles"}
PINS = {"1001": "1234"}
LONG_MESSAGES = "1009"
"""A patron whose screen messages make the checksum start with a zero, which the server omits."""
DUE = ("20261225    235900", "20270122    235900")
"""Due dates of a loan and of a renewed loan."""
loans: dict[str, str] = {}
renewed: set[str] = set()


class Memory:
    """Rows as text under their keys."""

    def __init__(self, _: Any) -> None:
        self.rows: dict[str, str] = {}

    def add(self, record: Any, **_: Any) -> None:
        self.rows[record.get_key()] = json.dumps(record.dumps())

    update = add

    def delete(self, record: Any) -> None:
        self.rows.pop(record.get_key(), None)

    def get(self, name: str, kind: str) -> Any:
        return next(iter(self._like(f"{kind}:{name}*")), None)

    def all(self, kind: str) -> list[Any]:
        return self._like(f"{kind}:*")

    def search(self, name: str, index_type: str, filter_query: str) -> list[Any]:
        return self._like(f"{index_type}:{name}_{filter_query}")

    def _like(self, pattern: str) -> list[Any]:
        return [json.loads(text) for key, text in self.rows.items() if fnmatch.fnmatchcase(key, pattern)]


def login(user: str, word: str, **_: Any) -> dict[str, Any]:
    return {"authenticated": (user, word) == ("kiosk", "word"), "institution_id": "main", "library_language": "en"}


def status(_: str, **__: Any) -> dict[str, Any]:
    return {}


def patron(number: str, **_: Any) -> Any:
    own = [item for item, card in loans.items() if card == number]
    words = ["x" * 120] * 4 if number == LONG_MESSAGES else ["Grüß Gott"]
    response = models.SelfcheckPatronInformation(
        number, "main", "Ada Sample" if number in PINS else "", charged_items=own, screen_messages=words
    )
    response["valid_patron"] = number in PINS
    return response


def pin(number: str, typed: str, **_: Any) -> bool:
    return PINS.get(number) == typed


def item(barcode: str, **_: Any) -> Any:
    status = "OTHER" if barcode not in TITLES else "CHARGED" if barcode in loans else "AVAILABLE"
    due = {"due_date": DUE[barcode in renewed]} if barcode in loans else {}
    return models.SelfcheckItemInformation(barcode, TITLES.get(barcode), status, **due)


def checkout(_: str, barcode: str, number: str, **__: Any) -> Any:
    if barcode not in TITLES or barcode in loans:
        raise errors.SelfcheckCirculationError("not lent", models.SelfcheckCheckout(TITLES.get(barcode, "")))
    loans[barcode] = number
    return models.SelfcheckCheckout(TITLES[barcode], checkout=True, due_date=DUE[0])


def renew(_: str, barcode: str, patron_id: str, **__: Any) -> Any:
    if loans.get(barcode) != patron_id:
        raise errors.SelfcheckCirculationError("not theirs", models.SelfcheckRenew(TITLES.get(barcode, "")))
    renewed.add(barcode)
    return models.SelfcheckRenew(TITLES[barcode], success=True, renewal=True, due_date=DUE[1])


def checkin(_: str, barcode: str, **__: Any) -> Any:
    if loans.pop(barcode, None) is None:
        raise errors.SelfcheckCirculationError("not on loan", models.SelfcheckCheckin("main"))
    renewed.discard(barcode)
    return models.SelfcheckCheckin("main", checkin=True, resensitize=True, sort_bin="bin 2")


def app() -> Any:
    flask = importlib.import_module("flask").Flask("far")
    flask.config["SIP2_DATASTORE_HANDLER"] = Memory
    flask.config["SIP2_LOGGING_CONSOLE"] = False
    flask.config["SIP2_REMOTE_ACTION_HANDLERS"] = {
        "far": {
            "login_handler": login,
            "system_status_handler": status,
            "patron_handlers": {"account": patron, "authorize_patron": pin},
            "item_handlers": {"item": item},
            "circulation_handlers": {"checkout": checkout, "renew": renew, "checkin": checkin},
        }
    }
    importlib.import_module("invenio_sip2").InvenioSIP2(flask)
    return flask


def main() -> None:
    kind = importlib.import_module("invenio_sip2.server").SocketServer
    with app().app_context():
        server = kind("far", "127.0.0.1", 0, remote="far", process_id=0)
        (listening,) = server.selector.get_map().values()
        print(listening.fileobj.getsockname()[1], flush=True)
        server.run()


if __name__ == "__main__":
    main()
