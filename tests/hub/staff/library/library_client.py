"""Post the forms of the library's settings as a member of staff."""

from __future__ import annotations

from django.urls import reverse

from tests.hub.staff.staff_client import Grace, words


def post(grace: Grace, view: str, /, *args: object, **fields: str) -> str:
    """Post a form and return the text of the page that follows; `grace.undo()` then undoes it."""
    response = grace.client.post(reverse(f"library:{view}", args=args), fields, follow=True)
    assert response.status_code in (200, 422), response
    grace.last = response.content.decode()
    return words(response.content)
