"""Load the programs of the image, which are files without a suffix."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from pathlib import Path
from types import ModuleType

TREE = Path(__file__).resolve().parents[2] / "image/root"
"""Files that the image adds to Debian's."""


def load_program(name: str) -> ModuleType:
    """Return a program of `/usr/lib/kiosk` as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(TREE / "usr/lib/kiosk" / name))
    specification = importlib.util.spec_from_loader(name, loader)
    assert specification is not None
    module = importlib.util.module_from_spec(specification)
    loader.exec_module(module)
    return module
