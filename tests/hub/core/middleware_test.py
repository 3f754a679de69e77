"""Test the Content-Security-Policy of the hub's pages, including the sign-in pages."""

from __future__ import annotations

import pytest
from django.test import Client

from hub.core.middleware import POLICY
from tests.hub.support.world import World


@pytest.mark.parametrize("path", ["/staff/sign-in/", "/admin/login/"])
def test_sign_in_pages_allow_no_foreign_scripts(world: World, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer.headers["Content-Security-Policy"]) == (200, POLICY)


def test_stricter_policy_is_kept(world: World) -> None:
    assert Client().get("/p/in/").headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Content-Security-Policy" not in Client().get("/api/v1/health").headers
