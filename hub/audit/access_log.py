"""Record which member of staff viewed which patron and why, in a chain of keyed hashes that shows every change.

A reason holds for 15 minutes. Database triggers reject any change or deletion of an entry. An alarm is raised if staff
view more patrons than their work requires, and on every data export: views without a card count against a low limit,
all views against a higher one, because a card can be forged. Letters and the report of overdue loans do not count: the
hub chooses their patrons. Nor do records that the same member of staff has just registered, whose data they typed.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

from hub.audit.models import AccessLogEntry, Act, Alarm, ChainEnd, Reason, SecuritySettings
from hub.core.card_presence import SESSION_KEY, by_card, is_fresh, patron_key
from hub.core.clock import hub_clock
from hub.core.database_triggers import Event, Trigger, TriggerSet
from hub.core.retrying_transaction import atomic
from hub.core.state_directory import secret
from lending import atomic_file

QUARTER = timedelta(minutes=15)
MOST = 200
"""Patrons that one session remembers."""
OWN_WORDS = frozenset({Act.EXPORT})
"""Views for which a reason given for another view is not enough."""
CHOSEN_BY_HUB = frozenset({Act.LETTER, Act.OVERDUE})
"""Views whose patrons the hub chooses."""
HOUR = timedelta(hours=1)
ANCHORS = "audit-anchors"
"""State file with number and hash of each night's newest entry, so that truncation is detected."""
CHECKED = "audit-checked"
"""State file with the position and result of the last night's check."""
TABLE = "audit_accesslogentry"
EVENTS: tuple[Event, ...] = ("update", "delete", "truncate")


@atomic
def write(
    staff: str, ref: str, act: Act, reason: Reason, words: str = "", *, now: datetime | None = None
) -> AccessLogEntry:
    """Append an entry to the access log; raise an alarm if it exceeds a limit."""
    at = now or hub_clock().now()
    look = append_entry(
        AccessLogEntry(at=at, staff=staff, ref=ref, act=act, reason=reason, words=words, card=reason is Reason.CARD)
    )
    check_limits(look)
    return look


def begin(request: HttpRequest, ref: str, act: Act, reason: Reason, words: str = "", *, opens: bool = True) -> None:
    """Record the access and remember its reason for this patron in this session."""
    write(request.user.get_username(), ref, act, reason, words)
    until = (hub_clock().now() + QUARTER).timestamp()
    before, key = request.session.get(SESSION_KEY, {}), patron_key(ref)
    known = before.get(key, {}) if is_fresh(before.get(key)) else {}
    acts = sorted({*known.get("acts", []), str(act)})
    entries = {name: value for name, value in before.items() if name != key}
    entries[key] = {
        "until": until,
        "reason": str(reason),
        "acts": acts,
        "opens": opens,
        "card": reason is Reason.CARD,
    }
    request.session[SESSION_KEY] = dict(list(entries.items())[-MOST:])


def record_registration(request: HttpRequest, ref: str, **_kwargs: object) -> None:
    """Record that the patron was registered here: the pages of the new record open without another reason."""
    begin(request, ref, Act.PAGE, Reason.REGISTERED)


def record_desk_view(request: HttpRequest, ref: str, *, card: bool) -> None:
    """Record that the patron is served at the desk, once within 15 minutes.

    Args:
        request: Of the member of staff.
        ref: The patron's pseudonym.
        card: True if a reader read the card. Only then do the patron's pages open without another reason.
    """
    if (by_card(request, ref) or not card) and is_covered(request, ref, Act.DESK):
        return
    begin(request, ref, Act.DESK, Reason.CARD if card else Reason.HERE, opens=card)


def is_covered(request: HttpRequest, ref: str, act: Act) -> bool:
    """Return whether an earlier reason covers this view; the first view of each kind is recorded as well."""
    known = request.session.get(SESSION_KEY, {}).get(patron_key(ref))
    if not is_fresh(known):
        return False
    if act in known["acts"]:
        return True
    if act in OWN_WORDS or not known.get("opens"):
        return False
    write(request.user.get_username(), ref, act, Reason(known["reason"]))
    known["acts"].append(str(act))
    request.session.modified = True
    return True


def was_opened(request: HttpRequest, ref: str) -> bool:
    """Return whether the patron was opened in this session, at any time.

    If so, what staff typed into the patron's page is accepted.
    """
    return bool(request.session.get(SESSION_KEY, {}).get(patron_key(ref), {}).get("opens"))


def _triggers() -> Iterator[Trigger]:
    for event in EVENTS:
        yield Trigger(f"kept_audit_look_{event}", event, TABLE, rejects="looks are never changed or deleted")


TRIGGERS = TriggerSet(_triggers, needs=[TABLE])


def missing_triggers() -> list[str]:
    """Return a message for each missing trigger."""
    return [f"the guard {name} is missing: run `kiosk-hub migrate`" for name in TRIGGERS.missing()]


def append_entry(look: AccessLogEntry) -> AccessLogEntry:
    """Number the entry and append it.

    Call it in the transaction of the access itself: it holds the chain's lock.

    Raises:
        RuntimeError: If there is no transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("append an access log entry within a database transaction")
    ChainEnd.objects.get_or_create(pk=1)
    end = ChainEnd.objects.select_for_update().get(pk=1)
    look.number = end.number + 1
    look.hash = _hash(_key(), end.hash, look)
    look.save(force_insert=True)
    end.number, end.hash = look.number, look.hash
    end.save()
    return look


def _key() -> bytes:
    return bytes.fromhex(secret("audit_key", Path(settings.STATE)))


def _hash(key: bytes, before: str, look: AccessLogEntry) -> str:
    at = look.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [look.number, at, look.staff, look.ref, str(look.act), str(look.reason), look.words, bool(look.card)]
    text = json.dumps([before, *fields], ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def faults() -> list[str]:
    """Return the faults of the chain, one sentence each; empty if every entry is unchanged."""
    return [*_chain_faults(), *missing_triggers()]


def recent_faults() -> list[str]:
    """Return the faults at less cost, for a page: those of the last night, and those of later entries.

    The whole chain is read if no night has run, or if the last entry checked is not the one it was.
    """
    path = Path(settings.STATE) / CHECKED
    if not path.exists():
        return faults()
    state = json.loads(path.read_text(encoding="utf-8"))
    if not AccessLogEntry.objects.filter(number=state["number"], hash=state["hash"]).exists():
        return faults()
    return [*state["faults"], *_chain_faults(state["number"], state["hash"]), *missing_triggers()]


def check_chain() -> None:
    """Check the whole chain and store the result for `recent_faults`."""
    last, found = AccessLogEntry.objects.order_by("number").last(), list(_chain_faults())
    if last is not None:
        state = {"number": last.number, "hash": last.hash, "faults": found}
        atomic_file.write(Path(settings.STATE) / CHECKED, json.dumps(state, ensure_ascii=False).encode())


def _chain_faults(number: int = 0, before: str = "") -> Iterator[str]:
    """Yield the faults after the entry with that number and hash."""
    key, begin = _key(), number
    anchors = {at: found for at, found in read_anchors() if at > begin}
    for look in AccessLogEntry.objects.filter(number__gt=begin).order_by("number").iterator(chunk_size=2000):
        if look.number != number + 1:
            yield f"looks {number + 1} to {look.number - 1} are missing"
            before = ""
        elif look.hash != _hash(key, before, look):
            yield f"look {look.number} is not as it was written"
        if anchors.pop(look.number, look.hash) != look.hash:
            yield f"look {look.number} is another one than on the night when it was anchored"
        before, number = look.hash, look.number
    end = ChainEnd.objects.filter(pk=1).first()
    if end is not None and (end.number, end.hash) != (number, before):
        yield f"the chain ends at look {number}, but {end.number} were written"
    for lost in sorted(anchors):
        yield f"look {lost} was anchored and is gone: the newest looks were removed, or an older backup was restored"


def read_anchors() -> Iterator[tuple[int, str]]:
    """Yield the number and hash of each night's newest entry."""
    path = Path(settings.STATE) / ANCHORS
    if not path.exists():
        return
    for line in path.read_text(encoding="ascii").splitlines():
        _at, number, found = line.split()
        yield int(number), found


def anchor(now: datetime) -> None:
    """Check the chain and store its end outside the database."""
    check_chain()
    end = ChainEnd.objects.filter(pk=1).first()
    if end is None or not end.number or end.number in dict(read_anchors()):
        return
    with (Path(settings.STATE) / ANCHORS).open("a", encoding="ascii") as file:
        file.write(f"{now.astimezone(UTC).isoformat(timespec='seconds')} {end.number} {end.hash}\n")


def check_limits(look: AccessLogEntry) -> None:
    """Raise an alarm if this view exceeds a limit, or update the count of one that is still open."""
    if look.act == Act.EXPORT:
        Alarm.objects.create(kind=Alarm.Kind.EXPORT, staff=look.staff, at=look.at, ref=look.ref)
    if look.act in CHOSEN_BY_HUB or look.reason == Reason.REGISTERED:
        return
    recent = AccessLogEntry.objects.filter(staff=look.staff, at__gt=look.at - HOUR, at__lte=look.at)
    recent = recent.exclude(act__in=CHOSEN_BY_HUB).exclude(reason=Reason.REGISTERED)
    limits = SecuritySettings.now()
    if not look.card:
        _count_views(Alarm.Kind.MANY, look, recent.filter(card=False), limits.mass)
    _count_views(Alarm.Kind.ALL, look, recent, limits.mass_in_all)


def _count_views(kind: Alarm.Kind, look: AccessLogEntry, recent: QuerySet[AccessLogEntry], limit: int) -> None:
    patrons = recent.values("ref").distinct().order_by().count()
    if patrons <= limit:
        return
    unseen = Alarm.objects.filter(kind=kind, staff=look.staff, at__gt=look.at - HOUR, seen_at=None)
    alarm = unseen.order_by("-at").first()
    if alarm is None:
        Alarm.objects.create(kind=kind, staff=look.staff, at=look.at, count=patrons)
    elif patrons > alarm.count:
        alarm.count = patrons
        alarm.save(update_fields=("count",))


def waiting_alarms() -> int:
    """Return the number of alarms that no administrator has marked as seen."""
    return Alarm.objects.filter(seen_at=None).count()


def mark_alarm_seen(pk: int, by: str, now: datetime) -> None:
    """Mark an alarm as seen; the first member of staff to do so is recorded."""
    Alarm.objects.filter(pk=pk, seen_at=None).update(seen_by=by, seen_at=now)
