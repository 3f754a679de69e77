"""Persist that staff put this kiosk out of service, for a restart while the hub is unreachable."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.central import OutOfService
from lending import atomic_file

log = logging.getLogger(__name__)


class _StoredState(BaseModel):
    """Content of `out-of-service.json` in the kiosk's state folder."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    zh: str
    en: str
    why: str


class OutOfServiceStore:
    """The hub's last instruction; `closed` is None, and the file absent, while the kiosk is in service.

    An unreadable file counts as absent: the hub repeats its instruction with each answer.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "out-of-service.json"
        self.closed = self._read()
        self._complained = False

    def keep(self, closed: OutOfService | None) -> None:
        """Write the instruction to disk before returning.

        If the disk fails, the next answer of the hub repeats the attempt.
        """
        if closed == self.closed:
            return
        try:
            if closed is None:
                atomic_file.remove(self._path)
            else:
                kept = _StoredState(zh=closed.zh, en=closed.en, why=closed.why)
                atomic_file.write(self._path, kept.model_dump_json().encode())
        except OSError as error:
            if not self._complained:
                log.warning(
                    "Cannot write %s: %s. The kiosk would reopen after a restart without the hub.", self._path, error
                )
            self._complained = True
        else:
            self.closed = closed
            self._complained = False

    def _read(self) -> OutOfService | None:
        try:
            kept = _StoredState.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            log.warning("Cannot read %s: the kiosk opens until the hub says otherwise", self._path)
            return None
        return OutOfService(kept.zh, kept.en, kept.why)
