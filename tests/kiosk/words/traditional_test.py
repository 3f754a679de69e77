"""Test that the Traditional Chinese catalogue is derived from the Simplified one, with Taiwan's terms."""

from __future__ import annotations

import re
import runpy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from opencc import OpenCC

from kiosk.words import Words
from kiosk.words.terminal import language
from lending.model import Block, Reason

ROOT = Path(__file__).resolve().parents[3]
MADE_BY: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "traditional"), run_name="traditional")
WORDS: dict[str, str] = MADE_BY["words_of"](ROOT / "kiosk/locale/zh_TW/words.tsv")
DUE = datetime(2026, 12, 20, 15, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def simplified() -> Catalog:
    with (ROOT / "kiosk/locale/zh/LC_MESSAGES/kiosk.po").open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def traditional(simplified: Catalog) -> Catalog:
    catalogue: Catalog = MADE_BY["traditional"](simplified, WORDS)
    return catalogue


@pytest.fixture(scope="module")
def converter() -> Any:
    return MADE_BY["Converter"](WORDS)


def texts(catalogue: Catalog) -> list[str]:
    strings = [message.string for message in catalogue if message.id]
    return [text for each in strings for text in ((each,) if isinstance(each, str) else each or ())]


def test_traditional_catalogue_has_all_messages_and_placeholders(simplified: Catalog, traditional: Catalog) -> None:
    said, again = texts(simplified), texts(traditional)
    assert len(again) == len(said) > 1000
    assert [message.id for message in traditional if message.id] == [message.id for message in simplified if message.id]
    assert [sorted(re.findall(r"\{\w*\}", text)) for text in again] == [
        sorted(re.findall(r"\{\w*\}", text)) for text in said
    ]


def left_over(strings: list[str]) -> set[str]:
    """Return characters that exist only in the simplified script."""
    to, back = OpenCC("s2t"), OpenCC("t2s")
    return {
        sign for sign in set("".join(strings)) if to.convert(sign) != sign and back.convert(sign) == sign
    } - TWO_WAYS


TWO_WAYS = set("占台后只面里干系卷周余于借向群")
"""Characters that exist in both scripts in one of their meanings."""


def test_traditional_catalogue_contains_no_simplified_characters(traditional: Catalog, simplified: Catalog) -> None:
    assert left_over(texts(traditional)) == set()
    assert len(left_over(texts(simplified))) > 200, "the check finds them in the simplified catalogue"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("请刷读者证", "請刷借閱證"),
        ("借书、还书、续借、预约", "借書、還書、續借、預約"),
        ("图书馆的历史记录", "圖書館的歷史記錄"),
        ("{n} 天后", "{n} 天後"),
        ("凭条码就知道", "憑條碼就知道"),
        ("凭条已打印", "收據已列印"),
        ("没有采购", "沒有採購"),
        ("这只反映您的阅读方式", "這只反映您的閱讀方式"),
        ("绑定微信", "綁定微信"),
        ("里面的软件和网络", "裡面的軟體和網路"),
        ("请在“自助机”页面", "請在「自助機」頁面"),
        ("读者已借此书", "讀者已借此書"),
        ("近 4 周，{count} 周后", "近 4 週，{count} 週後"),
        ("更正标出的项目", "更正標出的項目"),
        ("绑定其他账号", "綁定其他帳號"),
        ("显示二维码，用%(name)s扫描二维码即可", "顯示 QR Code，用%(name)s掃描 QR Code 即可"),
        ("n月j日（l）", "n月j日（l）"),
    ],
)
def test_library_terms_are_converted_to_taiwan_usage(converter: Any, said: str, read: str) -> None:
    assert converter.convert(said) == read


def test_word_list_contains_only_needed_entries(simplified: Catalog) -> None:
    """Each entry is used by a message of kiosk or hub, and OpenCC alone would convert it differently."""
    said, opencc = "\n".join(texts(simplified)), OpenCC(MADE_BY["WRITES"])
    for path in (ROOT / "hub").rglob("zh_Hans/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            said += "\n".join(texts(read_po(file)))
    assert [word for word in WORDS if word not in said] == []
    idle = {word for word, read in WORDS.items() if opencc.convert(word) == read}
    assert idle == {"凭条码", "采购"}, "OpenCC segments these wrongly next to other words"


def test_dates_plurals_and_refusals_are_in_traditional_chinese() -> None:
    words = Words("zh_TW")
    assert (words.date(DUE), words.day_and_year(DUE)) == ("12月20日 週日", "2026年12月20日")
    assert words.say_n("One book waits for your card.", "{n} books wait for your card.", 3) == "3 本書等您刷證。"
    assert words.explain(Block(Reason.UNKNOWN_CARD)).what == "沒有找到這張借閱證"


def test_missing_traditional_text_falls_back_unconverted() -> None:
    assert Words("zh_TW").pick({"en": "Films", "zh": "影像资料"}) == "影像资料"
    assert Words("zh_TW").pick({"en": "Films"}) == "Films"


@pytest.mark.parametrize(
    ("locale", "spoken"),
    [("zh_TW.UTF-8", "zh_TW"), ("zh_HK.UTF-8", "zh_TW"), ("zh_CN.UTF-8", "zh"), ("zh_SG", "zh"), ("C", "en")],
)
def test_taiwan_and_hong_kong_locales_select_traditional_chinese(
    locale: str, spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert language() == spoken
