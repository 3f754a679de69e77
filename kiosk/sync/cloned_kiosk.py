"""Store the days on which the hub saw row numbers used twice, to report them again to a restored hub."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from lending import atomic_file

log = logging.getLogger(__name__)

DAYS = TypeAdapter(list[date])


class CloneWarnings:
    """The hub's open warnings, in `cloned-kiosk.json` in the kiosk's state folder; no file if there are none.

    An unreadable file counts as none: the hub repeats its open warnings with each health answer.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "cloned-kiosk.json"
        self.days: Sequence[date] = self._read()

    def keep(self, days: Sequence[date]) -> None:
        """Replace the stored days. If the disk fails, only the days are lost after a restart."""
        if days == self.days:
            return
        self.days = days
        try:
            if days:
                atomic_file.write(self._path, DAYS.dump_json(list(days)))
            else:
                atomic_file.remove(self._path)
        except OSError as error:
            log.warning("Cannot write %s: %s. A restored hub will not get the warning again.", self._path, error)

    def _read(self) -> Sequence[date]:
        try:
            return DAYS.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValidationError):
            log.warning("Cannot read %s: the hub's next health answer replaces it.", self._path)
            return []
