"""Apply changes to a patron's own data, made at a kiosk, from the feed; log invalid ones.

Answers to questions after a visit, on addresses and channels, are handled in hub.outreach.post_visit, and read
receipts by the sender of the message. Changes here are those the patron started.
"""

from __future__ import annotations

import logging
from datetime import time
from typing import assert_never

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.catalogue.models import Item
from hub.outreach.engagement.feedback import tickets
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import unsubscribe
from hub.outreach.messaging.enqueue import queue_message, unsay_all
from hub.outreach.patrons import consents, erasure
from hub.outreach.patrons.models import Change, ConsentText, Person, Source
from hub.outreach.patrons.purposes import ASKED, MessageKind
from hub.outreach.patrons.records import RecordSource, note, person_of
from hub.outreach.portal.my_details import display_preferences
from hub.outreach.recommendations.reading_profiles import history, interests, recommendation_picker, subjects
from lending import responses

log = logging.getLogger(__name__)
LANGUAGES = ("zh", "en")
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


def take(event: Event, change: RecordChange) -> None:
    """Apply a change from the feed, or log why it is ignored."""
    person = person_of(event.patron) if event.patron else None
    if person is None or not _apply(person, event, change):
        log.warning("Feed event %d ignored: invalid change of kind %s, or unknown patron", event.number, change.ask)


def _apply(person: Person, event: Event, change: RecordChange) -> bool:
    """Return whether the change was valid and has been applied."""
    match change:
        case responses.ConsentChange(answer, about):
            return _consent(person, event, answer, about)
        case responses.AddressUse(answer, about):
            return _use(person, event, answer, about)
        case responses.QuietHours(answer):
            return _quiet(person, event, answer)
        case responses.MessageLanguage(answer):
            return _language(person, event, answer)
        case responses.StoredPreferences(answer):
            return display_preferences.remember(person, answer, _record_source(event))
        case responses.InterestChange(answer, about):
            return _interest(person, answer, about)
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
            return _export(person, event)
        case responses.RecordErasure():
            return _erase(person, event)
        case _:
            assert_never(change)


def _record_source(event: Event) -> RecordSource:
    return RecordSource(str(Source.KIOSK), str(event.data.get("kiosk") or ""), event.at)


def _consent(person: Person, event: Event, answer: str, about: str) -> bool:
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


def _use(person: Person, event: Event, answer: str, about: str) -> bool:
    """Allow or forbid marketing messages to one field. A child's addresses are the guardian's."""
    if person.child or about not in consents.filled_channels(person) or answer not in ("give", "withdraw"):
        return False
    (consents.allow_field if answer == "give" else consents.reserve_field)(
        person, about, _record_source(event).signature, event.at
    )
    note(person, "consent", Change.Act.CHANGED, _record_source(event))
    return True


def _quiet(person: Person, event: Event, answer: str) -> bool:
    try:
        hours = [time.fromisoformat(each) for each in answer.split("-")] if answer != "none" else [None, None]
        person.quiet_from, person.quiet_to = hours
    except ValueError:
        return False
    person.save(update_fields=("quiet_from", "quiet_to"))
    note(person, "quiet", Change.Act.CHANGED, _record_source(event))
    return True


def _language(person: Person, event: Event, answer: str) -> bool:
    if answer not in LANGUAGES:
        return False
    person.language = answer
    person.save(update_fields=("language",))
    note(person, "language", Change.Act.CHANGED, _record_source(event))
    return True


def _interest(person: Person, answer: str, about: str) -> bool:
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


def _export(person: Person, event: Event) -> bool:
    """Open a ticket: staff make the export and give it to the patron only. The reply notifies the patron."""
    with override(settings.LANGUAGE_CODE):
        words = _("(Requested at the kiosk: a copy of the patron's data. Use Export on the patron's record.)")
    tickets.ask(person, "card", words, event.at, None, str(event.data.get("transaction") or f"feed-{event.number}"))
    return True


def _erase(person: Person, event: Event) -> bool:
    """Request an erasure; a child's is done at the desk, with the guardian."""
    if person.child:
        return False
    erasure.ask(person, _record_source(event))
    return True
