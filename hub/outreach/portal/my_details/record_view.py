"""Collect what a kiosk shows an identified patron about themselves: masked, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from hub.catalogue.models import Title
from hub.outreach.engagement.feedback import pending_replies
from hub.outreach.library_system.library_time import local_day, zone
from hub.outreach.library_system.registry import the_central
from hub.outreach.messaging import on_site_messages
from hub.outreach.messaging.rendering import SPOKEN
from hub.outreach.patrons import consents, contact_checks, contacts, field_consents
from hub.outreach.patrons.channels import Channel, masked
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Contact, Person, ProfileField
from hub.outreach.patrons.purposes import ASKED, MARKETING, Purpose
from hub.outreach.portal import refusal_text
from hub.outreach.portal.my_details import display_preferences
from hub.outreach.recommendations.reading_profiles import catalogue_classes, recommendation_picker, subjects
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle, Interest

NEVER_QUIET = "none"
MOST_READ = 30
"""Titles of the history shown at a kiosk; the portal shows all."""
ByLanguage = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Address:
    """Address of the patron, or another profile field by its name (`address` False).

    `sure`: it was verified recently. `bounced`: a message there bounced.
    """

    number: str
    channel: str
    shown: str
    sure: bool
    bounced: bool = False
    serves: list[str] = field(default_factory=list)
    kept: bool = False
    address: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """Purpose with the current consent text, and whether the patron consents."""

    purpose: str
    name: ByLanguage
    words: ByLanguage
    version: str
    given: bool
    news: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """Class or subject, its name by language, and the source of the interest."""

    code: str
    name: ByLanguage
    source: str


@dataclass(frozen=True, slots=True)
class Letter:
    """Message to read at the kiosk; `key` identifies it when it is marked as read."""

    key: str
    about: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class Read:
    """Title of the history, with its public catalogue page for sharing."""

    key: str
    title: str
    author: str
    day: date
    link: str


@dataclass(frozen=True, slots=True)
class Details:
    """Everything a kiosk shows a patron about themselves."""

    addresses: list[Address]
    ways: list[tuple[str, str]]
    """Channel and masked address of each, the preferred one first."""
    quiet: str
    asked: list[Asked]
    interests: list[Subject]
    classes: list[Subject]
    infers: bool
    reads: bool
    language: str
    letters: list[Letter]
    stays: list[str]
    child: bool
    page: bool
    look: bool
    had: list[Read]


def details(person: Person, now: datetime) -> Details:
    """Return everything the patron may see; a guardian's data is left out for a child."""
    reads = recommendation_picker.allowed(person)
    account = the_central().account(person.ref)
    return Details(
        addresses=[] if person.child else _addresses(person, now),
        ways=[] if person.child else _ways(person),
        quiet=_quiet(person),
        asked=[_asked(person, each) for each in ASKED],
        interests=_interests(person) if reads else [],
        classes=[_subject(each.code, Interest.Source.STATED) for each in catalogue_classes.classes()] if reads else [],
        infers=preferences_of(person).infer if reads else False,
        reads=reads,
        language=person.language,
        letters=_letters(person),
        stays=[name for name, left in (("open_loans", account.loans), ("fees", account.fees)) if left],
        child=person.child,
        page=bool(settings.PUBLIC) and not person.child,
        look=display_preferences.remembered(person),
        had=_had(person) if consents.given(person, Purpose.HISTORY) else [],
    )


def _addresses(person: Person, now: datetime) -> list[Address]:
    doubtful = set(contact_checks.to_check(now).filter(person=person).values_list("pk", flat=True))
    rows = Contact.objects.filter(person=person, replaced_at=None).order_by("pk")
    used = field_consents.standing(person)
    addresses = [
        Address(
            str(each.pk),
            each.channel,
            contact_checks.shown(each),
            each.pk not in doubtful,
            each.bounced_at is not None,
            used[each.channel].purposes,
            used[each.channel].kept is not None,
        )
        for each in rows
    ]
    return addresses + _facts(person, now)


def _facts(person: Person, now: datetime) -> list[Address]:
    aged = set(contact_checks.facts_to_check(now).filter(person=person).values_list("name", flat=True))
    facts = person.facts.exclude(name=ProfileField.Name.GUARDIAN)
    return [
        Address(each.name, each.name, contact_checks.hinted(each), each.name not in aged, address=False)
        for each in facts
    ]


def _ways(person: Person) -> list[tuple[str, str]]:
    """Return the channels in order of preference, then the unranked ones, such as screen and receipt."""
    found = {each.channel: each for each in reversed(contacts.usable_addresses(person))}
    found.setdefault(str(Channel.PAPER), contacts.UsableAddress(str(Channel.PAPER), "", person))
    order = [each for each in contacts.order(person) if each in found]
    order += [each for each in found if each not in order]
    return [(each, masked(each, found[each].address) if found[each].address else "") for each in order]


def _quiet(person: Person) -> str:
    if person.quiet_from is None or person.quiet_to is None:
        return NEVER_QUIET
    return f"{person.quiet_from:%H:%M}-{person.quiet_to:%H:%M}"


def _asked(person: Person, purpose: Purpose) -> Asked:
    text = consents.text(purpose)
    return Asked(
        purpose.value,
        in_both(lambda: refusal_text.purpose(purpose)),
        {"zh": text.chinese, "en": text.english},
        text.version,
        consents.given(person, purpose),
        purpose in MARKETING,
    )


def _interests(person: Person) -> list[Subject]:
    return [_subject(each.subject, each.source) for each in Interest.objects.filter(person=person)]


def _subject(code: str, source: str) -> Subject:
    return Subject(code, in_both(lambda: subjects.label(code)), str(source))


def _had(person: Person) -> list[Read]:
    """Return the last titles of the history; titles no longer in the catalogue are left out."""
    rows = list(HistoryTitle.objects.filter(person=person)[:MOST_READ])
    titles = Title.objects.in_bulk([each.title for each in rows])
    return [
        Read(
            str(each.title),
            titles[each.title].title,
            titles[each.title].author,
            local_day(each.at, zone()),
            f"{settings.PUBLIC_URL.rstrip('/')}{reverse('opac:title', args=(each.title,))}" if settings.PUBLIC else "",
        )
        for each in rows
        if each.title in titles
    ]


def _letters(person: Person) -> list[Letter]:
    """Return replies of staff, then messages without another channel; each reply once."""
    replies = [Letter(each.key, each.about, each.words, each.state) for each in pending_replies.unread(person.ref)]
    waiting = [each for each in on_site_messages.waiting(person.ref, "screen") if each.kind is not MessageKind.ANSWER]
    return replies + [Letter(f"delivery-{each.number}", each.subject, each.short, "") for each in waiting]


def in_both(say: Callable[[], str]) -> dict[str, str]:
    """Return the text by language, with the language codes of kiosks."""
    found = {}
    for language, spoken in SPOKEN.items():
        with override(spoken):
            found[language] = str(say())
    return found
