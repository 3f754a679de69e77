"""Test the state directory: its location, and its secrets, created once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.core.state_directory import secret, state_dir


def test_environment_names_the_state_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KIOSK_HUB_STATE", str(tmp_path / "here"))
    assert state_dir() == tmp_path / "here"
    monkeypatch.delenv("KIOSK_HUB_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_dir() == tmp_path / "kiosk-hub"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert state_dir() == tmp_path / "home" / ".local" / "state" / "kiosk-hub"


def test_concurrent_requests_create_a_secret_only_once(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: secret("key", folder), range(16)))
    assert len(secrets) == 1
    assert len(bytes.fromhex(secrets.pop())) == 32
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["key"]
