"""Who acts at a desk, where and when, and what comes of it; the words that all effects share."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, QuerySet

from hub.catalogue.models import Branch, Item
from hub.circulation import event_feed
from hub.circulation.models import Card, Kiosk, Loan, Patron
from hub.core.prepared_queries import Given, asked
from lending.model import Block
from lending.policy import Rule


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a kiosk with its transaction, or staff by name. `now` is the transaction date, aware.

    `no_block` says that it has happened already: what the facts allow at all is done, whatever the rules say. Where
    `now` is not `believed` it is only when the hub heard of it: it happened no earlier than `since`, if that is known.
    """

    branch: Branch
    now: datetime
    kiosk: Kiosk | None = None
    transaction: UUID | None = None
    staff: str = ""
    no_block: bool = False
    elsewhere: bool = False
    """The library's own system has done it: it is so, until the day that it says."""
    believed: bool = True
    clock_right: bool = True
    """The wall clock by which a due date was promised."""
    since: datetime | None = None
    seq: int = 0

    def who(self) -> dict[str, str | None]:
        """Tells the feed who acted, and how far the time can be believed: nobody is charged by one that cannot."""
        return {
            "time": "certain" if self.believed else "uncertain",
            "branch": self.branch.code,
            "kiosk": self.kiosk.name if self.kiosk else None,
            "staff": self.staff or None,
            "transaction": str(self.transaction) if self.transaction else None,
        }


@dataclass(frozen=True, slots=True)
class OperationResult:
    """A yes and what the one at the desk should know."""

    due: datetime | None = None
    someone_waits: bool = False
    place: str = ""
    goes_on: Branch | None = None
    """The branch to which a returned copy goes on."""
    loan: Loan | None = None
    rule: Rule | None = None
    """By which it was lent or renewed."""
    became: str = ""
    """What became of a wish that can become more than one thing."""
    against: Block | None = None
    """What the rules said: it was done all the same, because it had happened."""


def lock_patron(patron: Patron) -> Patron:
    """Reads the patron again, in place, and holds her row until the commit. Patrons come before items, everywhere."""
    patron.refresh_from_db(from_queryset=Patron.objects.select_for_update(of=("self",)).select_related("category"))
    return patron


def lock_item(item: Item) -> Item:
    """Reads the item again, in place, and holds its row until the commit."""
    item.refresh_from_db(from_queryset=_items())
    return item


def held_card(hashed: str) -> Card | None:
    """Finds the card with the keyed hash, and holds its patron's row until the commit."""
    return next(iter(_card(hashed)), None)


@asked
def _card() -> QuerySet:
    rows = Card.objects.select_for_update(of=("patron",)).select_related("patron__category")
    return rows.filter(hash=Given(0, CharField()))


def held_item(barcode: str) -> Item | None:
    """Finds the item with the barcode, and holds its row until the commit."""
    return next(iter(_item(barcode)), None)


@asked
def _item() -> QuerySet:
    return _items().filter(barcode=Given(0, CharField())).order_by()


def _items() -> QuerySet:
    return Item.objects.select_for_update(of=("self",)).select_related("title", "type", "branch")


def tell(kind: str, by: Actor, loan: Loan, **more: event_feed.Fact) -> None:
    """Writes into the feed what happened to the loan."""
    event_feed.append(
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
        **by.who(),
    )
