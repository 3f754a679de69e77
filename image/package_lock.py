"""Record and compare the Debian packages of an image: name, version and SHA-256 of each.

The archive changes between two builds, and an image must not change unnoticed.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

HEADER = "# Packages of the image: name, version, SHA-256. Written by scripts/image --relock.\n"


def installed_packages(root: Path, debs: Path) -> dict[str, tuple[str, str]]:
    """Return version and SHA-256 of each package in a root. Raises OSError if a package's file is missing.

    Args:
        root: Root file system; its dpkg database is read with the host's tools.
        debs: Folder with the package files.
    """
    query = ["dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f=${Package} ${Version} ${Architecture}\n"]
    lines = subprocess.run(query, check=True, capture_output=True, text=True).stdout.splitlines()
    found = {}
    for name, version, architecture in (line.split() for line in lines):
        file = debs / f"{name}_{version.replace(':', '%3a')}_{architecture}.deb"
        found[name] = version, hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def lock_text(packages: dict[str, tuple[str, str]]) -> str:
    """Return the lock file."""
    return HEADER + "".join(f"{name} {version} {digest}\n" for name, (version, digest) in sorted(packages.items()))


def parse_lock(text: str) -> dict[str, tuple[str, str]]:
    """Return the packages of a lock file."""
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return {name: (version, digest) for name, version, digest in rows}


def differences(locked: dict[str, tuple[str, str]], packages: dict[str, tuple[str, str]]) -> list[str]:
    """Return a line for each package that is new, gone, of another version, or of other bytes."""
    lines = []
    for name in sorted(locked.keys() | packages.keys()):
        before, now = locked.get(name), packages.get(name)
        if before == now:
            continue
        if before is None or now is None:
            lines.append(f"{name}: new" if before is None else f"{name}: gone")
        elif before[0] != now[0]:
            lines.append(f"{name}: {before[0]} -> {now[0]}")
        else:
            lines.append(f"{name}: {now[0]} has other bytes")
    return lines
