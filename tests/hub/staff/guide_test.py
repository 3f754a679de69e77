"""Test that the staff guide has a section for each task of Today, with existing buttons and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import override

from hub.catalogue.models import Branch
from hub.core.clock import hub_clock
from hub.ils.models import ImportRun
from hub.outreach.messaging.settings import FILE
from hub.staff import today
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

ROOT = Path(__file__).resolve().parents[3]
GUIDES = {"en": ROOT / "docs" / "staff.md", "zh-hans": ROOT / "docs" / "staff.zh-CN.md"}
NAMED = {"en": re.compile(r"\*\*([^*\n]+)\*\*"), "zh-hans": re.compile(r"“([^”\n]+)”")}
EXAMPLES = {"1 周：成人 × DVD", "不足 5"}
"""Quoted text that is an example, not a UI text."""


def read(language: str) -> str:
    return GUIDES[language].read_text(encoding="utf-8")


def anchor(heading: str) -> str:
    """Return the anchor that code hosts generate for a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rows(text: str) -> dict[str, str]:
    """Return the anchor of the section for each cell of task names."""
    return dict(re.findall(r"^\| (.+?) \| \[[^\]]+\]\(#([^)]+)\) \|$", text, re.MULTILINE))


@pytest.fixture
def no_text_messages_left() -> Iterator[None]:
    """Set the daily limit of codes by text message to 0."""
    path = Path(settings.STATE) / FILE
    path.write_text("[texts]\na_day = 0\n", encoding="utf-8")
    yield
    path.unlink(missing_ok=True)


@pytest.mark.usefixtures("no_text_messages_left")
@pytest.mark.parametrize("language", GUIDES)
def test_each_task_of_today_has_a_section(world: World, language: str) -> None:
    Branch.objects.create(code="east", name="East")
    ImportRun.objects.create(source="loans", reads="loans", full=True, ended_at=hub_clock().now())
    with override(language):
        open_tasks = [each(Grace().user, hub_clock().now()) for each in today.TASKS]
    assert all(open_tasks), "an administrator of a library with two branches and an ILS has every task"
    named = {name: to for cell, to in rows(read(language)).items() for name in cell.split(" · ")}
    assert {each.words for each in open_tasks if each} == set(named)
    headings = {anchor(each) for each in re.findall(r"^## (.+)$", read(language), re.MULTILINE)}
    assert set(named.values()) <= headings


@pytest.mark.parametrize("language", GUIDES)
def test_every_quoted_text_exists_in_a_catalogue(language: str) -> None:
    known = set()
    for path in [*(ROOT / "kiosk").rglob("*.po"), *(ROOT / "hub").rglob("*.po")]:
        with path.open("rb") as file:
            for each in read_po(file):
                words = each.id if language == "en" else each.string
                known |= {words} if isinstance(words, str) else set(words or ())
    text = "\n".join(known)
    found = set(NAMED[language].findall(read(language))) - EXAMPLES
    assert len(found) > 40, "the pattern no longer matches"
    assert {each for each in found if each not in text} == set()


@pytest.mark.parametrize("language", GUIDES)
def test_every_picture_exists_and_is_shown(language: str) -> None:
    shown = set(re.findall(r"\]\((staff/[\w-]+\.png)\)", read(language)))
    stored = {f"staff/{each.name}" for each in (ROOT / "docs" / "staff").glob(f"*-{language[:2]}.png")}
    assert shown == stored


def test_both_languages_have_the_same_sections() -> None:
    assert len(rows(read("en"))) == len(rows(read("zh-hans")))
    assert read("en").count("\n## ") == read("zh-hans").count("\n## ")
