"""Collect what a kiosk shows an identified patron about themselves: masked, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils.translation import override

from hub.catalogue.models import Title
from hub.core.public_url import public_url
from hub.outreach.engagement.feedback import pending_replies
from hub.outreach.library_system.central import local_day, the_central, zone
from hub.outreach.messaging import on_site_messages
from hub.outreach.messaging.rendering import SPOKEN
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Contact, Person, ProfileField
from hub.outreach.patrons.purposes import ASKED, MARKETING, MessageKind, Purpose
from hub.outreach.portal import refusal_text
from hub.outreach.portal.my_details import display_preferences
from hub.outreach.recommendations.reading_profiles import recommendation_picker, subjects
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle, Interest
from lending import patron_record
from lending.patron_record import NEVER_QUIET, ContactChannel, HistoryEntry, PatronRecord, StaffMessage

MOST_READ = 30
"""Titles of the history shown at a kiosk; the portal shows all."""


def details(person: Person, now: datetime) -> PatronRecord:
    """Return everything the patron may see; a guardian's data is left out for a child."""
    reads = recommendation_picker.allowed(person)
    account = the_central().account(person.ref)
    return PatronRecord(
        contacts=() if person.child else tuple(_addresses(person, now)),
        ways=() if person.child else tuple(_ways(person)),
        quiet=_quiet(person),
        consents=tuple(_consent(person, each) for each in ASKED),
        interests=tuple(_interests(person)) if reads else (),
        classes=tuple(_interest(each.code, Interest.Source.STATED) for each in subjects.classes()) if reads else (),
        infers=preferences_of(person).infer if reads else False,
        reads=reads,
        language=person.language,
        letters=tuple(_letters(person)),
        stays=tuple(name for name, left in (("open_loans", account.loans), ("fees", account.fees)) if left),
        child=person.child,
        page=bool(settings.PUBLIC) and not person.child,
        look=display_preferences.remembered(person),
        had=tuple(_had(person)) if consents.has_consented(person, Purpose.HISTORY) else (),
    )


def _addresses(person: Person, now: datetime) -> list[patron_record.Contact]:
    doubtful = set(records.contacts_to_check(now).filter(person=person).values_list("pk", flat=True))
    rows = Contact.objects.filter(person=person, replaced_at=None).order_by("pk")
    used = consents.uses_by_field(person)
    addresses = [
        patron_record.Contact(
            str(each.pk),
            each.channel,
            each.masked,
            each.pk not in doubtful,
            each.bounced_at is not None,
            tuple(used[each.channel].purposes),
            used[each.channel].kept is not None,
        )
        for each in rows
    ]
    return addresses + _facts(person, now)


def _facts(person: Person, now: datetime) -> list[patron_record.Contact]:
    aged = set(records.fields_to_check(now).filter(person=person).values_list("name", flat=True))
    facts = person.facts.exclude(name=ProfileField.Name.GUARDIAN)
    return [
        patron_record.Contact(each.name, each.name, each.masked, each.name not in aged, address=False) for each in facts
    ]


def _ways(person: Person) -> list[ContactChannel]:
    """Return the channels in order of preference, then the unranked ones, such as screen and receipt."""
    found = {each.channel: each for each in reversed(records.usable_addresses(person))}
    found.setdefault(str(Channel.PAPER), records.UsableAddress(str(Channel.PAPER), "", person))
    order = [each for each in records.channel_order(person) if each in found]
    order += [each for each in found if each not in order]
    return [ContactChannel(each, found[each].masked) for each in order]


def _quiet(person: Person) -> str:
    if person.quiet_from is None or person.quiet_to is None:
        return NEVER_QUIET
    return f"{person.quiet_from:%H:%M}-{person.quiet_to:%H:%M}"


def _consent(person: Person, purpose: Purpose) -> patron_record.Consent:
    text = consents.text(purpose)
    return patron_record.Consent(
        purpose.value,
        in_both(lambda: refusal_text.purpose(purpose)),
        {"zh": text.chinese, "en": text.english},
        text.version,
        consents.has_consented(person, purpose),
        purpose in MARKETING,
    )


def _interests(person: Person) -> list[patron_record.Interest]:
    return [_interest(each.subject, each.source) for each in Interest.objects.filter(person=person)]


def _interest(code: str, source: str) -> patron_record.Interest:
    return patron_record.Interest(code, in_both(lambda: subjects.label(code)), str(source))


def _had(person: Person) -> list[HistoryEntry]:
    """Return the last titles of the history; titles no longer in the catalogue are left out."""
    rows = list(HistoryTitle.objects.filter(person=person)[:MOST_READ])
    titles = Title.objects.in_bulk([each.title for each in rows])
    return [
        HistoryEntry(
            str(each.title),
            titles[each.title].title,
            titles[each.title].author,
            local_day(each.at, zone()),
            public_url("opac:title", each.title) if settings.PUBLIC else "",
        )
        for each in rows
        if each.title in titles
    ]


def _letters(person: Person) -> list[StaffMessage]:
    """Return replies of staff, then messages without another channel; each reply once."""
    replies = [
        StaffMessage(each.key, each.about, each.words, each.state) for each in pending_replies.unread(person.ref)
    ]
    waiting = [each for each in on_site_messages.waiting(person.ref, "screen") if each.kind is not MessageKind.ANSWER]
    return replies + [StaffMessage(f"delivery-{each.number}", each.subject, each.short, "") for each in waiting]


def in_both(say: Callable[[], str]) -> dict[str, str]:
    """Return the text by language, with the language codes of kiosks."""
    found = {}
    for language, spoken in SPOKEN.items():
        with override(spoken):
            found[language] = str(say())
    return found
