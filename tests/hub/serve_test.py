"""Test the hub behind a proxy that ends TLS: staff pages accept HTTPS forms and know the client's address."""

from __future__ import annotations

import contextlib
import re
import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.hub.support.served_hub import Served, run
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE

PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served") / "state"
    demo(folder)
    return folder


@pytest.fixture(scope="module")
def served(state: Path) -> Iterator[Served]:
    """Serve one hub for all tests, because none changes its data."""
    hub = Served(state)
    yield hub
    hub.kill()


def sign_in(hub: Served, headers: dict[str, str], name: str = "ada", password: str = "wrong") -> requests.Response:
    """Sign in as a browser does from an HTTPS page, with the secure cookies too."""
    page = requests.get(f"{hub.url}/staff/sign-in/", headers=headers, timeout=PATIENCE)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page.text)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "username": name, "password": password}
    origin = hub.url.replace("http:", "https:")
    cookie = f"csrftoken={page.cookies['csrftoken']}"
    headers = {**headers, "Origin": origin, "Referer": f"{origin}/staff/sign-in/", "Cookie": cookie}
    return requests.post(page.url, form, headers=headers, timeout=PATIENCE, allow_redirects=False)


def test_staff_sign_in_works_behind_a_tls_proxy(served: Served) -> None:
    assert sign_in(served, PROXY).status_code == 200
    assert sign_in(served, {}).status_code == 403, "an HTTPS origin without the proxy is refused"


def test_cookies_are_secure_and_hsts_is_set_only_with_tls(served: Served) -> None:
    page = requests.get(f"{served.url}/staff/sign-in/", headers=PROXY, timeout=PATIENCE)
    assert [cookie.secure for cookie in page.cookies] == [True]
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    plain = requests.get(f"{served.url}/staff/sign-in/", timeout=PATIENCE)
    assert [cookie.secure for cookie in plain.cookies] == [False], "a local demo has no TLS"
    assert "Strict-Transport-Security" not in plain.headers


def test_session_cookies_of_a_tls_sign_in_are_secure(served: Served, state: Path) -> None:
    librarian = tomllib.loads((state / "demo-staff.toml").read_text(encoding="utf-8"))["staff"]
    signed_in = sign_in(served, PROXY, librarian["name"], librarian["password"])
    assert signed_in.status_code == 302
    secure = {cookie.name: cookie.secure for cookie in signed_in.cookies}
    assert secure == {"csrftoken": True, "sessionid": True, "staff_device": True}


def test_idle_connections_do_not_block_requests(served: Served) -> None:
    """Each kiosk keeps three connections open, more in a big library than web servers usually allow."""
    address = urlsplit(served.url)
    with contextlib.ExitStack() as idle:
        for _ in range(300):
            idle.enter_context(
                socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=PATIENCE)
            )
        assert requests.get(f"{served.url}/api/v1/health", timeout=PATIENCE).status_code == 200


def test_used_port_is_reported(served: Served, state: Path) -> None:
    port = served.url.rpartition(":")[2]
    ended = run(state, "serve", "--demo", "--port", port)
    assert (ended.returncode, ended.stderr) == (
        1,
        f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another with --port\n",
    )


@pytest.mark.parametrize("command", [["import-marc"], ["import-patrons"], ["follow-loans"]])
def test_missing_file_is_reported_without_errno(state: Path, command: list[str]) -> None:
    ended = run(state, *command, "/nowhere.csv")
    assert (ended.returncode, ended.stderr) == (1, "/nowhere.csv does not exist\n")
