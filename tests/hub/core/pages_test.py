"""Test the error pages, in the reader's language without framework texts, and the Content-Security-Policy."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import Client
from django.views.defaults import server_error

from hub.core.middleware import POLICY
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World


@pytest.mark.parametrize(
    ("path", "language", "expected", "link"),
    [
        ("/p/titles/99999/", "zh-hans", "没有这个页面", "/p/"),
        ("/p/titles/99999/", "en", "Page not found", "/p/"),
        ("/staff/nothing/", "en", "Page not found", "/staff/"),
    ],
)
def test_missing_page_links_back(world: World, path: str, language: str, expected: str, link: str) -> None:
    answer = Client(headers={"accept-language": language}).get(path)
    assert answer.status_code == 404
    assert expected in words(answer.content)
    assert f'href="{link}"' in answer.content.decode()


def test_csrf_failure_says_what_to_do(world: World) -> None:
    answer = Client(enforce_csrf_checks=True, headers={"accept-language": "en"}).post("/p/say/", {"smile": "1"})
    assert answer.status_code == 403
    assert "Go back, reload the page" in words(answer.content)


def test_server_error_page_shows_no_details(world: World) -> None:
    answer = server_error(HttpRequest())
    assert answer.status_code == 500
    assert "500" not in words(answer.content) and 'class="' not in words(answer.content)
    assert "系统出错" in words(answer.content) or "Something went wrong" in words(answer.content)


@pytest.mark.parametrize("path", ["/staff/sign-in/", "/admin/login/"])
def test_sign_in_pages_allow_no_foreign_scripts(world: World, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer.headers["Content-Security-Policy"]) == (200, POLICY)


def test_stricter_policy_is_kept(world: World) -> None:
    assert Client().get("/p/in/").headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Content-Security-Policy" not in Client().get("/api/v1/health").headers
