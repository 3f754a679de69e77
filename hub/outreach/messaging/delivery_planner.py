"""Decide for each due message which channel it takes next, whether it waits, or whether it ends."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from django.apps import apps

from hub.core.encrypted_fields import keyed_hash
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import zone
from hub.outreach.messaging import one_time_subscription
from hub.outreach.messaging.models import Delivery, FrequencyPreference, Message, Pause, Unsubscription
from hub.outreach.messaging.settings import Channels
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.channels import IN_HOUSE, Channel
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import UsableAddress

BATCH = 200
TRIES = 5
"""Attempts at one address before the next channel is tried."""
PATIENCE, PATIENCE_IN_HOUSE = timedelta(hours=1), timedelta(days=1)
"""Times that a message waits for a paused channel before it takes another, or waits on site instead."""


@dataclass(frozen=True, slots=True)
class DelayMessage:
    """The message waits until `until`; `reason` is a code of `reasons`."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class EndMessage:
    """The message ends in `state`; `reason` is a code of `reasons`."""

    state: object
    reason: str


@dataclass(frozen=True, slots=True)
class SendMessage:
    """The message is sent this way: `mark` is the address's keyed hash, `number` the attempt."""

    way: UsableAddress
    mark: str
    number: int


Verdict = DelayMessage | EndMessage | SendMessage


def plan(now: datetime, channels: Channels) -> int:
    """Create a delivery for every message that is due and has a channel; return how many were decided."""
    judged = 0
    while found := _batch(now, channels):
        judged += found
    return judged


@atomic
def _batch(now: datetime, channels: Channels) -> int:
    due = Message.objects.filter(state=Message.State.WAITING, next_at__lte=now).select_related("person__guardian")
    rows = list(due.select_for_update(of=("self",), skip_locked=True).order_by("next_at", "id")[:BATCH])
    planner = Planner(now, channels, rows)
    made = []
    for message in rows:
        match planner.judge(message):
            case DelayMessage(at, why):
                message.next_at, message.why = at, why
            case EndMessage(state, why):
                message.state, message.why, message.done_at = state, why, now
            case SendMessage(way, mark, number):
                message.state, message.why = Message.State.UNDERWAY, ""
                made.append(_delivery(message, way, mark, number, now))
    Delivery.objects.bulk_create(made)
    Message.objects.bulk_update(rows, ("state", "why", "next_at", "done_at"))
    return len(rows)


def _delivery(message: Message, way: UsableAddress, mark: str, number: int, now: datetime) -> Delivery:
    key = blake2b(f"{message.uid}\n{way.channel}\n{mark}".encode(), digest_size=16).hexdigest()
    return Delivery(
        message=message, number=number, person=way.person, channel=Channel(way.channel), address=mark, key=key,
        made_at=now,
    )  # fmt: skip


class Planner:
    """Planner for one batch of messages; shared data are queried once."""

    def __init__(self, now: datetime, channels: Channels, rows: Iterable[Message]) -> None:
        people = {each.person_id for each in rows}
        self._now, self._channels = now, channels
        self._zone = zone()
        self._pauses = {each.channel: each for each in Pause.objects.filter(until__gt=now)}
        self._stopped = set(Unsubscription.objects.filter(person__in=people).values_list("person_id", "kind"))
        self._before: dict[int, list[Delivery]] = defaultdict(list)
        for each in Delivery.objects.filter(message__in=[row.pk for row in rows]):
            self._before[each.message_id].append(each)
        self._paces = {
            (each.person_id, each.kind): each.days for each in FrequencyPreference.objects.filter(person__in=people)
        }
        longest = max([channels.marketing_days, *self._paces.values()])
        self._marketing = _marketing(people, now - timedelta(days=longest))

    def judge(self, message: Message) -> Verdict:
        """Return how the message goes on."""
        kind, before = MessageKind(message.kind), self._before[message.pk]
        if message.until and self._now >= message.until:
            return EndMessage(Message.State.WITHHELD, "over")
        if kind.marketing and not consents.has_consented(message.person, kind.purpose):
            return EndMessage(Message.State.WITHHELD, "no_consent")
        stopped = (message.person_id, message.kind) in self._stopped
        if stopped and kind.marketing:
            return EndMessage(Message.State.WITHHELD, "stopped")
        if kind.marketing and (free := self._free_again(message)) is not None:
            return DelayMessage(free, "enough")
        left = self._remaining_channels(message, before, in_house=stopped)
        if not left:
            return self._no_channel(message, kind, before)
        return self._first_usable(left, kind, len(before) + 1)

    def _no_channel(self, message: Message, kind: MessageKind, before: list[Delivery]) -> EndMessage:
        """Return why no channel is left; the patron may have addresses but reserve them for loans."""
        only_for_loans = kind.marketing and {each.code for each in before} <= {"kept_for_loans"}
        if only_for_loans and any(way.address for way in records.usable_addresses(message.person)):
            return EndMessage(Message.State.WITHHELD, "kept_for_loans")
        return EndMessage(Message.State.GIVEN_UP, "all_failed" if before else "no_way")

    def _remaining_channels(
        self, message: Message, before: list[Delivery], in_house: bool
    ) -> list[tuple[UsableAddress, str]]:
        """Return the channels that have not failed for good, in the patron's order.

        For messages that the patron must have, the kiosk's screen comes last.
        """
        failed: dict[tuple[str, str], int] = defaultdict(int)
        for each in before:
            if not each.channels_fault:
                failed[each.channel, each.address] += TRIES if each.state == Delivery.State.DEAD else 1
        found = []
        one_time = [] if in_house else one_time_subscription.ways(message, self._channels)
        for way in (*one_time, *_ways(message, in_house)):
            mark = keyed_hash(way.channel, way.address) if way.address else ""
            usable = self._channels.has(way.channel, message.kind, way.address)
            if usable and failed[way.channel, mark] < TRIES:
                found.append((way, mark))
        return found

    def _first_usable(self, left: list[tuple[UsableAddress, str]], kind: MessageKind, number: int) -> Verdict:
        pause = self._pause_to_wait_for(left)
        if pause is not None:
            return DelayMessage(pause.until, "paused")
        for way, mark in left:
            if way.channel in self._pauses:
                continue
            if way.channel not in IN_HOUSE and not kind.at_once:
                usual = (self._channels.quiet_from, self._channels.quiet_to)
                at = next_moment(self._now, way.person, usual, self._zone)
                if at > self._now:
                    return DelayMessage(at, "quiet")
            return SendMessage(way, mark, number)
        raise AssertionError("there is a pause to wait for if every channel is paused")

    def _pause_to_wait_for(self, left: list[tuple[UsableAddress, str]]) -> Pause | None:
        """Return the pause to wait for: that of the first channel, until another one is worth taking."""
        pause = self._pauses.get(left[0][0].channel)
        others = [way.channel for way, _mark in left if way.channel not in self._pauses]
        if pause is None or not others:
            return pause
        patience = PATIENCE_IN_HOUSE if set(others) <= IN_HOUSE else PATIENCE
        return pause if self._now - pause.since < patience else None

    def _free_again(self, message: Message) -> datetime | None:
        """Return when the patron may receive the next marketing message, or None for now.

        Messages under way and the kiosk's asks count, and the patron's own minimum interval applies.
        """
        most, days = self._channels.marketing_most, timedelta(days=self._channels.marketing_days)
        sent = self._marketing[message.person_id]
        lately = sorted(at for at, _kind in sent if at > self._now - days)
        free = [self._now] if len(lately) < most else [(lately[-most] if most else self._now) + days]
        pace = timedelta(days=self._paces.get((message.person_id, message.kind), 0))
        free += [at + pace for at, kind in sent if kind == message.kind]
        if max(free) > self._now:
            return max(free)
        sent.append((self._now, message.kind))
        return None


def _ways(message: Message, in_house: bool) -> list[UsableAddress]:
    """Return the addresses of a message; one for one contact, or for the kiosk's screen, goes nowhere else."""
    person, kind = message.person, MessageKind(message.kind)
    facts = message.decrypted_facts()
    contact = facts.get("contact")
    if contact is not None:
        return records.usable_addresses(person, message.kind, to=int(contact))
    screen = UsableAddress(str(Channel.SCREEN), "", person)
    if in_house or facts.get("on_screen"):
        return [screen]
    ways = records.usable_addresses(person, message.kind)
    if not kind.marketing and kind is not MessageKind.CODE and all(each.channel != screen.channel for each in ways):
        ways.append(screen)
    return ways


def _marketing(people: Iterable[int], since: datetime) -> dict[int, list[tuple[datetime, str]]]:
    found: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    kinds = [each for each in MessageKind if each.marketing]
    rows = Message.objects.filter(person__in=people, kind__in=kinds)
    messages = rows.filter(state=Message.State.SAID, done_at__gt=since)
    for person, at, kind in messages.values_list("person_id", "done_at", "kind"):
        found[person].append((at, kind))
    underway = rows.filter(state=Message.State.UNDERWAY)
    for person, at, kind in underway.values_list("person_id", "made_at", "kind"):
        found[person].append((at, kind))
    for person, at in apps.get_app_config("messaging").kiosk_asks(people, since):
        found[person].append((at, ""))
    return found


def has_room(person: Person, now: datetime, channels: Channels) -> bool:
    """Return whether a kiosk may ask the patron a question that counts in the limit of marketing messages."""
    since = now - timedelta(days=channels.marketing_days)
    return sum(at > since for at, _kind in _marketing([person.pk], since)[person.pk]) < channels.marketing_most


def next_moment(now: datetime, person: Person, usual: tuple[time, time], zone: ZoneInfo) -> datetime:
    """Return `now`, or the end of the quiet hours that include it.

    The patron's own quiet hours replace the usual ones. Quiet hours with equal begin and end are empty. `zone` is the
    library's time zone.
    """
    begin, end = usual
    if person.quiet_from is not None and person.quiet_to is not None:
        begin, end = person.quiet_from, person.quiet_to
    local = now.astimezone(zone)
    if begin == end or not _is_within(local.time(), begin, end):
        return now
    day = local.date() + timedelta(days=1 if local.time() >= end else 0)
    return datetime.combine(day, end, zone).astimezone(now.tzinfo)


def _is_within(moment: time, begin: time, end: time) -> bool:
    return begin <= moment < end if begin < end else moment >= begin or moment < end
