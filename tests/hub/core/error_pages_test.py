"""Test the error pages: in the reader's language, with a way back, without framework texts."""

import pytest
from django.http import HttpRequest
from django.test import Client
from django.views.defaults import server_error

from tests.hub.staff.staff_client import words
from tests.hub.support.world import World


@pytest.mark.parametrize(
    ("path", "language", "said", "way"),
    [
        ("/p/titles/99999/", "zh-hans", "页面没有找到", "/p/"),
        ("/p/titles/99999/", "en", "Page not found", "/p/"),
        ("/staff/nothing/", "en", "Page not found", "/staff/"),
    ],
)
def test_a_page_that_is_not_there_leads_back(world: World, path: str, language: str, said: str, way: str) -> None:
    answer = Client(headers={"accept-language": language}).get(path)
    assert answer.status_code == 404
    assert said in words(answer.content)
    assert f'href="{way}"' in answer.content.decode()


def test_a_form_that_came_from_nowhere_says_what_to_do(world: World) -> None:
    answer = Client(enforce_csrf_checks=True, headers={"accept-language": "en"}).post("/p/say/", {"smile": "1"})
    assert answer.status_code == 403
    assert "Go back, reload the page" in words(answer.content)


def test_a_fault_of_ours_is_told_without_its_words(world: World) -> None:
    answer = server_error(HttpRequest())
    assert answer.status_code == 500
    assert "500" not in words(answer.content) and 'class="' not in words(answer.content)
    assert "系统出错" in words(answer.content) or "Something went wrong" in words(answer.content)
