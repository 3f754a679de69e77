"""Define default file locations; imports nothing heavy, so that a start is quick."""

from __future__ import annotations

from pathlib import Path

DEFAULT_CONFIG = Path("/etc/kiosk/kiosk.toml")
DEFAULT_DESK = Path("/etc/kiosk/desk.toml")
"""File of a staff desk's machine with an item pad."""
PAD_PORT = 8750
"""Port of the loopback interface at which `kiosk pad` serves the desk page."""
