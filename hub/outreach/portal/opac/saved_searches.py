"""Save patrons' searches and notify them, once per title, of new titles that match."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from hub.catalogue.models import Title
from hub.catalogue.search.find import asks, matching
from hub.core.public_url import public_url
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.messaging.enqueue import Fact, queue_message
from hub.outreach.messaging.models import Unsubscription
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.portal.models import LONGEST, NotifiedTitle, SavedSearch

MOST = 10
"""Maximum number of searches per person."""
LISTED = 10
"""Maximum number of titles per message; the others follow the next night."""
LOOKS_BACK = timedelta(days=30)
"""Period covered after missed nights; titles added before are not reported."""


def normalise_search(words: str) -> str:
    """Return the normalised search text.

    Raises:
        SubmissionRejected: The text has too few characters.
    """
    tidy = " ".join(words.split())[:LONGEST]
    if not asks(tidy):
        raise SubmissionRejected(_("Enter at least 2 characters."))
    return tidy


@atomic
def save(person: Person, words: str, by: str, now: datetime) -> SavedSearch:
    """Save the search and record the consent; an existing search stays unchanged.

    Raises:
        SubmissionRejected: The text is too short or the person has too many searches.
    """
    search = keep(person, words, now)
    consents.give(person, Purpose.ALERTS, by, consents.text(Purpose.ALERTS).version, now)
    Unsubscription.objects.filter(person=person, kind=MessageKind.ALERT).delete()
    return search


@atomic
def keep(person: Person, words: str, now: datetime) -> SavedSearch:
    """Save the search only; it sends nothing without a consent.

    Raises:
        SubmissionRejected: The text is too short or the person has too many searches.
    """
    tidy = normalise_search(words)
    held = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if held.searches.exclude(words=tidy).count() >= MOST:
        raise SubmissionRejected(
            _("You have {count} saved searches. Remove one before you add another.").format(count=MOST)
        )
    search: SavedSearch = SavedSearch.objects.get_or_create(person=held, words=tidy, defaults={"since": now})[0]
    return search


def end(person: Person, key: int) -> bool:
    """Delete a search of the person; return False if there is none with this id."""
    return bool(SavedSearch.objects.filter(person=person, pk=key).delete()[0])


def new_arrivals(now: datetime) -> dict[int, datetime]:
    """Return the titles added within `LOOKS_BACK`, with the time."""
    return dict(Title.objects.filter(added_at__gt=now - LOOKS_BACK, added_at__lte=now).values_list("pk", "added_at"))


def nightly(now: datetime) -> int:
    """Notify every consenting person of new titles for their searches; return the number of messages.

    An interrupted run is completed the next night: message and record are one database transaction.
    """
    new = new_arrivals(now)
    if not new:
        return 0
    searches: dict[int, list[SavedSearch]] = defaultdict(list)
    agreed = consents.all_given(Purpose.ALERTS)
    for search in SavedSearch.objects.order_by("person", "pk"):
        if search.person_id in agreed:
            searches[search.person_id].append(search)
    return sum(_tell(person, own, new, now) for person, own in searches.items())


@atomic
def _tell(key: int, searches: Iterable[SavedSearch], new: dict[int, datetime], now: datetime) -> int:
    person = Person.objects.select_for_update(of=("self",)).filter(pk=key).first()
    if person is None:
        return 0
    reported = set(NotifiedTitle.objects.filter(person=person, title__in=new).values_list("title_id", flat=True))
    count = 0
    for search in searches:
        found = sorted(matching(str(search.words), min(new)) & new.keys() - reported)
        titles = [each for each in found if new[each] > search.since][:LISTED]
        if titles:
            queue_message(person, MessageKind.ALERT, f"{search.pk} {titles[0]}", _facts(search, titles), at=now)
            NotifiedTitle.objects.bulk_create(NotifiedTitle(person=person, title_id=each) for each in titles)
            reported |= set(titles)
            count += 1
    return count


def _facts(search: SavedSearch, titles: list[int]) -> dict[str, Fact]:
    rows = Title.objects.in_bulk(titles)
    return {
        "search": str(search.words),
        "items": [
            {"work": each, "words": _title_and_author(rows[each]), "url": public_url("opac:title", each)}
            for each in titles
        ],
        "count": len(titles),
        "link": public_url("opac:searches"),
    }


def _title_and_author(title: Title) -> str:
    return f"{title.title} / {title.author}" if title.author else str(title.title)
