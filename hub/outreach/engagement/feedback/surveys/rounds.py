"""Create, open and close questionnaires, invite patrons to them, choose the next one, and store responses."""

import logging
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from math import ceil
from random import SystemRandom
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.core.clock import hub_clock
from hub.core.language import text_languages
from hub.core.retrying_transaction import atomic
from hub.core.signed_links import public_url
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, day_of, first_time
from hub.outreach.engagement.feedback.models import (
    PartialResponse,
    Questionnaire,
    SurveyParticipation,
    SurveyResponse,
    anywhere,
)
from hub.outreach.engagement.feedback.surveys.response import validate_answers
from hub.outreach.engagement.feedback.surveys.schema_validation import faults
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.enqueue import Fact, queue_messages, queued_keys
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from lending import questionnaires

BETWEEN_RECOMMENDS = timedelta(days=182)
"""Minimum time between questionnaires that ask for a recommendation: at most twice a year."""
HALF_A_YEAR = 6
BATCH = 500
log = logging.getLogger(__name__)
State = Questionnaire.State
BETWEEN_INVITATIONS = timedelta(days=30)
"""Minimum time between two invitations of a patron."""
INVITED_AT = time(10)
A_MINUTE = 3
"""Approximate number of questions per minute."""


@atomic
def keep(code: str, form: dict[str, Any], at: datetime) -> Questionnaire:
    """Save a valid form: overwrite a draft, otherwise create the next version.

    Raises:
        SubmissionRejected: If the form has a fault.
    """
    if found := faults(form):
        raise SubmissionRejected(str(found[0]))
    draft = Questionnaire.objects.select_for_update().filter(code=code, state=State.DRAFT).first()
    if draft is not None:
        draft.form = form
        draft.save(update_fields=("form",))
        return draft
    former = Questionnaire.objects.filter(code=code).order_by("-version").first()
    version = Questionnaire(code=code, version=former.version + 1 if former else 1, form=form, made_at=at)
    if former:
        version.anonymous, version.quota, version.every = former.anonymous, former.quota, former.every
        version.invites = former.invites
    version.save()
    return version


@atomic
def open_it(questionnaire: Questionnaire, opens: date, closes: date, at: Iterable[Branch] = ()) -> None:
    """Open it between two dates, at these branches or everywhere, and close the former version.

    Raises:
        SubmissionRejected: If the dates do not fit. Nothing is saved then.
    """
    if closes < opens:
        raise SubmissionRejected(_("The last day is before the first day. Choose a later last day."))
    recommends = questionnaires.read_form(questionnaire.form).recommends
    if recommends and 0 < questionnaire.every < HALF_A_YEAR:
        raise SubmissionRejected(_("It has a recommendation question. Repeat it after 6 months at the earliest."))
    if recommends and (other := _recommends_near(questionnaire, opens)):
        words = _("“{code}” also has a recommendation question and opens on {day}. Leave 6 months between them.")
        raise SubmissionRejected(words.format(code=other.code, day=f"{other.opens:%Y-%m-%d}"))
    others = Questionnaire.objects.filter(code=questionnaire.code, state=State.OPEN).exclude(pk=questionnaire.pk)
    others.update(state=State.CLOSED)
    questionnaire.state, questionnaire.opens, questionnaire.closes = State.OPEN, opens, closes
    questionnaire.save(update_fields=("state", "opens", "closes", "quota", "anonymous", "every", "invites"))
    questionnaire.branches.set(at)


def _recommends_near(questionnaire: Questionnaire, opens: date) -> Questionnaire | None:
    near = (
        Questionnaire.objects.exclude(state=State.DRAFT)
        .exclude(code=questionnaire.code)
        .filter(opens__gt=opens - BETWEEN_RECOMMENDS, opens__lt=opens + BETWEEN_RECOMMENDS)
    )
    return next((each for each in near if questionnaires.read_form(each.form).recommends), None)


@atomic
def close(questionnaire: Questionnaire) -> None:
    """Close it: patrons are no longer asked."""
    questionnaire.state = State.CLOSED
    questionnaire.save(update_fields=("state",))


def running(on: date, branch: Branch | None = None) -> "QuerySet[Questionnaire]":
    """Return those that are open on that day, at that branch or at any, the oldest first."""
    found = Questionnaire.objects.filter(state=State.OPEN, opens__lte=on, closes__gte=on)
    if branch is not None:
        found = found.filter(Q(branches=None) | Q(branches=branch))
    return found.distinct().order_by("opens", "pk")


def next_for(person: Person | None, on: date, branch: Branch | None = None) -> Questionnaire | None:
    """Return the next questionnaire for this patron; without a person the first anonymous one."""
    for each in running(on, branch):
        if person is None:
            if each.anonymous:
                return each
        elif times_taken(person, each.code) < each.quota:
            return each
    return None


def times_taken(person: Person, code: str) -> int:
    """Return how often the patron took part, in any version."""
    found = SurveyParticipation.objects.filter(person=person, code=code).first()
    return found.times if found else 0


@atomic
def take(
    code: str,
    version: int,
    given: Mapping[str, object],
    transaction: str,
    at: datetime,
    *,
    person: Person | None = None,
    branch: Branch | None = None,
    kiosk: str = "",
) -> bool:
    """Store a response; False if the transaction was stored before.

    A response to an anonymous questionnaire is stored without `person` and `transaction`, and only with the day of
    `at`. Participation is counted separately, without a day. A response is accepted until a week after the end,
    because it may have been started before.

    Raises:
        SubmissionRejected: If the questionnaire is unknown or over, or an answer is invalid.
    """
    questionnaire = Questionnaire.objects.filter(code=code, version=version).exclude(state=State.DRAFT).first()
    if questionnaire is None:
        raise SubmissionRejected(_("Questionnaire {code} has no version {version}.").format(code=code, version=version))
    if questionnaire.closes is None or day_of(at) > questionnaire.closes + timedelta(days=7):
        raise SubmissionRejected(_("The questionnaire has closed. Thank you for your interest."))
    if person is None and not questionnaire.anonymous:
        raise SubmissionRejected(_("This questionnaire needs a card."))
    values = validate_answers(questionnaires.read_form(questionnaire.form), given)
    if not first_time(transaction):
        return False
    if person is not None:
        count(person, questionnaire)
    SurveyResponse.objects.create(
        id=_free()[0],
        questionnaire=questionnaire,
        person=None if questionnaire.anonymous else person,
        anonymous=questionnaire.anonymous,
        branch=branch,
        kiosk=kiosk,
        on=day_of(at),
        values=values,
    )
    return True


@atomic
def count(person: Person, questionnaire: Questionnaire) -> None:
    """Count one more participation of the patron.

    Raises:
        SubmissionRejected: If the patron took part as often as allowed.
    """
    taken, _new = SurveyParticipation.objects.select_for_update().get_or_create(person=person, code=questionnaire.code)
    if taken.times >= questionnaire.quota:
        raise SubmissionRejected(_("You have already answered this questionnaire. Thank you."))
    taken.times += 1
    taken.save(update_fields=("times",))


def _free(many: int = 1) -> list[int]:
    """Return random keys that no response has."""
    keys: set[int] = set()
    while len(keys) < many:
        drawn = {anywhere() for _each in range(min(many - len(keys), BATCH))}
        keys |= drawn - set(SurveyResponse.objects.filter(pk__in=drawn).values_list("pk", flat=True))
    return list(keys)


@atomic
def shuffle(questionnaire: Questionnaire) -> int:
    """Rewrite its anonymous responses in random order under new keys, so that no file reveals their order."""
    sheets = list(questionnaire.answers.filter(anonymous=True))
    SystemRandom().shuffle(sheets)
    keys = _free(len(sheets))
    questionnaire.answers.filter(anonymous=True).delete()
    for sheet, key in zip(sheets, keys, strict=True):
        sheet.id = key
    SurveyResponse.objects.bulk_create(sheets, batch_size=BATCH)
    return len(sheets)


def nightly(now: datetime) -> None:
    """Close and open questionnaires by their dates, and shuffle the responses of the day before."""
    today = day_of(now)
    Questionnaire.objects.filter(state=State.OPEN, closes__lt=today).update(state=State.CLOSED)
    PartialResponse.objects.filter(questionnaire__state=State.CLOSED).delete()
    _repeat_due(today)
    fresh = Questionnaire.objects.annotate(newest=Max("answers__on", filter=Q(answers__anonymous=True)))
    for questionnaire in fresh.filter(newest__gte=today - timedelta(days=1)):
        shuffle(questionnaire)


def _repeat_due(today: date) -> None:
    """Open the questionnaires due for repetition, each as a new version that every patron may answer."""
    over = Questionnaire.objects.filter(state=State.CLOSED, every__gt=0)
    for questionnaire in over:
        newer = Questionnaire.objects.filter(code=questionnaire.code, version__gt=questionnaire.version).exists()
        if not newer and months_later(questionnaire.opens, questionnaire.every) <= today:
            _next_round(questionnaire, today)


@atomic
def _next_round(former: Questionnaire, today: date) -> None:
    made = keep(former.code, former.form, hub_clock().now())
    SurveyParticipation.objects.filter(code=former.code).delete()
    try:
        open_it(made, today, today + (former.closes - former.opens), former.branches.all())
    except SubmissionRejected:
        # Another questionnaire asks for a recommendation now; this one stays a draft, visible to staff.
        log.warning(
            "Cannot reopen questionnaire %s: another one asks for a recommendation within half a year", former.code
        )


def months_later(day: date, months: int) -> date:
    """Return the same day of the month so many months later, or the last of that month."""
    year, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))


def invite_all(now: datetime) -> int:
    """Queue the invitations of those who agreed, which go out in the morning, once per round; return how many.

    The link is the same for everyone, so a response cannot be traced to the recipient of an invitation.
    """
    asked = running(day_of(now)).filter(invites=True, branches=None)
    return sum(invite(each, now) for each in asked)


def invite(questionnaire: Questionnaire, now: datetime) -> int:
    """Invite the patrons who agreed, may take part again and were not invited lately; return how many."""
    agreed = consents.all_given(Purpose.QUESTIONNAIRE)
    taken = SurveyParticipation.objects.filter(code=questionnaire.code, times__gte=questionnaire.quota)
    lately = Message.objects.filter(kind=MessageKind.QUESTIONNAIRE, made_at__gt=now - BETWEEN_INVITATIONS)
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
    form = questionnaires.read_form(questionnaire.form)
    name = {language: form.title.in_language(language) for language in text_languages()}
    minutes = ceil(len(form.questions) / A_MINUTE)
    return {"name": name, "minutes": minutes, "link": public_url("portal:questionnaire", questionnaire.code)}


def _moment(now: datetime) -> datetime:
    zone = ZoneInfo(the_central().time_zone())
    return max(now, datetime.combine(now.astimezone(zone).date(), INVITED_AT, zone))


def _closing_time(questionnaire: Questionnaire) -> datetime:
    """Return the end of its last day."""
    closes = questionnaire.closes
    assert closes is not None, "an open questionnaire has a closing date"
    return datetime.combine(closes + timedelta(days=1), time(0), ZoneInfo(the_central().time_zone()))
