"""Remembers how a patron likes the screen, and forgets it when she wishes that; others carry it."""

from __future__ import annotations

from django.dispatch import Signal

from kiosk.domain import look
from kiosk.hub.outreach.details.models import Look
from kiosk.hub.outreach.people.models import Change, Person
from kiosk.hub.outreach.people.telling import By, note

changed = Signal()
"""Sent with `person` and `text`; the text is empty where nothing is remembered any more."""


def remember(person: Person, text: str, by: By) -> bool:
    """False for what is no look. `off` ends it."""
    if text == look.OFF:
        Look.objects.filter(person=person).delete()
        note(person, look.LOOK, Change.Act.REMOVED, by)
        changed.send(Look, person=person, text="")
        return True
    if look.read(text) is None:
        return False
    _row, new = Look.objects.update_or_create(person=person, defaults={"text": text})
    if new:
        note(person, look.LOOK, Change.Act.ADDED, by)
    changed.send(Look, person=person, text=text)
    return True


def remembered(person: Person) -> bool:
    return Look.objects.filter(person=person).exists()
