"""Make signed update bundles with real `rauc` and an authority of their own; skipped where a program is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

BOARD = "library-kiosk-test"
PACKAGES = {"rauc": "rauc", "openssl": "openssl", "mksquashfs": "squashfs-tools", "unsquashfs": "squashfs-tools"}
EXTENSIONS = "extendedKeyUsage=codeSigning\nkeyUsage=digitalSignature\nbasicConstraints=CA:false\n"
MANIFEST = """\
[update]
compatible={board}
version={version}
[bundle]
format={form}
[image.boot]
filename=boot.vfat
[image.rootfs]
filename=root.img
[meta.kiosk]
journal-format={journal}
"""


def skip_without(**programs: str) -> None:
    """Skip the test if a program is missing; the values are the Debian packages."""
    missing = sorted({package for program, package in programs.items() if shutil.which(program) is None})
    if missing:
        pytest.skip(f"missing: apt install {' '.join(missing)}")


@dataclass(frozen=True)
class Authority:
    """A certificate authority and the key by which it signs releases."""

    folder: Path

    @property
    def keyring(self) -> Path:
        return self.folder / "ca.pem"

    @classmethod
    def create(cls, folder: Path) -> Authority:
        skip_without(**PACKAGES)
        folder.mkdir(parents=True)
        (folder / "extensions").write_text(EXTENSIONS)
        key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        _openssl(folder, f"req -x509 {key} -keyout ca.key -out ca.pem -days 3650 -subj /CN=invented-authority")
        _openssl(folder, f"req {key} -keyout release.key -out release.csr -subj /CN=invented-release")
        signed = "x509 -req -in release.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out release.pem -days 3650"
        _openssl(folder, f"{signed} -extfile extensions")
        return cls(folder)

    def bundle(self, version: str, board: str = BOARD, journal: int = 3, form: str = "plain") -> Path:
        """Return a signed bundle with two small images whose first line is the version."""
        content = self.folder / f"content-{version}-{board}-{journal}"
        shutil.rmtree(content, ignore_errors=True)
        content.mkdir()
        for name, size in (("boot.vfat", 100_000), ("root.img", 200_000)):
            (content / name).write_bytes(f"{version} {name}\n".encode() + os.urandom(size))
        text = MANIFEST.format(board=board, version=version, form=form, journal=journal)
        (content / "manifest.raucm").write_text(text)
        made = self.folder / f"{content.name}.raucb"
        made.unlink(missing_ok=True)
        command = ["rauc", "--cert=release.pem", "--key=release.key", "bundle", content.name, made.name]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        return made


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
