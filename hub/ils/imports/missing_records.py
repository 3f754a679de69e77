"""Close records that a full sheet no longer contains, and restore those that reappear.

Only what a sheet has contained before can be missing from it: patrons registered in the hub are kept. No record is
deleted.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from hub.catalogue.models import Branch, Item
from hub.circulation.models import Hold, Loan, Patron
from hub.circulation.operations import accounts, hold_queue
from hub.circulation.operations.context import Actor
from hub.circulation.sheets.imports import IMPORT
from hub.csv_sheets.csv_reader import chunks, guard
from hub.ils.models import ImportedRecord


@dataclass(frozen=True, slots=True)
class RecordKind:
    """How to close and restore a kind of record.

    `lasting` returns the records that a missing row would close, as of the time of the sheet.
    """

    lasting: Callable[[datetime], QuerySet]
    end: Callable[[Actor, int], object]
    bring_back: Callable[[Actor, int, str], object]
    """Called with the status that the sheet gives; empty if none."""


def record_seen(what: str, seen: Mapping[int, str], taken: datetime, *, complete: bool, most_may_end: bool) -> int:
    """Remember what the sheet contains, and close what is missing from a complete one; return how many.

    Raises:
        EndsTooMuch: Suspiciously many records would be closed.
    """
    kind, by = KINDS[what], _import_actor(taken)
    rows = ImportedRecord.objects.filter(what=what)
    known = set(rows.values_list("key", flat=True))
    fresh = (ImportedRecord(what=what, key=key) for key in sorted(set(seen) - known))
    ImportedRecord.objects.bulk_create(fresh, batch_size=500)
    for key in sorted(set(rows.exclude(gone_at=None).values_list("key", flat=True)).intersection(seen)):
        kind.bring_back(by, key, seen[key])
        rows.filter(key=key).update(gone_at=None)
    if not complete:
        return 0
    missing = _missing_keys(what, known, seen, taken, most_may_end)
    for key in missing:
        kind.end(by, key)
    for some in chunks(missing):
        rows.filter(key__in=some).update(gone_at=taken)
    return len(missing)


def would_close(what: str, seen: Collection[int], taken: datetime, *, most_may_end: bool) -> Sequence[int]:
    """Return the keys that a complete sheet with these records would close.

    Raises:
        EndsTooMuch: Suspiciously many records would be closed.
    """
    known = set(ImportedRecord.objects.filter(what=what).values_list("key", flat=True))
    return _missing_keys(what, known, seen, taken, most_may_end)


def _missing_keys(
    what: str, known: set[int], seen: Collection[int], taken: datetime, most_may_end: bool
) -> Sequence[int]:
    lasting = known.intersection(KINDS[what].lasting(taken).values_list("pk", flat=True))
    missing = sorted(lasting.difference(seen))
    guard(what, len(missing), len(lasting), allowed=most_may_end)
    return missing


def _import_actor(taken: datetime) -> Actor:
    return Actor(branch=Branch.objects.order_by("pk")[0], now=taken, staff=IMPORT)


def _active(_taken: datetime) -> QuerySet:
    return Patron.objects.filter(status=Patron.Status.ACTIVE)


def _block(by: Actor, key: int) -> None:
    accounts.set_patron(by, Patron.objects.get(pk=key), str(Patron.Status.BLOCKED))


def _unblock(by: Actor, key: int, says: str) -> None:
    """Unblock the patron, unless the sheet gives a status, which was imported already."""
    patron = Patron.objects.filter(pk=key, status=Patron.Status.BLOCKED).first()
    if patron is not None and not says:
        accounts.set_patron(by, patron, str(Patron.Status.ACTIVE))


def _items_in_stock(_taken: datetime) -> QuerySet:
    return Item.objects.filter(condition=Item.Condition.NORMAL)


def _withdraw(_by: Actor, key: int) -> None:
    _set_condition(key, str(Item.Condition.NORMAL), str(Item.Condition.WITHDRAWN))


def _put_back(_by: Actor, key: int, says: str) -> None:
    if not says:
        _set_condition(key, str(Item.Condition.WITHDRAWN), str(Item.Condition.NORMAL))


def _set_condition(key: int, before: str, condition: str) -> None:
    for item in Item.objects.select_for_update(of=("self",)).filter(pk=key, condition=before):
        item.condition = condition
        item.save(update_fields=("condition",))


def _open_holds(taken: datetime) -> QuerySet:
    return Hold.objects.filter(state__in=Hold.OPEN, placed_at__lte=taken)


def _close(by: Actor, key: int) -> None:
    """Close a hold: as collected if the patron has borrowed a copy since, else as cancelled."""
    hold = Hold.objects.select_related("patron", "item").get(pk=key)
    since = Loan.objects.filter(patron=hold.patron, item__title=hold.title_id, checked_out_at__gte=hold.placed_at)
    if hold.copy_id is not None:
        since = since.filter(item=hold.copy_id)
    if not since.exists():
        hold_queue.cancel(by, hold)
        return
    hold.state, hold.closed_at = Hold.State.COLLECTED, by.now
    hold.save(update_fields=("state", "closed_at"))


def _wait_again(by: Actor, key: int, says: str) -> None:
    hold = Hold.objects.filter(pk=key, state=Hold.State.CANCELLED).select_related("patron", "item__title").first()
    if hold is not None and says in set(map(str, Hold.OPEN)):
        hold_queue.give_back(by, hold)


KINDS: Mapping[str, RecordKind] = {
    "patrons": RecordKind(_active, _block, _unblock),
    "items": RecordKind(_items_in_stock, _withdraw, _put_back),
    "holds": RecordKind(_open_holds, _close, _wait_again),
}
