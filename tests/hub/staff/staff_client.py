"""Drive the staff pages as the member of staff Grace, without a browser."""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.test.client import FakePayload
from django.urls import reverse

from hub.audit import role_groups
from hub.circulation.models import Patron
from hub.core.clock import hub_clock
from hub.core.roles import Role
from hub.staff.sign_in import SEEN

TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


class Colleague(Client):
    """Client of a staff member whose session never idles, and that answers requests for a reason with `reason`."""

    reason = "here"
    words = "Wants it in writing"
    _busy: tuple[str, timedelta] | None = None
    """Session and place of the clock at which the last request was noted."""

    def _is_busy(self) -> None:
        """Note it in the session where the clock has been moved; the hub itself notes it from then on."""
        if (cookie := self.cookies.get(settings.SESSION_COOKIE_NAME)) is None:
            return
        if self._busy != (busy := (cookie.value, hub_clock().ahead)):
            self._busy = busy
            session = self.session
            session[SEEN] = hub_clock().now().timestamp()
            session.save()

    def request(self, **environ: Any) -> Any:
        self._is_busy()
        body = environ["wsgi.input"].read() if "wsgi.input" in environ else b""
        if body:
            environ["wsgi.input"] = FakePayload(body)
        response = super().request(**environ)
        to = response.headers.get("Location", "")
        if not self.reason or not to.startswith("/staff/why/"):
            return response
        query = {each: values[0] for each, values in parse_qs(urlsplit(to).query).items()}
        answered = self.post(to, {**query, "reason": self.reason, "words": self.words})
        assert answered.status_code == 302, answered
        if body:
            environ["wsgi.input"] = FakePayload(body)
        return super().request(**environ)


class Grace:
    """A signed-in staff member, by default an administrator."""

    def __init__(self, language: str = "en", role: str = "administrator", name: str = "grace") -> None:
        user, _ = User.objects.get_or_create(username=name)
        role_groups.give(user, Role(role))
        self.client = Colleague(headers={"Accept-Language": language})
        self.user = user
        self.sign_in()

    def sign_in(self) -> None:
        """Sign in again on another day: a session ends after a working day."""
        self.client.force_login(self.user)

    def page(self, name: str, *args: object, query: str = "") -> str:
        """Return the text of a staff page."""
        response = self.client.get(reverse(f"staff:{name}", args=args) + query)
        assert response.status_code == 200, response
        return words(response.content)

    def post(self, name: str, *args: object, **fields: str) -> str:
        """Post a form and return the text of the page that follows, or of the form with its faults."""
        response = self.client.post(reverse(f"staff:{name}", args=args), fields, follow=True)
        assert response.status_code in (200, 422), response
        return words(response.content)

    def undo(self) -> str:
        """Post the undo form of the last flash message and return the text that follows."""
        url = re.search(r'class="flash".*?action="([^"]+)"', self.last, re.DOTALL)
        assert url is not None, "nothing was shown that can be undone"
        return words(self.client.post(html.unescape(url.group(1)), follow=True).content)

    def post_and_undo(self, name: str, *args: object, **fields: str) -> str:
        response = self.client.post(reverse(f"staff:{name}", args=args), fields, follow=True)
        self.last = response.content.decode()
        return self.undo()

    def enter(
        self,
        text: str,
        patron: Patron | None = None,
        mode: str = "borrow",
        of: str = "",
        *,
        read: bool = True,
        **options: str | bool,
    ) -> dict[str, Any]:
        """Post an entry of the desk page and return the hub's answer.

        Args:
            text: What was scanned or typed.
            patron: Patron being served.
            mode: Mode of the desk page.
            of: Id of an entry that is sent again; empty for a new one.
            read: False if the text was typed rather than read by a scanner or card reader.
            options: What belongs to the mode: `pickup`, `only_copy` or `means`.
        """
        entry = {
            "id": of or str(uuid4()),
            "text": text,
            "read": read,
            "patron": patron.ref if patron else "",
            "mode": mode,
            **options,
        }
        response = self.client.post(reverse("staff:entry"), entry, content_type="application/json")
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = response.json()
        return answer

    def undo_entry(self, token: str, of: str = "") -> dict[str, Any]:
        entry = {"id": of or str(uuid4()), "of": token, "patron": ""}
        response = self.client.post(reverse("staff:undo"), entry, content_type="application/json")
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = response.json()
        return answer


def words(page: bytes) -> str:
    """Return the visible text of a page; of a PDF, nothing that can be read."""
    return " ".join(html.unescape(TAGS.sub(" ", page.decode(errors="replace"))).split())
