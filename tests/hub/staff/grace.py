"""Grace works at the library: what she sees and presses on the staff pages, without a browser."""

import html
import re
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from kiosk.hub.circulation.models import Patron

TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


class Grace:
    """A member of staff who is signed in."""

    def __init__(self, language: str = "en") -> None:
        user, _ = User.objects.get_or_create(username="grace", defaults={"is_staff": True})
        self.client = Client(headers={"Accept-Language": language})
        self.user = user
        self.signs_in()

    def signs_in(self) -> None:
        """Once more on another day: nobody stays signed in for longer than a working day."""
        self.client.force_login(self.user)

    def sees(self, name: str, *args: object, query: str = "") -> str:
        """The words of a page."""
        response = self.client.get(reverse(f"staff:{name}", args=args) + query)
        assert response.status_code == 200, response
        return words(response.content)

    def presses(self, name: str, *args: object, **fields: str) -> str:
        """Presses a button; the words of the page that follows."""
        response = self.client.post(reverse(f"staff:{name}", args=args), fields, follow=True)
        assert response.status_code == 200, response
        return words(response.content)

    def undoes(self) -> str:
        """Presses the undo of the flash that was shown last."""
        url = re.search(r'class="flash".*?action="([^"]+)"', self.last, re.DOTALL)
        assert url is not None, "nothing was shown that can be undone"
        return words(self.client.post(url.group(1), follow=True).content)

    def presses_and_undoes(self, name: str, *args: object, **fields: str) -> str:
        response = self.client.post(reverse(f"staff:{name}", args=args), fields, follow=True)
        self.last = response.content.decode()
        return self.undoes()

    def enters(self, text: str, patron: Patron | None = None, mode: str = "borrow", of: str = "") -> dict[str, Any]:
        """Enters something at the desk page; the hub's answer. `of` names an entry that is sent again."""
        asked = {"id": of or str(uuid4()), "text": text, "patron": patron.ref if patron else "", "mode": mode}
        response = self.client.post(reverse("staff:entry"), asked, content_type="application/json")
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = response.json()
        return answer

    def takes_back(self, token: str, of: str = "") -> dict[str, Any]:
        asked = {"id": of or str(uuid4()), "of": token, "patron": ""}
        response = self.client.post(reverse("staff:undo"), asked, content_type="application/json")
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = response.json()
        return answer


def words(page: bytes) -> str:
    """What is written on a page."""
    return " ".join(html.unescape(TAGS.sub(" ", page.decode())).split())
