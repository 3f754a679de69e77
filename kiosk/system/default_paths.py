"""Define default file locations; imports nothing heavy, so that a start is quick."""

from __future__ import annotations

from pathlib import Path

DEFAULT_CONFIG = Path("/etc/kiosk/kiosk.toml")
