"""Test that all dependencies are locked with hashes, and that a second set-up is quick."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def locked(lock: str) -> dict[str, str]:
    """Return the version of every package with a hash in the lock file."""
    entry = re.compile(r"^([\w.-]+)==([^\s;\\]+)[^\n]*\\\n    --hash=sha256:[0-9a-f]{64}", re.MULTILINE)
    return {canonicalize_name(name): version for name, version in entry.findall(lock)}


def named_dependencies() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = (name for extra in project["optional-dependencies"].values() for name in extra)
    return [Requirement(each) for each in [*project["dependencies"], *extras]]


def unlocked(requirements: list[Requirement], versions: dict[str, str]) -> list[str]:
    return [
        str(each)
        for each in requirements
        if not each.specifier.contains(versions.get(canonicalize_name(each.name), ""), prereleases=True)
        or canonicalize_name(each.name) not in versions
    ]


def test_lock_file_satisfies_every_dependency() -> None:
    assert unlocked(named_dependencies(), locked(LOCK)) == []


@pytest.mark.parametrize("lock", ["", "kivy==2.3.0 \\\n    --hash=sha256:" + "0" * 64, "kivy==2.3.1\n"])
def test_missing_older_or_unhashed_package_is_caught(lock: str) -> None:
    assert unlocked([Requirement("kivy==2.3.1")], locked(lock)) == ["kivy==2.3.1"]


def test_every_locked_package_has_a_hash_and_no_url() -> None:
    pins = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE)}
    assert set(locked(LOCK)) == pins != set()
    assert not re.search(r"^[\w.-]+==(?![^\n]*\\\n    --hash=sha256:)", LOCK, re.MULTILINE)
    assert "://" not in LOCK


def test_second_setup_installs_nothing() -> None:
    again = subprocess.run(
        [ROOT / "scripts" / "setup"],
        env={**os.environ, "KIOSK_VENV": sys.prefix},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.splitlines()[-1] == f"setup: ready ({sys.prefix})"
    assert "virtual environment" not in again.stdout and "packages" not in again.stdout
