"""Place, trap and cancel holds, move copies between branches, and list what staff have to do about both.

A copy needed at another branch is sent there first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from hub.catalogue.models import Branch, Item, Title
from hub.circulation.domain_mapping import item_facts, patron_facts, the_library, the_policy
from hub.circulation.models import GrantedService, Hold, Loan, Patron, Sighting, Transit
from hub.circulation.operations import external_ils
from hub.circulation.operations.context import (
    Actor,
    Fact,
    OperationResult,
    append_event,
    lock_item,
    lock_patron,
    not_at_hand,
)
from hub.core.retrying_transaction import atomic
from lending import policy
from lending.model import Block, ItemStatus, Reason
from lending.policy import Policy


@atomic
def place(by: Actor, patron: Patron, title: Title, pickup: Branch, copy: Item | None = None) -> Hold | Block:
    """Append the patron to the title's hold queue.

    Args:
        by: The actor.
        patron: The patron who waits.
        title: The title.
        pickup: Branch where the copy is picked up.
        copy: The only copy that can fill the hold; None if any copy of the title can.

    Returns:
        Block(ALREADY_YOURS) if the patron already has the title, or this copy of it, on loan or on hold, and
        Block(ITEM_LOST) if the only copy that can fill the hold is lost or withdrawn.
    """
    patron = lock_patron(patron)
    if copy is not None and copy.condition != Item.Condition.NORMAL:
        return Block(Reason.ITEM_LOST)
    if double_holds(patron, title.pk, copy).exists() or _on_loan_to(patron, title.pk, copy):
        return Block(Reason.ALREADY_YOURS)
    start = _head_start(by, patron)
    hold: Hold = Hold.objects.create(
        patron=patron,
        title=title,
        copy=copy,
        pickup=pickup,
        placed_at=by.now,
        moved_to=by.now - start if start else None,
    )
    tell("hold_placed", by, hold)
    return hold


def double_holds(patron: Patron, title: int, copy: Item | None) -> "QuerySet[Hold]":
    """Return the patron's open holds that one more hold on the title, or on this copy of it, would double."""
    found = Hold.objects.filter(patron=patron, title=title, state__in=Hold.OPEN)
    return found if copy is None else found.filter(Q(copy=None) | Q(copy=copy))


def _on_loan_to(patron: Patron, title: int, copy: Item | None) -> bool:
    found = Loan.objects.filter(patron=patron, item__title=title, state=Loan.State.ON_LOAN)
    return bool((found if copy is None else found.filter(item=copy)).exists())


def _head_start(by: Actor, patron: Patron) -> timedelta:
    """Return how much earlier a hold of the patron counts as placed; 0 for most patrons, without a query."""
    if not patron.services:
        return timedelta(0)
    running = Q(until=None) | Q(until__gte=the_policy().local_day(by.now))
    days = GrantedService.objects.filter(running, key__in=patron.services.split()).values_list("head_start", flat=True)
    return timedelta(days=min(max(days, default=0), GrantedService.MOST_HEAD_START))


@atomic
def trap(by: Actor, item: Item) -> Hold | Transit | Block:
    """Trap the copy for the first hold that it can fill, or send it to that hold's pickup branch.

    A copy that is in transit for a hold stays with that hold.

    Returns:
        Block(NOT_ON_LOAN) if there is no hold; Block(ON_LOAN_TO_OTHER) or Block(ITEM_LOST) if the copy is not at hand.
        Block(HELD_FOR_OTHER) if it is on the hold shelf already.
    """
    item = lock_item(item)
    if elsewhere := not_at_hand(item):
        return elsewhere
    first = _first(item)
    if first is None:
        return Block(Reason.NOT_ON_LOAN)
    if first.pickup_id != by.branch.pk:
        way = open_transfer(item)
        return way if way and way.hold_id == first.pk else note_transfer(by, item, first.pickup, first)
    end_transfer(by, item)
    keep(by, first, item)
    return first


def _first(item: Item) -> Hold | None:
    """Return the hold that gets the copy, or None.

    It is the one that the copy is in transit for, else the oldest one for which no other copy is in transit. A hold on
    this very copy comes first if other copies are free for all older holds.
    """
    way = open_transfer(item)
    waiting = Hold.objects.filter(title=item.title_id, state=Hold.State.WAITING, suspended_until=None)
    waiting = waiting.filter(Q(copy=None) | Q(copy=item))
    in_transit_for = waiting.filter(pk=way.hold_id) if way and way.hold_id else waiting.none()
    queue = list(waiting.exclude(pk__in=holds_in_transit().values("pk")).order_by(Hold.PLACE, "pk"))
    on_it = next((place for place, hold in enumerate(queue) if hold.copy_id is not None), 0)
    if on_it and _unclaimed_copies(item) < on_it:
        on_it = 0
    chosen = in_transit_for.first() or (queue[on_it] if queue else None)
    locked = Hold.objects.select_for_update(of=("self",)).select_related("patron", "pickup", "copy")
    found: Hold | None = locked.get(pk=chosen.pk) if chosen else None
    return found if found and found.state == Hold.State.WAITING else None


def _unclaimed_copies(item: Item) -> int:
    """Return how many other copies of the title are on their shelf, and no hold waits for that very copy."""
    wanted = Hold.objects.filter(copy=OuterRef("pk"), state=Hold.State.WAITING, suspended_until=None)
    others = free_copies().filter(~Exists(wanted), title=item.title_id).exclude(pk=item.pk)
    return int(others.count())


def shelf_of(patron: Patron) -> str:
    """Return the place on the hold shelf where the patron's holds are kept."""
    return str(patron.identifier[-4:])


def keep(by: Actor, hold: Hold, item: Item) -> None:
    """Put the copy on the hold shelf for the hold. The caller has checked that the copy is available."""
    hold.state, hold.item, hold.shelf, hold.closed_at = Hold.State.READY, item, shelf_of(hold.patron), None
    hold.until = the_policy().local_day(by.now) + timedelta(days=the_library().hold_days)
    hold.suspended_until = None
    hold.save(update_fields=("state", "item", "shelf", "until", "closed_at", "suspended_until"))
    tell("hold_ready", by, hold)


def wait_again(by: Actor, hold: Hold) -> None:
    """Return the hold to the queue, at its old place."""
    hold.state, hold.item, hold.shelf, hold.until, hold.closed_at = Hold.State.WAITING, None, "", None, None
    hold.save(update_fields=("state", "item", "shelf", "until", "closed_at"))
    append_event("hold_waits_again", by.now, hold=hold.pk, patron=hold.patron.ref, **by.actor_facts())


def give_back(by: Actor, hold: Hold) -> None:
    """Reopen a hold whose loan was undone: ready if its copy is still available, else waiting.

    If the patron has placed another hold since that can be filled by the same copy, this one stays closed.
    """
    if double_holds(hold.patron, hold.title_id, hold.copy).exclude(pk=hold.pk).exists():
        return
    if hold.item is not None and is_free(hold.item):
        keep(by, hold, hold.item)
    else:
        wait_again(by, hold)


def is_free(item: Item) -> bool:
    """Return whether the copy is available: in the collection, not on loan and not on the hold shelf."""
    return item_facts(item).status is ItemStatus.ON_SHELF and item.condition != Item.Condition.WITHDRAWN


@atomic
def cancel(by: Actor, hold: Hold, why: str = "") -> Hold | Block:
    """Cancel an open hold; a copy that was trapped for it becomes available.

    Args:
        by: The actor.
        hold: The hold, which is locked and updated.
        why: The reason, for staff who look it up.
    """
    lock_hold(hold)
    if hold.state not in Hold.OPEN:
        return Block(Reason.NOTHING_TO_UNDO)
    hold.state, hold.closed_at = Hold.State.CANCELLED, by.now
    hold.save(update_fields=("state", "closed_at"))
    tell("hold_cancelled", by, hold, why=why or None)
    return hold


def lock_hold(hold: Hold) -> Hold:
    """Reload the hold in place, and lock its patron and itself until the commit."""
    lock_patron(hold.patron)
    rows = Hold.objects.select_for_update(of=("self",)).select_related("patron", "title", "pickup", "item", "copy")
    hold.refresh_from_db(from_queryset=rows)
    return hold


def tell(kind: str, by: Actor, hold: Hold, **more: Fact) -> None:
    """Append an event about the hold to the feed."""
    append_event(
        kind,
        by.now,
        hold=hold.pk,
        patron=None if hold.nameless else hold.patron.ref,
        title=hold.title_id,
        item=hold.item.barcode if hold.item else None,
        copy=hold.copy.barcode if hold.copy else None,
        **more,
        **by.actor_facts(),
    )


def open_transfers() -> "QuerySet[Transit]":
    """Return the transfers that have not ended.

    Checking a copy out, trapping it or losing it ends its transfer implicitly, so that those operations need not update
    it.
    """
    lent = Loan.objects.filter(item=OuterRef("item")).filter(
        Q(state__in=Loan.OPEN) | Q(checked_out_at__gt=OuterRef("noted_at"))
    )
    trapped = Hold.objects.filter(item=OuterRef("item"), state=Hold.State.READY)
    found = Transit.objects.filter(~Exists(lent), ~Exists(trapped), arrived_at=None)
    return found.filter(item__condition=Item.Condition.NORMAL)


def open_transfer(item: Item) -> Transit | None:
    """Return the open transfer of the copy, or None."""
    return open_transfers().filter(item=item).select_related("target", "hold__patron").first()


def holds_in_transit() -> "QuerySet[Hold]":
    """Return the holds for which a copy is in transit."""
    waiting = open_transfers().filter(hold__state=Hold.State.WAITING)
    return Hold.objects.filter(pk__in=waiting.values("hold"))


def note_transfer(by: Actor, item: Item, target: Branch, hold: Hold | None = None) -> Transit:
    """Begin a transfer, or redirect an open one. The caller has locked the item's row."""
    values = {"origin": by.branch, "target": target, "hold": hold, "noted_at": by.now, "sent_at": None}
    return Transit.objects.update_or_create(item=item, arrived_at=None, defaults=values)[0]


def send_home(by: Actor, item: Item) -> None:
    """Begin a transfer home if the copy was returned at another branch."""
    if item.branch_id != by.branch.pk:
        note_transfer(by, item, item.branch)


@atomic
def send_transfer(by: Actor, transit: Transit) -> bool:
    """Mark the transfer as sent; return False if it has ended."""
    return bool(open_transfers().filter(pk=transit.pk, sent_at=None).update(sent_at=by.now))


def end_transfer(by: Actor, item: Item) -> Transit | None:
    """End the transfer at its target branch; return None if the copy was not in transit to this branch."""
    found = open_transfer(item)
    if found is None or found.target_id != by.branch.pk:
        return None
    found.sent_at, found.arrived_at = found.sent_at or by.now, by.now
    found.save(update_fields=("sent_at", "arrived_at"))
    return found


@atomic
def unpack(by: Actor, item: Item) -> Hold | Transit | Block:
    """Return the hold that the copy was trapped for, or its transfer, else why there is neither.

    A transfer ends at its target branch.
    """
    trapped = trap(by, item)
    if isinstance(trapped, Hold | Transit):
        return trapped
    item = lock_item(item)
    if item_facts(item).status is not ItemStatus.ON_SHELF or item.condition != Item.Condition.NORMAL:
        return trapped
    arrived = end_transfer(by, item)
    if arrived is not None and item.branch_id == by.branch.pk:
        return arrived
    if open_transfer(item) is None:
        send_home(by, item)
    return open_transfer(item) or trapped


def request_hold(by: Actor, patron: Patron, about: str) -> OperationResult | Block:
    """Place a hold on the title, to be picked up at the branch of the kiosk.

    A hold that a kiosk has confirmed while offline (`by.no_block`) is placed even if the rules would refuse it now. If
    the patron already has the title or a hold on it, nothing is reported.

    Args:
        by: The kiosk or member of staff who acts.
        patron: The patron who requests the hold.
        about: Primary key of the title, as text.

    Returns:
        Why there is no hold, or an empty result.
    """
    title = Title.objects.filter(pk=int(about)).first() if about.isdecimal() and len(about) < 19 else None
    if title is None:
        return Block(Reason.UNKNOWN_ITEM)
    lock_patron(patron)
    if not by.no_block and (block := hold_block(by, patron, title.pk, [by.branch.code])):
        return block
    placed = place(by, patron, title, by.branch)
    return placed if isinstance(placed, Block) and not by.no_block else OperationResult()


def hold_block(by: Actor, patron: Patron, title: int, branches: Sequence[str]) -> Block | None:
    """Return what prevents a hold of the patron on the title at every one of these branches, or None.

    An existing loan or hold of the title is not checked here. Holds are refused if the hub follows an ILS, because that
    ILS would not receive them.
    """
    if external_ils.followed():
        return Block(Reason.CENTRAL_REFUSED)
    law, facts = the_policy(by.now), patron_facts(patron)
    if block := policy.card_block(law, facts, by.now):
        return block
    rules = [rule for each in branches for rule in law.lending(facts, each)]
    if rules and all(facts.fees > rule.fee_threshold for rule in rules):
        return Block(Reason.FEES, amount=facts.fees)
    most = the_library().holds
    if Hold.objects.filter(patron=patron, state__in=Hold.OPEN).count() >= most:
        return Block(Reason.LIMIT, count=most)
    return _lending_block(law, facts.category, title, branches)


def _lending_block(law: Policy, category: str, title: int, branches: Sequence[str]) -> Block | None:
    """Return why a patron of this category can borrow no copy at any of the branches, or None."""
    copies = Item.objects.filter(title=title, condition=Item.Condition.NORMAL)
    types = set(copies.order_by().values_list("type__code", flat=True))
    if not types:
        return Block(Reason.UNKNOWN_ITEM)
    rules = [law.rule(category, kind, branch) for kind in types for branch in branches]
    if any(rule is not None and not rule.reading_room_only for rule in rules):
        return None
    return Block(Reason.READING_ROOM if any(rule is not None for rule in rules) else Reason.NO_RULE)


def free_copies() -> "QuerySet[Item]":
    """Return the items that should be on their shelf: normal, on no loan, hold or transfer."""
    open_loan = Loan.objects.filter(item=OuterRef("pk"), state__in=Loan.OPEN)
    trapped = Hold.objects.filter(item=OuterRef("pk"), state=Hold.State.READY)
    under_way = open_transfers().filter(item=OuterRef("pk"))
    return Item.objects.filter(
        ~Exists(open_loan), ~Exists(trapped), ~Exists(under_way), condition=Item.Condition.NORMAL
    )


class PulledCopy(NamedTuple):
    """The copy to fetch for a hold, and the branch where it is on the shelf."""

    item: int
    branch: int


@dataclass(frozen=True, slots=True)
class WaitingHolds:
    """The holds that wait for a copy now, by what staff can do about them.

    Holds are given by their primary keys in the order of their queues, with the primary key of the pickup branch.
    """

    pull: dict[int, PulledCopy]
    """Holds for which a copy is on its shelf. Each copy is to be fetched for one hold only."""
    trap: dict[int, int]
    """Holds that a returned, unchecked copy in some return bin can fill."""
    elsewhere: dict[int, int]
    """Holds for which no copy is left: all are away, in transit or for an earlier hold."""


def sort_waiting_holds() -> WaitingHolds:
    """Read the waiting holds and the copies that could fill them, with four queries whatever their number."""
    waiting = Hold.objects.filter(state=Hold.State.WAITING, suspended_until=None)
    rows = list(waiting.order_by(Hold.PLACE, "pk").values_list("pk", "title_id", "copy_id", "pickup_id"))
    claimed = {copy for _hold, _title, copy, _pickup in rows if copy is not None}
    under_way = set(holds_in_transit().values_list("pk", flat=True))
    # Begin at the copies of these titles: by state alone, SQLite reads the whole index of all loans.
    wanted = waiting.order_by().values("title")
    handed_in = Loan.objects.filter(item=OuterRef("pk"), state=Loan.State.HANDED_IN)
    in_bins = Item.objects.filter(Exists(handed_in), title__in=wanted).order_by()
    returned = dict(in_bins.values_list("pk", "title_id"))
    returned_titles = set(returned.values())
    copies: dict[int, list[PulledCopy]] = {}
    on_shelf = free_copies().filter(title__in=wanted).order_by("barcode")
    for title, item, branch in on_shelf.values_list("title_id", "pk", "branch_id"):
        copies.setdefault(title, []).append(PulledCopy(item, branch))
    found = WaitingHolds({}, {}, {})
    for hold, title, only, pickup in rows:
        free = copies.get(title, []) if hold not in under_way else []
        able = [each for each in free if only is None or each.item == only]
        if able:
            best = min(able, key=lambda each: (only is None and each.item in claimed, each.branch != pickup))
            free.remove(best)
            found.pull[hold] = best
        if title in returned_titles if only is None else only in returned:
            found.trap[hold] = pickup
        elif not able:
            found.elsewhere[hold] = pickup
    return found


def holds_to_pull(branches: frozenset[int] | None = None) -> "QuerySet[Hold]":
    """Return the holds for which a copy is on its shelf: in one of these branches, or in any if None."""
    pulled = sort_waiting_holds().pull.items()
    return Hold.objects.filter(pk__in=[hold for hold, copy in pulled if branches is None or copy.branch in branches])


def transfers_to_send() -> "QuerySet[Transit]":
    """Return the transfers whose item is still at the branch from which it is to be sent."""
    return open_transfers().filter(sent_at=None).order_by("target", "noted_at")


def transfers_on_the_way() -> "QuerySet[Transit]":
    """Return the transfers whose item was sent and has not arrived."""
    return open_transfers().exclude(sent_at=None).order_by("sent_at")


def suspended_holds() -> "QuerySet[Hold]":
    """Return the holds that get no copy for now, the next to be resumed first."""
    found = Hold.objects.filter(state=Hold.State.WAITING).exclude(suspended_until=None)
    return (
        found.select_related("patron", "title", "item", "copy", "pickup")
        .defer("title__record")
        .order_by("suspended_until", "pk")
    )


def ready_holds() -> "QuerySet[Hold]":
    """Return the holds that are ready on the hold shelf."""
    found = Hold.objects.filter(state=Hold.State.READY).select_related("patron", "title", "pickup", "item", "copy")
    return found.defer("title__record").order_by("until", "shelf")


def leftover_holds() -> "QuerySet[Hold]":
    """Return the closed holds whose item is still on the hold shelf, until it is scanned or borrowed."""
    taken = Loan.objects.filter(hold=OuterRef("pk"), item=OuterRef("item"))
    seen = Sighting.objects.filter(item=OuterRef("item"), seen=True, at__gt=OuterRef("closed_at"))
    closed = Hold.objects.filter(closed_at__isnull=False, item__isnull=False)
    closed = closed.filter(state__in=(Hold.State.COLLECTED, Hold.State.CANCELLED))
    return (
        closed.filter(~Exists(seen), ~Exists(taken), Exists(free_copies().filter(pk=OuterRef("item"))))
        .select_related("patron", "title", "pickup", "item", "copy")
        .defer("title__record")
        .order_by("closed_at")
    )
