"""Keep signed bundles for the kiosks, and serve them by ranges of bytes.

A bundle is `releases/VERSION.raucb` in the state directory. It is not part of a backup: the release can be added again.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from hub.fleet.models import Release
from lending import atomic_file
from lending.update_bundle import Bundle, BundleRefused, read_bundle

KEYRING = "release-keyring.pem"
"""Name of the file with the authorities whose releases this library accepts, in the state directory."""
CHUNK = 64 * 1024
FORGOTTEN_S = 86400
"""Seconds after which an upload that was not continued is deleted."""
RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")
RAUC_CONFIG = "[system]\ncompatible=any\nbootloader=noop\n[keyring]\npath={keyring}\ncheck-purpose=codesign\n"


def folder() -> Path:
    """Return the folder of the bundles."""
    return Path(settings.STATE) / "releases"


def file_of(release: Release) -> Path:
    """Return the bundle of a release."""
    return folder() / f"{release.version}.raucb"


def bundle_path(release: Release) -> str:
    """Return the path under which kiosks fetch the bundle."""
    return f"/api/v1/fleet/releases/{release.version}"


def keyring() -> Path:
    """Return the file of the accepted authorities."""
    return Path(settings.STATE) / KEYRING


@contextmanager
def rauc_with(authorities: Path) -> Iterator[tuple[str, ...]]:
    """Yield the command line of rauc that accepts these authorities, and only certificates that sign code."""
    with TemporaryDirectory() as made:
        config = Path(made) / "rauc.conf"
        config.write_text(RAUC_CONFIG.format(keyring=authorities.resolve()), encoding="utf-8")
        yield "rauc", f"--conf={config}"


def add(file: Path, now: datetime) -> Release:
    """Check a bundle, copy it into the state directory and store its release. Raises BundleRefused, OSError.

    A version is added once: another bundle of the same version is refused with `other_bundle`.
    """
    with rauc_with(keyring()) as rauc:
        found = read_bundle(file, rauc)
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder() / f".{found.version}.part"
    try:
        sha256, size = _copy(file, part)
        known = Release.objects.filter(version=found.version).first()
        if known is not None and known.sha256 != sha256:
            raise BundleRefused("other_bundle", found.version)
        atomic_file.replace(part, folder() / f"{found.version}.raucb")
    finally:
        part.unlink(missing_ok=True)
    return known or _store(found, sha256, size, now)


def upload_of(user: int, name: str) -> Path:
    """Return the file in which the pieces of a member of staff's upload are collected; a day later it is forgotten."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder().glob(".upload-*"):
        if time.time() - old.stat().st_mtime > FORGOTTEN_S:
            old.unlink(missing_ok=True)
    return folder() / f".upload-{user}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def append(part: Path, piece: Iterable[bytes], begin: int) -> int:
    """Append a piece if it begins where the file ends; return the size of the file. Raises OSError."""
    with part.open("ab") as file:
        if begin == 0:
            file.truncate(0)
        if file.seek(0, os.SEEK_END) == begin:
            for each in piece:
                file.write(each)
        return file.tell()


def _store(found: Bundle, sha256: str, size: int, now: datetime) -> Release:
    return Release.objects.create(
        version=found.version,
        compatible=found.compatible,
        journal_format=found.journal_format,
        sha256=sha256,
        size=size,
        added_at=now,
    )


def _copy(file: Path, part: Path) -> tuple[str, int]:
    """Copy the file, wait for the disk, and return the hash and the size of what was written."""
    with file.open("rb") as source, part.open("wb") as target:
        shutil.copyfileobj(source, target, CHUNK)
        target.flush()
        os.fsync(target.fileno())
    with part.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest(), part.stat().st_size


def serve(release: Release, asked: str) -> HttpResponse:
    """Return the bundle, or the bytes that a `Range` header of one range asks for. Raises Http404 without the file.

    Source: RFC 9110, section 14: 206 with `Content-Range`, 416 if the range begins beyond the end.
    """
    try:
        source = file_of(release).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    size = os.fstat(source.fileno()).st_size
    found = RANGE.fullmatch(asked)
    first, last = (int(found[1]), min(int(found[2] or size), size - 1)) if found else (0, size - 1)
    if first > last:
        source.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(last - first + 1), "Cache-Control": "no-store"}
    if found:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    pieces = _pieces(source, first, last - first + 1)
    status = 206 if found else 200
    return StreamingHttpResponse(pieces, status=status, content_type="application/octet-stream", headers=headers)


def _pieces(source: BinaryIO, first: int, left: int) -> Iterator[bytes]:
    with source:
        source.seek(first)
        while left and (piece := source.read(min(left, CHUNK))):
            left -= len(piece)
            yield piece


def refusal_text(refused: BundleRefused) -> str:
    """Return in words why a bundle was refused."""
    return {
        "wrong_key": _("It is not signed by an authority in {keyring}.").format(keyring=keyring()),
        "damaged": _("It is not a complete bundle. Copy it again and compare its SHA256SUMS."),
        "bad_manifest": _("Its manifest lacks the version or the format of the journal."),
        "no_rauc": _("The program rauc is missing. Install it: apt install rauc"),
        "other_bundle": _("Another bundle of this version was added before. A version never changes."),
    }.get(refused.why, refused.why)
