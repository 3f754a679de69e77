"""The light behind the display, by the kernel's own switch; where a display has none it does nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

LIT, DARK = "0", "4"
"""FB_BLANK_UNBLANK and FB_BLANK_POWERDOWN of linux/fb.h: what bl_power takes."""


class Backlight:
    def __init__(self, folders: Sequence[Path]) -> None:
        """`folders` as Machine.backlights tells them."""
        self._folders = folders
        self._named: set[Path] = set()

    def switch(self, on: bool) -> None:
        """Every backlight there is. One that may not be written is named in the log, once, and stays lit."""
        for folder in self._folders:
            try:
                power = folder / "bl_power"
                if (power.read_text(encoding="ascii").strip() == LIT) != on:
                    power.write_text(LIT if on else DARK, encoding="ascii")
            except OSError as error:
                if folder not in self._named:
                    log.warning("the backlight %s cannot be switched: %s", folder.name, error.strerror)
                self._named.add(folder)

    @contextmanager
    def kept_lit(self) -> Iterator[None]:
        """Lit when the kiosk begins, whatever ended the last one, and when it ends."""
        self.switch(True)
        try:
            yield
        finally:
            self.switch(True)
