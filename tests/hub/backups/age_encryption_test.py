"""Test encrypted backups: readable with their private key only, in clear only on request."""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pytest

from hub.backups import backup_format
from hub.core import backup_files
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.long


def hub(state: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a hub command in this state directory, on SQLite."""
    environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
    whole = (sys.executable, "-m", "hub.cli", *command)
    return subprocess.run(whole, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state directory of a demo library."""
    folder = tmp_path_factory.mktemp("hub") / "state"
    demo(folder)
    return folder


def test_without_a_key_a_backup_needs_the_clear_option(state: Path, tmp_path: Path) -> None:
    refused = hub(state, "backup", str(tmp_path / "hub.backup"))
    assert refused.returncode == 1 and "backup-key" in refused.stderr and list(tmp_path.iterdir()) == []
    assert hub(state, "backup", str(tmp_path / "hub.backup"), "--clear").returncode == 0
    assert b"secret_key" in gzip.decompress((tmp_path / "hub.backup").read_bytes()), "control"


def test_encrypted_backup_is_restored_only_with_its_key(state: Path, tmp_path: Path) -> None:
    key, file = tmp_path / "key", tmp_path / "hub.backup"
    assert hub(state, "backup-key", str(key)).returncode == 0
    secret = key.read_text(encoding="ascii").splitlines()[1].encode()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and secret.startswith(b"AGE-SECRET-KEY-")
    assert not any(secret in each.read_bytes() for each in state.rglob("*") if each.is_file()), "no private key"
    assert hub(state, "backup-key", str(key)).returncode == 1, "an existing key file is never overwritten"
    done = hub(state, "backup", str(file))
    assert (done.returncode, stat.S_IMODE(file.stat().st_mode)) == (0, 0o600)
    assert file.read_bytes().startswith(backup_format.BEGINS)
    with pytest.raises(backup_format.BadArchive):
        backup_format.verify(file)
    (folder := tmp_path / "folder").mkdir()
    with backup_format.decrypted_backup(file, key, folder) as clear:
        head = backup_format.verify(clear)
        assert head.secrets["secret_key"]
        assert stat.S_IMODE(clear.stat().st_mode) == 0o600
        named = [*folder.iterdir(), *Path(tempfile.gettempdir()).glob(f".{file.name}.*")]
        assert named == [], "a killed process must leave no clear copy"
    assert not clear.exists()
    backup_format.new_key(tmp_path / "other", tmp_path)
    for options, why in (((), "--key"), (("--key", str(tmp_path / "other")), "does not open")):
        refused = hub(tmp_path / "there", "restore", str(file), *options)
        assert refused.returncode == 1 and why in refused.stderr
    restored = hub(tmp_path / "there", "restore", str(file), "--key", str(key))
    assert restored.returncode == 0, restored.stderr
    assert backup_files.public_key(tmp_path / "there") == backup_files.public_key(state), "still encrypts"
    assert backup_files.read(tmp_path / "there") == datetime.fromisoformat(head.made_at), "shown on Today"


def test_restoring_an_older_backup_keeps_the_current_backup_key(state: Path, tmp_path: Path) -> None:
    """The key was replaced because the old private key may be lost or stolen."""
    file, target = tmp_path / "hub.backup", tmp_path / "there"
    backup_format.new_key(tmp_path / "old", state)
    assert hub(state, "backup", str(file)).returncode == 0
    target.mkdir()
    public = backup_format.new_key(tmp_path / "new", target)
    restored = hub(target, "restore", str(file), "--key", str(tmp_path / "old"))
    assert restored.returncode == 0, restored.stderr
    assert backup_files.public_key(target) == public


def test_keep_option_limits_the_number_of_backups(state: Path, tmp_path: Path) -> None:
    for night in range(3):
        (tmp_path / f"hub-2026110{night}-041500.backup.age").touch()
    (tmp_path / "another file").touch()
    (state / backup_files.LAST_BACKUP).unlink(missing_ok=True)
    assert hub(state, "audit", "drill").returncode == 0
    assert hub(state, "backup", str(tmp_path / "none"), "--keep", "2", "--clear").returncode == 1
    assert backup_files.read(state) is None, "neither a drill nor a failure is a backup"
    done = hub(state, "backup", str(tmp_path), "--keep", "2", "--clear")
    assert done.returncode == 0, done.stderr
    assert (made := backup_files.read(state)) is not None and made.tzinfo is not None
    left = sorted(each.name for each in tmp_path.iterdir())
    assert left[:2] == ["another file", "hub-20261102-041500.backup.age"] and len(left) == 3


@pytest.mark.parametrize("keep", [1, 2])
def test_new_backup_is_kept_despite_backups_dated_in_the_future(state: Path, tmp_path: Path, keep: int) -> None:
    for night in range(3):
        (tmp_path / f"hub-2099110{night}-041500.backup.age").touch()
    done = hub(state, "backup", str(tmp_path), "--keep", str(keep), "--clear")
    assert done.returncode == 0, done.stderr
    left = sorted(each.name for each in tmp_path.iterdir())
    assert len(left) == keep and left[0] in done.stdout
    assert left[1:] == ["hub-20991102-041500.backup.age"][: keep - 1]
