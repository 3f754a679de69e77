"""What the stories of this part share: a librarian before her pages, patrons who ask, and what is to be told them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from kiosk.hub import working
from kiosk.hub.carrier.events import carry
from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach import minute
from kiosk.hub.outreach.delivery.models import Message
from kiosk.hub.outreach.people import telling
from kiosk.hub.outreach.people.models import Person, Source
from kiosk.hub.outreach.people.telling import By
from kiosk.hub.outreach.voice import tickets
from kiosk.hub.outreach.voice.models import Ticket
from tests.hub.staff.grace import Grace, words
from tests.hub.world import World


class Librarian(Grace):
    """Grace, or a colleague, before the pages of what patrons say."""

    def __init__(self, language: str = "en", name: str = "grace") -> None:
        super().__init__(language)
        if name != "grace":
            self.user = User.objects.create(username=name, is_staff=True, is_superuser=True)
            self.signs_in()

    def reads(self, name: str, *args: object, query: str = "") -> str:
        response = self.client.get(reverse(f"voice:{name}", args=args) + query)
        assert response.status_code == 200, response
        self.last = response.content.decode()
        return words(response.content)

    def does(self, page: str, /, *args: object, status: int = 200, **fields: object) -> str:
        """Presses a button; the words of the page that follows."""
        response = self.client.post(reverse(f"voice:{page}", args=args), fields, follow=True)
        assert response.status_code == status, response
        self.last = response.content.decode()
        return words(response.content)


def person(ref: str) -> Person:
    found: Person = Person.objects.get_or_create(ref=ref, defaults={"since": hub_clock().now()})[0]
    return found


def moment() -> datetime:
    """The hub's time, to the minute."""
    return hub_clock().now().replace(second=0, microsecond=0)


def asks(world: World, text: str, ref: str = "", transaction: str = "t1") -> Ticket:
    """Ada, or whoever is named, asks a librarian at the main branch."""
    found = tickets.ask(person(ref or world.ada.ref), "find", text, moment(), world.main, transaction)
    assert found is not None
    return found


def reachable(ref: str, address: str) -> None:
    """She told the desk her address, and reads English."""
    found = person(ref)
    found.language = "en"
    found.save(update_fields=("language",))
    telling.tell(found, "mail", address, By(Source.STAFF, "grace"), verified_at=hub_clock().now())


def a_minute() -> None:
    """What the timer does."""
    assert working.run((("carry", lambda _now: carry()), *minute.JOBS)) == 0


def told(ref: str) -> list[dict[str, Any]]:
    """What is to be said to her by the way she chose, oldest first."""
    return [each.told() for each in Message.objects.filter(person__ref=ref).order_by("pk")]
