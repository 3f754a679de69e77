"""Remembers that staff keep this kiosk out of service, also through a restart while the hub is away; knows no hub."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.central import OutOfService
from kiosk.system import atomic_file

log = logging.getLogger(__name__)


class _Kept(BaseModel):
    """The file, `out-of-service.json` in the kiosk's state folder."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    zh: str
    en: str
    why: str


class OutOfServiceStore:
    """What the hub said last, `closed` where it said that the kiosk is out of service; a kiosk in service has no file.

    A file that cannot be read is as none: the hub says with its next answer what holds.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "out-of-service.json"
        self.closed = self._read()
        self._complained = False

    def keep(self, closed: OutOfService | None) -> None:
        """On the disk when it returns; where the disk does not take it, it is tried anew with the hub's next answer."""
        if closed == self.closed:
            return
        try:
            if closed is None:
                atomic_file.remove(self._path)
            else:
                kept = _Kept(zh=closed.zh, en=closed.en, why=closed.why)
                atomic_file.write(self._path, kept.model_dump_json().encode())
        except OSError as error:
            if not self._complained:
                log.warning(
                    "%s cannot be written, a restart without the hub would not know of it: %s", self._path, error
                )
            self._complained = True
        else:
            self.closed = closed
            self._complained = False

    def _read(self) -> OutOfService | None:
        try:
            kept = _Kept.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            log.warning("%s cannot be read: the kiosk opens until the hub says otherwise", self._path)
            return None
        return OutOfService(kept.zh, kept.en, kept.why)
