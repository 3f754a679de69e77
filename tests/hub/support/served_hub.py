"""Serve a hub by its own command on a free port, and send it kiosk requests."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import requests

from tests.hub.support.remote_device import enrolled_at
from tests.support.patience import PATIENCE


def run(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub.cli", *arguments],
        env={**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


class Served:
    """A hub in demo mode, served by its own command."""

    def __init__(self, state: Path, kiosk: str = "front", *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hub.cli", "serve", "--demo", *options, "--port", "0"],
            env={**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")
        self.session, self.card_key = enrolled_at(self.url, kiosk)

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=PATIENCE)

    def post(self, path: str, body: object = None) -> requests.Response:
        return self.session.post(self.url + path, json=body, timeout=PATIENCE)

    def kill(self) -> None:
        """Kill the supervisor and its workers at once, as a power failure does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
