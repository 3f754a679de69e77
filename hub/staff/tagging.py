"""Serve the page that writes the RFID tags of items, with the item pad of the desk's machine.

The hub keeps that an item has a tag and how many parts, never what identifies the tag itself.
"""

import json
from datetime import date

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue import book_rows
from hub.catalogue.models import Branch, Item
from hub.catalogue.workplace import branch_of, pad_of
from hub.circulation.models import Loan
from hub.core.pages import formatting
from hub.core.pages.page import page, staff_action, staff_page
from hub.staff import item_pad

MOST_PARTS = 255
"""Parts that a tag of ISO 28560-3 can count."""
SHOWN = 20
"""Items of today that the page lists."""


@staff_page
def tagging(request: HttpRequest) -> HttpResponse:
    """Show the page: scan a label, lay the item on the item pad, and its tag is written."""
    pad, branch = pad_of(request), branch_of(request)
    today = Item.objects.filter(branch=branch, tagged_on=formatting.today()).select_related("title")
    response = page(request, "items", "staff/tagging.html", {
        "pad": pad,
        "branch": branch,
        "progress": _progress(branch),
        "today": [book_rows.book(each) for each in today.order_by("-pk")[:SHOWN]],
        "words": item_pad.words() | _words(),
        "most_parts": MOST_PARTS,
    })  # fmt: skip
    return response if pad is None else item_pad.allow(response, pad)


def _progress(branch: Branch) -> str:
    every = Item.objects.filter(branch=branch).exclude(condition=Item.Condition.WITHDRAWN)
    count, tagged = every.count(), every.exclude(tagged_on=None).count()
    today = every.filter(tagged_on=formatting.today()).count()
    share = 100 * tagged // count if count else 0
    return _("{tagged} of {count} items have tags ({share} %), {today} written today").format(
        tagged=f"{tagged:,}", count=f"{count:,}", share=share, today=f"{today:,}"
    )


@staff_action
def find(request: HttpRequest) -> JsonResponse:
    """Return the item of `{"item": number}`, or `{"item": null}`."""
    item = _item(request)
    if item is None:
        return JsonResponse({"item": None})
    lent = Loan.objects.filter(item=item, state=Loan.State.ON_LOAN).exists()
    detail = _(", ").join(filter(None, (item.title.author, item.call_number or item.title.call_number)))
    return JsonResponse({
        "item": item.barcode, "title": item.title.title, "detail": detail, "lent": lent, "parts": item.tagged_parts
    })  # fmt: skip


@staff_action
def record(request: HttpRequest) -> JsonResponse:
    """Record that all tags of an item are written: `{"item": number, "parts": n}`, or `"parts": null` after an undo.

    `"before"` with the answer's `before` restores what an earlier writing had recorded.
    """
    item = _item(request)
    try:
        asked = json.loads(request.body)
        parts, before = asked["parts"], asked.get("before")
        is_count = parts is None or (type(parts) is int and 1 <= parts <= MOST_PARTS)
        on = date.fromisoformat(before) if before else formatting.today()
    except (ValueError, KeyError, TypeError, AttributeError):
        is_count = False
    if item is None or not is_count or on > formatting.today():
        return JsonResponse({"fault": "item and parts are required"}, status=400)
    former = {"parts": item.tagged_parts, "before": item.tagged_on.isoformat() if item.tagged_on else None}
    item.tagged_parts, item.tagged_on = parts, on if parts else None
    item.save(update_fields=("tagged_parts", "tagged_on"))
    return JsonResponse({"former": former, "progress": _progress(branch_of(request))})


def _item(request: HttpRequest) -> Item | None:
    try:
        number = str(json.loads(request.body)["item"]).strip()
    except (ValueError, KeyError, TypeError):
        return None
    return Item.objects.filter(barcode=number).select_related("title").first()


def _words() -> dict[str, str]:
    return {
        "scan": _("Scan the label of the next item."),
        "unknown": _("Not in the catalogue"),
        "lent": _("On loan. Check it in first."),
        "lay": _("Lay it on the item pad."),
        "lay_part": _("Lay part {part} of {parts} on the item pad."),
        "lift": _("Part {part} of {parts} is written. Take it off."),
        "writing": _("Writing"),
        "written": _("Written and checked"),
        "already": _("Its tag was right already"),
        "rewritten": _("Rewritten and checked"),
        "other_item": _("This tag names {names}."),
        "other_use": _("This tag has another use, such as a patron card."),
        "many": _("More than one tag on the item pad. Leave one."),
        "no_tag": _("Lay it on the item pad."),
        "gone": _("Taken off too early. Lay it on the item pad again."),
        "failed": _("Not written. Lay it in the middle of the item pad, or use another tag."),
        "no_room": _("The number or the owner is too long for this tag."),
        "undone": pgettext("item tag", "The tag is as it was before"),
        "not_undone": _("Not undone. Only the tag that was written last may lie on the item pad."),
        "hub_away": _("The hub does not respond. Scan the label again."),
    }
