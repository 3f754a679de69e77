"""Test that every staff page is reachable from the top bar."""

from __future__ import annotations

import re

import pytest
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from hub.catalogue.workplace import PAD
from hub.circulation.models import Library
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

HEADER = re.compile(r"<nav\b.*?</nav>", re.DOTALL)
LINK = re.compile(r'href="(/staff/[^"?#]*)')
NOT_WALKED_TO = {
    "/staff/sign-in/",
    "/staff/sign-out/",
    "/staff/sign-in/code/",
    "/staff/questionnaires/new/json/",
    "/staff/library/look/preview/",
}
"""Pages that are reached otherwise; the last two from an editor and by a script."""


@pytest.fixture
def grace(world: World) -> Grace:
    grace = Grace()
    grace.user.is_superuser = True
    grace.user.save()
    return grace


def pages() -> set[str]:
    """Return the URLs of all staff pages without parameters."""
    found, left = set(), [("", get_resolver())]
    while left:
        before, resolver = left.pop()
        for each in resolver.url_patterns:
            path = before + str(each.pattern)
            if isinstance(each, URLResolver):
                left.append((path, each))
            elif isinstance(each, URLPattern) and path.startswith("staff/") and "<" not in path:
                found.add(f"/{path}")
    return found - NOT_WALKED_TO


def read(grace: Grace, url: str) -> str:
    response = grace.client.get(url)
    assert response.status_code == 200, (url, response)
    return response.content.decode()


def reachable_from_bar(grace: Grace) -> dict[str, str]:
    """Return the content of every page reachable through the bar alone, by URL."""
    seen: dict[str, str] = {}
    left = [reverse("staff:today")]
    while left:
        url = left.pop()
        if url not in seen:
            seen[url] = read(grace, url)
            left += LINK.findall(" ".join(HEADER.findall(seen[url])))
    return seen


def test_every_staff_page_is_reachable_from_the_bar(grace: Grace) -> None:
    Library.objects.update(charges=True)
    grace.client.cookies[PAD] = "8750"
    seen = reachable_from_bar(grace)
    linked = {link for shown in seen.values() for link in LINK.findall(shown)}
    shown = {url for url in pages() if grace.client.get(url).status_code == 200}
    assert len(shown) > 20
    assert shown - set(seen) - linked == set()


def test_bar_has_at_most_six_links_and_marks_the_current_page(grace: Grace) -> None:
    for url, shown in reachable_from_bar(grace).items():
        bar = HEADER.findall(shown)[0]
        outside = re.sub(r"<details.*?</details>", "", bar, flags=re.DOTALL)
        assert len(LINK.findall(outside)) <= 6, url
        assert shown.count("aria-current=") >= 1, url


def test_open_tasks_are_counted_at_their_entry(world: World, grace: Grace) -> None:
    world.upload_all(world.checkout(world.dune, "04FFFFFF", no_block=True))
    page = grace.page("desk")
    assert "Today 1 Desk Patrons Collection" in page
    assert "Today 1 Desk" in page and "Exceptions" not in page, "the second row belongs to the current entry"
    assert "Exceptions 1 To check Kiosks" in grace.page("today")


def test_staff_choose_mongolian_which_is_marked_as_a_draft(grace: Grace) -> None:
    desk = reverse("staff:desk")
    assert "Монгол (ноорог)" in read(grace, desk), "each language has its own name"
    chosen = grace.client.post(reverse("set_language"), {"language": "mn", "next": desk})
    page = read(grace, chosen["Location"])
    assert '<html lang="mn">' in page and 'aria-label="Хуудас"' in page
    assert "<summary>Монгол (ноорог)<" in page
