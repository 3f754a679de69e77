"""Provide a real hub process: the demo library on a free loopback port."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kiosk.sync.demo_hub import DemoHub
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE

LISTENS = "listening on "


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHub]:
    state = tmp_path_factory.mktemp("hub")
    environment = os.environ | {"KIOSK_HUB_STATE": str(state), "DATABASE_URL": "", "PYTHONUNBUFFERED": "1"}
    listed = demo(state)
    with (
        Path(state / "serve.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "hub.cli", "serve", "--demo", "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = next(line for line in iter(process.stdout.readline, b"") if line.startswith(LISTENS.encode()))
            url = line.decode().strip().removeprefix(LISTENS)
            yield DemoHub(url, state, tmp_path_factory.mktemp("kiosk"), listed)
        finally:
            process.terminate()
            process.wait(PATIENCE)
