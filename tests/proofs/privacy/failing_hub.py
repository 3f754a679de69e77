"""Run `kiosk-hub` with failures seeded in every area while it handles a patron.

`FAILING` names a folder: `marked` has the values that must not be logged, `usual.log` the output of a default log.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

from django.core.handlers.wsgi import WSGIHandler
from django.db import IntegrityError, connection

from hub import cli
from hub.core import django_setup
from hub.core.hub_log import SHAPE
from kiosk.sync.hub_client import UNKNOWN_CARD

FOLDER = Path(os.environ["FAILING"])
MARKED = (FOLDER / "marked").read_text(encoding="utf-8").splitlines()
set_up = django_setup.set_up


def fails(*_: object, **__: object) -> NoReturn:
    """Fail with a message that quotes the existing row, as PostgreSQL's does."""
    raise IntegrityError(f"duplicate key\nDETAIL: Key (name, identifier)=({', '.join(MARKED)}) already exists.")


class Forgotten:
    """Fails where no caller can catch it."""

    def __del__(self) -> None:
        fails()


def all_over() -> None:
    """Cause errors outside of requests: in a thread, a warning, a library's own message, SQL with parameters."""
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    Forgotten()
    warnings.warn(f"naive: {MARKED[0]}", RuntimeWarning, stacklevel=1)
    logging.getLogger("a.library").error("%s could not be read", MARKED[0], extra={"status_code": "no number"})
    logging.getLogger("django.db.backends").setLevel(logging.DEBUG)
    connection.force_debug_cursor = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [MARKED[0]])
    connection.force_debug_cursor = False
    logging.getLogger("django.db.backends").setLevel(logging.WARNING)


def with_failures() -> None:
    """Set up the hub as usual, then plant the failures."""
    set_up()
    usual = logging.FileHandler(FOLDER / "usual.log", encoding="utf-8")
    usual.setFormatter(logging.Formatter(SHAPE))
    logging.getLogger().addHandler(usual)
    from hub.circulation import api, lookup
    from hub.circulation.intake import transaction_intake
    from hub.circulation.sheets import imports

    real: Callable[..., Any] = WSGIHandler.__call__

    def call(self: WSGIHandler, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"].startswith("/gunicorn/"):
            fails()
        if environ["PATH_INFO"].startswith("/all-over/"):
            all_over()
        return real(self, environ, start)

    mock.patch.object(api, "card_by", lambda card: None if card == UNKNOWN_CARD else fails()).start()
    for owner, name in ((transaction_intake, "do"), (lookup, "patrons_searched"), (imports, "enrol")):
        mock.patch.object(owner, name, fails).start()
    mock.patch.object(WSGIHandler, "__call__", call).start()


if __name__ == "__main__":
    for place in [each for name, each in sys.modules.items() if name.startswith("hub.")]:
        if getattr(place, "set_up", None) is set_up:
            mock.patch.object(place, "set_up", with_failures).start()
    sys.exit(cli.main())
