"""Cover one button of a real kiosk: Python runs this file first if it is on the path."""

import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

LAYOUT = "kiosk.screens.layout"
COVERED = os.environ["COVERED_ACTION"]


class CoveringLoader(Loader):
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        created: ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        drawn = module.sheet_of

        def sheet_of(*args: Any, **kwargs: Any) -> Any:
            from kiosk.screens.rendering.display_list import Fill, Touch

            sheet = drawn(*args, **kwargs)
            buttons = [mark for mark in sheet if isinstance(mark, Touch) and mark.name == COVERED]
            return (*sheet, *(Fill(button.box, "#FFFFFF") for button in buttons))

        module.sheet_of = sheet_of  # type: ignore[attr-defined]


class Coverer(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != LAYOUT:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = CoveringLoader(spec.loader)
        return spec


sys.meta_path.insert(0, Coverer())
