"""Create, discard, publish and withdraw versions of the loan rules; only drafts are changed.

Database triggers reject changes to published rules, whichever program writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from hub.circulation.domain_mapping import rule_facts, the_policy
from hub.circulation.models import Loan, Renewal, Rule, RuleVersion
from hub.core.database_triggers import Event, Trigger, TriggerSet
from hub.core.retrying_transaction import atomic
from lending import policy

FARTHEST = timedelta(days=366)
"""Maximum lead of a version's first day; a later one is more likely a wrong year."""
COPIED = (
    "category_id", "item_type_id", "branch_id", "days", "hours", "limit", "type_limit", "renewals", "fee_threshold",
    "reading_room_only", "renews_awaited", "earliest_renewal",
)  # fmt: skip


class DraftFault(StrEnum):
    """Why a draft was not published, or a version not withdrawn."""

    NO_DRAFT = "no_draft"
    EMPTY = "empty"
    SAME = "same"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    BEFORE_ANOTHER = "before_another"
    HAS_BEGUN = "has_begun"
    DRAFT_IN_THE_WAY = "draft_in_the_way"


@dataclass(frozen=True, slots=True)
class DraftAuthor:
    """The member of staff who acts, and when."""

    name: str
    now: datetime


def draft() -> RuleVersion | None:
    """Return the draft, if there is one."""
    return RuleVersion.objects.filter(since=None).first()


def newest() -> RuleVersion | None:
    """Return the version published last, begun or not; None if the library still has its first rules."""
    return RuleVersion.objects.exclude(since=None).order_by("since").last()


def rows(edition: RuleVersion | None) -> list[Rule]:
    """Return the rules of a version; for None, those that the library began with."""
    found = Rule.objects.filter(edition=edition) if edition else Rule.objects.filter(edition=None)
    return list(found.select_related("category", "item_type", "branch").order_by("pk"))


def facts(edition: RuleVersion | None) -> tuple[policy.Rule, ...]:
    return tuple(rule_facts(each) for each in rows(edition))


@atomic
def begin(author: DraftAuthor) -> RuleVersion:
    """Create a draft as a copy of the newest rules, or return the existing one."""
    there = draft()
    if there is not None:
        return there
    try:
        with transaction.atomic():
            made: RuleVersion = RuleVersion.objects.create(begun_at=author.now, begun_by=author.name)
    except IntegrityError:  # another member of staff has created one at the same moment
        return RuleVersion.objects.get(since=None)
    Rule.objects.bulk_create(
        Rule(edition=made, **{name: getattr(each, name) for name in COPIED}) for each in rows(newest())
    )
    return made


@atomic
def discard() -> None:
    """Discard the draft."""
    RuleVersion.objects.filter(since=None).delete()


def earliest(now: datetime, held: RuleVersion | None = None) -> date:
    """Return the first day on which the draft can take effect: tomorrow, and after the newest version.

    Kiosks need the time until tomorrow to fetch it. A library without rules need not wait, nor does a draft that only
    changes item types of which nothing was checked out or renewed today: no loan of today was made by other rules.
    """
    law, last = the_policy(now), newest()
    today = law.local_day(now)
    day = today + timedelta(days=1) if law.rules and not (held and _changes_unused_types(held, now)) else today
    return max(day, last.since + timedelta(days=1)) if last else day


def _changes_unused_types(held: RuleVersion, now: datetime) -> bool:
    """Return whether the draft differs only for item types of which nothing was lent or renewed today."""
    law = the_policy(now)
    old, new = set(law.rules), set(facts(held))
    types = {each.item_type for each in _without_keys(old) ^ _without_keys(new)}
    if not types or policy.ANY in types:
        return False
    begin = datetime.combine(law.local_day(now), time.min, ZoneInfo(law.timezone))
    loans = Loan.objects.filter(checked_out_at__gte=begin, item__type__code__in=types)
    renewals = Renewal.objects.filter(at__gte=begin, loan__item__type__code__in=types)
    return not (loans.exists() or renewals.exists())


def _without_keys(rules: set[policy.Rule]) -> set[policy.Rule]:
    """Return the rules without the keys of their rows, which differ in a copy."""
    return {replace(each, ref="") for each in rules}


@atomic
def publish(author: DraftAuthor, since: date, note: str) -> RuleVersion | DraftFault:
    """Publish the draft with effect from that day.

    A published version cannot be changed.

    Returns:
        The version, or why it was not published.
    """
    held: RuleVersion | None = RuleVersion.objects.select_for_update().filter(since=None).first()
    if held is None:
        return DraftFault.NO_DRAFT
    fault = _fault(held, since, author.now)
    if fault is not None:
        return fault
    held.since, held.note, held.published_at, held.published_by = since, note, author.now, author.name
    held.save()
    return held


def _fault(held: RuleVersion, since: date, now: datetime) -> DraftFault | None:
    rules, law, last = facts(held), the_policy(now), newest()
    if not rules:
        return DraftFault.EMPTY
    if set(rules) == set(facts(last)):
        return DraftFault.SAME
    if last is not None and since <= last.since:
        return DraftFault.BEFORE_ANOTHER
    if since < earliest(now, held):
        return DraftFault.TOO_SOON
    if since > law.local_day(now) + FARTHEST:
        return DraftFault.TOO_FAR
    replace(law, rules=rules).check()
    return None


@atomic
def withdraw(author: DraftAuthor, edition: RuleVersion) -> DraftFault | None:
    """Turn a version that has not begun into a draft again; None if it is one now."""
    held = RuleVersion.objects.select_for_update().get(pk=edition.pk)
    if held.since is None:
        return None
    if held.since <= the_policy().local_day(author.now):
        return DraftFault.HAS_BEGUN
    if draft() is not None:
        return DraftFault.DRAFT_IN_THE_WAY
    held.since = held.published_at = None
    held.published_by = ""
    held.save()
    return None


WORDS = "published rules are never changed: publish an edition that follows them"
RULE, EDITION = "circulation_rule", "circulation_ruleversion"
SIDES: tuple[tuple[Event, str], ...] = (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD"))


def _triggers() -> Iterator[Trigger]:
    for event, side in SIDES:
        published = f"SELECT 1 FROM {EDITION} WHERE id = {side}.edition_id AND published_at IS NOT NULL"
        yield Trigger(f"kept_rule_{event}", event, RULE, f"EXISTS ({published})", WORDS)
    withdrawn = "OLD.published_at IS NOT NULL AND NEW.published_at IS NOT NULL"  # this makes a version a draft again
    yield Trigger("kept_rule_edition_update", "update", EDITION, withdrawn, WORDS)
    yield Trigger("kept_rule_edition_delete", "delete", EDITION, "OLD.published_at IS NOT NULL", WORDS)


TRIGGERS = TriggerSet(_triggers, needs=[RULE, EDITION])


@contextmanager
def filling() -> Iterator[None]:
    """Permit, in one transaction, rules to be added to published versions that come from another hub."""
    with transaction.atomic():
        TRIGGERS.remove("kept_rule_insert")
        yield
        TRIGGERS.install()
