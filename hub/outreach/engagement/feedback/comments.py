"""Accept smiley ratings and written feedback, answer and publish it, and show the staff pages of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.contrib.auth.models import User
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue.models import Branch
from hub.core import small_cell_suppression
from hub.core.clock import hub_clock
from hub.core.pages import charts, formatting
from hub.core.pages.csv_download import batches, download, wants_csv
from hub.core.pages.page import page, paginate, report_success, staff_action, staff_page, tabs
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback import staff_requests, title_ratings
from hub.outreach.engagement.feedback.deduplication import (
    SubmissionRejected,
    clean_text,
    day_of,
    first_time,
    open_days_later,
)
from hub.outreach.engagement.feedback.models import FACES, Feedback, Published, SmileyRating, TitleRating
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons, masked_text
from hub.outreach.patrons.purposes import MessageKind

ANSWER_WITHIN = 3
"""Days until feedback is due for an answer, counted in open days of the branch."""
SHORT = 300
State = Feedback.State
WEEKS = 12
HAPPY = (4, 5)
TONES = {State.NEW: "waits", State.OWNED: "clock", State.ANSWERED: "done", State.PUBLISHED: "done", State.ASIDE: "look"}
TALL = 132
"""Height of a branch's chart."""


@atomic
def take(
    transaction: str,
    at: datetime,
    branch: Branch,
    *,
    face: int | None = None,
    words: str = "",
    person: Person | None = None,
    kiosk: str = "",
) -> bool:
    """Store a smiley rating, written feedback, or both; False if the transaction was stored before.

    The rating is counted for its day and branch without a person. Written feedback is linked to `person`, if given.

    Raises:
        SubmissionRejected: If the rating or the text is invalid.
    """
    if face is not None and face not in FACES:
        raise SubmissionRejected(
            _("Rating {face} is not valid. Use 1 (very unhappy) to 5 (very happy).").format(face=face)
        )
    if face is None or words.strip():
        words = clean_text(words)
    if not first_time(transaction):
        return False
    if face is not None:
        SmileyRating.objects.create(face=face, branch=branch, on=day_of(at))
    if words.strip():
        due = open_days_later(at, ANSWER_WITHIN, branch)
        Feedback.objects.create(person=person, face=face, words=words, branch=branch, kiosk=kiosk, came_at=at, due=due)
    return True


@atomic
def assign(feedback: Feedback, staff: User | None) -> None:
    """Assign it to a member of staff, or to no one."""
    feedback = _lock(feedback)
    feedback.owner = staff
    if feedback.state in Feedback.OPEN:
        feedback.state = State.OWNED if staff else State.NEW
    feedback.save(update_fields=("owner", "state"))


@atomic
def answer(feedback: Feedback, staff: User, words: str, at: datetime, transaction: str) -> bool:
    """Store the answer and send it to the patron if known; return whether the patron is known.

    A transaction that was stored before changes nothing.

    Raises:
        SubmissionRejected: If there is no text, or too much of it.
    """
    words = clean_text(words)
    if not first_time(transaction):
        return feedback.person_id is not None
    feedback = _lock(feedback)
    feedback.answer, feedback.answered_at, feedback.read_at = words, at, None
    feedback.owner = feedback.owner or staff
    if feedback.state != State.PUBLISHED:
        feedback.state = State.ANSWERED
    feedback.save(update_fields=("answer", "answered_at", "read_at", "owner", "state"))
    if feedback.person is None:
        return False
    facts = {"question": feedback.words[:200], "answer": words}
    queue_message(feedback.person, MessageKind.ANSWER, f"feedback-{feedback.pk}-{transaction}", facts, at=at)
    return True


@atomic
def publish(feedback: Feedback, said_words: Mapping[str, str], did: Mapping[str, str], at: datetime) -> Published:
    """Publish "you said, we did" in the library's own words; replace what was published before."""
    feedback = _lock(feedback)
    shown, _made = Published.objects.update_or_create(
        feedback=feedback, defaults={"said": said_words, "did": did, "branch": feedback.branch, "on": day_of(at)}
    )
    feedback.state = State.PUBLISHED
    feedback.save(update_fields=("state",))
    return shown


@atomic
def withdraw(feedback: Feedback) -> None:
    """Withdraw what was published."""
    feedback = _lock(feedback)
    Published.objects.filter(feedback=feedback).delete()
    _open_again(feedback)


@atomic
def set_aside(feedback: Feedback) -> None:
    """Close it without an answer because no action is possible."""
    feedback = _lock(feedback)
    feedback.state = State.ASIDE
    feedback.save(update_fields=("state",))


@atomic
def take_up(feedback: Feedback) -> None:
    """Reopen what was set aside."""
    _open_again(_lock(feedback))


def _open_again(feedback: Feedback) -> None:
    feedback.state = State.ANSWERED if feedback.answer else State.OWNED if feedback.owner else State.NEW
    feedback.save(update_fields=("state",))


def published_answers(limit: int = 10) -> "list[Published]":
    """Return the newest "you said, we did" of every branch, for posters and phones."""
    return list(Published.objects.all()[:limit])


def list_feedback(show: str, staff: User, now: datetime) -> "QuerySet[Feedback]":
    """Return one tab of the list: open, assigned to `staff`, overdue, answered, published or set aside."""
    rows = Feedback.objects.select_related("person", "owner", "branch", "published")
    waiting = rows.filter(state__in=Feedback.OPEN).order_by("due", "pk")
    match show:
        case "mine":
            return waiting.filter(owner=staff)
        case "overdue":
            return waiting.filter(due__lt=now)
        case "answered" | "published" | "aside":
            return rows.filter(state=show).order_by("-pk")
        case _:
            return waiting


def _lock(feedback: Feedback) -> Feedback:
    return Feedback.objects.select_for_update(of=("self",)).get(pk=feedback.pk)


@dataclass(frozen=True, slots=True)
class Week:
    """Counts from very unhappy to very happy in the seven days from Monday `begins`."""

    begins: date
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Trend:
    """A branch's weeks, oldest first; the last one is the current week."""

    branch: Branch
    weeks: tuple[Week, ...]

    def happy(self) -> str:
        """Return the share of happy or very happy ratings in the last four weeks, as text, after suppression."""
        return happy_share(self.weeks[-4:])

    def happy_before(self) -> str:
        """Return the same share for the four weeks before those."""
        return happy_share(self.weeks[-8:-4])


def happy_share(weeks: tuple[Week, ...]) -> str:
    """Return the share of happy or very happy ratings in these weeks, as text, after suppression."""
    total = sum(week.total for week in weeks)
    happy = sum(week.counts[face - 1] for week in weeks for face in HAPPY)
    return small_cell_suppression.share(happy, total)


def trends(today: date) -> list[Trend]:
    """Return each branch's last weeks; a branch without ratings has empty ones."""
    first = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    counted: dict[tuple[int, date], list[int]] = {}
    rows = SmileyRating.objects.filter(on__gte=first, on__lte=today).values("branch", "on", "face")
    for row in rows.annotate(many=Count("pk")).order_by():
        monday = row["on"] - timedelta(days=row["on"].weekday())
        counted.setdefault((row["branch"], monday), [0] * 5)[row["face"] - 1] += row["many"]
    days = [first + timedelta(days=7 * number) for number in range(WEEKS)]
    return [
        Trend(branch, tuple(Week(day, tuple(counted.get((branch.pk, day), [0] * 5))) for day in days))
        for branch in Branch.objects.all()
    ]


@dataclass(frozen=True, slots=True)
class TrendChart:
    """A branch's ratings; `chart` is empty if there are none."""

    branch: str
    figure: str
    compared: str
    chart: str


@dataclass(frozen=True, slots=True)
class CommentRow:
    pk: int
    face: int
    words: str
    patron: MaskedPatron | None
    linked: bool
    owner: str
    branch: str
    came: str
    due: str
    state: str
    tone: str

    @staticmethod
    def from_feedback(each: Feedback, patron: MaskedPatron | None, now: datetime) -> "CommentRow":
        waits = each.state in Feedback.OPEN
        return CommentRow(
            pk=each.pk,
            face=each.face or 0,
            words=each.words,
            patron=patron,
            linked=each.person_id is not None,
            owner=staff_requests.staff_name(each.owner),
            branch=str(each.branch),
            came=formatting.date_and_time(each.came_at),
            due=staff_requests.due_words(each.due, now) if waits else "",
            state=each.get_state_display(),
            tone="stop" if waits and each.due < now else TONES[State(each.state)],
        )


@staff_page
def feedback(request: HttpRequest) -> HttpResponse:
    """Show ratings by branch and week, and list the feedback: open, mine, overdue or done."""
    show, now, staff = request.GET.get("show", "open"), hub_clock().now(), staff_requests.me(request)
    asked = list_feedback(show, staff, now)
    if wants_csv(request):
        return _feedback_csv(asked, now)
    found = paginate(request, asked)
    rows = _rows(list(found), now)
    words = {
        "open": _("To handle"),
        "mine": _("Assigned to me"),
        "overdue": _("Overdue"),
        "answered": _("Answered"),
        "published": _("Published"),
        "aside": _("Set aside"),
    }
    counts = {name: list_feedback(name, staff, now).count() for name in ("open", "mine", "overdue")}
    return page(request, "feedback", "feedback/feedback_list.html", {
        "trends": [_trend(each) for each in trends(formatting.today())],
        "found": found,
        "rows": rows,
        "show": show,
        "tabs": tabs(words, counts),
    })  # fmt: skip


def _feedback_csv(feedback: "QuerySet[Feedback]", now: datetime) -> HttpResponse:
    """Return the feedback as CSV, with patrons masked as on the page."""
    heading = (
        pgettext("column", "Rating"),
        _("Feedback text"),
        _("Branch"),
        _("Patron"),
        _("Owner"),
        _("Time"),
        _("State"),
    )
    rows = (
        (row.face or "", row.words, row.branch, masked_text(row.patron), row.owner, row.came, row.due or row.state)
        for some in batches(feedback)
        for row in _rows(some, now)
    )
    return download("feedback", heading, rows)


def _rows(found: list[Feedback], now: datetime) -> list[CommentRow]:
    people = masked_patrons(each.person for each in found)
    return [CommentRow.from_feedback(each, people.get(each.person.ref) if each.person else None, now) for each in found]


def _trend(trend: Trend) -> TrendChart:
    """Chart a branch's ratings of the last weeks, after small-cell suppression: the happy ones at the bottom."""
    most = max((sum(_suppressed_week(week)) for week in trend.weeks), default=0)
    happy, before = trend.happy(), trend.happy_before()
    total = sum(week.total for week in trend.weeks)
    count_text = small_cell_suppression.format_count(total)
    words = _("{branch}: {total} ratings in 12 weeks").format(branch=trend.branch, total=count_text)
    columns = (_column(number, week, most, len(trend.weeks)) for number, week in enumerate(trend.weeks))
    return TrendChart(
        branch=str(trend.branch),
        figure=happy,
        compared=_("happy in the last 4 weeks, {before} in the 4 weeks before").format(before=before)
        if small_cell_suppression.NOT_TOLD not in (happy, before)
        else _("happy in the last 4 weeks"),
        chart=charts.columns(columns, words, height=TALL) if total else "",
    )


def _column(number: int, week: Week, most: int, weeks: int) -> charts.ChartColumn:
    parts = []
    for face, count in reversed([*enumerate(_suppressed_week(week), 1)]):
        if count:
            parts.append((f"f{face}", max(round(count * (TALL - 6) / most), 1)))
    words = _("{total} ratings in the week from {day}").format(
        total=small_cell_suppression.format_count(week.total), day=formatting.day(week.begins)
    )
    label = formatting.short(week.begins) if number in (0, weeks - 1) else ""
    return charts.ChartColumn(number * 30, 22, words, (*parts,), label=label, anchor="end" if number else "start")


def _suppressed_week(week: Week) -> tuple[int, ...]:
    """Return the counts to draw, without those that small-cell suppression hides."""
    return tuple(small_cell_suppression.round_down(count) or 0 for count in week.counts)


class PublishedForm(ModelForm):
    """What is published of a piece of feedback."""

    class Meta:
        model = Published
        fields = ("said", "did")


def _publication(feedback: Feedback) -> Published:
    return Published.objects.filter(feedback=feedback).first() or Published(feedback=feedback)


@staff_page
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one piece of feedback, with its answer and what is published of it."""
    return _render_feedback(request, _get_feedback(pk))


def _render_feedback(
    request: HttpRequest,
    each: Feedback,
    typed: str | None = None,
    wrong: str = "",
    form: "PublishedForm | None" = None,
) -> HttpResponse:
    patrons = masked_patrons([each.person])
    context = {
        "row": CommentRow.from_feedback(each, patrons.get(each.person.ref) if each.person else None, hub_clock().now()),
        "open": each.state in Feedback.OPEN,
        "aside": each.state == State.ASIDE,
        "public": hasattr(each, "published"),
        "form": form or PublishedForm(instance=_publication(each)),
        "owner": each.owner.get_username() if each.owner else "",
        "mine": each.owner_id == request.user.pk,
        "colleagues": staff_requests.colleagues(),
        "transaction": staff_requests.new_transaction(),
        "answered": formatting.date_and_time(each.answered_at),
        "typed": each.answer if typed is None else typed,
        "wrong": wrong,
    }
    return page(request, "feedback", "feedback/feedback.html", context, 422 if wrong or form else 200)


@staff_action
def answer_comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the answer, and send it to the patron if known."""
    each, typed, now = _get_feedback(pk), request.POST.get("words", ""), hub_clock().now()
    try:
        is_queued = answer(each, staff_requests.me(request), typed, now, staff_requests.transaction_of(request))
    except SubmissionRejected as wrong:
        return _render_feedback(request, each, typed, str(wrong))
    words = (
        _("Answered. The patron will be told.")
        if is_queued
        else _("Recorded. It came without a card, so publish the result.")
    )
    return report_success(request, words, _home(pk))


@staff_action
def publish_comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish "you said, we did" for posters and phones."""
    each = _get_feedback(pk)
    form = PublishedForm(request.POST, instance=_publication(each))
    if not form.is_valid():
        return _render_feedback(request, each, form=form)
    publish(each, form.instance.said, form.instance.did, hub_clock().now())
    return report_success(
        request, _("Published on posters and the portal"), _home(pk), reverse("feedback:withdraw", args=(pk,))
    )


@staff_action
def withdraw_comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw what was published."""
    withdraw(_get_feedback(pk))
    return report_success(request, _("No longer published"), _home(pk))


@staff_action
def assign_comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Assign it to the colleague given by `owner`, or to no one."""
    return staff_requests.assign(request, partial(assign, _get_feedback(pk)), _home(pk))


@staff_action
def set_comment_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Set it aside: no action is possible."""
    set_aside(_get_feedback(pk))
    return report_success(
        request, _("Set aside"), reverse("feedback:feedback"), reverse("feedback:reopen_comment", args=(pk,))
    )


@staff_action
def reopen_comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Reopen it."""
    take_up(_get_feedback(pk))
    return report_success(request, _("Reopened"), _home(pk))


def _get_feedback(pk: int) -> Feedback:
    return get_object_or_404(Feedback.objects.select_related("person", "owner", "branch"), pk=pk)


def _home(pk: int) -> str:
    return reverse("feedback:opinion", args=(pk,))


@staff_page
def books(request: HttpRequest) -> HttpResponse:
    """List the titles with enough ratings."""
    asked = title_ratings.rating_counts(formatting.today())
    if wants_csv(request):
        return _books_csv(asked)
    found = paginate(request, asked)
    context = {"found": found, "rows": title_ratings.suppressed_ratings(found)}
    return page(request, "feedback", "feedback/books.html", context)


def _books_csv(counts: "QuerySet[TitleRating, dict[str, int]]") -> HttpResponse:
    """Return the ratings as CSV, with counts in steps of five as the page shows them."""
    heading = (_("Title"), pgettext("column", "Author"), _("very unhappy"), _("so-so"), _("very happy"))
    rows = (
        (row.title.title, row.title.author, *(count for _face, count in row.faces))
        for batch in batches(counts)
        for row in title_ratings.suppressed_ratings(batch)
    )
    return download("title-ratings", heading, rows)
