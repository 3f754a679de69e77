"""Send reminders before the due date and overdue notices after it, and mark items as lost after a long time.

The staff page shows overdue and lost items: the borrower, the last notice and the next step.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page, tabs
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import (
    CurrentLoan,
    local_day,
    moment,
    the_central,
    the_patron_pages,
    zone,
)
from hub.outreach.messaging.enqueue import Fact, queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.recommendations.reminders.models import (
    Lost,
    OpenLoan,
    OverdueNoticeStep,
    ReminderSettings,
)

SOME = 500
NAMED = timedelta(days=7)
"""The shortest time that a library may set for a closed loan to name its patron."""


def remind(now: datetime) -> int:
    """Queue the reminders that are due; return for how many people."""
    ready = Q(remind_at__lte=now) | Q(early_at__lte=now)
    notified = 0
    while people := _waiting(ready, now):
        for person in people:
            notified += _send_reminder(person, ready, now)
    return notified


def _waiting(ready: Q, now: datetime) -> list[Person]:
    rows = OpenLoan.objects.filter(ready, handed_in_at=None, lost=False, due__gt=now)
    return list(Person.objects.filter(pk__in=rows.order_by().values("person")).order_by("pk")[:SOME])


@atomic
def _send_reminder(person: Person, ready: Q, now: datetime) -> int:
    """Queue one message to one person, without loans that are closed or renewed."""
    loans = list(OpenLoan.objects.select_for_update().filter(ready, person=person, handed_in_at=None, lost=False))
    current = {each.loan: each for each in the_central().account(person.ref).loans}
    true = [each for each in loans if (loan_now := current.get(each.loan)) is not None and loan_now.due == each.due]
    for each in loans:
        _mark_sent(each, now)
    if true:
        head = true[0]
        head.told += 1
        key = f"{head.loan}.{head.told}"
        facts = {**due_facts((current[each.loan] for each in true), zone()), "usual": _usual(true)}
        queue_message(person, MessageKind.DUE_SOON, key, facts, until=max(each.due for each in true))
        for each in true:
            each.message = key
    OpenLoan.objects.bulk_update(loans, ("told", "message", "remind_at", "early_at", "told_for", "early_for"))
    return int(bool(true))


def _usual(loans: list[OpenLoan]) -> str:
    """Return the day by which the patron usually returns the items, if the reminder is based on it."""
    days = [each.usual for each in loans if each.why == OpenLoan.Why.HABIT and each.usual is not None]
    return min(days).isoformat() if len(days) == len(loans) else ""


def _mark_sent(loan: OpenLoan, now: datetime) -> None:
    """Mark the reminder as sent for this due date."""
    if loan.remind_at is not None and loan.remind_at <= now:
        loan.told_for, loan.remind_at = loan.due, None
    loan.early_for, loan.early_at = loan.due, None


def due_facts(loans: Iterable[CurrentLoan], where: ZoneInfo) -> dict[str, Fact]:
    """Return the facts of the message: each item with title and due date, and the earliest due date."""
    items: list[dict[str, Any]] = [
        {"words": each.words, "due": local_day(each.due, where).isoformat(), "loan": each.loan} for each in loans
    ]
    return {"items": items, "due": min(str(each["due"]) for each in items), "count": len(items)}


def by_person(loans: Iterable[OpenLoan]) -> dict[int, list[OpenLoan]]:
    """Group loans by the key of their person."""
    found: dict[int, list[OpenLoan]] = defaultdict(list)
    for each in loans:
        found[each.person_id].append(each)
    return dict(found)


def notices(now: datetime) -> int:
    """Notify each borrower of overdue loans, from the daily time for reminders on; return how many.

    A borrower who has passed several steps receives only the notice of the latest one.
    """
    plan, where = ReminderSettings.now(), zone()
    today = local_day(now, where)
    if now < moment(today, plan.moment, where):
        return 0
    notified = 0
    for days in OverdueNoticeStep.objects.order_by("-days").values_list("days", flat=True):
        begun = moment(today - timedelta(days=days - 1), datetime.min.time(), where)
        while loans := list(overdue_loans(begun).filter(rung__lt=days).order_by("person", "pk")[:SOME]):
            for person, late in by_person(loans).items():
                notified += _notify(person, late, days, today, where)
    return notified


def overdue_loans(before: datetime) -> "QuerySet[OpenLoan]":
    """Return the open loans that were due before this time."""
    return OpenLoan.objects.filter(due__lt=before, handed_in_at=None, lost=False)


@atomic
def _notify(person_id: int, loans: list[OpenLoan], days: int, today: date, where: ZoneInfo) -> int:
    person = Person.objects.get(pk=person_id)
    current = {each.loan: each for each in the_central().account(person.ref).loans}
    true = [each for each in loans if each.loan in current and current[each.loan].due == each.due]
    OpenLoan.objects.filter(pk__in=[each.pk for each in loans]).update(rung=days)
    if not true:
        return 0
    head = true[0]
    facts = due_facts((current[each.loan] for each in true), where)
    late = (today - local_day(min(each.due for each in true), where)).days
    key = f"{head.loan}.{head.due:%Y%m%d}.{days}"
    queue_message(person, MessageKind.OVERDUE, key, {**facts, "days": late})
    return 1


def give_up(now: datetime) -> int:
    """Mark as lost what is overdue for too long (nightly); return how many items.

    Loans with uncertain times are left to staff, so that no patron is charged automatically.
    """
    plan, where = ReminderSettings.now(), zone()
    if not plan.lost_after:
        return 0
    begun = moment(local_day(now, where) - timedelta(days=plan.lost_after - 1), datetime.min.time(), where)
    overdue = overdue_loans(begun).filter(believed=True).select_related("person").order_by("pk")
    return sum(declare(each, plan, now) for each in list(overdue))


@atomic
def declare(loan: OpenLoan, plan: ReminderSettings, now: datetime) -> bool:
    """Mark the item as lost and notify its borrower; False if it was returned, or its due date changed."""
    words = {each.loan: each for each in the_central().account(loan.person.ref).loans}.get(loan.loan)
    if words is None or words.due != loan.due:
        return False
    charged = the_central().declare_lost(loan.person.ref, loan.item, plan.lost_fee)
    if charged is None:
        return False
    OpenLoan.objects.filter(pk=loan.pk).update(lost=True)
    Lost.objects.get_or_create(
        item=loan.item,
        state=Lost.State.LOST,
        defaults={"person": loan.person, "title": loan.title, "fee": charged, "lost_at": now},
    )
    facts = {**due_facts([words], zone()), "fee": str(charged) if charged else ""}
    queue_message(loan.person, MessageKind.LOST, loan.loan, facts)
    return True


def part(now: datetime) -> int:
    """Remove the borrower from lost items some time after they were found or given up; return how many."""
    owed = OpenLoan.objects.filter(item=OuterRef("item"), person=OuterRef("person"))
    over = Lost.objects.annotate(over=Coalesce("found_at", "lost_at")).filter(over__lt=now - NAMED)
    return int(over.filter(~Exists(owed)).exclude(person=None).update(person=None))


@dataclass(frozen=True, slots=True)
class OverdueRow:
    pk: int
    patron: MaskedPatron | None
    book: BookRow | None
    item: str
    due: str
    tone: str
    state: str
    note: str
    may_lose: bool = False
    may_end: bool = False


class LosingForm(forms.ModelForm):
    """When an item counts as lost, and its fee in a library that charges fees."""

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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not formatting.library().charges:
            del self.fields["lost_fee"]


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
    late = overdue_loans(now)
    gone = {"lost": Lost.State.LOST, "found": Lost.State.FOUND, "done": Lost.State.DONE}
    words = {"overdue": _("Overdue"), "lost": _("Lost"), "found": _("Found again"), "done": _("Done")}
    counts = {"overdue": late.count()}
    counts |= {name: Lost.objects.filter(state=gone[name]).count() for name in ("lost", "found")}
    chosen = Lost.objects.filter(state=gone[show]) if show in gone else late
    chosen, steps = chosen.select_related("person"), list(OverdueNoticeStep.objects.all())

    def rows_of(some: Iterable[Any]) -> list[OverdueRow]:
        return _lost_rows(list(some)) if show in gone else _late(list(some), steps, plan, now)

    if wants_csv(request):
        return _overdue_csv(rows_of(chosen))
    found = paginate(request, chosen)
    rows = rows_of(found)
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


def _overdue_csv(rows: Iterable[OverdueRow]) -> HttpResponse:
    heading = (_("Patron"), _("Barcode"), _("Title"), _("Due"), _("State"), _("Note"))
    cells = (
        (
            f"{each.patron.name} {each.patron.last4}" if each.patron else "",
            each.item,
            each.book.title if each.book else "",
            each.due,
            each.state,
            each.note,
        )
        for each in rows
    )
    return download("overdue", heading, cells)


def _late(
    loans: Sequence[OpenLoan], steps: Sequence[OverdueNoticeStep], plan: ReminderSettings, now: datetime
) -> list[OverdueRow]:
    where = zone()
    people, books = masked_patrons(each.person for each in loans), _books([each.title for each in loans])
    rows = []
    for each in loans:
        days = (local_day(now, where) - local_day(each.due, where)).days
        after = next((step.days for step in steps if step.days > days), None)
        notice = _("last notice after {days} days").format(days=each.rung) if each.rung else _("no notice yet")
        rows.append(
            OverdueRow(
                pk=each.pk,
                patron=people.get(each.person.ref),
                book=_copy(books.get(each.title or 0), each.item),
                item=each.item,
                due=formatting.due(each.due),
                tone="stop" if after is None else "waits",
                state=ngettext("{days} day overdue", "{days} days overdue", days).format(days=days),
                note=_("{told}; {next}").format(told=notice, next=_next(each, after, plan, where)),
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
    owed = _owed_by_case(rows)
    return [
        OverdueRow(
            pk=each.pk,
            patron=people.get(each.person.ref) if each.person else None,
            book=_copy(books.get(each.title or 0), each.item),
            item=each.item,
            due=formatting.date_and_time(each.lost_at),
            tone="stop" if each.state == Lost.State.LOST else "done",
            state=each.get_state_display(),
            note=_fee(each, owed.get(each.pk)),
            may_end=each.state != Lost.State.DONE,
        )
        for each in rows
    ]


def paid_losses(person: Person) -> list[OverdueRow]:
    """Return the person's lost items whose fee is paid or waived, and which staff have not yet marked as done."""
    rows = list(Lost.objects.filter(person=person, state=Lost.State.LOST, fee__gt=0))
    owed = _owed_by_case(rows)
    return _lost_rows([each for each in rows if owed.get(each.pk) == 0])


def _owed_by_case(rows: Sequence[Lost]) -> dict[int, Decimal]:
    """Return what is still owed for each open case, if the system that keeps the loans reports single fees."""
    if (system := the_patron_pages()) is None:
        return {}
    cases = [each for each in rows if each.person and each.state != Lost.State.DONE]
    fees = {ref: system.unpaid_fees(ref) for ref in {each.person.ref for each in cases}}
    return {
        each.pk: sum(
            (fee.owed for fee in fees[each.person.ref] if (fee.kind, fee.barcode) == ("lost", each.item)), Decimal(0)
        )
        for each in cases
    }


def _fee(lost: Lost, owed: Decimal | None) -> str:
    """Say what is still owed for the item, where that can be known; `owed` is None where not."""
    if owed and lost.state == Lost.State.LOST:
        return _("Fee owed: {fee}").format(fee=formatting.money(owed))
    if owed == 0 and lost.fee:
        return _("Fee of {fee} paid or waived").format(fee=formatting.money(lost.fee))
    if not lost.fee:
        return _("no automatic fee")
    if lost.state == Lost.State.FOUND:
        return _("{fee} was charged. Resolve it on the patron page").format(fee=formatting.money(lost.fee))
    return _("{fee} charged").format(fee=formatting.money(lost.fee))


def _books(titles: Sequence[int | None]) -> dict[int, BookRow]:
    return {each.pk: book_rows.work(each) for each in Title.objects.filter(pk__in={pk for pk in titles if pk})}


def _copy(book: BookRow | None, barcode: str) -> BookRow | None:
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
    if not declare(loan, ReminderSettings.now(), hub_clock().now()):
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
