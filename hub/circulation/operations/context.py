"""Define the actor and the result of an operation, the row locks, and the event feed that all operations share."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import CharField, QuerySet
from django.http import HttpRequest

from hub.catalogue.models import Branch, Item
from hub.catalogue.workplace import branch_of, desk_of
from hub.circulation.domain_mapping import item_facts
from hub.circulation.models import Card, CirculationEvent, FeedCursor, Kiosk, Loan, Patron
from hub.core.clock import hub_clock
from hub.core.prepared_queries import Param, prepared_query
from lending.model import Block, ItemStatus, Reason
from lending.policy import Rule

Fact = str | int | None
NEXT_EVENT = "UPDATE circulation_feedcursor SET last = last + 1 WHERE id = 1 RETURNING last"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a kiosk with its transaction, or a named member of staff.

    `now` is the transaction date, aware. With `no_block` the transaction has already happened: it is applied if at all
    possible, even against the rules. If `now` is not `believed`, it is the time of receipt, and the transaction
    happened no earlier than `since`, if known.
    """

    branch: Branch
    now: datetime
    kiosk: Kiosk | None = None
    transaction: UUID | None = None
    staff: str = ""
    desk: str = ""
    """Name of the desk at which staff act; empty if it has none."""
    no_block: bool = False
    elsewhere: bool = False
    """The transaction was made in the ILS and is final; its due date is the ILS's."""
    believed: bool = True
    clock_right: bool = True
    """Whether the wall clock by which a due date was promised was right."""
    since: datetime | None = None
    seq: int = 0

    def actor_facts(self) -> dict[str, str | None]:
        """Return the actor and the certainty of the time for the feed.

        No fee may follow from an uncertain time.
        """
        return {
            "time": "certain" if self.believed else "uncertain",
            "branch": self.branch.code,
            "kiosk": self.kiosk.name if self.kiosk else None,
            "staff": self.staff or None,
            "transaction": str(self.transaction) if self.transaction else None,
        }


@dataclass(frozen=True, slots=True)
class OperationResult:
    """A successful operation and what the patron or staff should know."""

    due: datetime | None = None
    someone_waits: bool = False
    place: str = ""
    goes_on: Branch | None = None
    """The branch to which a returned copy must be sent."""
    loan: Loan | None = None
    rule: Rule | None = None
    """The rule by which the item was checked out or renewed."""
    became: str = ""
    """The outcome of a request that may have several."""
    overruled: Block | None = None
    """Why the rules would have refused it; it was applied because it had already happened."""


def by_staff(request: HttpRequest, transaction: UUID | None = None, *, no_block: bool = False) -> Actor:
    """Return the signed-in member of staff as actor, now and at this workplace's branch and desk."""
    return Actor(
        branch=branch_of(request),
        now=hub_clock().now(),
        staff=request.user.get_username(),
        desk=desk_of(request),
        transaction=transaction,
        no_block=no_block,
    )


def lock_patron(patron: Patron) -> Patron:
    """Reload the patron in place and lock the row until the commit.

    Patrons are locked before items everywhere, to avoid deadlocks.
    """
    patron.refresh_from_db(from_queryset=Patron.objects.select_for_update(of=("self",)).select_related("category"))
    return patron


def lock_item(item: Item) -> Item:
    """Reload the item in place and lock its row until the commit."""
    item.refresh_from_db(from_queryset=_items())
    return item


def not_at_hand(item: Item) -> Block | None:
    """Return where the copy is if it is on loan, lost or on the hold shelf; None if it is at hand."""
    match item_facts(item).status:
        case ItemStatus.ON_LOAN | ItemStatus.HANDED_IN:
            return Block(Reason.ON_LOAN_TO_OTHER)
        case ItemStatus.LOST:
            return Block(Reason.ITEM_LOST)
        case ItemStatus.ON_HOLD_SHELF:
            return Block(Reason.HELD_FOR_OTHER)
        case ItemStatus.ON_SHELF:
            return None


def lock_card(hashed: str) -> Card | None:
    """Return the card with the keyed hash, with its patron's row locked until the commit.

    PostgreSQL finds nothing if the patron was merged into another one while this waited for the lock. The card then
    belongs to that one, and the second query, which sees what was committed meanwhile, finds it.
    """
    return next(iter(_card(hashed)), None) or next(iter(_card(hashed)), None)


@prepared_query
def _card() -> QuerySet:
    rows = Card.objects.select_for_update(of=("patron",)).select_related("patron__category")
    return rows.filter(hash=Param(0, CharField()))


def lock_item_by_barcode(barcode: str) -> Item | None:
    """Return the item with the barcode, with its row locked until the commit."""
    return next(iter(_item(barcode)), None)


@prepared_query
def _item() -> QuerySet:
    return _items().filter(barcode=Param(0, CharField())).order_by()


def _items() -> QuerySet:
    return Item.objects.select_for_update(of=("self",)).select_related("title", "type", "branch")


def tell(kind: str, by: Actor, loan: Loan, **more: Fact) -> None:
    """Append an event about the loan to the feed."""
    append_event(
        kind,
        by.now,
        loan=loan.pk,
        patron=None if loan.nameless else loan.patron.ref,
        item=loan.item.barcode,
        title=loan.item.title_id,
        type=loan.item.type.code,
        out=loan.checked_out_at.isoformat(),
        due=loan.due.isoformat(),
        **({"reckoned": "yes"} if loan.reckoned else {}),
        renewals=loan.renewals,
        **more,
        **by.actor_facts(),
    )


def append_event(kind: str, at: datetime, **data: Fact) -> None:
    """Append one event.

    Call it last: it locks the feed until the commit, so that ids are committed in order.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"event {kind}: append it in the transaction of its effect")
    CirculationEvent.objects.create(id=_next_event_number(), at=at, kind=kind, data=data)


def _next_event_number() -> int:
    """Return the next id. The counter's row stays locked until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_EVENT)
        if (row := cursor.fetchone()) is None:
            FeedCursor.objects.get_or_create(pk=1)
            cursor.execute(NEXT_EVENT)
            row = cursor.fetchone()
    return row[0]
