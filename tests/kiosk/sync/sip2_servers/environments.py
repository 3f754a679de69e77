"""Create virtual environments for third-party SIP2 programs from locked requirements."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lending import atomic_file

HERE = Path(__file__).parent
UNREACHED = ("error sending request", "Failed to fetch", "dns error", "timed out", "Connection refused")
"""Error texts of uv if no package index can be reached."""


def python_of(name: str) -> Path:
    """Return the interpreter with the packages of NAME.lock; skip the test if no index can be reached."""
    lock = HERE / f"{name}.lock"
    place = Path(sys.prefix) / "sip2-peers" / f"{name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = place / "bin" / "python"
    place.parent.mkdir(exist_ok=True)
    with atomic_file.alone(place.parent / "lock"):
        if not (place / "made").exists():
            shutil.rmtree(place, ignore_errors=True)
            _uv("venv", "--python", sys.executable, str(place))
            _uv("pip", "install", "--python", str(python), "--no-deps", "--require-hashes", "-r", str(lock))
            (place / "made").touch()
    return python


def _uv(*arguments: str) -> None:
    environment = {**os.environ, "UV_SYSTEM_CERTS": "true", "UV_PYTHON_DOWNLOADS": "never"}
    uv = Path(sys.prefix) / "bin" / "uv"
    done = subprocess.run([uv, *arguments, "-q"], env=environment, capture_output=True, text=True, check=False)
    if done.returncode and any(each in done.stderr for each in UNREACHED):
        pytest.skip("no package index can be reached to install third-party SIP2 programs")
    assert done.returncode == 0, done.stderr
