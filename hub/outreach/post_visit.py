"""Choose the question and the promotion at the end of a visit, and store the patron's answer."""

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import assert_never

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.catalogue.models import Branch
from hub.core.signed_links import public_url
from hub.outreach.engagement.feedback import pending_replies, tickets
from hub.outreach.engagement.feedback.kiosk_asks import LIMITED
from hub.outreach.engagement.feedback.models import Asking, LastAsked
from hub.outreach.engagement.feedback.surveys import kiosk_surveys
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.engagement.loyalty.models import ReferralCode
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import on_site_messages
from hub.outreach.messaging.delivery_planner import has_room
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.channels import IN_HOUSE
from hub.outreach.patrons.models import Order, Person, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource, person_of
from hub.outreach.recommendations.reading_profiles import recommendations
from hub.outreach.recommendations.reading_profiles.models import SegmentMembership, SegmentRule
from hub.outreach.recommendations.reminders import reminder_choice
from lending.questions import FarewellPromo, PostVisitQuestion
from lending.responses import (
    ContactCheck,
    MessageRead,
    NamedSurvey,
    PreferredChannel,
    RecommendationFeedback,
    ReminderDay,
    VisitRating,
)

log = logging.getLogger(__name__)
MOST_ON_PAPER = 3
"""Maximum number of messages on one receipt."""
PostVisitResponse = (
    ContactCheck | PreferredChannel | ReminderDay | NamedSurvey | VisitRating | MessageRead | RecommendationFeedback
)
PAUSE = timedelta(days=30)
"""Minimum time between two questions of the same kind, answered or not."""


def ask(ref: str, now: datetime, branch: Branch | None = None) -> PostVisitQuestion | None:
    """Return the first question, in the library's order, that is due and was not asked within `PAUSE`.

    A question that counts in the limit of marketing messages is left out while the patron has had as many.
    """
    person = person_of(ref)
    if person is None:
        return None
    lately = set(LastAsked.objects.filter(person=person, at__gt=now - PAUSE).values_list("kind", flat=True))
    for kind in Asking.order():
        if kind in Asking.ALWAYS or kind not in lately:
            found = DUE[kind](person, now, branch)
            if found is not None and (kind not in LIMITED or has_room(person, now, channels_or_none())):
                return found
    return None


def reminders(ref: str, items: Sequence[str]) -> list[reminder_choice.ReminderOffer]:
    """Return the suggested reminder days for the items just borrowed."""
    return reminder_choice.suggest_reminders(ref, items) if items else []


def paper(ref: str) -> list[on_site_messages.Waiting]:
    """Return the oldest messages waiting for the patron's next receipt.

    They are few, because a receipt is short.
    """
    return on_site_messages.waiting(ref, "paper")[:MOST_ON_PAPER]


def take(event: Event, response: PostVisitResponse) -> None:
    """Store a patron's answer. An invalid one is logged. `later` only records that the question was asked."""
    person = person_of(event.patron) if event.patron else None
    if person is None:
        return
    LastAsked.objects.update_or_create(person=person, kind=response.ask, defaults={"at": event.at})
    if not _store(person, event, response):
        log.warning("Feed event %d ignored: invalid answer to the question %s", event.number, response.ask)


def _store(person: Person, event: Event, response: PostVisitResponse) -> bool:
    """Return whether the answer was valid and has been stored."""
    match response:
        case ContactCheck(answer):
            return _confirmed(person, event, answer)
        case PreferredChannel(answer):
            return _apply_channel(person, event, answer)
        case ReminderDay(answer):
            return _remind(person, event, answer)
        case NamedSurvey(answer):
            return _answered(person, event, answer)
        case VisitRating() | MessageRead() | RecommendationFeedback():
            return True  # stored by the feedback and the reading profiles
        case _:
            assert_never(response)


def _message(person: Person, now: datetime, branch: Branch | None) -> PostVisitQuestion | None:
    replies = pending_replies.unread(person.ref)
    if not replies:
        return _on_site_question(person)
    first = replies[0]
    facts = {"about": first.about, "words": first.words, "state": first.state, "more": str(len(replies) - 1)}
    if first.is_from_library:
        facts["notice"] = "yes"
    return PostVisitQuestion(MessageRead.ask, first.key, facts)


def _on_site_question(person: Person) -> PostVisitQuestion | None:
    """Show messages that came to the screen because the patron has no other channel or all others failed."""
    waiting = [each for each in on_site_messages.waiting(person.ref, "screen") if each.kind is not MessageKind.ANSWER]
    if not waiting:
        return None
    more = str(len(waiting) - 1)
    facts = {"about": waiting[0].subject, "words": waiting[0].short, "state": "", "more": more, "notice": "yes"}
    return PostVisitQuestion(MessageRead.ask, f"delivery-{waiting[0].number}", facts)


def _contact(person: Person, now: datetime, branch: Branch | None) -> PostVisitQuestion | None:
    found = records.due_check(person.ref, now)
    facts = {"channel": found.field, "shown": found.value, "why": found.reason.value} if found else {}
    return PostVisitQuestion(ContactCheck.ask, found.about, facts) if found else None


def _channel(person: Person, now: datetime, branch: Branch | None) -> PostVisitQuestion | None:
    """Ask which address the patron prefers, once there are some and none has been chosen."""
    if person.child or Order.objects.filter(person=person, kind="").exists():
        return None
    shown = {each.channel: each.masked for each in records.usable_addresses(person) if each.address}
    return PostVisitQuestion(PreferredChannel.ask, "", shown) if shown else None


def _questionnaire(person: Person, now: datetime, branch: Branch | None) -> PostVisitQuestion | None:
    found = kiosk_surveys.due(person, now, branch)
    return PostVisitQuestion(NamedSurvey.ask, *found) if found else None


def _pick(person: Person, now: datetime, branch: Branch | None) -> PostVisitQuestion | None:
    """Recommend a title. A kiosk shows it only after the patron's PIN was checked."""
    found = recommendations.on_shelf(person)
    if found is None:
        return None
    reasons = {f"why_{language}": words for language, words in found.why.items()}
    return PostVisitQuestion(
        RecommendationFeedback.ask, found.about, {"title": found.title, "number": found.call_number, **reasons}
    )


def _answered(person: Person, event: Event, answer: str) -> bool:
    """Store the answer; after a partial one, ask for the rest at the next visit."""
    taken = kiosk_surveys.answered(person, event, answer)
    if taken and answer.startswith(f"{kiosk_surveys.PART} "):
        LastAsked.objects.filter(person=person, kind=NamedSurvey.ask).delete()
    return taken


def _confirmed(person: Person, event: Event, answer: str) -> bool:
    if answer not in list(records.Answer):
        return False
    if answer == records.Answer.WRONG and not event.data.get("proved"):
        return _doubted(person, event)
    return records.answer_check(person.ref, str(event.data.get("about") or ""), answer, _record_source(event))


def _doubted(person: Person, event: Event) -> bool:
    """Open a ticket for staff.

    A card can be used by several people, so without a PIN it must not remove an address.
    """
    with override(settings.LANGUAGE_CODE):
        words = _("(Reported at the kiosk without PIN: an address is wrong. Ask the patron at the next visit.)")
    tickets.ask(person, "card", words, event.at, None, event.transaction)
    about = str(event.data.get("about") or "")
    return records.answer_check(person.ref, about, records.Answer.LATER, _record_source(event))


def _apply_channel(person: Person, event: Event, answer: str) -> bool:
    """Put the chosen channel first and send a test message over it."""
    if answer == records.Answer.LATER:
        return True
    usable = [each.channel for each in records.usable_addresses(person)]
    begun = Order.objects.filter(person=person, kind="").exists()
    if answer not in usable or (begun and not event.data.get("proved")):
        return False
    records.set_channel_order(person, "", [answer, *(each for each in usable if each != answer)])
    if answer not in IN_HOUSE:
        queue_message(person, MessageKind.TEST, f"kiosk-{event.data.get('transaction') or event.number}", {})
    return True


def _remind(person: Person, event: Event, answer: str) -> bool:
    try:
        day = date.fromisoformat(answer)
    except ValueError:
        return False
    return isinstance(reminder_choice.set_reminder(person.ref, str(event.data.get("about") or ""), day), date)


def _record_source(event: Event) -> RecordSource:
    return RecordSource(str(Source.KIOSK), str(event.data.get("kiosk") or ""), event.at)


DUE: dict[str, Callable[[Person, datetime, Branch | None], PostVisitQuestion | None]] = {
    MessageRead.ask: _message,
    ContactCheck.ask: _contact,
    PreferredChannel.ask: _channel,
    VisitRating.ask: lambda _person, _now, _branch: PostVisitQuestion(VisitRating.ask),
    NamedSurvey.ask: _questionnaire,
    RecommendationFeedback.ask: _pick,
}
"""Functions that return the question of a kind, if it is due."""


def choose_promotion(ref: str) -> FarewellPromo | None:
    """Return at most one strip: the segment's offer if the patron consented, else their referral code."""
    person = person_of(ref)
    if person is None:
        return None
    return _of_segment(person) or _for_friends(person)


def _of_segment(person: Person) -> FarewellPromo | None:
    standing = SegmentMembership.objects.filter(person=person).first()
    if standing is None or not consents.has_consented(person, Purpose.CAMPAIGN):
        return None
    rule = SegmentRule.objects.filter(segment=standing.segment, on=True).first()
    if rule is None:
        return None
    return FarewellPromo(rule.heading.in_order(), public_url("portal:home"))


def _for_friends(person: Person) -> FarewellPromo | None:
    """Show the referral code only to patrons who created one; a friend at the kiosk can scan it."""
    invitation = ReferralCode.objects.filter(person=person).first()
    if invitation is None:
        return None
    return FarewellPromo(referrals.on_glass(), referrals.address(invitation))
