"""Serve pages that use the item pad of the desk's machine: what they may connect to, and what they ask about items."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue.models import Item
from hub.catalogue.workplace import branch_of, desk_of
from hub.circulation.intake.exceptions import open_tag_finding
from hub.circulation.models import Loan
from hub.core.clock import hub_clock
from hub.core.middleware import POLICY
from hub.core.pages.page import staff_action
from lending.transactions import TagFinding

MOST = 200
"""Items on a pad that a page may ask about at once."""


def allow(response: HttpResponse, port: int) -> HttpResponse:
    """Let this page connect to the hub and to `kiosk pad` at this port of its machine, and to nothing else."""
    response["Content-Security-Policy"] = f"{POLICY}; connect-src 'self' ws://127.0.0.1:{port}"
    return response


@staff_action
def find_items(request: HttpRequest) -> JsonResponse:
    """Return which of `{"items": [...]}` the library has: `{"items": {number: {"title": ..., "lent": bool}}}`."""
    try:
        numbers = [str(each) for each in json.loads(request.body)["items"]][:MOST]
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"fault": "items are required"}, status=400)
    known = Item.objects.filter(barcode__in=numbers).select_related("title")
    lent = set(Loan.objects.filter(item__in=known, state=Loan.State.ON_LOAN).values_list("item_id", flat=True))
    return JsonResponse({"items": {
        each.barcode: {"title": each.title.title, "lent": each.pk in lent} for each in known
    }})  # fmt: skip


@staff_action
def report_finding(request: HttpRequest) -> JsonResponse:
    """Open the exception for `{"item": ..., "finding": ...}`; a repeated request opens none."""
    try:
        asked = json.loads(request.body)
        item, finding = Item.objects.get(barcode=str(asked["item"])), TagFinding(asked["finding"])
    except (ValueError, KeyError, TypeError, Item.DoesNotExist):
        return JsonResponse({"fault": "item and finding are required"}, status=400)
    place = _(", ").join(filter(None, (str(branch_of(request)), desk_of(request) or _("Desk"))))
    open_tag_finding(item, finding, place, hub_clock().now())
    return JsonResponse({})


def words() -> dict[str, str]:
    """Return the texts of the item pad for the scripts."""
    return {
        "pad_ready": pgettext("item pad", "Item pad ready"),
        "pad_items": _("On the item pad: {items}."),
        "pad_away": _("The item pad does not respond. Start `kiosk pad` on this machine."),
        "pad_taken": _("Another window uses the item pad. Click here to use it in this one."),
        "pad_fault": _("The item pad does not work ({code}). Check its cable and power."),
        "pad_crowded": _("Too many items at once. Take some off."),
        "pad_unreadable": _("Tags that cannot be read: {count}. Scan the label of these items."),
        "tag_waiting": pgettext("item tag", "Waiting"),
        "tag_missing": _("Of {all} parts, missing: {parts}. Lay them down, or scan the label to go on without."),
        "tag_left_out": _("Of {all} parts, missing: {parts}. It is noted in the exceptions."),
        "tag_passes": _("The gate lets it pass."),
        "tag_rings": _("The gate may ring. Lay it on the item pad again."),
        "tag_secured": _("The gate rings for it again."),
        "tag_silent": _("The gate may not ring for it. Put it aside."),
        "tag_lifted": _("Taken off too early"),
        "tag_lifted_then": _("Lay it on the item pad again to check it in."),
        "tag_needed": _("Not undone"),
        "tag_needed_then": _("Lay the item on the item pad first. Its security must be on again."),
    }
