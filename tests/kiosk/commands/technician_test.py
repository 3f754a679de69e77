"""Test that adding a technician to kiosk.toml changes no other byte of the file."""

from __future__ import annotations

import asyncio
import io
import stat
from pathlib import Path

import pytest

from kiosk import cli
from kiosk.config import load, write_example
from kiosk.config.technicians import Technicians
from kiosk.events import TechnicianKnown

KEPT = 'ada = "scrypt:' + "0" * 32 + ":" + "1" * 64 + '"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_example(tmp_path / "kiosk.toml", tmp_path / "state", tmp_path / "run", "http://127.0.0.1:9")


def add(monkeypatch: pytest.MonkeyPatch, file: Path, name: str = "lin", code: str = "246810") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{code}\n"))
    return cli.main(["technician", name, "--config", str(file)])


def technician_of(file: Path, code: str) -> TechnicianKnown:
    return asyncio.run(Technicians(load(file).technicians).verify(code))


def added_line(before: bytes, after: bytes) -> bytes:
    """Return the single added line; fail if anything else changed."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    (place,) = (number for number in range(len(new)) if new[:number] + new[number + 1 :] == old)
    return new[place]


def test_technicians_section_is_appended_to_a_file_without_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    file.chmod(0o640)
    before = file.read_bytes()
    assert add(monkeypatch, file, "小林") == 0
    assert f"{file}: 小林 is added." in capsys.readouterr().out
    assert file.read_bytes().startswith(before + b'\n[technicians]\n"')
    assert technician_of(file, "246810") == TechnicianKnown("小林")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize("header", ["[technicians]", " [ technicians ]  # who may sign in", '["technicians"]'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_existing_section_gains_one_line(monkeypatch: pytest.MonkeyPatch, file: Path, header: str, end: str) -> None:
    text = file.read_text(encoding="utf-8") + f"\n{header}\n# by their own hand\n{KEPT}\n[pin]\nask = 'never'  # ours\n"
    before = text.replace("\n", end).encode()
    file.write_bytes(before)
    assert add(monkeypatch, file) == 0
    line = added_line(before, file.read_bytes())
    assert line.startswith(b'"lin" = "scrypt:') and line.endswith(end.encode())
    assert sorted(load(file).technicians) == ["ada", "lin"]


def test_header_without_a_final_line_break_gains_the_line(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8") + "\n[technicians]", encoding="utf-8")
    assert add(monkeypatch, file) == 0
    assert list(load(file).technicians) == ["lin"]


def test_existing_technician_gets_a_new_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    file.write_text(file.read_text(encoding="utf-8") + f"\n[technicians]\n{KEPT}", encoding="utf-8")
    assert add(monkeypatch, file, "ada") == 0
    assert "ada has another code" in capsys.readouterr().out
    assert technician_of(file, "246810") == TechnicianKnown("ada") and len(load(file).technicians) == 1


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("lin", "123", "6 to 12 digits"),
        ("lin", "", "or are empty"),
        ("", "246810", "is not a valid name"),
        ("a\nb", "246810", "is not a valid name"),
    ],
)
def test_invalid_name_or_code_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: Path, name: str, code: str, message: str
) -> None:
    before = file.read_bytes()
    assert add(monkeypatch, file, name, code) == 1
    assert message in capsys.readouterr().err
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('technicians = { ada = "x" }\n', "in another form"),
        ("technicians = 1\n", "is not a section"),
        ("no toml", "cannot be read"),
    ],
)
def test_unsupported_file_is_left_unchanged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: Path, text: str, message: str
) -> None:
    file.write_text(text)
    assert add(monkeypatch, file) == 1
    assert message in capsys.readouterr().err
    assert file.read_text() == text


def test_missing_file_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert add(monkeypatch, tmp_path / "none.toml") == 1
    assert "sudo kiosk provision" in capsys.readouterr().err
