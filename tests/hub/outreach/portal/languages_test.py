"""Test the choice of the pages' language: each by its own name, drafts marked as drafts."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from hub.core.language import is_english
from hub.core.pages import formatting
from tests.hub.staff.staff_client import words
from tests.hub.support.world import NOW, World

LANGUAGES, HOME = reverse("portal:languages"), reverse("portal:home")


def test_each_language_has_its_own_name_and_drafts_say_so(world: World) -> None:
    seen = words(Client(headers={"Accept-Language": "en"}).get(LANGUAGES).content)
    assert all(name in seen for _code, name in settings.LANGUAGES)
    assert "繁體中文 草稿，尚未經母語讀者審閱" in seen
    assert "Монгол Ноорог, төрөлх хэлтэй уншигч шалгаагүй" in seen
    assert "English Draft" not in seen and "简体中文 草稿" not in seen


@pytest.mark.parametrize(
    ("back", "leads"), [("/p/fees/", "/p/fees/"), ("", HOME), ("https://example.org/p/", HOME), ("//example.org", HOME)]
)
def test_choice_leads_back_to_a_page_of_the_portal(world: World, back: str, leads: str) -> None:
    page = Client().get(LANGUAGES, {"next": back}).content.decode()
    assert f'name="next" value="{leads}"' in page


@pytest.mark.parametrize("asked", ["zh-TW", "zh-HK", "zh-Hant"])
def test_phones_in_traditional_chinese_read_it(world: World, asked: str) -> None:
    phone = Client(headers={"Accept-Language": asked})
    page = phone.get(HOME).content.decode()
    assert "書名、作者、主題" in page and 'lang="zh-hant"' in page


def test_traditional_catalogue_has_the_terms_of_the_kiosk() -> None:
    """The catalogue is made by scripts/setup from the Simplified one, with the kiosk's words."""
    with override("zh-hant"):
        assert gettext("Report lost card") == "借閱證掛失"
        assert gettext("What we know about you and why") == "圖書館留存的資訊及用途"


def test_texts_of_the_library_are_english_beside_mongolian(world: World) -> None:
    """The library writes in Chinese and English; dates are Mongolian."""
    with override("mn"):
        assert is_english() and formatting.day(NOW) == "11-р сарын 25 (Лха)"
