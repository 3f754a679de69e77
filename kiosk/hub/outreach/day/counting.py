"""Counts loans and returns as the feed tells of them, by day, branch and group; keeps no title and no item."""

from datetime import date, datetime

from django.db.models import F

from kiosk.hub.outreach.asking import the_central
from kiosk.hub.outreach.day.models import Borrower, Lent
from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.habit.times import local_day, zone
from kiosk.hub.outreach.people.models import Person

BACK = frozenset({"checkin", "handed_in"})
"""A return that staff confirm later was handed in before, and counted then."""


def take(event: Event) -> None:
    """Takes one event; what it does not count it lets pass."""
    day = local_day(event.at, zone())
    if event.kind == "checkout":
        _add(event, _borrowed(event, day), day, loans=1)
    elif event.kind == "checkout_undone":
        _add(event, _group(event), local_day(_moment(event, "out") or event.at, zone()), loans=-1)
    elif event.kind in BACK:
        due = _moment(event, "due")
        certain = event.data.get("time") != "uncertain"
        _add(event, _group(event), day, back=1, late=int(certain and due is not None and event.at > due))
    elif event.kind == "loan_reopened":
        _add(event, _group(event), day, back=-1)


def _borrowed(event: Event, day: date) -> str:
    """Notes that she borrowed on this day; gives her group."""
    branch = str(event.data.get("branch") or "")
    known = Borrower.objects.filter(person__ref=event.patron).first()
    if known is not None:
        known.first_on, known.last_on = min(known.first_on, day), max(known.last_on, day)
        known.branch = branch or known.branch
        known.save(update_fields=("first_on", "last_on", "branch"))
        return str(known.group)
    person, _new = Person.objects.get_or_create(ref=event.patron, defaults={"since": event.at})
    group = _asked(event.patron)
    Borrower.objects.create(person=person, branch=branch, group=group, first_on=day, last_on=day)
    return group


def _asked(ref: str) -> str:
    standing = the_central().standing([ref]).get(ref)
    return standing.category if standing else ""


def _group(event: Event) -> str:
    found = Borrower.objects.filter(person__ref=event.patron).values_list("group", flat=True).first()
    return str(found or "")


def _add(event: Event, group: str, day: date, loans: int = 0, back: int = 0, late: int = 0) -> None:
    branch = str(event.data.get("branch") or "")
    row, _new = Lent.objects.get_or_create(on=day, branch=branch, group=group)
    Lent.objects.filter(pk=row.pk).update(loans=F("loans") + loans, back=F("back") + back, late=F("late") + late)


def _moment(event: Event, name: str) -> datetime | None:
    text = event.data.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) else None
