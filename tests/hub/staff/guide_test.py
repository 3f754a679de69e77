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
from hub.staff import tasks
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

ROOT = Path(__file__).resolve().parents[3]
GUIDES = {"en": ROOT / "docs" / "staff.md", "zh-hans": ROOT / "docs" / "staff.zh-CN.md"}
NAMED = {"en": re.compile(r"\*\*([^*\n]+)\*\*"), "zh-hans": re.compile(r"“([^”\n]+)”")}
EXAMPLES = {"1 周：成人 × DVD", "不足 5"}
"""Text between the same marks that is on no page and no screen."""


def read(language: str) -> str:
    return GUIDES[language].read_text(encoding="utf-8")


def anchor(heading: str) -> str:
    """As the pages of code hosts name it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rows(text: str) -> dict[str, str]:
    """What Today says, by cell, and the anchor of the page for it."""
    return dict(re.findall(r"^\| (.+?) \| \[[^\]]+\]\(#([^)]+)\) \|$", text, re.MULTILINE))


@pytest.fixture
def no_texts_left() -> Iterator[None]:
    """A library whose codes by text message are used up for the day."""
    path = Path(settings.STATE) / FILE
    path.write_text("[texts]\na_day = 0\n", encoding="utf-8")
    yield
    path.unlink(missing_ok=True)


@pytest.mark.usefixtures("no_texts_left")
@pytest.mark.parametrize("language", GUIDES)
def test_each_task_of_today_has_its_page(world: World, language: str) -> None:
    Branch.objects.create(code="east", name="East")
    ImportRun.objects.create(source="loans", reads="loans", full=True, ended_at=hub_clock().now())
    with override(language):
        told = [each(Grace().user, hub_clock().now()) for each in tasks.TASKS]
    assert all(told), "an administrator of a library with two houses and a system of its own has every one"
    named = {name: to for cell, to in rows(read(language)).items() for name in cell.split(" · ")}
    assert {each.words for each in told if each} == set(named)
    headings = {anchor(each) for each in re.findall(r"^## (.+)$", read(language), re.MULTILINE)}
    assert set(named.values()) <= headings


@pytest.mark.parametrize("language", GUIDES)
def test_a_word_of_a_page_is_there(language: str) -> None:
    known = set()
    for path in [*(ROOT / "kiosk").rglob("*.po"), *(ROOT / "hub").rglob("*.po")]:
        with path.open("rb") as file:
            for each in read_po(file):
                words = each.id if language == "en" else each.string
                known |= {words} if isinstance(words, str) else set(words or ())
    text = "\n".join(known)
    found = set(NAMED[language].findall(read(language))) - EXAMPLES
    assert len(found) > 40, "they are found"
    assert {each for each in found if each not in text} == set()


@pytest.mark.parametrize("language", GUIDES)
def test_every_picture_is_there_and_every_one_is_shown(language: str) -> None:
    shown = set(re.findall(r"\]\((staff/[\w-]+\.png)\)", read(language)))
    there = {f"staff/{each.name}" for each in (ROOT / "docs" / "staff").glob(f"*-{language[:2]}.png")}
    assert shown == there


def test_both_languages_have_the_same_pages() -> None:
    assert len(rows(read("en"))) == len(rows(read("zh-hans")))
    assert read("en").count("\n## ") == read("zh-hans").count("\n## ")
