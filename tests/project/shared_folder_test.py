"""Test that a folder kept between test runs is rebuilt when one of its sources changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import shared


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shared, "ROOT", tmp_path)
    monkeypatch.setattr(shared, "CACHE", tmp_path / "kept")
    (tmp_path / "source.py").write_text("1")
    return tmp_path / "source.py"


def kept_in_a_run(source: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the kept folder in a run with this shared home."""
    home.mkdir()
    monkeypatch.setenv(shared.HOME, str(home))
    return shared.kept("copy", [source], lambda folder: (folder / "made").write_text(source.read_text()))


def test_kept_folder_is_reused_until_a_source_changes(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kept_in_a_run(source, tmp_path / "first", monkeypatch)
    (kept,) = (tmp_path / "kept").glob("copy-*")
    (kept / "made").write_text("kept")
    assert (kept_in_a_run(source, tmp_path / "second", monkeypatch) / "made").read_text() == "kept"
    source.write_text("2")
    assert (kept_in_a_run(source, tmp_path / "third", monkeypatch) / "made").read_text() == "2"
    assert not kept.exists()
    assert (first / "made").read_text() == "1"
