"""Test the form of the changelog's headings and of the newest commits' subjects."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADING = re.compile(
    r"# Changelog|## \[Unreleased\]|## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d"
    r"|### (Added|Changed|Deprecated|Removed|Fixed|Security)"
)
"""Source: Keep a Changelog 1.1.0."""
SUBJECT = re.compile(r"(feat|fix|perf|refactor|docs|test|build|chore)(\([a-z0-9-]+(,[a-z0-9-]+)*\))?!?: [^A-Z].*[^.]")
"""Source: Conventional Commits 1.0.0, and CONTRIBUTING.md."""
LONGEST = 72
SINCE = "f3b63378"
"""Last commit whose subject is not judged."""


def test_changelog_headings_follow_keep_a_changelog() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    headings = [line for line in lines if line.startswith("#")]
    assert [line for line in headings if not HEADING.fullmatch(line)] == []
    assert headings[:2] == ["# Changelog", "## [Unreleased]"]


def test_commit_subjects_are_conventional() -> None:
    command = ("git", "log", "--no-merges", "--format=%s", f"{SINCE}..HEAD")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this checkout has no history back to there")
    assert [subject for subject in listed.stdout.splitlines() if not is_conventional(subject)] == []


@pytest.mark.parametrize(
    ("subject", "conventional"),
    [
        ("fix(desk): keep the second card", True),
        ("feat!: drop the old wire", True),
        ("refactor(staff,outreach): name the rows", True),
        ("merge house", False),
        ("Fix(desk): keep the second card", False),
        ("fix(desk): Keep the second card", False),
        ("fix(desk): keep the second card.", False),
        ("fix: " + "x" * LONGEST, False),
    ],
)
def test_subject_check_accepts_conventional_subjects_only(subject: str, conventional: bool) -> None:
    assert is_conventional(subject) == conventional


def is_conventional(subject: str) -> bool:
    return len(subject) <= LONGEST and bool(SUBJECT.fullmatch(subject))
