"""Where a kiosk's own file lies when nobody says otherwise; loads nothing, so that a start is quick."""

from __future__ import annotations

from pathlib import Path

DEFAULT_CONFIG = Path("/etc/kiosk/kiosk.toml")
