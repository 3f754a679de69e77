"""Test the receipt page's URL: sent to kiosks once, again when it changes, and only if usable."""

from __future__ import annotations

from typing import Any

import pytest

from hub.circulation.snapshot import pages
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import World


@pytest.fixture
def reader(world: World, settings: Any, tmp_path: Any) -> Reader:
    settings.STATE, settings.PUBLIC, settings.PUBLIC_URL = tmp_path, True, "https://library.example/"
    pages.notice_receipt_page()
    kiosk_reader = Reader(world.device)
    assert kiosk_reader.poll()
    return kiosk_reader


def received_url(reader: Reader) -> str:
    assert reader.policy is not None
    return reader.policy.receipts


def test_receipt_page_url_is_part_of_the_policy(reader: Reader) -> None:
    assert received_url(reader) == "https://library.example/p/receipt/"


def test_changed_url_is_sent_once(reader: Reader, settings: Any) -> None:
    settings.PUBLIC_URL = "https://books.example/city"
    assert not reader.poll(), "the setting is only read when the hub starts"
    pages.notice_receipt_page()
    assert reader.poll() and not reader.is_restarted
    assert received_url(reader) == "https://books.example/city/p/receipt/"
    pages.notice_receipt_page()
    assert not reader.poll()


@pytest.mark.parametrize(
    ("url", "is_public"), [("https://library.example", False), (f"https://{'l' * 70}.example", True)]
)
def test_unusable_or_too_long_url_is_sent_empty(reader: Reader, settings: Any, url: str, is_public: bool) -> None:
    settings.PUBLIC_URL, settings.PUBLIC = url, is_public
    pages.notice_receipt_page()
    assert reader.poll()
    assert received_url(reader) == ""
