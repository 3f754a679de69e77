"""Send a patron one alert when a title with no available copy is on the shelf again.

No copy is reserved. The alert is not marketing: the patron requested this one message, as with a hold. Alerts are
sent nightly: a copy returned by day is either still on the shelf or already borrowed, and then no alert is sent in
vain.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.catalogue.models import Title
from hub.core.public_url import public_url
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.library_system.central import the_central
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import unsubscribe
from hub.outreach.messaging.enqueue import Fact, queue_message
from hub.outreach.messaging.rendering import SPOKEN
from hub.outreach.patrons.feed_consumer import EventBatch
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import person_of
from hub.outreach.portal.models import AvailabilityAlert
from hub.outreach.portal.opac import kiosk_search_alerts
from lending.responses import AvailabilityAlertRequest

HAS_IT = frozenset({"checkout", "loan_taken_over", "hold_placed"})
"""Events after which the patron has the title or a hold on it, so that the alert is obsolete."""
MOST = 10
"""Maximum number of alerts per person."""
KEPT = timedelta(days=183)
"""Validity of an alert; the consent text promises six months."""
SPAN = timedelta(days=5)
"""Validity of a message: a title on the shelf today may be on loan next week."""


class AlertConsumer:
    """Feed consumer: delete the alerts that became obsolete."""

    KINDS: ClassVar = HAS_IT

    def __init__(self, stretch: EventBatch) -> None:
        self._people = stretch.people
        waiting = AvailabilityAlert.objects.filter(person__in=stretch.keys)
        self._waiting = set(waiting.values_list("person_id", flat=True))

    def take(self, event: Event) -> None:
        person = self._people.get(event.patron)
        if person is None:
            return
        if event.kind in HAS_IT and person.pk in self._waiting:
            AvailabilityAlert.objects.filter(person=person, title=event.data.get("title")).delete()

    def finish(self) -> None:
        pass


@atomic
def take(event: Event, response: AvailabilityAlertRequest) -> None:
    """Store an alert requested at a kiosk, or tell the patron why it cannot be stored."""
    person, about = person_of(event.patron) if event.patron else None, response.about
    if person is None:
        return
    title = Title.objects.filter(pk=int(about)).first() if about.isdecimal() and len(about) < 19 else None
    if title is not None and has_title_or_hold(person, title):
        return
    with override(kiosk_search_alerts.reply_language(person)):
        try:
            keep(person, title, response.answer, event.at)
        except SubmissionRejected as wrong:
            asked = _("Requested at the kiosk: notify me when it is back: {title}").format(title=title or "–")
            kiosk_search_alerts.reply(person, asked, str(wrong), event, done=False)


def has_title_or_hold(person: Person, title: Title) -> bool:
    """Return whether the patron has the title or a hold on it, so that an alert is obsolete."""
    account = the_central().account(person.ref)
    return title.pk in [*(each.title for each in account.loans), *(each.title for each in account.holds)]


@atomic
def ask(person: Person, title: Title, version: str, now: datetime) -> None:
    """Store an alert requested in the portal, and resume alerts that the signed-in patron had stopped.

    Raises:
        SubmissionRejected: The title is gone or the patron has too many alerts.
    """
    keep(person, title, version, now)
    unsubscribe.resume(person, MessageKind.BACK)


@atomic
def keep(person: Person, title: Title | None, version: str, now: datetime) -> None:
    """Store an alert, once per title.

    Raises:
        SubmissionRejected: The title is gone or the patron has too many alerts.
    """
    if title is None:
        raise SubmissionRejected(_("The library no longer has this title."))
    held = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if held.awaited.exclude(title=title).count() >= MOST:
        raise SubmissionRejected(
            _("You have {count} availability alerts. Remove one before you add another.").format(count=MOST)
        )
    held.awaited.get_or_create(title=title, defaults={"at": now, "agreed": version[:40]})


def end(person: Person, title: int) -> bool:
    """Delete the alert; return False if there is none."""
    return bool(AvailabilityAlert.objects.filter(person=person, title=title).delete()[0])


def nightly(now: datetime) -> int:
    """Send the alerts of titles on the shelf; return how many.

    An interrupted run is completed the next night.
    """
    AvailabilityAlert.objects.filter(at__lt=now - KEPT).delete()
    there = the_central().on_shelf(sorted(set(AvailabilityAlert.objects.values_list("title_id", flat=True))))
    rows = AvailabilityAlert.objects.filter(title__in=there).order_by("title", "pk").values_list("pk", "title")
    place = cache(_place)
    return sum(_tell(key, place(title), now) for key, title in list(rows))


@atomic
def _tell(key: int, place: dict[str, str], now: datetime) -> int:
    held = (
        AvailabilityAlert.objects.select_for_update(of=("self",))
        .select_related("person", "title")
        .defer("title__record")
    )
    row = held.filter(pk=key).first()
    if row is None:
        return 0
    facts: dict[str, Fact] = {
        "title": str(row.title.title),
        "number": row.title_id,
        "place": place,
        "link": public_url("opac:title", row.title_id),
    }
    queue_message(row.person, MessageKind.BACK, str(key), facts, at=now, until=now + SPAN)
    row.delete()
    return 1


def _place(title: int) -> dict[str, str]:
    """Return the first copy's branch and call number by language: the patron's is read only when sending."""
    places = {}
    for language, code in SPOKEN.items():
        with override(code):
            found = [(each.branch, each.call_number) for each in the_central().copies(title) if each.state == "shelf"]
            places[language] = " · ".join(filter(None, found[0])) if found else ""
    return places
