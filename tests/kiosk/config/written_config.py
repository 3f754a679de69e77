"""Write a kiosk.toml for a test, and return the error that loading it raises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.config import ConfigError, load, write_example


def written(folder: Path, **changes: dict[str, Any]) -> Path:
    """Write the example with changed sections, and return its path."""
    return write_example(folder / "kiosk.toml", folder / "state", folder / "run", "http://127.0.0.1:8000", changes)


def error_of(file: Path) -> str:
    """Return the message of the ConfigError that the file raises."""
    with pytest.raises(ConfigError) as raised:
        load(file)
    return str(raised.value)
