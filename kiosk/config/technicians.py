"""Verify technicians' codes, each stored as a scrypt hash."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from kiosk.events import TechnicianKnown
from lending import technician_codes

log = logging.getLogger(__name__)


class Technicians:
    """The technicians who may sign in, by code."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        """Take the hashes by name."""
        self._hashes = hashes

    async def verify(self, code: str) -> TechnicianKnown:
        """Return whose code it is; every hash is compared, so that the time reveals nothing."""
        name = await asyncio.to_thread(self._name_for, code)
        log.info("Technician %s signed in", name) if name else log.warning("Wrong technician code")
        return TechnicianKnown(name, bool(self._hashes))

    def _name_for(self, code: str) -> str | None:
        found = None
        for name, kept in self._hashes.items():
            if technician_codes.is_code(code, kept):
                found = name
        return found
