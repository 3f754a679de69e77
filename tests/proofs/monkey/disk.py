"""Simulate free disk space for the whole kiosk, which the monkey fills and frees."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

NO_ROOM = SimpleNamespace(f_bavail=0, f_frsize=4096)


class Disk:
    def __init__(self) -> None:
        self.full = False

    @contextmanager
    def fitted(self) -> Iterator[None]:
        real = os.statvfs

        def statvfs(path: Any) -> Any:
            return NO_ROOM if self.full else real(path)

        with mock.patch.object(os, "statvfs", statvfs):
            yield
