"""Compare the installed packages with the release's lock file. Advisories are not fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

LINE = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
ADVISORIES = (
    "Known advisories are not fetched here: the hub speaks to no server but those of its channels. "
    "Run pip-audit over the lock on a machine that may."
)


@dataclass(frozen=True, slots=True)
class Package:
    """A package: its installed version, and the locked ones (one per range of Python versions, or none)."""

    name: str
    installed: str
    locked: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the installed version is a locked one; true if either is missing."""
        return not self.locked or not self.installed or self.installed in self.locked


def lock_file() -> Path | None:
    """Return the lock file of this checkout; None in an installed wheel, which contains none."""
    path = Path(__file__).resolve().parents[2] / "requirements.lock"
    return path if path.exists() else None


def compare_with_lock(lock: Path | None) -> list[Package]:
    """Return every installed and every locked package."""
    locked: dict[str, tuple[str, ...]] = {}
    for name, version in _locked_packages(lock.read_text(encoding="utf-8").splitlines()) if lock else ():
        locked[name] = (*locked.get(name, ()), version)
    installed = {_plain(each.metadata["Name"]): each.version for each in distributions()}
    names = sorted(installed.keys() | locked.keys())
    return [Package(each, installed.get(each, ""), locked.get(each, ())) for each in names]


def _locked_packages(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        if found := LINE.match(line):
            yield _plain(found[1]), found[2]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
