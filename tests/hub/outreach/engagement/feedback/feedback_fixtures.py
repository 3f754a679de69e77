"""Share helpers of the feedback tests: a librarian, patrons who ask, and the queued messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from hub.commands import work
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback import tickets
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.jobs import EVERY_MINUTE
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


class Librarian(Grace):
    """Staff client for the feedback pages."""

    def __init__(self, language: str = "en", name: str = "grace") -> None:
        super().__init__(language)
        if name != "grace":
            self.user = User.objects.create(username=name, is_staff=True, is_superuser=True)
            self.sign_in()

    def reads(self, name: str, *args: object, query: str = "") -> str:
        response = self.client.get(reverse(f"feedback:{name}", args=args) + query)
        assert response.status_code == 200, response
        self.last = response.content.decode()
        return words(response.content)

    def does(self, page: str, /, *args: object, status: int = 200, **fields: object) -> str:
        """Post a form and return the text of the page that follows."""
        response = self.client.post(reverse(f"feedback:{page}", args=args), fields, follow=True)
        assert response.status_code == status, response
        self.last = response.content.decode()
        return words(response.content)


def person(ref: str) -> Person:
    found: Person = Person.objects.get_or_create(ref=ref, defaults={"since": hub_clock().now()})[0]
    return found


def moment() -> datetime:
    """Return the time of the hub, rounded down to the minute."""
    return hub_clock().now().replace(second=0, microsecond=0)


def ask_librarian(world: World, text: str, ref: str = "", transaction: str = "t1") -> Ticket:
    """Ask a librarian at the main branch, as Ada or the given patron."""
    found = tickets.ask(person(ref or world.ada.ref), "find", text, moment(), world.main, transaction)
    assert found is not None
    return found


def reachable(ref: str, address: str) -> None:
    """Give the patron an address and English as language."""
    found = person(ref)
    found.language = "en"
    found.save(update_fields=("language",))
    records.store_contact(found, "mail", address, RecordSource(Source.STAFF, "grace"), verified_at=hub_clock().now())


def run_minute_jobs() -> None:
    """Relay the feed and run the jobs of every minute."""
    assert work.run((("carry", lambda _now: carry()), *EVERY_MINUTE)) == 0


def queued_messages(ref: str) -> list[dict[str, Any]]:
    """Return the messages queued for the patron, oldest first."""
    return [each.decrypted_facts() for each in Message.objects.filter(person__ref=ref).order_by("pk")]
