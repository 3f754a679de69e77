"""Test the receipt page's URL: sent to kiosks once, again when it changes, and only if usable."""

from __future__ import annotations

from typing import Any

import pytest

from hub.circulation import receipt_page_url
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import World


@pytest.fixture
def reader(world: World, settings: Any, tmp_path: Any) -> Reader:
    settings.STATE, settings.PUBLIC, settings.PUBLIC_URL = tmp_path, True, "https://library.example/"
    receipt_page_url.notice()
    made = Reader(world.device)
    assert made.poll()
    return made


def told(reader: Reader) -> str:
    assert reader.policy is not None
    return reader.policy.receipts


def test_the_address_travels_with_the_rules(reader: Reader) -> None:
    assert told(reader) == "https://library.example/p/receipt/"


def test_another_address_is_told_once(reader: Reader, settings: Any) -> None:
    settings.PUBLIC_URL = "https://books.example/city"
    assert not reader.poll(), "no table changed: only the hub's start looks"
    receipt_page_url.notice()
    assert reader.poll() and not reader.begun_anew
    assert told(reader) == "https://books.example/city/p/receipt/"
    receipt_page_url.notice()
    assert not reader.poll()


@pytest.mark.parametrize(("url", "set_"), [("https://library.example", False), (f"https://{'l' * 70}.example", True)])
def test_no_address_is_told_that_leads_nowhere_or_does_not_fit(
    reader: Reader, settings: Any, url: str, set_: bool
) -> None:
    settings.PUBLIC_URL, settings.PUBLIC = url, set_
    receipt_page_url.notice()
    assert reader.poll()
    assert told(reader) == ""
