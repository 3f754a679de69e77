"""A receipt that was printed while the hub was away: its code leads staff to the visit, at real kiosk and hub."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest
import requests

from tests.real_kiosk import NOBODY, House, house


@pytest.fixture
def library() -> Iterator[House]:
    with house(hub=True) as made:
        yield made


def signed_in(library: House) -> requests.Session:
    """The demo library's librarian at her browser."""
    url = library.hub.hub.url
    staff = tomllib.loads((library.folder / "hub" / "demo-staff.toml").read_text(encoding="utf-8"))["staff"]
    browser = requests.Session()
    browser.trust_env = False
    browser.headers["Accept-Language"] = "en"
    browser.get(f"{url}/staff/sign-in/", timeout=10)
    fields = {"username": staff["name"], "password": staff["password"]}
    token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    browser.post(f"{url}/staff/sign-in/", {**fields, **token}, timeout=10).raise_for_status()
    return browser


def words(page: requests.Response) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


def test_the_code_of_an_offline_visit_is_found_when_its_rows_have_come(library: House) -> None:
    set_up = library.set_up().with_journal()
    with set_up.kiosk() as kiosk:
        while not set_up.config.paths.snapshot.exists():
            kiosk.wait(1)
    with set_up.kiosk(NOBODY) as kiosk:
        kiosk.tap(library.card("plain_1"))
        for item in ("free_01", "free_02"):
            kiosk.scan(library.item(item))
        kiosk.press("finish")
        found = re.search(r"\b([2-9A-Z]{3}) ([2-9A-Z]{3})\b", kiosk.text)
        assert found is not None, kiosk.text
    staff, url = signed_in(library), f"{library.hub.hub.url}/staff/patrons/?q={found[0].lower()}"
    assert "Look for receipt" in words(staff.get(url, timeout=10))
    with set_up.kiosk() as kiosk:
        kiosk.wait(30)
    page = words(staff.get(url, timeout=10))
    assert f"Receipt {found[0]}" in page
    assert page.count("Confirmed") == 2
    assert all(library.item(item) in page for item in ("free_01", "free_02"))
    staff.close()
