"""Open staff pages of a running hub repeatedly as a signed-in librarian, and time them."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import requests

from hub.core.django_setup import CannotDo

NAME, LISTENS = "librarian", re.compile(r"listening on (http://\S+)")
DASHBOARD = {
    "Today": "/staff/",
    "Figures of four weeks": "/staff/figures/",
    "Figures of a quarter": "/staff/figures/?period=quarter",
    "Figures of a year": "/staff/figures/?period=year",
    "Figures of a year at a branch": "/staff/figures/?period=year&branch=main",
}
PAGES = {**DASHBOARD, "Segments": "/staff/segments/"}
SEARCH = "Search while typing"
TYPED = ("山海", "月光春", "河历 史", "shyg", "author 17", "1234")
"""Two and three characters, two words, pinyin initials, a name, a number: each matches generated titles."""


def create_librarian() -> str:
    """Create a librarian and return the password."""
    from django.contrib.auth.models import User

    from hub.audit import role_groups
    from hub.audit.models import SecuritySettings
    from hub.core.roles import Role

    SecuritySettings.objects.update_or_create(
        pk=1, defaults={"second_step": False}
    )  # the benchmark cannot enter a code
    password = secrets.token_urlsafe(12)
    role_groups.give(User.objects.create_user(NAME, password=password), Role.LIBRARIAN)
    return password


@contextmanager
def running_hub() -> Iterator[str]:
    """Run the hub in a process of its own on a free port, and yield its URL."""
    command = (sys.executable, "-m", "hub.cli", "serve", "--port", "0")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as hub:
        try:
            assert hub.stdout is not None
            found = LISTENS.match(hub.stdout.readline())
            if found is None:
                raise CannotDo("the hub did not begin to serve; what it says is above")
            yield found[1]
        finally:
            hub.terminate()


def times(home: str, password: str, often: int) -> dict[str, list[float]]:
    """Return the seconds per page view, without the first (cold) view of each page."""
    visit = requests.Session()
    visit.trust_env = False
    visit.get(f"{home}/staff/sign-in/", timeout=60).raise_for_status()
    said = {"username": NAME, "password": password, "csrfmiddlewaretoken": visit.cookies["csrftoken"]}
    visit.post(f"{home}/staff/sign-in/", said, timeout=60).raise_for_status()
    ways = {name: [path] for name, path in PAGES.items()}
    ways[SEARCH] = [f"/staff/titles/?part&q={quote(typed)}" for typed in TYPED]
    for name, paths in ways.items():
        for path in paths:
            _seconds, first = _time_request(visit, home + path)
            if name == SEARCH and 'href="/staff/titles/' not in first:
                raise CannotDo(f"{path} found nothing: the index is not that of the catalogue")
    return {
        name: [_time_request(visit, home + paths[each % len(paths)])[0] for each in range(often)]
        for name, paths in ways.items()
    }


def _time_request(visit: requests.Session, url: str) -> tuple[float, str]:
    """Return the duration in seconds, and the page."""
    began = time.perf_counter()
    response = visit.get(url, timeout=120, allow_redirects=False)
    seconds = time.perf_counter() - began
    if response.status_code != 200:
        raise CannotDo(f"{url} answered {response.status_code}")
    return seconds, response.text
