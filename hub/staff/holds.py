"""Show the lists of holds by what staff have to do about them, and change a hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch, Item
from hub.circulation.models import Hold, Transit
from hub.circulation.operations import hold_changes, hold_queue
from hub.circulation.operations.context import by_staff
from hub.circulation.operations.hold_queue import PulledCopy, WaitingHolds
from hub.circulation.refusals import report_refusal
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page, tabs
from hub.staff import branch_scope
from hub.staff.rows import HoldRow, hold_state, masked_text
from lending.model import Block, Reason

LONGEST_PICKUP = timedelta(days=90)
"""How far ahead the last day on the hold shelf may be: others wait for the copy."""
LONGEST_SUSPENSION = timedelta(days=366)
LONGEST_REASON = 200
ANY = "any"
"""Stands for any copy in the address that undoes a choice."""


@staff_page
def holds(request: HttpRequest) -> HttpResponse:
    """List holds: to pull, to trap in the bin, ready, waiting for an item that is away, suspended, or left over."""
    show, shown = request.GET.get("show", "pull"), branch_scope.branches_shown(request)
    waiting = hold_queue.sort_waiting_holds()
    pulled = _copies_to_pull(waiting, shown)
    lists: dict[str, list[int] | QuerySet[Hold]] = {
        "pull": [*pulled],
        "trap": [hold for hold, pickup in waiting.trap.items() if shown is None or pickup in shown],
        "ready": branch_scope.narrow_to_branches(request, hold_queue.ready_holds(), "pickup"),
        "waiting": [hold for hold, pickup in waiting.elsewhere.items() if shown is None or pickup in shown],
        "suspended": branch_scope.narrow_to_branches(request, hold_queue.suspended_holds(), "pickup"),
        "left": branch_scope.narrow_to_branches(request, hold_queue.leftover_holds(), "pickup"),
    }
    show = show if show in lists else "pull"
    counts = {name: len(each) if isinstance(each, list) else each.count() for name, each in lists.items()}
    branches = _pull_branches(request, shown, pulled.values()) if show == "pull" else []
    if show == "pull":
        lists["pull"] = _in_walking_order(pulled, request.GET.get("at", ""))
    if wants_csv(request):
        return _holds_csv(_in_order(lists[show]))
    found = paginate(request, lists[show])
    words = {
        "pull": _("To pull from shelf"),
        "trap": _("To trap"),
        "ready": _("Ready"),
        "waiting": _("Waiting"),
        "suspended": _("Suspended"),
        "left": _("To remove from hold shelf"),
    }
    return page(request, "holds", "staff/holds.html", {
        "found": found, "rows": hold_rows(_in_order(found.object_list), pulled), "show": show,
        "tabs": tabs(words, counts), "branches": branches, "at": request.GET.get("at", ""),
        "scope": branch_scope.scope_heading(request),
        **form_days(),
    })  # fmt: skip


def _copies_to_pull(waiting: WaitingHolds, shown: frozenset[int] | None) -> dict[int, PulledCopy]:
    """Return the copy to fetch for each hold, at the branches that the page shows."""
    return {hold: copy for hold, copy in waiting.pull.items() if shown is None or copy.branch in shown}


def pull_list(request: HttpRequest) -> list[tuple[Hold, Item]]:
    """Return what the tab *To pull from shelf* lists, in its order, each hold with the copy to fetch."""
    pulled = _copies_to_pull(hold_queue.sort_waiting_holds(), branch_scope.branches_shown(request))
    listed = _in_order(_in_walking_order(pulled, request.GET.get("at", "")))
    items = Item.objects.select_related("branch").in_bulk([copy.item for copy in pulled.values()])
    return [(hold, items[pulled[hold.pk].item]) for hold in listed]


@dataclass(frozen=True, slots=True)
class PullBranch:
    """A branch where copies are to be fetched, or all of them, with their number and the link to its list."""

    words: str
    count: int
    url: str
    is_current: bool


def _pull_branches(
    request: HttpRequest, shown: frozenset[int] | None, copies: Iterable[PulledCopy]
) -> list[PullBranch]:
    """Return the branches to choose from, also those without a copy to fetch; none if there is only one."""
    branches = [each for each in Branch.objects.order_by("code") if shown is None or each.pk in shown]
    if len(branches) < 2:
        return []
    counts = Counter(copy.branch for copy in copies)
    at, query = request.GET.get("at", ""), request.GET.copy()
    for name in ("at", "page"):
        query.pop(name, None)
    kept = f"{query.urlencode()}&" if query else ""
    found = [PullBranch(_("All branches"), counts.total(), f"?{kept}", not at)]
    for each in branches:
        found.append(PullBranch(str(each), counts[each.pk], f"?{kept}at={each.code}", at == each.code))
    return found


def _in_walking_order(pulled: Mapping[int, PulledCopy], at: str) -> list[int]:
    """Return the holds by branch and call number of the copies to fetch, as staff walk along the shelves."""
    items = Item.objects.filter(pk__in=[copy.item for copy in pulled.values()])
    items = items.filter(branch__code=at) if at else items
    places = {
        pk: (branch, own or shared, barcode)
        for pk, branch, own, shared, barcode in items.values_list(
            "pk", "branch__code", "call_number", "title__call_number", "barcode"
        )
    }
    wanted = [hold for hold, copy in pulled.items() if copy.item in places]
    return sorted(wanted, key=lambda hold: places[pulled[hold].item])


def _in_order(holds: Sequence[int] | QuerySet[Hold]) -> Iterable[Hold]:
    """Return the holds with all that a row shows; those given by their keys in the same order."""
    if isinstance(holds, QuerySet):
        return holds
    rows = Hold.objects.filter(pk__in=holds).select_related("patron", "title", "item", "copy", "pickup")
    found = {each.pk: each for each in rows.defer("title__record")}
    return [found[pk] for pk in holds if pk in found]


def _call_number(hold: Hold) -> str:
    copy = hold.item or hold.copy
    return copy.call_number if copy and copy.call_number else hold.title.call_number


def _holds_csv(holds: Iterable[Hold]) -> HttpResponse:
    heading = (
        _("Title"),
        _("Call number"),
        _("Barcode"),
        _("Only this copy"),
        _("Pickup branch"),
        _("Placed"),
        _("State"),
        _("Until"),
        _("Patron"),
    )
    rows = (
        (
            each.title.title,
            _call_number(each),
            each.item.barcode if each.item else "",
            each.copy.barcode if each.copy else "",
            each.pickup,
            timezone.localtime(each.placed_at).isoformat(" ", "minutes"),
            hold_state(each),
            each.until,
            masked_text(each.patron),
        )
        for each in holds
    )
    return download("holds", heading, rows)


def hold_rows(holds: Iterable[Hold], pulled: Mapping[int, PulledCopy] | None = None) -> list[HoldRow]:
    """Build the rows of holds, with the free copies of their titles and their places in the queues.

    Args:
        holds: With patron, title, item, copy and pickup branch.
        pulled: The copy to fetch for each hold. It is the first of the copies in its row.
    """
    found, chosen = list(holds), pulled or {}
    titles = {hold.title_id for hold in found if hold.item is None}
    for hold in found:
        for copy in (hold.item, hold.copy):
            if copy is not None and copy.title_id == hold.title_id:
                copy.title = hold.title  # Otherwise each row would read it again.
    free: dict[int, list[Item]] = {}
    for item in hold_queue.free_copies().filter(title__in=titles).select_related("branch").order_by("barcode"):
        free.setdefault(item.title_id, []).append(item)

    def copies(hold: Hold) -> tuple[Item, ...]:
        own = chosen.get(hold.pk)
        able = [item for item in free.get(hold.title_id, ()) if hold.copy_id in (None, item.pk)]
        return tuple(sorted(able, key=lambda item: own is not None and item.pk != own.item))

    queues: dict[int, list[int]] = {}
    waiting = Hold.objects.filter(title__in=titles, state=Hold.State.WAITING).order_by(Hold.PLACE, "pk")
    for title, pk in waiting.values_list("title_id", "pk"):
        queues.setdefault(title, []).append(pk)
    return [HoldRow.from_hold(hold, copies(hold), queues.get(hold.title_id, ())) for hold in found]


def form_days() -> dict[str, str]:
    """Return the first and last days that the forms of a hold accept."""
    today = formatting.today()
    return {
        "today": today.isoformat(),
        "tomorrow": (today + timedelta(days=1)).isoformat(),
        "latest_pickup": (today + LONGEST_PICKUP).isoformat(),
        "latest_suspension": (today + LONGEST_SUSPENSION).isoformat(),
    }


def _too_late(request: HttpRequest, day: date, longest: timedelta) -> HttpResponse | None:
    """Refuse a day that is more likely a wrong year."""
    latest = formatting.today() + longest
    if day <= latest:
        return None
    words = _("{day} is too far ahead. Choose {latest} or an earlier day.")
    fault = words.format(day=formatting.day(day), latest=formatting.day(latest))
    return report_error(request, fault, reverse("staff:holds"))


def _hold(pk: int) -> Hold:
    return get_object_or_404(Hold.objects.select_related("patron", "title", "item", "copy", "pickup"), pk=pk)


def _day(text: str) -> date | None:
    """Return the day as a form sends it, or None."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _reason(request: HttpRequest) -> str:
    """Return the typed reason; empty if it is too short to say anything."""
    typed = " ".join(request.POST.get("why", "").split())[:LONGEST_REASON]
    return typed if len(typed) >= 2 else ""


def _no_reason(request: HttpRequest) -> HttpResponse:
    return report_error(request, _("Enter a reason: colleagues read it when the patron asks."), reverse("staff:holds"))


def _changed_since(request: HttpRequest) -> HttpResponse:
    words = _("Nothing was changed: this hold is in another state by now.")
    return report_error(request, words, reverse("staff:holds"))


@staff_action
def trap(request: HttpRequest) -> HttpResponse:
    """Trap the item with the posted barcode for the first hold in the queue."""
    barcode, at, home = request.POST.get("barcode", "").strip(), request.POST.get("at", ""), reverse("staff:holds")
    home = f"{home}?{urlencode({'at': at})}" if at else home
    trapped = hold_queue.trap(by_staff(request), get_object_or_404(Item, barcode=barcode))
    if isinstance(trapped, Block):
        return report_refusal(request, trapped, home)
    if isinstance(trapped, Transit):
        return report_success(request, _("To {branch}, for a hold").format(branch=trapped.target), home)
    words = _("Hold shelf {shelf}, until {day}").format(shelf=trapped.shelf, day=formatting.day(trapped.until))
    return report_success(request, words, home)


@staff_action
def suspend(request: HttpRequest, pk: int, until: str = "") -> HttpResponse:
    """Suspend a waiting hold until a day, which `until` gives when a resumption is undone."""
    hold, home = _hold(pk), reverse("staff:holds")
    day = _day(until or request.POST.get("until", ""))
    if day is None or day <= formatting.today():
        return report_error(request, _("Choose the day from which the patron wants the book: tomorrow or later."), home)
    if not until and (late := _too_late(request, day, LONGEST_SUSPENSION)):
        return late
    if not hold_changes.suspend(by_staff(request), hold, day):
        return _changed_since(request)
    words = _("Hold on {title} suspended until {day}. It keeps its place.").format(
        title=hold.title, day=formatting.day(day)
    )
    return report_success(request, words, home, reverse("staff:resume_hold", args=(pk,)))


@staff_action
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Resume a suspended hold."""
    hold, home = _hold(pk), reverse("staff:holds")
    before = hold.suspended_until
    if before is None or not hold_changes.resume(by_staff(request), hold):
        return _changed_since(request)
    undo = reverse("staff:suspend_until", args=(pk, before.isoformat())) if before > formatting.today() else ""
    return report_success(request, _("Hold on {title} resumed").format(title=hold.title), home, undo)


@staff_action
def choose_copy(request: HttpRequest, pk: int, barcode: str = "") -> HttpResponse:
    """Let only the posted copy of the title fill the hold, or any copy if none is posted.

    `barcode` gives the former copy when a change is undone, or "any".
    """
    hold, home = _hold(pk), reverse("staff:holds")
    before, typed = hold.copy, barcode or request.POST.get("copy", "").strip()
    copy = None if typed in ("", ANY) else Item.objects.filter(barcode=typed, title=hold.title_id).first()
    if copy is None and typed not in ("", ANY):
        words = _("{barcode} is no copy of {title}. Enter the barcode of one of its copies.")
        return report_error(request, words.format(barcode=typed, title=hold.title), home)
    changed = hold_changes.choose_copy(by_staff(request), hold, copy)
    if isinstance(changed, Block):
        is_outdated = changed.reason is Reason.NOTHING_TO_UNDO
        return _changed_since(request) if is_outdated else report_refusal(request, changed, home)
    undo = reverse("staff:choose_copy_before", args=(pk, before.barcode if before else ANY)) if not barcode else ""
    words = (
        _("Only copy {barcode} can fill the hold on {title}") if copy else _("Any copy can fill the hold on {title}")
    )
    return report_success(request, words.format(barcode=typed, title=hold.title), home, undo)


@staff_action
def change_pickup_day(request: HttpRequest, pk: int, until: str = "") -> HttpResponse:
    """Change the last day on the hold shelf; `until` gives the former one when a change is undone."""
    hold, home = _hold(pk), reverse("staff:holds")
    before, day = hold.until, _day(until or request.POST.get("until", ""))
    if day is None or (not until and day < formatting.today()):
        return report_error(request, _("Choose the last day of pickup: today or later."), home)
    if not until and (late := _too_late(request, day, LONGEST_PICKUP)):
        return late
    if not hold_changes.change_pickup_day(by_staff(request), hold, day):
        return _changed_since(request)
    words = _("{title}: on the hold shelf until {day}").format(title=hold.title, day=formatting.day(day))
    undo = reverse("staff:pickup_day_before", args=(pk, before.isoformat())) if before and not until else ""
    return report_success(request, words, home, undo)


@staff_action
def move(request: HttpRequest, pk: int, place: int = 0) -> HttpResponse:
    """Move a hold in the queue of its title; `place` gives the former place when a move is undone."""
    hold, home = _hold(pk), reverse("staff:holds")
    why = _("move undone") if place else _reason(request)
    typed = str(place) if place else request.POST.get("place", "")
    if not typed.isdecimal() or not 0 < int(typed[:9]) < 10_000:
        return report_error(request, _("Enter the new place in the queue: 1 is the next to get a copy."), home)
    if not why:
        return _no_reason(request)
    before = hold_changes.move(by_staff(request), hold, int(typed), why)
    if before is None:
        return _changed_since(request)
    words = _("Hold on {title} moved to place {place}").format(title=hold.title, place=_place(hold))
    return report_success(request, words, home, reverse("staff:move_hold_back", args=(pk, before)) if not place else "")


def _place(hold: Hold) -> int:
    return [each.pk for each in hold_changes.queue_of(hold.title_id)].index(hold.pk) + 1


@staff_action
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a hold with a reason."""
    hold, why = _hold(pk), _reason(request)
    if not why:
        return _no_reason(request)
    ended = hold_queue.cancel(by_staff(request), hold, why)
    if isinstance(ended, Block):
        return report_refusal(request, ended, reverse("staff:holds"))
    words = _("Hold on {title} cancelled").format(title=hold.title)
    return report_success(request, words, reverse("staff:holds"), reverse("staff:restore_hold", args=(hold.pk,)))


@staff_action
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a cancellation: the hold gets its place back."""
    hold = _hold(pk)
    if hold.nameless:
        raise Http404(pk)
    if not hold_changes.restore(by_staff(request), hold):
        return _changed_since(request)
    words = _("Hold on {title} is back at its place").format(title=hold.title)
    return report_success(request, words, reverse("staff:holds"))
