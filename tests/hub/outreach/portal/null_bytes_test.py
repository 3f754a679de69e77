"""Test that characters a database cannot store are answered like any other invalid input."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

NUL = "a\x00b"


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/p/find/", {"q": NUL}),
        ("/p/receipt/", {"code": NUL}),
        ("/p/wecom/", {"code": NUL, "state": NUL}),
        ("/p/join/", {"by": NUL}),
    ],
)
def test_nul_in_query_is_not_a_server_error(world: World, path: str, typed: dict[str, str]) -> None:
    assert Client().get(path, typed).status_code < 500


@pytest.mark.parametrize("page", ["patrons", "items", "loans", "fees"])
def test_nul_in_staff_search_returns_404(world: World, page: str) -> None:
    assert Grace().client.get(f"/staff/{page}/", {"q": NUL}).status_code == 404


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/p/in/", {"card": NUL}),
        ("/p/in/", {"of": NUL, "code": NUL}),
        ("/p/say/", {"face": "1", "words": NUL, "branch": NUL, "transaction": NUL}),
        ("/p/suggest/", {"words": NUL}),
        ("/p/searches/save/", {"q": NUL}),
        ("/p/join/", {"name": NUL, "friend": "AB\x00DEF", "category": NUL, "birth_year": "1990", "channel": "mail"}),
        ("/p/join/", {"name": "Nora", "category": "adult", "birth_year": "1990", "channel": "mail", "address": NUL}),
    ],
)
def test_nul_in_form_is_not_a_server_error(world: World, path: str, typed: dict[str, str]) -> None:
    assert Client().post(path, typed).status_code < 500
