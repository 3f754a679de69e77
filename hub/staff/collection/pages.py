"""Serve the pages on which staff add a title or item, correct it, withdraw an item and return it to the collection."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue import display
from hub.catalogue.models import Item, Title
from hub.catalogue.workplace import branch_of
from hub.circulation.operations import collection
from hub.circulation.operations.collection import Obstacle
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only
from hub.core.retrying_transaction import atomic
from hub.staff.collection.forms import ItemForm, TitleForm, is_isbn
from hub.staff.collection.undo import undo_url
from hub.staff.library.undo import keep_first_version

LISTED = 10
"""Titles with the same ISBN that are listed."""


@require_http_methods(["GET", "POST"])
@staff_only
def add(request: HttpRequest) -> HttpResponse:
    """Find a title by its ISBN, or add a title with its first item."""
    posted = request.POST if request.method == "POST" else None
    asked = request.GET.get("isbn", "").strip()
    number = display.isbn13(asked) if is_isbn(asked) else None
    known = list(Title.objects.filter(isbns__isbn13=number).defer("record")[:LISTED]) if number else []
    title = TitleForm(posted, initial={"isbns": number or ""})
    item = ItemForm(posted, prefix="item", initial=_item_defaults(request), use_required_attribute=False)
    title.fields["title"].widget.attrs["autofocus"] = number is not None
    has_item = posted is not None and bool(posted.get("item-barcode", "").strip() or posted.get("item-numbered"))
    if posted is not None and title.is_valid() and (not has_item or item.is_valid()):
        try:
            return _save_title(request, title, item if has_item else None)
        except IntegrityError:
            if not _is_taken_now(item):
                raise
    has_errors = bool(posted is not None and (title.errors or (has_item and item.errors)))
    return page(request, "titles", "collection/add.html", {
        "asked": asked,
        "is_wrong": bool(asked) and number is None,
        "known": known,
        "number": number,
        "title_form": title,
        "item_form": item,
        "shows_item_errors": has_item,
    }, 422 if has_errors else 200)  # fmt: skip


@atomic
def _save_title(request: HttpRequest, title: TitleForm, item: ItemForm | None) -> HttpResponse:
    saved = title.save()
    items = []
    if item is not None:
        item.instance.title = saved
        items = [item.save().pk]
    words = _("“{title}” added").format(title=saved.title)
    return report_success(request, words, _title_url(saved.pk), undo_url(items=items, titles=[saved.pk]))


def _item_defaults(request: HttpRequest, title: Title | None = None) -> dict[str, Any]:
    """Return what a new item has in common with the title's others, else with the item that was added last."""
    items = Item.objects.order_by("-pk")
    last = (items.filter(title=title).first() if title else None) or items.first()
    return {"branch": branch_of(request).pk, **({"type": last.type_id} if last else {})}


def _title_url(pk: int) -> str:
    return reverse("search:title", args=(pk,))


def _item_url(pk: int) -> str:
    return reverse("staff:item", args=(pk,))


@require_http_methods(["GET", "POST"])
@staff_only
def edit_title(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a title's form, or save it."""
    found = get_object_or_404(Title, pk=pk)
    isbns = list(found.isbns.order_by("pk").values_list("isbn13", flat=True))
    heading = found.title
    form = TitleForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        _save_edited(form)
        return report_success(request, _("Title saved"), _title_url(pk), undo_url(titles=[pk], isbns=isbns))
    return page(request, "titles", "collection/title.html", {
        "title": found, "heading": heading, "title_form": form, "home": _title_url(pk),
    }, 422 if form.errors else 200)  # fmt: skip


@atomic
def _save_edited(form: TitleForm) -> None:
    keep_first_version(Title, form.instance.pk)
    form.save()


@require_http_methods(["GET", "POST"])
@staff_only
def new_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form for another item of a title, or add it."""
    found = get_object_or_404(Title.objects.defer("record"), pk=pk)
    posted = request.POST if request.method == "POST" else None
    form = ItemForm(posted, initial=_item_defaults(request, found) | {"numbered": True})
    form.fields["barcode"].widget.attrs["autofocus"] = True
    if form.is_valid():
        form.instance.title = found
        try:
            saved = _save_item(form)
        except IntegrityError:
            if not _is_taken_now(form):
                raise
        else:
            words = _("Item {barcode} added").format(barcode=saved.barcode)
            return report_success(request, words, _title_url(pk), undo_url(items=[saved.pk]))
    return page(request, "items", "collection/item.html", {
        "title": found, "item_form": form, "home": _title_url(pk),
    }, 422 if form.errors else 200)  # fmt: skip


@atomic
def _save_item(form: ItemForm) -> Item:
    saved: Item = form.save()
    return saved


def _is_taken_now(form: ItemForm) -> bool:
    """Check the form again after the database refused it: a second press may have used the barcode meanwhile."""
    form.full_clean()
    return not form.is_valid()


@require_http_methods(["GET", "POST"])
@staff_only
def edit_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an item's form, or save it."""
    found = get_object_or_404(Item.objects.select_related("title", "type", "branch").defer("title__record"), pk=pk)
    form = ItemForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        if why := _correct(found, form.cleaned_data):
            form.add_error("barcode", _obstacle_text(why))
        else:
            return report_success(request, _("Item saved"), _item_url(pk), undo_url(items=[pk]))
    return page(request, "items", "collection/item.html", {
        "title": found.title, "item": found, "item_form": form, "home": _item_url(pk),
    }, 422 if form.errors else 200)  # fmt: skip


@atomic
def _correct(item: Item, values: dict[str, Any]) -> Obstacle | None:
    keep_first_version(Item, item.pk)
    return collection.correct(item, values)


@staff_action
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw an item, unless a patron has or awaits it."""
    found, home = get_object_or_404(Item, pk=pk), _item_url(pk)
    if why := _withdraw(found):
        return report_error(request, _obstacle_text(why), home)
    return report_success(request, _("Withdrawn"), home, undo_url(items=[pk]))


@atomic
def _withdraw(item: Item) -> Obstacle | None:
    keep_first_version(Item, item.pk)
    return collection.withdraw(item)


@staff_action
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a withdrawn item to the collection."""
    found = get_object_or_404(Item, pk=pk)
    collection.restore(found)
    return report_success(request, _("Returned to the collection"), _item_url(pk), undo_url(items=[pk]))


def _obstacle_text(obstacle: Obstacle) -> str:
    """Return why an item cannot be withdrawn or relabelled, and what to do first."""
    return {
        Obstacle.ON_LOAN: _("A patron has it on loan. Check it in first, or mark it as lost. Nothing was changed."),
        Obstacle.ON_HOLD_SHELF: _("It is on the hold shelf for a patron. Cancel that hold first. Nothing was changed."),
        Obstacle.IN_TRANSIT: _(
            "It is on its way to a patron with a hold. Cancel that hold first. Nothing was changed."
        ),
    }[obstacle]
