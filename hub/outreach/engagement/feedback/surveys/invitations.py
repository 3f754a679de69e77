"""Invite patrons who agreed to answer a questionnaire, once per round.

The link is the same for everyone, so a response cannot be traced to the recipient of an invitation.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from hub.core.public_url import public_url
from hub.outreach.engagement.feedback.deduplication import day_of
from hub.outreach.engagement.feedback.models import Questionnaire, SurveyParticipation
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.enqueue import Fact, queue_messages, queued_keys
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from lending.questionnaires import form as forms

BETWEEN = timedelta(days=30)
"""Minimum time between two invitations of a patron."""
AT = time(10)
A_MINUTE = 3
"""Approximate number of questions per minute."""


def nightly(now: datetime) -> int:
    """Queue the invitations, which go out in the morning; return how many."""
    asked = rounds.running(day_of(now)).filter(invites=True, branches=None)
    return sum(invite(each, now) for each in asked)


def invite(questionnaire: Questionnaire, now: datetime) -> int:
    """Invite the patrons who agreed, may take part again and were not invited lately; return how many."""
    agreed = consents.all_given(Purpose.QUESTIONNAIRE)
    taken = SurveyParticipation.objects.filter(code=questionnaire.code, times__gte=questionnaire.quota)
    lately = Message.objects.filter(kind=MessageKind.QUESTIONNAIRE, made_at__gt=now - BETWEEN)
    keys = agreed - set(taken.values_list("person", flat=True)) - set(lately.values_list("person", flat=True))
    invited = queued_keys(MessageKind.QUESTIONNAIRE, [_key(questionnaire, each) for each in keys])
    left = [each for each in sorted(keys) if _key(questionnaire, each) not in invited]
    people = Person.objects.in_bulk(left)
    facts, at, until = _facts(questionnaire), _moment(now), _closing_time(questionnaire)
    queue_messages(
        MessageKind.QUESTIONNAIRE,
        [(people[each], _key(questionnaire, each), facts) for each in left],
        at=at,
        until=until,
    )
    return len(left)


def _key(questionnaire: Questionnaire, person: int) -> str:
    """Return the message key: once per round, because each round is a version of its own."""
    return f"{questionnaire.code} {questionnaire.version} {person}"


def _facts(questionnaire: Questionnaire) -> dict[str, Fact]:
    form = forms.read(questionnaire.form)
    name = {"zh": form.title.in_language("zh-Hans"), "en": form.title.in_language("en")}
    minutes = ceil(len(form.questions) / A_MINUTE)
    return {"name": name, "minutes": minutes, "link": public_url("portal:questionnaire", questionnaire.code)}


def _moment(now: datetime) -> datetime:
    zone = ZoneInfo(the_central().time_zone())
    return max(now, datetime.combine(now.astimezone(zone).date(), AT, zone))


def _closing_time(questionnaire: Questionnaire) -> datetime:
    """Return the end of its last day."""
    closes = questionnaire.closes
    assert closes is not None, "an open questionnaire has a closing date"
    return datetime.combine(closes + timedelta(days=1), time(0), ZoneInfo(the_central().time_zone()))
