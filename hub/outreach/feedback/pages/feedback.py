"""Show the pages of feedback: satisfaction by week, what patrons said, its owner, and the answer."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hub.core.clock import hub_clock
from hub.outreach.feedback import comments as matters
from hub.outreach.feedback.deduplication import SubmissionRejected
from hub.outreach.feedback.models import Feedback, Published
from hub.outreach.feedback.pages import common
from hub.outreach.feedback.pages.chart import chart
from hub.outreach.feedback.pages.common import FeedbackPatron
from hub.outreach.feedback.trend import trends
from hub.staff import formatting
from hub.staff.page import kept, page, paged
from hub.staff.staff_access import staff_only
from hub.staff.views.action_results import confirmed, failed

State = Feedback.State
TONES = {State.NEW: "waits", State.OWNED: "clock", State.ANSWERED: "done", State.PUBLISHED: "done", State.ASIDE: "look"}


@dataclass(frozen=True, slots=True)
class CommentRow:
    pk: int
    face: int
    words: str
    who: FeedbackPatron | None
    linked: bool
    owner: str
    where: str
    came: str
    due: str
    state: str
    tone: str

    @staticmethod
    def of(each: Feedback, who: FeedbackPatron | None, now: datetime) -> "CommentRow":
        waits = each.state in Feedback.OPEN
        return CommentRow(
            pk=each.pk,
            face=each.face or 0,
            words=each.words,
            who=who,
            linked=each.person_id is not None,
            owner=common.named(each.owner),
            where=str(each.branch),
            came=formatting.when(each.came_at),
            due=common.due_words(each.due, now) if waits else "",
            state=each.get_state_display(),
            tone="stop" if waits and each.due < now else TONES[State(each.state)],
        )


@require_GET
@staff_only
def feedback(request: HttpRequest) -> HttpResponse:
    """Show ratings by branch and week, and list the feedback: open, mine, overdue or done."""
    show, now, staff = request.GET.get("show", "open"), hub_clock().now(), common.me(request)
    found = paged(request, matters.shown(show, staff, now))
    rows = list(found)
    people = common.whom(each.person for each in rows)
    words = {
        "open": _("To deal with"),
        "mine": _("Mine"),
        "overdue": _("Overdue"),
        "answered": _("Answered"),
        "published": _("Published"),
        "aside": _("Set aside"),
    }
    counts = {name: matters.shown(name, staff, now).count() for name in ("open", "mine", "overdue")}
    return page(request, "feedback", "voice/feedback_list.html", {
        "charts": [chart(each) for each in trends(formatting.today())],
        "found": found,
        "rows": [CommentRow.of(each, people.get(each.person.ref) if each.person else None, now) for each in rows],
        "show": show,
        "tabs": tuple((name, f"{text} {counts[name]:,}" if name in counts else text) for name, text in words.items()),
        "kept": kept(request),
    })  # fmt: skip


@require_GET
@staff_only
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one piece of feedback, with its answer and what is published of it."""
    return _drawn(request, _found(pk))


def _drawn(
    request: HttpRequest,
    each: Feedback,
    typed: dict[str, str] | None = None,
    wrong: str = "",
    at: str = "",
    status: int = 200,
) -> HttpResponse:
    public = Published.objects.filter(feedback=each).first()
    texts = {name: getattr(public, name, "") for name in ("said", "said_en", "did", "did_en")}
    who = common.whom([each.person])
    context = {
        "row": CommentRow.of(each, who.get(each.person.ref) if each.person else None, hub_clock().now()),
        "open": each.state in Feedback.OPEN,
        "aside": each.state == State.ASIDE,
        "public": public,
        "owner": each.owner.get_username() if each.owner else "",
        "mine": each.owner_id == request.user.pk,
        "colleagues": common.colleagues(),
        "transaction": common.new_transaction(),
        "answered": formatting.when(each.answered_at),
        "typed": {"words": each.answer, **texts, **(typed or {})},
        "wrong": wrong,
        "wrong_at": at,
    }
    return page(request, "feedback", "voice/feedback.html", context, status)


@require_POST
@staff_only
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the answer, and send it to the patron if known."""
    each, typed, now = _found(pk), request.POST.get("words", ""), hub_clock().now()
    try:
        told = matters.answer(each, common.me(request), typed, now, common.transaction_of(request))
    except SubmissionRejected as wrong:
        return _drawn(request, each, {"words": typed}, str(wrong), "answer", 422)
    words = _("Answered: she is told.") if told else _("Noted. Nobody can be told: it came without a card. Publish it.")
    return confirmed(request, words, _home(pk))


@require_POST
@staff_only
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish "you said, we did" for posters and phones."""
    each = _found(pk)
    typed = {name: request.POST.get(name, "") for name in ("said", "said_en", "did", "did_en")}
    try:
        matters.publish(each, typed["said"], typed["did"], typed["said_en"], typed["did_en"], hub_clock().now())
    except SubmissionRejected as wrong:
        return _drawn(request, each, typed, str(wrong), "publish", 422)
    return confirmed(request, _("Published on posters and phones"), _home(pk), reverse("voice:withdraw", args=(pk,)))


@require_POST
@staff_only
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw what was published."""
    matters.withdraw(_found(pk))
    return confirmed(request, _("No longer published"), _home(pk))


@require_POST
@staff_only
def own(request: HttpRequest, pk: int) -> HttpResponse:
    """Assign it to the colleague given by `owner`, or to no one."""
    to = common.colleague(request)
    if to is None and request.POST.get("owner"):
        return failed(request, _("Nobody of the staff has this name."), _home(pk))
    matters.own(_found(pk), to)
    name = common.named(to)
    return confirmed(request, _("{name} has it now.").format(name=name) if to else _("Nobody has it now."), _home(pk))


@require_POST
@staff_only
def aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Set it aside: no action is possible."""
    matters.set_aside(_found(pk))
    return confirmed(request, _("Set aside"), reverse("voice:feedback"), reverse("voice:take_up", args=(pk,)))


@require_POST
@staff_only
def take_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Reopen it."""
    matters.take_up(_found(pk))
    return confirmed(request, _("Taken up again"), _home(pk))


def _found(pk: int) -> Feedback:
    found: Feedback = get_object_or_404(Feedback.objects.select_related("person", "owner", "branch"), pk=pk)
    return found


def _home(pk: int) -> str:
    return reverse("voice:opinion", args=(pk,))
