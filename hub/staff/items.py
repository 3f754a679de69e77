"""Show the pages of items: where an item is, its borrower and its former loans."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.catalogue.models import Item
from hub.catalogue.workplace import pad_of
from hub.circulation import lookup
from hub.circulation.domain_mapping import item_facts, items_facts
from hub.circulation.models import Hold, Loan, Transit
from hub.circulation.operations import hold_queue, loan_changes
from hub.circulation.operations.context import by_staff
from hub.circulation.refusals import report_refusal
from hub.core import rights
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.formatting import Tone
from hub.core.pages.page import page, paginate, report_success, staff_action, staff_page
from hub.staff.rows import HoldRow, LoanRow
from lending import model
from lending.model import Block, ItemStatus


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item with its whereabouts, as lists show it."""

    book: BookRow
    type: str
    branch: str
    tone: str
    state: str
    due: str

    @staticmethod
    def from_item(item: Item, facts: model.Item, way: Transit | None = None) -> "ItemRow":
        tone, state = _whereabouts(item, facts, way)
        due = formatting.due(facts.due) if facts.due and facts.status is ItemStatus.ON_LOAN else ""
        return ItemRow(book_rows.book(item), str(item.type), str(item.branch), tone, state, due)


def _whereabouts(item: Item, facts: model.Item, way: Transit | None) -> tuple[Tone, str]:
    if item.condition == Item.Condition.WITHDRAWN:
        places = [item.get_condition_display()]
        return Tone.STOP, _(", ").join([_("On loan"), *places] if facts.status is ItemStatus.ON_LOAN else places)
    match facts.status:
        case ItemStatus.ON_SHELF if way is not None:
            words = _("In transit to {branch}") if way.sent_at else _("To be sent to {branch}")
            return Tone.WAITS, words.format(branch=way.target)
        case ItemStatus.ON_SHELF:
            return Tone.DONE, _("On the shelf")
        case ItemStatus.ON_LOAN:
            return Tone.CLOCK, _("On loan")
        case ItemStatus.HANDED_IN:
            return Tone.LOOK, _("Returned, not checked")
        case ItemStatus.ON_HOLD_SHELF:
            return Tone.WAITS, _("On the hold shelf")
        case ItemStatus.LOST:
            return Tone.STOP, _("Lost")


def _items_csv(items: "QuerySet[Item]") -> HttpResponse:
    heading = (_("Barcode"), _("Title"), _("Author"), _("Call number"), _("Type"), _("Branch"), _("Condition"))
    rows = (
        (
            each.barcode,
            each.title.title,
            each.title.author,
            each.call_number or each.title.call_number,
            each.type,
            each.branch,
            each.get_condition_display(),
        )
        for each in items.select_related("title", "type", "branch").iterator()
    )
    return download("items", heading, rows)


@staff_page
def items(request: HttpRequest) -> HttpResponse:
    """List items by title, author or barcode."""
    words, show = request.GET.get("q", "").strip(), request.GET.get("show", "")
    asked = _filter_items(lookup.items_named(words), show)
    if wants_csv(request):
        return _items_csv(asked)
    found = paginate(request, asked)
    facts = items_facts(found)
    ways = {
        each.item_id: each for each in hold_queue.open_transfers().filter(item__in=list(found)).select_related("target")
    }
    rows = [ItemRow.from_item(item, each, ways.get(item.pk)) for item, each in zip(found, facts, strict=True)]
    return page(request, "items", "staff/items.html", {
        "found": found, "rows": rows, "q": words, "show": show, "may_add": may_keep(request),
        "has_pad": pad_of(request) is not None,
    })  # fmt: skip


def _filter_items(found: "QuerySet[Item]", show: str) -> "QuerySet[Item]":
    open_loan = Exists(Loan.objects.filter(item=OuterRef("pk"), state__in=Loan.OPEN))
    match show:
        case "on_loan":
            return found.filter(open_loan)
        case "here":
            return found.filter(~open_loan, condition=Item.Condition.NORMAL)
        case "lost":
            return found.filter(condition=Item.Condition.LOST)
        case "withdrawn":
            return found.filter(condition=Item.Condition.WITHDRAWN)
        case _:
            return found


def may_keep(request: HttpRequest) -> bool:
    """Return whether the user adds and corrects titles and items here; with an ILS, that is done there."""
    return rights.may_open(request.user, "collection:add") and formatting.library().followed_since is None


@staff_page
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one item: its loan, the holds that it can fill, and its last loans."""
    found = get_object_or_404(Item.objects.select_related("title", "type", "branch"), pk=pk)
    loans = Loan.objects.filter(item=found).select_related("patron", "item__title")
    holds = Hold.objects.filter(Q(copy=None) | Q(copy=found), title=found.title_id, state__in=Hold.OPEN)
    holds = holds.select_related("patron", "title", "pickup", "item", "copy")
    facts = item_facts(found)
    return page(request, "items", "staff/item.html", {
        "item": found,
        "row": ItemRow.from_item(found, facts, hold_queue.open_transfer(found)),
        "tagged": formatting.day(found.tagged_on),
        "lost": facts.status is ItemStatus.LOST,
        "withdrawn": found.condition == Item.Condition.WITHDRAWN,
        "may_keep": may_keep(request),
        "waiting_for_last": _waiting_for_last(found),
        "loans": [LoanRow.from_loan(each) for each in loans[:10]],
        "holds": [HoldRow.from_hold(each) for each in holds],
    })  # fmt: skip


def _waiting_for_last(item: Item) -> int:
    """Return the number of waiting holds that no other copy can fill."""
    if item.condition == Item.Condition.WITHDRAWN:
        return 0
    others = Item.objects.filter(title=item.title_id, condition=Item.Condition.NORMAL).exclude(pk=item.pk)
    waiting = Hold.objects.filter(Q(copy=None) | Q(copy=item), title=item.title_id, state=Hold.State.WAITING)
    return int((waiting.filter(copy=item) if others.exists() else waiting).count())


@staff_action
def lose(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark an item as lost; an open loan stays open, because the item is owed."""
    found, home = get_object_or_404(Item, pk=pk), reverse("staff:item", args=(pk,))
    done = loan_changes.lose(by_staff(request), found)
    if isinstance(done, Block):
        return report_refusal(request, done, home)
    return report_success(request, _("Lost"), home, "" if done.loan else reverse("staff:receive", args=(pk,)))


@staff_action
def receive(request: HttpRequest, pk: int) -> HttpResponse:
    """Check in an item that a member of staff has in hand."""
    found, home = get_object_or_404(Item, pk=pk), reverse("staff:item", args=(pk,))
    done = loan_changes.receive(by_staff(request), found)
    if isinstance(done, Block):
        return report_refusal(request, done, home)
    return report_success(request, _("Returned"), home)
