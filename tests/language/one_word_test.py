"""Test that each concept has one Chinese term on screens, phones, staff pages and in the guides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTEAD = {
    "读者证": r"借书证|借阅证|读者卡|借书卡|证卡",
    "凭条": r"小票|回执|收据",
    "服务台": r"柜台|总台",
    "馆员": r"工作人员",
    "自助机": r"(?<!图书馆自助)借还机",
    "管理中心": r"中心系统",
    "预约": r"预借|预定图书",
    "逾期": r"超期|过期未还|书已过期|过期 \{days\}",
    "密码": r"PIN ?码",
    "账户": r"帐户|帐号",
    "登录": r"登陆",
}
"""The product's term, as on machines in Chinese public libraries, and the terms that it replaces."""
SOURCES = (
    *(
        f"{package}/**/*.{end}"
        for package in ("kiosk", "hub", "lending")
        for end in ("py", "html", "txt", "toml", "js")
    ),
    "docs/*.md",
    "*.md",
)


@cache
def texts() -> tuple[tuple[str, str], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[str, str]]:
    """Yield every translation and every other shipped text with its place."""
    for path in sorted([*(ROOT / "kiosk").rglob("*.po"), *(ROOT / "hub").rglob("*.po")]):
        for entry in path.read_text(encoding="utf-8").replace('"\n"', "").split("\n\n"):
            source, _, translation = entry.partition("\nmsgstr")
            yield f"{path.relative_to(ROOT)}: {source}", translation
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield f"{path.relative_to(ROOT)}:{number}", line


def others(text: str) -> list[str]:
    return [f"{found.group()}: say {word}" for word, odd in INSTEAD.items() for found in re.finditer(odd, text)]


@pytest.mark.parametrize(
    ("text", "odd"), [("请刷借书证", 1), ("请刷读者证", 0), ("图书馆自助借还机", 0), ("打开借还机，取小票", 2)]
)
def test_deprecated_chinese_term_is_found(text: str, odd: int) -> None:
    assert len(others(text)) == odd


def test_each_concept_has_one_chinese_term() -> None:
    found = texts()
    for word in ("读者证", "凭条", "服务台", "管理中心"):
        assert sum(word in text for _, text in found) > 5, "the texts are still read"
    assert [f"{where}: {what}" for where, text in found for what in others(text)] == []


def test_hub_is_not_called_the_library_system() -> None:
    places = [where for where, text in texts() if "图书馆系统" in text]
    assert any("library system" in where for where in places), "the texts are still read"
    assert [where for where in places if re.search(r"\bhub\b", where.partition(": ")[2])] == []
