"""A release lists what it contains, and its checksums are signed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGE = "library-kiosk-2026.12.1-debian-pi4.img.zst"
pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen (openssh-client)")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def release(folder: Path, key: Path) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "scripts/release"), str(folder), "--key", str(key)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def is_signed(folder: Path, key: Path) -> bool:
    allowed = key.with_name("allowed")
    allowed.write_text(f"release {key.with_suffix('.pub').read_text()}")
    command = ["ssh-keygen", "-q", "-Y", "verify", "-f", str(allowed), "-I", "release", "-n", "library-kiosk", "-s"]
    sums = folder / "SHA256SUMS"
    checked = subprocess.run([*command, f"{sums}.sig"], stdin=sums.open("rb"), capture_output=True, check=False)
    listed = subprocess.run(["sha256sum", "-c", "--quiet", sums.name], cwd=folder, capture_output=True, check=False)
    return checked.returncode == 0 and listed.returncode == 0


def test_release_is_listed_and_signed(tmp_path: Path, key: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / IMAGE).write_bytes(b"image")
    assert release(folder, key).returncode == 0
    assert is_signed(folder, key)
    document = json.loads((folder / "sbom.cdx.json").read_text())
    assert (document["bomFormat"], document["metadata"]["component"]["version"]) == ("CycloneDX", "2026.12.1")
    found = {each["purl"].partition("@")[0]: each for each in document["components"]}
    assert {"pkg:pypi/kivy", "pkg:pypi/mfrc522", "pkg:deb/debian/base-files"} <= found.keys()
    assert all(len(each["hashes"][0]["content"]) == 64 for each in document["components"])
    (folder / IMAGE).write_bytes(b"changed")
    assert not is_signed(folder, key)
    assert release(folder, key).returncode == 0 and is_signed(folder, key), "a changed release is signed again"


@pytest.mark.parametrize("names", [(), (IMAGE, IMAGE.replace("12.1", "12.2")), ("library-kiosk-x.img.zst",)])
def test_folder_that_is_no_release_is_named(tmp_path: Path, key: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).touch()
    failed = release(tmp_path, key)
    assert failed.returncode == 1 and str(tmp_path) in failed.stderr
    assert not (tmp_path / "SHA256SUMS").exists()
