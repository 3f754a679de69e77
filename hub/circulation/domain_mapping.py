"""Read the tables as the facts by which the loan rules decide, and write facts as the wire's JSON models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.apps import apps
from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum
from django.db.models.lookups import In

from hub.catalogue.models import Branch, Item
from hub.circulation.models import (
    Card,
    ClosedDay,
    Fee,
    GrantedService,
    Hold,
    Library,
    Loan,
    Patron,
    PolicyMark,
    Rule,
    RuleVersion,
    default_languages,
)
from hub.core.prepared_queries import Param, prepared_many, prepared_query
from lending import model, policy, wire
from lending.model import ItemStatus
from lending.name_masking import mask_name


class NoLibrary(Exception):
    """The hub is empty and has not been set up."""

    def __init__(self) -> None:
        super().__init__(
            "there is no library yet: add one in the admin, or make the demo library with `kiosk-hub demo`"
        )


def the_library() -> Library:
    """Return the one library.

    Raises:
        NoLibrary: The hub has not been set up.
    """
    found: list[Library] = _first_library()
    if not found:
        raise NoLibrary
    return found[0]


def stored_text_languages() -> list[str]:
    """Return the languages of texts for patrons as the library has ordered them; the usual ones without a library."""
    found: list[Library] = _first_library()
    return list(found[0].languages if found else default_languages())


@prepared_query
def _first_library() -> QuerySet:
    return Library.objects.order_by("pk")[:1]


def the_policy(on: datetime | None = None) -> policy.Policy:
    """Return the policy that kiosk and hub share, as it applies at that time.

    Without a time it contains all rule versions.
    """
    return _law() if on is None else _law().policy_at(on)


def _law() -> policy.Policy:
    """Return the policy, read again if its mark has changed since this process read it.

    The mark is read first. A policy cached under it is that of the mark or a newer one, and in the latter case the next
    mark differs.
    """
    marks = _law_marks()
    config = apps.get_app_config("circulation")
    cached: tuple[str, policy.Policy] | None = config.law
    if not marks:
        return _read_policy()
    mark = marks[0][0]
    if cached is None or cached[0] != mark:
        config.law = cached = (mark, _read_policy())
    return cached[1]


@prepared_query
def _law_marks() -> QuerySet:
    return PolicyMark.objects.values_list("token")


def _read_policy() -> policy.Policy:
    library = the_library()
    rules: defaultdict[date | None, list[policy.Rule]] = defaultdict(list)
    held = Rule.objects.exclude(edition__isnull=False, edition__since=None)
    for row in held.select_related("edition", "category", "item_type", "branch").order_by("pk"):
        rules[row.edition.since if row.edition else None].append(rule_facts(row))
    begins = RuleVersion.objects.exclude(since=None).order_by("since").values_list("since", flat=True)
    return policy.Policy(
        rules=tuple(rules[None]),
        editions=tuple(policy.RuleVersion(since, tuple(rules[since])) for since in begins),
        timezone=library.timezone,
        calendars=_calendars(),
        branches={branch.code: branch.names for branch in Branch.objects.all()},
        offline_cap=library.offline_cap,
        currency=library.currency,
        services={
            each.key: policy.Service(each.days, each.loans, each.renewals, each.until, each.words)
            for each in GrantedService.objects.order_by("key")
        },
    )


def rule_facts(row: Rule) -> policy.Rule:
    """Return the rule with codes instead of foreign keys."""
    return policy.Rule(
        category=row.category.code if row.category else policy.ANY,
        item_type=row.item_type.code if row.item_type else policy.ANY,
        branch=row.branch.code if row.branch else policy.ANY,
        days=row.days,
        hours=row.hours,
        limit=row.limit,
        type_limit=row.type_limit,
        renewals=row.renewals,
        fee_threshold=row.fee_threshold,
        reading_room_only=row.reading_room_only,
        earliest_renewal=row.earliest_renewal,
        renews_awaited=row.renews_awaited,
        ref=str(row.pk),
    )


def _calendars() -> dict[str, policy.Calendar]:
    dates = defaultdict(set)
    for branch, day in ClosedDay.objects.values_list("branch__code", "day"):
        dates[branch].add(day)
    return {
        branch.code: policy.Calendar(frozenset(branch.closed_weekdays), frozenset(dates[branch.code] | dates[None]))
        for branch in Branch.objects.all()
    }


def card_status(patron: Patron, card: Card | None) -> model.CardStatus:
    """Return the status of the card. If the card itself is active, the status of its patron applies to it."""
    if card is not None and card.status != Card.Status.ACTIVE:
        return model.CardStatus(card.status)
    return model.CardStatus(patron.status)


def patron_facts(patron: Patron, card: Card | None = None) -> model.Patron:
    """Return what a kiosk may know of the patron.

    Without a card, as at the staff desk, only the patron's status counts.
    """
    return patrons_facts([(patron, card)])[0]


def patrons_facts(known: Iterable[tuple[Patron, Card | None]]) -> list[model.Patron]:
    """Return the facts of many patrons, with two queries in all."""
    wanted = list(known)
    patrons = {patron.pk for patron, _card in wanted}
    owed: dict[int, Decimal] = dict(_fees_owed(patrons))
    loans: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for patron_id, kind, count in _on_loan_to(patrons):
        loans[patron_id][kind] = count
    return [_patron(patron, card, owed.get(patron.pk, Decimal(0)), loans.get(patron.pk, {})) for patron, card in wanted]


@prepared_many
def _fees_owed(patrons: list[Param]) -> QuerySet:
    fees = Fee.objects.filter(Fee.UNSETTLED, In(F("patron_id"), patrons)).order_by()
    return fees.values_list("patron_id").annotate(owed=Sum(Fee.OWED))


@prepared_many
def _on_loan_to(patrons: list[Param]) -> QuerySet:
    loans = Loan.objects.filter(In(F("patron_id"), patrons), state=Loan.State.ON_LOAN).order_by()
    return loans.values_list("patron_id", "item__type__code").annotate(count=Count("id"))


def _patron(patron: Patron, card: Card | None, owed: Decimal, loans: dict[str, int]) -> model.Patron:
    return model.Patron(
        ref=model.PatronRef(patron.ref),
        category=patron.category.code,
        card=card_status(patron, card),
        expires=patron.expires,
        fees=owed,
        loans=loans,
        name=mask_name(patron.name),
        last4=patron.identifier[-4:],
        language=patron.language,
        services=tuple(patron.services.split()),
    )


def item_facts(item: Item) -> model.Item:
    """Return what a kiosk may know of the item."""
    return whereabouts(item).facts


class OpenHold(NamedTuple):
    """An open hold, reduced to what determines an item's status."""

    pk: int
    patron: int
    ref: str
    title: int
    item: int | None
    copy: int | None
    """The only copy that can fill it; None if any copy of the title can."""
    ready: bool
    """A copy is reserved for it; otherwise it waits for one."""
    suspended: bool
    """It waits, but gets no copy for now."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The open loan of an item, and every open hold on it or on its title."""

    item: Item
    loan: Loan | None
    holds: tuple[OpenHold, ...]

    @property
    def facts(self) -> model.Item:
        return _item(self.item, self.loan, self.ready.ref if self.ready else None, self.waiting)

    @property
    def ready(self) -> OpenHold | None:
        """The hold for which this copy is on the hold shelf."""
        return next((hold for hold in self.holds if hold.ready and hold.item == self.item.pk), None)

    @property
    def waiting(self) -> int:
        """Number of holds that wait now and that this copy can fill."""
        return sum(self._can_fill(hold) for hold in self.holds if not hold.ready and not hold.suspended)

    def _can_fill(self, hold: OpenHold) -> bool:
        return hold.title == self.item.title_id and hold.copy in (None, self.item.pk)

    def hold_of(self, patron: Patron) -> OpenHold | None:
        """Return the patron's own hold that this copy can fill, or None."""
        return next((hold for hold in self.holds if hold.patron == patron.pk and self._can_fill(hold)), None)


def open_loan(item: Item) -> Loan | None:
    """Return the item's open loan (on loan, or returned and not checked), or None."""
    loan: Loan | None = next(iter(_open_loan(item.pk)), None)
    if loan is not None:
        loan.item = item
    return loan


@prepared_query
def _open_loan() -> QuerySet:
    rows = Loan.objects.filter(item_id=Param(0, BigIntegerField()), state__in=Loan.OPEN)
    return rows.select_related("patron__category").order_by()


def whereabouts(item: Item) -> Whereabouts:
    """Read an item's open loan and holds with two queries.

    The result stays valid while the caller locks the item's row.
    """
    return Whereabouts(item, open_loan(item), tuple(_open_hold(*row) for row in _open_holds(item.pk, item.title_id)))


@prepared_query
def _open_holds() -> QuerySet:
    trapped = Q(item_id=Param(0, BigIntegerField()), state=Hold.State.READY)
    trapped |= Q(title_id=Param(1, BigIntegerField()), state__in=Hold.OPEN)
    columns = ("pk", "patron_id", "patron__ref", "title_id", "item_id", "copy_id", "state", "suspended_until")
    return Hold.objects.filter(trapped).order_by(Hold.PLACE, "pk").values_list(*columns)


def _open_hold(
    pk: int,
    patron: int,
    ref: str,
    title: int,
    item: int | None,
    copy: int | None,
    state: str,
    suspended_until: date | None,
) -> OpenHold:
    ready = state == str(Hold.State.READY)
    return OpenHold(pk, patron, ref, title, item, copy, ready=ready, suspended=suspended_until is not None)


def items_facts(items: Iterable[Item]) -> list[model.Item]:
    """Return the facts of many items, with three queries in all."""
    wanted = list(items)
    keys = [item.pk for item in wanted]
    loans = {loan.item_id: loan for loan in _open_loans(keys)}
    ready = dict(_ready_holds(keys))
    waiting = {(title, copy): count for title, copy, count in _waiting_for({item.title_id for item in wanted})}
    return [
        _item(
            item,
            loans.get(item.pk),
            ready.get(item.pk),
            waiting.get((item.title_id, None), 0) + waiting.get((item.title_id, item.pk), 0),
        )
        for item in wanted
    ]


@prepared_many
def _open_loans(items: list[Param]) -> QuerySet:
    return Loan.objects.filter(In(F("item_id"), items), state__in=Loan.OPEN).select_related("patron").order_by()


@prepared_many
def _ready_holds(items: list[Param]) -> QuerySet:
    held = Hold.objects.filter(In(F("item_id"), items), state=Hold.State.READY).order_by()
    return held.values_list("item_id", "patron__ref")


@prepared_many
def _waiting_for(titles: list[Param]) -> QuerySet:
    held = Hold.objects.filter(In(F("title_id"), titles), state=Hold.State.WAITING, suspended_until=None).order_by()
    return held.values_list("title_id", "copy_id").annotate(count=Count("id"))


def _item(item: Item, loan: Loan | None, reserved_for: str | None, waiting: int) -> model.Item:
    return model.Item(
        id=model.ItemId(item.barcode),
        title=item.title.title,
        author=item.title.author,
        call_number=item.call_number or item.title.call_number,
        subject=item.title.subject,
        cover=item.title.cover,
        type=item.type.code,
        branch=item.branch.code,
        status=_status(item, loan, reserved_for),
        holder=model.PatronRef(loan.patron.ref) if loan else None,
        due=loan.due if loan and not loan.reckoned else None,
        renewals=loan.renewals if loan else 0,
        waiting=waiting,
        reserved_for=model.PatronRef(reserved_for) if reserved_for else None,
    )


def loan_facts(loan: Loan) -> model.Item:
    """Return the item of an open loan, as far as the renewal rules need it without its holds."""
    return model.Item(
        model.ItemId(loan.item.barcode),
        type=loan.item.type.code,
        status=ItemStatus.ON_LOAN,
        holder=model.PatronRef(loan.patron.ref),
        due=loan.due,
        renewals=loan.renewals,
    )


def is_gone(item: Item, facts: model.Item) -> bool:
    """Return whether the item is left out of snapshots.

    That is a withdrawn item that is not on loan. One on loan stays, because the patron may return it.
    """
    return item.condition == Item.Condition.WITHDRAWN and facts.status is not ItemStatus.ON_LOAN


def _status(item: Item, loan: Loan | None, reserved_for: str | None) -> ItemStatus:
    if loan is not None and loan.state == Loan.State.HANDED_IN:
        return ItemStatus.HANDED_IN
    if item.condition == Item.Condition.LOST:
        return ItemStatus.LOST
    if loan is not None:
        return ItemStatus.ON_LOAN
    return ItemStatus.ON_HOLD_SHELF if reserved_for else ItemStatus.ON_SHELF


def wire_patron(facts: model.Patron) -> wire.WirePatron:
    """Return the patron with a masked name, for display at the kiosk."""
    provisional = facts.card is model.CardStatus.PROVISIONAL
    return wire.WirePatron(
        ref=facts.ref,
        category=facts.category,
        card=model.CardStatus.BLOCKED if provisional else facts.card,
        provisional=provisional,
        expires=facts.expires,
        fees=facts.fees,
        loans=dict(facts.loans),
        name=facts.name,
        last4=facts.last4,
        language=facts.language,
        services=list(facts.services),
    )


def wire_nameless(facts: model.Patron) -> wire.WirePatron:
    """Return the patron for the snapshot, without name and number."""
    return wire_patron(facts).model_copy(update={"name": "", "last4": ""})


def wire_item(facts: model.Item) -> wire.WireItem:
    """Return the item with title and status."""
    return wire.WireItem(
        id=facts.id,
        title=facts.title,
        author=facts.author,
        call_number=facts.call_number,
        subject=facts.subject,
        cover=facts.cover,
        type=facts.type,
        branch=facts.branch,
        status=facts.status,
        holder=facts.holder,
        due=facts.due,
        renewals=facts.renewals,
        waiting=facts.waiting,
        reserved_for=facts.reserved_for,
    )


def wire_hold(facts: model.Hold) -> wire.WireHold:
    """Return a hold of the patron at the kiosk."""
    return wire.WireHold(
        title=facts.title,
        ready=facts.ready,
        shelf=facts.shelf,
        until=facts.until,
        suspended_until=facts.suspended_until,
        subject=facts.subject,
        cover=facts.cover,
    )


def wire_rule(rule: policy.Rule, kind: Mapping[str, str]) -> wire.WireApplied:
    """Return the part of the loan rule that is shown to patrons.

    `kind` holds the names of the item type by language.
    """
    return wire.WireApplied(
        category=rule.category,
        item_type=rule.item_type,
        branch=rule.branch,
        days=rule.days,
        hours=rule.hours,
        kind={} if rule.item_type == "*" else dict(kind),
    )


Copy = tuple[Item, model.Item]


def copies_of(titles: Iterable[int]) -> dict[int, list[Copy]]:
    """Return the copies of each title with their status; withdrawn ones are left out."""
    items = Item.objects.filter(title__in=list(titles)).exclude(condition=Item.Condition.WITHDRAWN)
    found: dict[int, list[Copy]] = defaultdict(list)
    listed = list(items.select_related("title", "type", "branch").order_by("branch__code", "barcode"))
    for item, facts in zip(listed, items_facts(listed), strict=True):
        found[item.title_id].append((item, facts))
    return found
