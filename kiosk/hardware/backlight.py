"""Switch the display's backlight through the kernel's sysfs class. A display without one is left alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

LIT, DARK = "0", "4"
"""FB_BLANK_UNBLANK and FB_BLANK_POWERDOWN of linux/fb.h: the values that bl_power accepts."""


class Backlight:
    """The backlights of the kiosk's displays."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Accept the sysfs folders that `HostInfo.backlights` found."""
        self._folders = folders
        self._named: set[Path] = set()

    def switch(self, on: bool) -> None:
        """Switch every backlight. One that cannot be written is logged once and stays lit."""
        for folder in self._folders:
            try:
                power = folder / "bl_power"
                if (power.read_text(encoding="ascii").strip() == LIT) != on:
                    power.write_text(LIT if on else DARK, encoding="ascii")
            except OSError as error:
                if folder not in self._named:
                    log.warning("Cannot switch the backlight %s: %s", folder.name, error.strerror)
                self._named.add(folder)

    @contextmanager
    def keep_lit(self) -> Iterator[None]:
        """Light the display at the start (whatever ended the last run) and at the end."""
        self.switch(True)
        try:
            yield
        finally:
            self.switch(True)
