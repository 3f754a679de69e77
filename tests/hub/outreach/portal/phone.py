"""Provide a patron's phone without a browser, shared by the portal tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.messaging.models import Message
from hub.outreach.messaging.settings import FILE
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Contact, Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal import message_links, portal_session
from hub.outreach.portal.models import Scope
from hub.outreach.portal.pages.loans import BY_LINK
from hub.outreach.portal.pages.sign_in import send_codes
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

MAIL = '[mail]\nsender = "library@example.org"\nhost = "127.0.0.1"\n'
SMS = '[apprise]\nsms = "json://127.0.0.1/{address}"\n'


def verified_ada(world: World) -> Person:
    """Create the person of Ada with a verified address."""
    person: Person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now(), language="en")
    records.store_contact(person, "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"))
    Contact.objects.update(bound_at=hub_clock().now() - timedelta(days=1))
    return person


@contextmanager
def configured_channels() -> Iterator[None]:
    """Allow mail and text messages without a configured channel; nothing is sent."""
    path = Path(settings.STATE) / FILE
    if path.exists():
        yield
        return
    path.write_text(MAIL + SMS, encoding="utf-8")
    try:
        yield
    finally:
        path.unlink()


def hidden(page: bytes, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.decode())
    assert found is not None, name
    return found.group(1)


def token_of(page: bytes) -> str:
    return hidden(page, "csrfmiddlewaretoken")


def token_for(phone: Client) -> str:
    """Return a CSRF token from a page that has a form for everyone."""
    return token_of(phone.get(reverse("portal:languages")).content)


def press(phone: Client, url: str, seen: str, **fields: str) -> str:
    """Press a button of the page at `seen`; return the text of the next page."""
    phone.get(seen)
    token = token_for(phone)
    return words(phone.post(url, {**fields, "csrfmiddlewaretoken": token}, follow=True).content)


def send_requested_codes() -> None:
    """Run the minute job, so that requested codes are sent."""
    send_codes(hub_clock().now())


def newest_code() -> str:
    """Return the code that was sent last."""
    return str(Message.objects.filter(kind="code").latest("pk").decrypted_facts()["code"])


def sign_in(phone: Client, card: str, to: str = "me") -> str:
    """Request a code and enter the one sent last."""
    url = reverse("portal:sign_in") + f"?to={to}"
    with configured_channels():
        token = token_of(phone.get(url).content)
        page = phone.post(url, {"card": card, "to": to, "csrfmiddlewaretoken": token})
        send_requested_codes()
    typed = {"of": hidden(page.content, "of"), "code": newest_code(), "to": to, "csrfmiddlewaretoken": token}
    return words(phone.post(url, typed, follow=True).content)


def start_session(phone: Client, person: Person, scope: str = Scope.ALL) -> None:
    """Sign the patron in on this phone without the pages of the sign-in."""
    response = portal_session.start_session(HttpResponse(), person, scope)
    phone.cookies.update(response.cookies)


def link(person: Person, about: str = "reminder", page: str = BY_LINK) -> str:
    """Return the path of a message's link."""
    whole = message_links.signed_link(page, person.pk, about, timedelta(days=14))
    return whole[whole.index("/p/") :]
