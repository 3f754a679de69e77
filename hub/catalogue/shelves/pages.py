"""Serve the staff pages of shelf maps: all floors, one floor, and its editor."""

from __future__ import annotations

from collections.abc import Sequence

from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Branch
from hub.catalogue.shelves import bay_lookup, plan
from hub.catalogue.shelves.drawing import draw_floor
from hub.catalogue.shelves.models import Floor
from hub.core import rights
from hub.core.pages import formatting
from hub.core.pages.action_results import report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_only, staff_page

MOST_BYTES = 1024 * 1024
SHOWN = 20
"""Maximum number of listed call numbers without a bay; the others are counted."""


class FloorForm(ModelForm):
    class Meta:
        model = Floor
        fields: tuple[str, ...] = ("name", "name_en", "position", "width", "height", "you_x", "you_y", "scheme")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "field"


class NewFloor(FloorForm):
    class Meta:
        model = Floor
        fields: tuple[str, ...] = ("branch", "name", "name_en", "position", "width", "height", "scheme")


@staff_page
def floors(request: HttpRequest) -> HttpResponse:
    """Show all floors, with the bays of the requested call number highlighted."""
    words = request.GET.get("q", "").strip()
    found, missing = [], []
    for branch in Branch.objects.all():
        lit = (
            {floor.pk: bays for floor, bays in bay_lookup.holding(words, bay_lookup.floors_with_bays(branch))}
            if words
            else {}
        )
        for floor in bay_lookup.floors_with_bays(branch):
            bays = lit.get(floor.pk, ())
            found.append((floor, draw_floor(floor, {each.pk for each in bays}), [each.code for each in bays]))
        if words and not lit:
            missing.append(str(branch))
    return page(request, "shelves", "shelves/floors.html", {
        "floors": found, "q": words, "missing": missing, "may_edit": _may_edit(request)
    })  # fmt: skip


@staff_page
def floor(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one floor: its map, its bays with their ranges, and their problems."""
    found = get_object_or_404(Floor.objects.select_related("branch"), pk=pk)
    review = bay_lookup.review(found)
    return page(request, "shelves", "shelves/floor.html", {
        "floor": found,
        "may_edit": _may_edit(request),
        "map": draw_floor(found),
        "bays": [(each, formatting.date_and_time(each.walked_at)) for each in found.bays.all()],
        "review": review,
        "homeless": review.homeless[:SHOWN],
        "homeless_more": len(review.homeless[SHOWN:]),
        "homeless_copies": sum(count for _text, count in review.homeless),
        "unsorted": review.unsorted[:SHOWN],
        "unsorted_more": len(review.unsorted[SHOWN:]),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    """Create a floor."""
    form = NewFloor(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        return report_success(request, _("Floor created. Draw its bays."), reverse("shelves:edit", args=(made.pk,)))
    return page(request, "shelves", "shelves/new.html", {"form": form}, 422 if form.errors else 200)


@staff_page
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Floor, pk=pk)
    return _editor(request, found, _current_bays(found))


@staff_action
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the floor's size, starting point and arrangement."""
    found = get_object_or_404(Floor, pk=pk)
    form = FloorForm(request.POST, instance=found)
    if not form.is_valid():
        return _editor(request, Floor.objects.get(pk=pk), _current_bays(found), form=form)
    try:
        plan.judge(found, _current_bays(found))
    except plan.BadPlan as bad:
        return _editor(request, Floor.objects.get(pk=pk), _current_bays(found), faults=bad.faults, form=form)
    form.save()
    return report_success(request, _("Saved."), reverse("shelves:edit", args=(pk,)))


@staff_action
def bays(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the bays as drawn; rows without a name and a range are skipped."""
    columns = [request.POST.getlist(name) for name in plan.COLUMNS]
    rows = [dict(zip(plan.COLUMNS, cells, strict=True)) for cells in zip(*columns, strict=False)]
    return _save_plan(
        request, pk, [row for row in rows if any(row[name].strip() for name in ("code", "first", "last"))]
    )


@staff_action
def import_bays(request: HttpRequest, pk: int) -> HttpResponse:
    """Replace the bays by those of a file."""
    found, file = get_object_or_404(Floor, pk=pk), request.FILES.get("file")
    if file is None or file.size > MOST_BYTES:
        fault = _("Choose a bay file of at most 1 MB.")
        return _editor(request, found, _current_bays(found), faults=[fault])
    try:
        rows = plan.parse_plan(file.read())
        plan.keep(found, rows)
    except plan.BadPlan as bad:
        return _editor(request, found, _current_bays(found), faults=bad.faults)
    return _confirm_saved(request, pk, len(rows))


def _save_plan(request: HttpRequest, pk: int, rows: Sequence[dict[str, str]]) -> HttpResponse:
    found = get_object_or_404(Floor, pk=pk)
    try:
        read = plan.read(rows)
        plan.keep(found, read)
    except plan.BadPlan as bad:
        return _editor(request, found, rows, faults=bad.faults)
    return _confirm_saved(request, pk, len(read))


def _confirm_saved(request: HttpRequest, pk: int, count: int) -> HttpResponse:
    words = ngettext("{count} bay saved.", "{count} bays saved.", count).format(count=count)
    return report_success(request, words, reverse("shelves:floor", args=(pk,)))


@staff_action
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a floor without bays."""
    found = get_object_or_404(Floor, pk=pk)
    if found.bays.exists():
        fault = _("The floor has bays. Remove them first.")
        return _editor(request, found, _current_bays(found), faults=[fault])
    found.delete()
    return report_success(request, _("Floor removed."), reverse("shelves:floors"))


@staff_page
def export(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    found = get_object_or_404(Floor.objects.select_related("branch"), pk=pk)
    if form not in ("json", "csv"):
        raise Http404
    kind, text = ("application/json", plan.as_json(found)) if form == "json" else ("text/csv", plan.as_csv(found))
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="bays-{found.branch.code}-{found.position}.{form}"'
    return answer


def _may_edit(request: HttpRequest) -> bool:
    return rights.may_open(request.user, "shelves:edit")


def _current_bays(found: Floor) -> list[plan.BayEntry]:
    return [plan.BayEntry(**{name: getattr(bay, name) for name in plan.COLUMNS}) for bay in found.bays.all()]


def _editor(
    request: HttpRequest,
    found: Floor,
    rows: Sequence[object],
    faults: Sequence[str] = (),
    form: FloorForm | None = None,
) -> HttpResponse:
    context = {"floor": found, "rows": rows, "faults": faults, "form": form or FloorForm(instance=found)}
    wrong = bool(faults or (form and form.errors))
    return page(request, "shelves", "shelves/edit.html", context, 422 if wrong else 200)
