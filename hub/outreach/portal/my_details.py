"""Show an identified patron at a kiosk what is known about them, and apply the changes they make there.

The record is masked, and in each language of the library. Changes arrive by the feed; invalid ones are logged. Answers
to questions after a visit, on addresses and channels, are handled in hub.outreach.post_visit.
"""

from __future__ import annotations

import logging
from datetime import datetime, time
from typing import assert_never

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.catalogue.models import Item, Title
from hub.core.language import in_text_languages, text_languages
from hub.core.signed_links import public_url
from hub.outreach.engagement.feedback import pending_replies, tickets
from hub.outreach.library_system.central import local_day, the_central, zone
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import on_site_messages, unsubscribe
from hub.outreach.messaging.enqueue import queue_message, unsay_all
from hub.outreach.patrons import consents, erasure, records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Change, ConsentText, Contact, Person, ProfileField, Source
from hub.outreach.patrons.purposes import ASKED, MARKETING, MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource, note, person_of
from hub.outreach.portal import display_preferences, refusal_text
from hub.outreach.portal.models import DisplayPreferences
from hub.outreach.recommendations.reading_profiles import history, interests, recommendation_picker, subjects
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle, Interest
from lending import patron_record, responses
from lending.patron_record import NEVER_QUIET, ContactChannel, HistoryEntry, PatronRecord, StaffMessage

MOST_READ = 30
"""Titles of the history shown at a kiosk; the portal shows all."""


log = logging.getLogger(__name__)


RecordChange = (
    responses.ConsentChange
    | responses.AddressUse
    | responses.QuietHours
    | responses.MessageLanguage
    | responses.StoredPreferences
    | responses.InterestChange
    | responses.InferenceChange
    | responses.MessageTest
    | responses.VisitErasure
    | responses.HistoryErasure
    | responses.RecordExport
    | responses.RecordErasure
)


def details(person: Person, now: datetime) -> PatronRecord:
    """Return everything the patron may see; a guardian's data is left out for a child."""
    reads = recommendation_picker.allowed(person)
    account = the_central().account(person.ref)
    return PatronRecord(
        contacts=() if person.child else tuple(_addresses(person, now)),
        ways=() if person.child else tuple(_ways(person)),
        quiet=person.quiet_hours or NEVER_QUIET,
        consents=tuple(_consent(person, each) for each in ASKED),
        interests=tuple(_interests(person)) if reads else (),
        classes=tuple(_interest(each.code, Interest.Source.STATED) for each in subjects.classes()) if reads else (),
        infers=preferences_of(person).infer if reads else False,
        reads=reads,
        language=person.language,
        languages=text_languages(),
        letters=tuple(_letters(person)),
        stays=tuple(name for name, left in (("open_loans", account.loans), ("fees", account.fees)) if left),
        child=person.child,
        page=bool(settings.PUBLIC) and not person.child,
        look=DisplayPreferences.objects.filter(person=person).exists(),
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
            used[each.channel].refusal is not None,
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


def _consent(person: Person, purpose: Purpose) -> patron_record.Consent:
    text = consents.text(purpose)
    return patron_record.Consent(
        purpose.value,
        in_text_languages(lambda: refusal_text.purpose(purpose)),
        text.texts.in_order(),
        text.version,
        consents.has_consented(person, purpose),
        purpose in MARKETING,
    )


def _interests(person: Person) -> list[patron_record.Interest]:
    return [_interest(each.subject, each.source) for each in Interest.objects.filter(person=person)]


def _interest(code: str, source: str) -> patron_record.Interest:
    return patron_record.Interest(code, in_text_languages(lambda: subjects.label(code)), str(source))


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


def take(event: Event, change: RecordChange) -> None:
    """Apply a change from the feed, or log why it is ignored."""
    person = person_of(event.patron) if event.patron else None
    if person is None or not _apply(person, event, change):
        log.warning("Feed event %d ignored: invalid change of kind %s, or unknown patron", event.number, change.ask)


def _apply(person: Person, event: Event, change: RecordChange) -> bool:
    """Return whether the change was valid and has been applied."""
    match change:
        case responses.ConsentChange(answer, about):
            return _change_consent(person, event, answer, about)
        case responses.AddressUse(answer, about):
            return _change_use(person, event, answer, about)
        case responses.QuietHours(answer):
            return _set_quiet_hours(person, event, answer)
        case responses.MessageLanguage(answer):
            return _set_language(person, event, answer)
        case responses.StoredPreferences(answer):
            return display_preferences.remember(person, answer, _record_source(event))
        case responses.InterestChange(answer, about):
            return _change_interest(person, answer, about)
        case responses.InferenceChange(answer):
            interests.switch(person, answer == "on")
            return answer in ("on", "off")
        case responses.MessageTest():
            queue_message(person, MessageKind.TEST, f"kiosk-{event.data.get('transaction') or event.number}", {})
            return True
        case responses.VisitErasure(answer):
            return _forget_visit(person, answer)
        case responses.HistoryErasure(answer, about):
            return _forget_title(person, answer, about)
        case responses.RecordExport():
            return _request_export(person, event)
        case responses.RecordErasure():
            return _request_erasure(person, event)
        case _:
            assert_never(change)


def _record_source(event: Event) -> RecordSource:
    return RecordSource(str(Source.KIOSK), str(event.data.get("kiosk") or ""), event.at)


def _change_consent(person: Person, event: Event, answer: str, about: str) -> bool:
    """Give or withdraw a consent. `give` is followed by the version of the text shown.

    For a child only the guardian can give it, and not at a kiosk.
    """
    yes, _space, version = answer.partition(" ")
    by = _record_source(event).signature
    if about not in ASKED or yes not in ("give", "withdraw"):
        return False
    if yes == "withdraw":
        consents.withdraw(person, about, by, event.at)
        return True
    if person.child or not ConsentText.objects.filter(purpose=about, version=version).exists():
        return False
    consents.give(person, about, by, version, event.at)
    for kind in (each for each in MessageKind if each.marketing and each.purpose == about):
        unsubscribe.resume(person, kind)
    return True


def _change_use(person: Person, event: Event, answer: str, about: str) -> bool:
    """Allow or forbid marketing messages to one field. A child's addresses are the guardian's."""
    if person.child or about not in consents.filled_channels(person) or answer not in ("give", "withdraw"):
        return False
    (consents.allow_field if answer == "give" else consents.reserve_field)(
        person, about, _record_source(event).signature, event.at
    )
    note(person, "consent", Change.Act.CHANGED, _record_source(event))
    return True


def _set_quiet_hours(person: Person, event: Event, answer: str) -> bool:
    try:
        hours = [time.fromisoformat(each) for each in answer.split("-")] if answer != "none" else [None, None]
        person.quiet_from, person.quiet_to = hours
    except ValueError:
        return False
    person.save(update_fields=("quiet_from", "quiet_to"))
    note(person, "quiet", Change.Act.CHANGED, _record_source(event))
    return True


def _set_language(person: Person, event: Event, answer: str) -> bool:
    if answer not in text_languages():
        return False
    person.language = answer
    person.save(update_fields=("language",))
    note(person, "language", Change.Act.CHANGED, _record_source(event))
    return True


def _change_interest(person: Person, answer: str, about: str) -> bool:
    if not recommendation_picker.allowed(person) or not subjects.is_subject_code(about):
        return False
    match answer:
        case "add":
            return interests.add(person, about)
        case "remove":
            interests.remove(person, about)
        case "restore":
            interests.restore(person, about)
        case _:
            return False
    return True


def _forget_visit(person: Person, answer: str) -> bool:
    """Delete the titles of this visit from the history and everything inferred from them."""
    titles = Item.objects.filter(barcode__in=answer.split(",")).values_list("title_id", flat=True)
    if history.forget(person, list(titles)):
        unsay_all(person, MessageKind.RECOMMENDATION)
        interests.recompute(person)
    return True


def _forget_title(person: Person, answer: str, about: str) -> bool:
    """Delete one title from the history and everything inferred from it."""
    if answer != "remove" or not about.isdecimal():
        return False
    if history.forget(person, [int(about)]):
        unsay_all(person, MessageKind.RECOMMENDATION)
        interests.recompute(person)
    return True


def _request_export(person: Person, event: Event) -> bool:
    """Open a ticket: staff make the export and give it to the patron only. The reply notifies the patron."""
    with override(settings.LANGUAGE_CODE):
        words = _("(Requested at the kiosk: a copy of the patron's data. Use Export on the patron's record.)")
    tickets.ask(person, "card", words, event.at, None, str(event.data.get("transaction") or f"feed-{event.number}"))
    return True


def _request_erasure(person: Person, event: Event) -> bool:
    """Request an erasure; a child's is done at the desk, with the guardian."""
    if person.child:
        return False
    erasure.ask(person, _record_source(event))
    return True
