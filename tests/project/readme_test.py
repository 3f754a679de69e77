"""Test that both READMEs have the same commands, and no broken link or picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh-CN.md")
CODE = re.compile(r"```sh\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"`((?:kiosk|kiosk-hub|scripts/)[^`]*)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(name: str) -> list[str]:
    return [*CODE.findall(text(name)), *COMMAND.findall(text(name))]


def test_both_readmes_have_the_same_commands() -> None:
    assert commands("README.md") == commands("README.zh-CN.md")


def test_demo_and_test_commands_come_first() -> None:
    assert CODE.findall(text("README.md"))[0] == "scripts/demo\n"
    assert "scripts/test\n" in CODE.findall(text("README.md"))


@pytest.mark.parametrize("name", READMES)
def test_every_link_and_picture_exists(name: str) -> None:
    missing = [link for link in LINK.findall(text(name)) if not (ROOT / link).exists()]
    assert missing == []


@pytest.mark.parametrize("name", READMES)
def test_every_named_script_exists(name: str) -> None:
    scripts = {part for command in commands(name) for part in re.findall(r"scripts/[a-z-]+", command)}
    assert scripts and all((ROOT / script).is_file() for script in scripts)
