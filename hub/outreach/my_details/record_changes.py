"""Apply changes to a patron's own data, made at a kiosk, from the feed; log invalid ones.

Answers to questions after a visit, on addresses and channels, are handled in hub.outreach.post_visit, and read
receipts by the sender of the message. Changes here are those the patron started.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import time

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.catalogue.models import Item
from hub.outreach.delivery import unsubscribe
from hub.outreach.delivery.enqueue import queue_message, unsay_all
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.events import Event
from hub.outreach.feedback import tickets
from hub.outreach.my_details import display_preferences
from hub.outreach.profiles import consents, erasure, field_consents, registration
from hub.outreach.profiles.feed_consumer import person_of
from hub.outreach.profiles.models import Change, ConsentText, Person, Source
from hub.outreach.profiles.purposes import ASKED
from hub.outreach.profiles.record_updates import RecordSource, note
from hub.outreach.reading_profiles import history, interests, recommendation_picker, subjects
from lending.display_preferences import LOOK

log = logging.getLogger(__name__)
ERASE = "erase"
LANGUAGES = ("zh", "en")


def take(event: Event) -> None:
    """Apply a change from the feed, or log why it is ignored."""
    kind = str(event.data.get("ask") or "")
    if event.kind != "said" or kind not in TAKEN:
        return
    person = person_of(event.patron) if event.patron else None
    answer, about = str(event.data.get("answer") or ""), str(event.data.get("about") or "")
    if person is None or not TAKEN[kind](person, event, answer, about):
        log.warning("Feed event %d ignored: invalid change of kind %s, or unknown patron", event.number, kind)


def _by(event: Event) -> RecordSource:
    return RecordSource(str(Source.KIOSK), str(event.data.get("kiosk") or ""), event.at)


def _consent(person: Person, event: Event, answer: str, about: str) -> bool:
    """Give or withdraw a consent. `give` is followed by the version of the text shown.

    For a child only the guardian can give it, and not at a kiosk.
    """
    yes, _space, version = answer.partition(" ")
    by = f"{Source.KIOSK} {event.data.get('kiosk') or ''}".strip()
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
    if person.child or about not in field_consents.filled(person) or answer not in ("give", "withdraw"):
        return False
    (field_consents.allow if answer == "give" else field_consents.withdraw)(
        person, about, registration.signed(_by(event)), event.at
    )
    note(person, "consent", Change.Act.CHANGED, _by(event))
    return True


def _quiet(person: Person, event: Event, answer: str, about: str) -> bool:
    try:
        hours = [time.fromisoformat(each) for each in answer.split("-")] if answer != "none" else [None, None]
        person.quiet_from, person.quiet_to = hours
    except ValueError:
        return False
    person.save(update_fields=("quiet_from", "quiet_to"))
    note(person, "quiet", Change.Act.CHANGED, _by(event))
    return True


def _language(person: Person, event: Event, answer: str, about: str) -> bool:
    if answer not in LANGUAGES:
        return False
    person.language = answer
    person.save(update_fields=("language",))
    note(person, "language", Change.Act.CHANGED, _by(event))
    return True


def _look(person: Person, event: Event, answer: str, about: str) -> bool:
    return display_preferences.remember(person, answer, _by(event))


def _interest(person: Person, event: Event, answer: str, about: str) -> bool:
    if not recommendation_picker.allowed(person) or not subjects.known(about):
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


def _infer(person: Person, event: Event, answer: str, about: str) -> bool:
    interests.switch(person, answer == "on")
    return answer in ("on", "off")


def _test(person: Person, event: Event, answer: str, about: str) -> bool:
    queue_message(person, MessageKind.TEST, f"kiosk-{event.data.get('transaction') or event.number}", {})
    return True


def _forget_visit(person: Person, event: Event, answer: str, about: str) -> bool:
    """Delete the titles of this visit from the history and everything inferred from them."""
    titles = Item.objects.filter(barcode__in=answer.split(",")).values_list("title_id", flat=True)
    if history.forget(person, list(titles)):
        unsay_all(person, MessageKind.RECOMMENDATION)
        interests.recompute(person)
    return True


def _had(person: Person, event: Event, answer: str, about: str) -> bool:
    """Delete one title from the history and everything inferred from it."""
    if answer != "remove" or not about.isdecimal():
        return False
    if history.forget(person, [int(about)]):
        unsay_all(person, MessageKind.RECOMMENDATION)
        interests.recompute(person)
    return True


def _export(person: Person, event: Event, answer: str, about: str) -> bool:
    """Open a ticket: staff make the export and give it to the patron only. The reply notifies the patron."""
    with override(settings.LANGUAGE_CODE):
        words = _("(Asked at the kiosk: a copy of all that the library keeps of her. Her record has it under Export.)")
    tickets.ask(person, "card", words, event.at, None, str(event.data.get("transaction") or f"feed-{event.number}"))
    return True


def _erase(person: Person, event: Event, answer: str, about: str) -> bool:
    """Request an erasure; a child's is done at the desk, with the guardian."""
    if person.child:
        return False
    erasure.ask(person, _by(event))
    return True


TAKEN: dict[str, Callable[[Person, Event, str, str], bool]] = {
    "consent": _consent,
    "use": _use,
    "quiet": _quiet,
    "language": _language,
    LOOK: _look,
    "interest": _interest,
    "infer": _infer,
    "test": _test,
    "forget_visit": _forget_visit,
    "had": _had,
    "export": _export,
    ERASE: _erase,
}
