"""Keep the hub's signed settings on disk, try a new document at the next start, and return to the last that worked.

A document becomes the kept one only after the kiosk has run with it for a while. The signature is verified whenever the
file is read, so an altered file changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.sync.identity import Identity
from lending import atomic_file, request_signature
from lending.wire import first_fault
from lending.wire.kiosk_settings import MOST_UNKNOWN, SettingsDocument, SettingsReport, SignedSettings

log = logging.getLogger(__name__)
MOST_STARTS = 2
"""Starts with a new document after which it counts as unusable. A single one may be due to a power cut."""


class StoredSettings(BaseModel):
    """Content of the file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kept: SignedSettings | None = None
    """The last document with which the kiosk has run for a while."""
    device: str = ""
    """Device for which they are signed; a kiosk that was enrolled again starts without settings."""
    trial: SignedSettings | None = None
    starts: int = 0
    """Starts with `trial` so far."""
    refused: str = ""
    """Name of the newest document that could not be used."""
    fault: Literal["", "altered", "value", "start"] = ""
    field: str = ""


class SettingsStore:
    """`settings.json` in the kiosk's state folder.

    Args:
        folder: State folder.
        identity: Its hub must have signed the settings, for its device.
        faulty: Returns the name of a setting that the kiosk cannot use, or an empty string.
        unknown: Returns the names of the settings that the kiosk ignores.
    """

    def __init__(
        self,
        folder: Path,
        identity: Identity,
        faulty: Callable[[Mapping[str, Any]], str],
        unknown: Callable[[Mapping[str, Any]], list[str]],
    ) -> None:
        self._path = folder / "settings.json"
        self._identity = identity
        self._faulty = faulty
        self._unknown = unknown
        found = self._read()
        self._stored = found if found.device == identity.device else StoredSettings(device=identity.device)
        self._running: SignedSettings | None = None
        self._trying = False
        self._unwritable = False
        self.received = asyncio.Event()
        """Set once a document waits for a restart of the kiosk."""

    def begin(self) -> Mapping[str, Any]:
        """Return the settings to start with: those on trial, else the last that worked, else none."""
        trial, kept = self._stored.trial, self._stored.kept
        if self._stored.fault == "value":  # the kiosk may have been updated: let the hub send the document again
            self._stored = self._stored.model_copy(update={"refused": "", "fault": "", "field": ""})
        if trial is not None:
            if self._stored.starts >= MOST_STARTS:
                self._refuse(trial, "start")
            elif (values := self._usable(trial)) is not None and self._keep(starts=self._stored.starts + 1):
                self._running, self._trying = trial, True
                return values
        if kept is not None:
            if (values := self._usable(kept)) is not None:
                self._running = kept
                return values
            self._keep(kept=None)
        return {}

    def confirm(self) -> None:
        """Keep the document on trial: the kiosk works with it."""
        if self._trying and self._running == self._stored.trial and self._running is not None:
            log.info("Settings of the hub, version %d, are applied", self._version(self._running))
            self._keep(kept=self._running, trial=None, starts=0, refused="", fault="", field="")
        self._trying = False

    def give_back_start(self) -> None:
        """Do not count this start: it ended for a reason other than the settings."""
        if self._trying:
            self._keep(starts=self._stored.starts - 1)

    @property
    def waits(self) -> bool:
        """Whether a document waits for a restart of the kiosk."""
        return self._stored.trial is not None and not self._trying

    def take(self, signed: SignedSettings) -> bool:
        """Store a document of the hub for the next start; return whether there is anything new to report.

        One with the values that the kiosk already runs with is kept at once. The hub sends a document that could not be
        stored, or was not signed for this kiosk, with each answer: it is reported once.
        """
        before = self.report()
        self._store(signed)
        return self.report() != before

    def _store(self, signed: SignedSettings) -> None:
        known = (self._name(self._running), self._name(self._stored.trial), self._stored.refused)
        if signed.name in known or self._trying:
            return
        values = self._usable(signed)
        if values is None:
            return
        if values == (self._values(self._running) if self._running else {}):
            if self._keep(kept=signed, trial=None, starts=0, refused="", fault="", field=""):
                self._running = signed
        else:
            self._keep(trial=signed, starts=0)

    def announce(self) -> None:
        """Set `received` if a document waits; call it in the event loop, after `take`."""
        if self.waits:
            self.received.set()

    def report(self) -> SettingsReport:
        """Return what to tell the hub."""
        waiting, running = self._stored.trial, None if self._trying else self._running
        return SettingsReport(
            name=self._name(running),
            version=self._version(running) if running else 0,
            waiting=self._name(waiting),
            refused=self._stored.refused,
            fault="unwritable" if self._unwritable else self._stored.fault,
            field=self._stored.field,
            unknown=self._unknown(self._values(running))[:MOST_UNKNOWN] if running else [],
        )

    def _usable(self, signed: SignedSettings) -> Mapping[str, Any] | None:
        """Return the values of a document; None, and refuse it, if the kiosk cannot use it."""
        text = request_signature.settings_text(self._identity.device, signed.document)
        if not request_signature.verifies(self._identity.hub_key, text, signed.signature):
            self._refuse(signed, "altered")
            return None
        try:
            values = SettingsDocument.model_validate_json(signed.document).values
        except ValidationError as error:
            log.warning("Settings of the hub cannot be read: %s", first_fault(error))
            self._refuse(signed, "value")
            return None
        if field := self._faulty(values):
            self._refuse(signed, "value", field)
            return None
        return values

    def _refuse(self, signed: SignedSettings, fault: Literal["altered", "value", "start"], field: str = "") -> None:
        # The hub sends a document again whose file was altered here; any other stays refused.
        changes: dict[str, Any] = {"refused": "" if fault == "altered" else signed.name, "fault": fault, "field": field}
        if signed == self._stored.trial:
            changes |= {"trial": None, "starts": 0}
        if self._stored.model_copy(update=changes) != self._stored:
            log.warning("Settings %s of the hub are refused: %s %s", signed.name, fault, field)
            self._keep(**changes)

    def _values(self, signed: SignedSettings) -> Mapping[str, Any]:
        return SettingsDocument.model_validate_json(signed.document).values

    def _version(self, signed: SignedSettings) -> int:
        return SettingsDocument.model_validate_json(signed.document).version

    @staticmethod
    def _name(signed: SignedSettings | None) -> str:
        return signed.name if signed else ""

    def _keep(self, **changes: Any) -> bool:
        """Change the file, and on success what is stored here; return whether the disk took it."""
        changed = self._stored.model_copy(update=changes)
        try:
            atomic_file.write(self._path, changed.model_dump_json().encode())
        except OSError as error:
            if not self._unwritable:
                log.warning("Cannot write %s: %s. The kiosk keeps its present settings.", self._path, error)
            self._unwritable = True
            return False
        self._stored, self._unwritable = changed, False
        return True

    def _read(self) -> StoredSettings:
        try:
            return StoredSettings.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return StoredSettings()
        except (OSError, ValidationError):
            log.warning("Cannot read %s: the kiosk runs with kiosk.toml until the hub sends its settings", self._path)
            return StoredSettings()
