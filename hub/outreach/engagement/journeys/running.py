"""Run journeys: take patrons in at night, send each step once, stop when they act, and keep the counts.

The queue of messages applies quiet hours, consent and the limit per patron, which journeys, campaigns and what a
journey shows at the kiosk share.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from random import SystemRandom
from typing import ClassVar

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.campaigns.dispatch import CAME, LATE, PHONE
from hub.outreach.engagement.campaigns.effect import Effect, effect
from hub.outreach.engagement.journeys import occasions
from hub.outreach.engagement.journeys.models import Journey, JourneyMember
from hub.outreach.engagement.journeys.steps import By, Step, When, steps_of
from hub.outreach.engagement.segments.audience import audience_of
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import on_site_messages
from hub.outreach.messaging.enqueue import queue_message, withdraw_message
from hub.outreach.messaging.models import Delivery, Message, Unsubscription
from hub.outreach.patrons import consents
from hub.outreach.patrons.channels import IN_HOUSE
from hub.outreach.patrons.feed_consumer import EventBatch
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reading_profiles.models import WeeklyLoans
from lending.responses import MessageRead

State, Goal = Journey.State, Journey.Goal
Part, End = JourneyMember.Part, JourneyMember.End
BATCH = 200
AGAIN = timedelta(days=300)
"""Least time between two beginnings of the same journey for a patron: yearly occasions are at most a year apart."""
GOOD_FOR = {By.MESSAGE: timedelta(days=21), By.KIOSK: timedelta(days=60)}
"""How long a step waits to be sent or shown before it is of no use."""
VISITS = 3
PAST = timedelta(days=7)
"""Most days whose occasions are made up for after the nightly job did not run."""


def enrol_all(now: datetime) -> int:
    """Take in the patrons for whom a running journey has begun since the last night; return how many."""
    running = Journey.objects.filter(state=State.RUNNING).values_list("pk", flat=True)
    return sum(_enrol(pk, now) for pk in list(running))


@atomic
def _enrol(pk: int, now: datetime) -> int:
    journey = Journey.objects.select_for_update().get(pk=pk)
    today = local_day(now, zone())
    if journey.state != State.RUNNING or journey.enrolled_until is None:
        return 0
    # the day of the night before was not over, and who registered later that day has not been found yet
    first = max(journey.enrolled_until, today - PAST)
    found = occasions.entrants(journey, first, today, today)
    lately = journey.members.filter(began_at__gt=now - AGAIN).values_list("person_id", flat=True)
    new = set(audience_of(found.keys() - set(lately)).reached)
    steps = steps_of(journey)
    # the visit on the day of the registration comes before the night in which the journey begins
    came = set(WeeklyLoans.objects.filter(person__in=new, loans__gt=0).values_list("person_id", flat=True))
    visited = came if journey.goal == Goal.THIRD_VISIT else set()
    JourneyMember.objects.bulk_create(
        [_member(journey, person, found, steps, person in visited, now) for person in sorted(new)],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    journey.enrolled_until = today
    journey.save(update_fields=("enrolled_until",))
    return len(new)


def _member(
    journey: Journey, person: int, found: dict[int, date], steps: list[Step], visited: bool, now: datetime
) -> JourneyMember:
    held = SystemRandom().random() * 100 < journey.hold_out
    return JourneyMember(
        journey=journey,
        person_id=person,
        part=Part.HELD if held else Part.ON,
        day=found[person],
        began_at=now,
        until=now + timedelta(days=journey.days),
        step_at=now,
        next_at=None if held or not steps else now + steps[0].pause,
        visits=int(visited),
    )


def advance(now: datetime) -> int:
    """Take every due step of the running journeys; return how many were queued."""
    queued, last = 0, 0
    while rows := _due(now).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]:
        keys = list(rows)
        queued, last = queued + sum(take_step(pk, now) for pk in keys), keys[-1]
    return queued


def _due(now: datetime) -> QuerySet[JourneyMember]:
    return JourneyMember.objects.filter(next_at__lte=now, journey__state=State.RUNNING)


@atomic
def take_step(pk: int, now: datetime) -> bool:
    """Queue the patron's next step and note it, in one transaction; return whether a message was queued.

    The key of the message names the step, so that a step is queued once even if its note were lost.
    """
    # the journey is locked too: else a pause at this moment would not see the message and leave it in the queue
    due = _due(now).select_for_update(of=("journey", "self")).select_related("journey", "person")
    member = due.filter(pk=pk).first()
    if member is None:
        return False
    if not _agrees(member.person):
        member.end, member.next_at = End.STOPPED, None
        member.save(update_fields=("end", "next_at"))
        return False
    steps = steps_of(member.journey)
    step, number = steps[member.step], member.step
    skipped = step.when is When.NOT_VISITED and member.came_at is not None and member.came_at >= member.step_at
    if not skipped:
        _queue(member, number, step, now)
    member.step, member.step_at = number + 1, now
    if member.step < len(steps):
        member.next_at = now + steps[member.step].pause
    else:
        member.end, member.next_at = End.DONE, None
    member.save(update_fields=("step", "step_at", "next_at", "end"))
    return not skipped


def _agrees(person: Person) -> bool:
    leaves = person.erase_asked_at is not None or person.erase_due_at is not None
    stopped = Unsubscription.objects.filter(person=person, kind=MessageKind.CAMPAIGN).exists()
    return not leaves and not stopped and consents.has_consented(person, Purpose.CAMPAIGN)


def _queue(member: JourneyMember, number: int, step: Step, now: datetime) -> Message:
    facts = {
        "heading": step.heading,
        "body": step.body,
        "link": settings.PUBLIC_URL,
        "on_screen": step.by is By.KIOSK,
    }
    key = step_key(member, number)
    return queue_message(member.person, MessageKind.CAMPAIGN, key, facts, until=now + GOOD_FOR[step.by])


def step_key(member: JourneyMember, number: int) -> str:
    """Return the key of the message of the patron's step, from 0."""
    return f"journey-{member.journey_id}-{member.pk}-{number}"


@atomic
def start(journey: Journey, now: datetime) -> str:
    """Start a draft, or resume a paused journey; return its former state, empty if it was neither.

    It begins with the occasions of today.
    """
    held = _lock(journey)
    before = str(held.state)
    if before not in (State.DRAFT, State.PAUSED) or not held.steps:
        return ""
    if held.state == State.DRAFT:
        held.started_at = now
    # a pause has no occasions to make up for: what began then is over
    held.enrolled_until = local_day(now, zone())
    held.state, held.ended_at = State.RUNNING, None
    held.save(update_fields=("state", "started_at", "ended_at", "enrolled_until"))
    return before


@atomic
def halt(journey: Journey, state: Journey.State, now: datetime) -> str:
    """Pause or end a running or paused journey; return its former state, empty if it was neither.

    What is queued and not under way is taken back, and is sent if the journey resumes.
    """
    held = _lock(journey)
    before = str(held.state)
    if before not in (State.RUNNING, State.PAUSED) or before == state:
        return ""
    held.state, held.ended_at = state, now if state == State.ENDED else None
    held.save(update_fields=("state", "ended_at"))
    _take_back(held, now)
    return before


@atomic
def revert(journey: Journey, to: str, now: datetime) -> bool:
    """Undo the last start, pause or end: give the journey its former state. Return False if it was undone before.

    A journey started by mistake is a draft again unless patrons are on it, else it is paused.
    """
    held = _lock(journey)
    match held.state, to:
        case State.PAUSED | State.ENDED, State.RUNNING:
            held.state, held.ended_at = State.RUNNING, None
        case State.ENDED, State.PAUSED:
            held.state, held.ended_at = State.PAUSED, None
        case State.RUNNING, State.DRAFT if not held.members.exists():
            held.state, held.started_at, held.enrolled_until = State.DRAFT, None, None
        case State.RUNNING, State.DRAFT | State.PAUSED:
            return bool(halt(held, State.PAUSED, now))
        case _:
            return False
    held.save(update_fields=("state", "started_at", "ended_at", "enrolled_until"))
    return True


def _lock(journey: Journey) -> Journey:
    return Journey.objects.select_for_update().get(pk=journey.pk)


def _take_back(journey: Journey, now: datetime) -> None:
    """Delete the steps that were neither tried by a channel nor shown; they are due again when the journey resumes."""
    prefix = f"journey-{journey.pk}-"
    list(journey.members.select_for_update().order_by("pk").values_list("pk"))  # before their messages, as events do
    shown_next = Q(state=Delivery.State.PENDING, channel__in=IN_HOUSE)
    tried = Delivery.objects.filter(message=OuterRef("pk")).exclude(shown_next)
    unsent = Message.objects.filter(
        ~Exists(tried),
        kind=MessageKind.CAMPAIGN,
        key__startswith=prefix,
        state__in=(Message.State.WAITING, Message.State.UNDERWAY),
    )
    for message in unsent.select_for_update(of=("self",)).order_by("-pk"):
        member_pk, number = (int(each) for each in message.key.removeprefix(prefix).split("-"))
        member = journey.members.filter(pk=member_pk, step__gt=number).exclude(end=End.GOAL).first()
        if member is not None:
            message.delete()
            member.step, member.next_at, member.end = number, now, ""
            member.save(update_fields=("step", "next_at", "end"))


class JourneyConsumer:
    """Record visits and goals of patrons on journeys, and stop a journey whose goal is reached."""

    KINDS: ClassVar = CAME | {"membership_renewed"}

    def __init__(self, stretch: EventBatch) -> None:
        self._members: dict[str, list[JourneyMember]] = defaultdict(list)
        self._changed: dict[int, JourneyMember] = {}
        self._reached: list[JourneyMember] = []
        self._where = stretch.zone
        first = min(each.at for each in stretch.events)
        rows = JourneyMember.objects.filter(person__in=stretch.keys, until__gte=first)
        # locked, because `advance` writes the same fields every minute
        for each in rows.select_for_update(of=("self",)).select_related("person", "journey").order_by("pk"):
            self._members[each.person.ref].append(each)

    def take(self, event: Event) -> None:
        """Record an event; by phone only a renewed card counts."""
        for member in self._members.get(event.patron, ()):
            if member.began_at <= event.at <= member.until:
                self._note(member, event)

    def _note(self, member: JourneyMember, event: Event) -> None:
        if event.kind in CAME and event.data.get("staff") != PHONE:
            if member.came_at is None or local_day(member.came_at, self._where) < local_day(event.at, self._where):
                member.visits += 1
            member.came_at = max(filter(None, (member.came_at, event.at)))
        self._changed[member.pk] = member
        if member.acted_at is None and _fulfils_goal(member, event):
            member.acted_at = event.at
            if member.part == Part.ON and member.end != End.STOPPED:
                member.next_at, member.end = None, End.GOAL
                self._reached.append(member)

    def finish(self) -> None:
        """Save what the batch has changed, and withdraw the steps of reached goals that were not sent or shown."""
        names = ("came_at", "visits", "acted_at", "next_at", "end")
        JourneyMember.objects.bulk_update(self._changed.values(), names)
        for member in self._reached:
            for number in range(member.step):
                withdraw_message(MessageKind.CAMPAIGN, step_key(member, number))
                on_site_messages.withdraw(MessageKind.CAMPAIGN, step_key(member, number))


def _fulfils_goal(member: JourneyMember, event: Event) -> bool:
    if event.kind == "membership_renewed":
        return bool(member.journey.goal == Goal.RENEW)
    if event.data.get("staff") == PHONE:
        return False
    match Goal(member.journey.goal):
        case Goal.VISIT:
            return True
        case Goal.THIRD_VISIT:
            return bool(member.visits >= VISITS)
        case Goal.BORROW:
            return event.kind == "checkout"
        case Goal.ANSWER:
            # only patrons on the journey have its steps to read, so reading one would always seem to be its effect
            is_answer = event.kind == "said" and event.data.get("ask") != MessageRead.ask
            return is_answer and event.data.get("answer") != "later"
        case _:
            return False


COUNTS = ("people", "said", "came", "acted")


def counts(journey: Journey) -> dict[str, dict[str, int]]:
    """Return by part how many patrons were on it, got a step, visited, and did what it is for."""
    found: dict[str, dict[str, int]] = {
        str(part): {name: int(journey.figures.get(part, {}).get(name, 0)) for name in COUNTS} for part in Part
    }
    for part, some in _part_counts(journey.members.all()).items():
        for name in COUNTS:
            found[part][name] += some[name]
    return found


def _part_counts(members: QuerySet[JourneyMember]) -> dict[str, dict[str, int]]:
    rows = members.order_by("part").values("part").annotate(
        people=Count("pk"), said=Count("pk", filter=Q(step__gt=0)), came=Count("came_at"), acted=Count("acted_at")
    )  # fmt: skip
    return {row.pop("part"): row for row in rows}


def effect_of(journey: Journey) -> Effect | None:
    """Return what the journey has moved: how many more reached its goal than in the control group."""
    found = counts(journey)
    on, held = found[Part.ON], found[Part.HELD]
    return effect(on["acted"], on["people"], held["acted"], held["people"])


def fold_finished(now: datetime) -> int:
    """Keep the counts of patrons whose journey is long over, and delete their rows; return how many."""
    total = 0
    for pk in list(Journey.objects.values_list("pk", flat=True)):
        total += _fold(pk, now)
    return total


@atomic
def _fold(pk: int, now: datetime) -> int:
    journey = Journey.objects.select_for_update().get(pk=pk)
    over = journey.members.filter(until__lt=now - LATE, began_at__lt=now - AGAIN)
    some = _part_counts(over)
    if not some:
        return 0
    figures = dict(journey.figures)
    for part, more in some.items():
        before = figures.get(part, {})
        figures[part] = {name: int(before.get(name, 0)) + more[name] for name in COUNTS}
    journey.figures = figures
    journey.save(update_fields=("figures",))
    return int(over.delete()[0])


def step_counts(journey: Journey) -> list[int]:
    """Return for each step how many patrons whose rows are kept have got past it."""
    done = list(journey.members.filter(part=Part.ON).values_list("step", flat=True))
    return [sum(each > number for each in done) for number in range(len(journey.steps))]


def on_the_way(journey: Journey) -> int:
    """Return how many patrons are on the way now."""
    if journey.state == State.ENDED:
        return 0
    return int(journey.members.filter(part=Part.ON, end="", until__gt=hub_clock().now()).count())
