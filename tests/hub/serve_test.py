"""The hub behind a proxy that ends TLS: its staff pages take what is sent to them by https, and know who sent it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.hub.served import Served, run

PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    assert run(tmp_path, "demo").returncode == 0
    hub = Served(tmp_path)
    yield hub
    hub.kill()


def sign_in(hub: Served, headers: dict[str, str]) -> int:
    """The status of a sign-in with a wrong password, as a browser sends it from a page by https."""
    with requests.Session() as browser:
        page = browser.get(f"{hub.url}/staff/sign-in/", headers=headers, timeout=10)
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page.text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "username": "ada", "password": "wrong"}
        origin = hub.url.replace("http:", "https:")
        headers = {**headers, "Origin": origin, "Referer": f"{origin}/staff/sign-in/"}
        return browser.post(page.url, form, headers=headers, timeout=10).status_code


def test_staff_can_sign_in_through_a_proxy_that_ends_tls(served: Served) -> None:
    assert sign_in(served, PROXY) == 200
    assert sign_in(served, {}) == 403, "and nobody pretends to be secure without one"
