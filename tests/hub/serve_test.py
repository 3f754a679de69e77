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
    """One hub for all stories: none of them changes what it holds."""
    hub = Served(state)
    yield hub
    hub.kill()


def sign_in(hub: Served, headers: dict[str, str], name: str = "ada", password: str = "wrong") -> requests.Response:
    """A sign-in as a browser sends it from a page by https: before the proxy it has the cookies that want TLS too."""
    page = requests.get(f"{hub.url}/staff/sign-in/", headers=headers, timeout=PATIENCE)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page.text)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "username": name, "password": password}
    origin = hub.url.replace("http:", "https:")
    cookie = f"csrftoken={page.cookies['csrftoken']}"
    headers = {**headers, "Origin": origin, "Referer": f"{origin}/staff/sign-in/", "Cookie": cookie}
    return requests.post(page.url, form, headers=headers, timeout=PATIENCE, allow_redirects=False)


def test_staff_can_sign_in_through_a_proxy_that_ends_tls(served: Served) -> None:
    assert sign_in(served, PROXY).status_code == 200
    assert sign_in(served, {}).status_code == 403, "and nobody pretends to be secure without one"


def test_what_was_given_by_tls_never_travels_without_it(served: Served) -> None:
    page = requests.get(f"{served.url}/staff/sign-in/", headers=PROXY, timeout=PATIENCE)
    assert [cookie.secure for cookie in page.cookies] == [True]
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    plain = requests.get(f"{served.url}/staff/sign-in/", timeout=PATIENCE)
    assert [cookie.secure for cookie in plain.cookies] == [False], "a demo on this machine has no TLS"
    assert "Strict-Transport-Security" not in plain.headers


def test_whoever_signs_in_by_tls_is_signed_in_by_tls_alone(served: Served, state: Path) -> None:
    librarian = tomllib.loads((state / "demo-staff.toml").read_text(encoding="utf-8"))["staff"]
    signed_in = sign_in(served, PROXY, librarian["name"], librarian["password"])
    assert signed_in.status_code == 302
    secure = {cookie.name: cookie.secure for cookie in signed_in.cookies}
    assert secure == {"csrftoken": True, "sessionid": True, "staff_device": True}


def test_many_lines_that_say_nothing_keep_nobody_out(served: Served) -> None:
    """Each kiosk keeps three lines: those of a big library are more than a web server usually allows."""
    address = urlsplit(served.url)
    with contextlib.ExitStack() as idle:
        for _ in range(300):
            idle.enter_context(
                socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=PATIENCE)
            )
        assert requests.get(f"{served.url}/api/v1/health", timeout=PATIENCE).status_code == 200


def test_a_port_in_use_is_told(served: Served, state: Path) -> None:
    port = served.url.rpartition(":")[2]
    ended = run(state, "serve", "--demo", "--port", port)
    assert (ended.returncode, ended.stderr) == (
        1,
        f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another with --port\n",
    )


@pytest.mark.parametrize("command", [["import-marc"], ["import-patrons"], ["follow-loans"]])
def test_a_missing_file_is_told_without_an_errno(state: Path, command: list[str]) -> None:
    ended = run(state, *command, "/nowhere.csv")
    assert (ended.returncode, ended.stderr) == (1, "/nowhere.csv does not exist\n")
