"""Check the signature of an update bundle and read its manifest, by the program `rauc`.

Source: RAUC 1.13, "Reference": `rauc info --output-format=json-2`, sections `[update]` and `[meta.kiosk]`.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){1,3}([-+.][0-9A-Za-z.]{1,20})?")
TIME_LIMIT = 120.0
"""Seconds; on a Pi the signature of 300 MB takes about one."""


class BundleRefused(Exception):
    """The bundle cannot be used. `args[0]` is a code: `wrong_key`, `damaged`, `bad_manifest`, `no_rauc`."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.detail = detail
        """What rauc said, for the log."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What the signed manifest of a bundle says."""

    version: str
    compatible: str
    """Boards on which it runs, such as `library-kiosk-pi4`."""
    journal_format: int
    """Format in which its program writes the journal. A program of a lower format cannot read it."""


def read_bundle(file: Path, rauc: Sequence[str] = ("rauc",)) -> Bundle:
    """Check the signature and return the manifest. Raises BundleRefused.

    Args:
        file: The bundle.
        rauc: The program with its options, which name the keyring.
    """
    try:
        ended = subprocess.run(
            [*rauc, "info", "--output-format=json-2", str(file)],
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    except FileNotFoundError:
        raise BundleRefused("no_rauc", "rauc is not installed: apt install rauc") from None
    except subprocess.TimeoutExpired:
        raise BundleRefused("damaged", f"rauc did not answer within {TIME_LIMIT:.0f} s") from None
    if ended.returncode:
        raise BundleRefused(refusal_of(ended.stderr), last_line(ended.stderr))
    return _parse(ended.stdout)


def refusal_of(said: str) -> str:
    """Return the code for what rauc said."""
    if "CMS routines::verification failure" in said:  # signed by a known key, but not with this content
        return "damaged"
    if "signature verification failed" in said or "unsuitable certificate purpose" in said:
        return "wrong_key"
    if "Compatible mismatch" in said:
        return "wrong_board"
    if "Version mismatch" in said:
        return "downgrade"
    if "No space left" in said:
        return "full"
    return "damaged"


def last_line(said: str) -> str:
    """Return the last line that rauc printed, which gives the reason."""
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")


def _parse(text: str) -> Bundle:
    try:
        manifest = json.loads(text)
        version, compatible = manifest["update"]["version"], manifest["update"]["compatible"]
        journal = int(manifest["meta"]["kiosk"]["journal-format"])
    except (ValueError, KeyError, TypeError) as error:
        raise BundleRefused("bad_manifest", f"the manifest lacks {error}") from None
    if not VERSION.fullmatch(version):
        raise BundleRefused("bad_manifest", f"version {version!r}")
    return Bundle(version, compatible, journal)


def version_order(version: str) -> tuple[int, ...]:
    """Return a key by which versions are sorted: the numbers at the beginning."""
    return tuple(int(each) for each in re.findall(r"[0-9]+", re.split(r"[-+]", version)[0]))
