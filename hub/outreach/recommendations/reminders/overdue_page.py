"""Show overdue and lost items: the borrower, the last notice and the next step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hub.catalogue import book_rows
from hub.catalogue.book_rows import Book
from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page, paginate, tabs
from hub.core.pages.staff_access import staff_action, staff_page
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons
from hub.outreach.recommendations.reminders import notices
from hub.outreach.recommendations.reminders.models import (
    Lost,
    OpenLoan,
    OverdueNoticeStep,
    ReminderSettings,
)


@dataclass(frozen=True, slots=True)
class OverdueRow:
    pk: int
    who: MaskedPatron | None
    book: Book | None
    item: str
    when: str
    tone: str
    state: str
    note: str
    may_lose: bool = False
    may_end: bool = False


class LosingForm(forms.ModelForm):
    """When an item counts as lost, and its fee."""

    class Meta:
        model = ReminderSettings
        fields = ("lost_after", "lost_fee")
        labels: ClassVar[dict[str, Any]] = {
            "lost_after": gettext_lazy("Lost after days"),
            "lost_fee": gettext_lazy("Lost-item fee"),
        }
        widgets: ClassVar[dict[str, Any]] = {
            "lost_after": forms.NumberInput(attrs={"class": "field number"}),
            "lost_fee": forms.NumberInput(attrs={"class": "field number", "step": "0.01"}),
        }


class StepForm(forms.ModelForm):
    """One more overdue notice."""

    class Meta:
        model = OverdueNoticeStep
        fields = ("days",)
        labels: ClassVar[dict[str, Any]] = {"days": gettext_lazy("days after the due date")}
        widgets: ClassVar[dict[str, Any]] = {"days": forms.NumberInput(attrs={"class": "field number"})}


@staff_page
def overdue(request: HttpRequest) -> HttpResponse:
    return _render_overdue(request)


def _render_overdue(
    request: HttpRequest, wrong: StepForm | LosingForm | None = None, status: int = 200
) -> HttpResponse:
    show = request.GET.get("show", "overdue")
    now, plan = hub_clock().now(), ReminderSettings.now()
    late = OpenLoan.objects.filter(due__lt=now, handed_in_at=None, lost=False)
    gone = {"lost": Lost.State.LOST, "found": Lost.State.FOUND, "done": Lost.State.DONE}
    words = {"overdue": _("Overdue"), "lost": _("Lost"), "found": _("Found again"), "done": _("Done")}
    counts = {"overdue": late.count()}
    counts |= {name: Lost.objects.filter(state=gone[name]).count() for name in ("lost", "found")}
    chosen = Lost.objects.filter(state=gone[show]) if show in gone else late
    found = paginate(request, chosen.select_related("person"))
    steps = list(OverdueNoticeStep.objects.all())
    rows = _lost_rows(list(found)) if show in gone else _late(list(found), steps, plan, now)
    context = {
        "found": found,
        "rows": rows,
        "show": show,
        "tabs": tabs(words, counts),
        "steps": steps,
        "step_form": wrong if isinstance(wrong, StepForm) else StepForm(),
        "losing_form": wrong if isinstance(wrong, LosingForm) else LosingForm(instance=plan),
    }
    return page(request, "overdue", "reminders/overdue.html", context, status)


def _late(
    loans: Sequence[OpenLoan], steps: Sequence[OverdueNoticeStep], plan: ReminderSettings, now: datetime
) -> list[OverdueRow]:
    where = zone()
    people, books = masked_patrons(each.person for each in loans), _books([each.title for each in loans])
    rows = []
    for each in loans:
        days = (local_day(now, where) - local_day(each.due, where)).days
        after = next((step.days for step in steps if step.days > days), None)
        told = _("last notice after {days} days").format(days=each.rung) if each.rung else _("no notice yet")
        rows.append(
            OverdueRow(
                pk=each.pk,
                who=people.get(each.person.ref),
                book=_copy(books.get(each.title or 0), each.item),
                item=each.item,
                when=formatting.due(each.due),
                tone="stop" if after is None else "waits",
                state=ngettext("{days} day overdue", "{days} days overdue", days).format(days=days),
                note=_("{told}; {next}").format(told=told, next=_next(each, after, plan, where)),
                may_lose=after is None,
            )
        )
    return rows


def _next(loan: OpenLoan, after: int | None, plan: ReminderSettings, where: ZoneInfo) -> str:
    if after is not None:
        day = local_day(loan.due, where) + timedelta(days=after)
        return _("next on {day}").format(day=formatting.day(day))
    if plan.lost_after and loan.believed:
        day = local_day(loan.due, where) + timedelta(days=plan.lost_after)
        return _("lost from {day}").format(day=formatting.day(day))
    return _("no more notices")


def _lost_rows(rows: Sequence[Lost]) -> list[OverdueRow]:
    people = masked_patrons(each.person for each in rows)
    books = _books([each.title for each in rows])
    return [
        OverdueRow(
            pk=each.pk,
            who=people.get(each.person.ref) if each.person else None,
            book=_copy(books.get(each.title or 0), each.item),
            item=each.item,
            when=formatting.date_and_time(each.lost_at),
            tone="stop" if each.state == Lost.State.LOST else "done",
            state=each.get_state_display(),
            note=_fee(each),
            may_end=each.state != Lost.State.DONE,
        )
        for each in rows
    ]


def _fee(lost: Lost) -> str:
    if not lost.fee:
        return _("no automatic fee")
    if lost.state == Lost.State.FOUND:
        return _("{fee} was charged. Resolve it on the patron page").format(fee=formatting.money(lost.fee))
    return _("{fee} charged").format(fee=formatting.money(lost.fee))


def _books(titles: Sequence[int | None]) -> dict[int, Book]:
    return {each.pk: book_rows.work(each) for each in Title.objects.filter(pk__in={pk for pk in titles if pk})}


def _copy(book: Book | None, barcode: str) -> Book | None:
    return replace(book, barcode=barcode) if book else None


@staff_action
def add_step(request: HttpRequest) -> HttpResponse:
    form = StepForm(request.POST)
    if not form.is_valid():
        return _render_overdue(request, form, 422)
    form.save()
    return report_success(
        request, _("Notice added: {days} days after the due date").format(days=form.instance.days), _home()
    )


@staff_action
def drop_step(request: HttpRequest, days: int) -> HttpResponse:
    OverdueNoticeStep.objects.filter(days=days).delete()
    words = _("Notice removed: {days} days after the due date").format(days=days)
    return report_success(request, words, _home(), reverse("reminders:restore_step", args=(days,)))


@staff_action
def restore_step(request: HttpRequest, days: int) -> HttpResponse:
    OverdueNoticeStep.objects.get_or_create(days=days)
    return report_success(request, _("Notice restored"), _home())


@staff_action
def set_loss(request: HttpRequest) -> HttpResponse:
    """Save when an item counts as lost."""
    form = LosingForm(request.POST, instance=ReminderSettings.now())
    if not form.is_valid():
        return _render_overdue(request, form, 422)
    form.save()
    return report_success(request, _("Saved"), _home())


@staff_action
def lose(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one item as lost now."""
    loan = get_object_or_404(OpenLoan.objects.select_related("person"), pk=pk)
    if not notices.declare(loan, ReminderSettings.now(), hub_clock().now()):
        return report_error(request, _("No longer on loan to this patron. Nothing was changed."), _home())
    return report_success(request, _("Marked as lost. If it is found, scan it at the desk."), f"{_home()}?show=lost")


@staff_action
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a lost item from the list."""
    lost = get_object_or_404(Lost, pk=pk)
    before, lost.state = lost.state, Lost.State.DONE
    lost.save(update_fields=("state",))
    return report_success(request, _("Marked as done"), _home(), reverse("reminders:again", args=(pk, before)))


@staff_action
def again(request: HttpRequest, pk: int, state: str) -> HttpResponse:
    """Restore it to the list."""
    if state in {str(Lost.State.LOST), str(Lost.State.FOUND)}:
        Lost.objects.filter(pk=pk, state=Lost.State.DONE).update(state=state)
    return report_success(request, _("Back on the list"), _home())


def _home() -> str:
    return reverse("reminders:overdue")
