"""Show the pages of questionnaires (list, JSON with preview and dates, results) and of the questions after a visit."""

import json
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.core.clock import hub_clock
from hub.core.language import language_names, page_code, text_languages
from hub.core.pages import formatting
from hub.core.pages.page import page, report_success, staff_action, staff_only, staff_page
from hub.core.retrying_transaction import atomic
from hub.core.small_cell_suppression import FEWEST
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Asking, Questionnaire
from hub.outreach.engagement.feedback.questionnaire_editor import EXAMPLE
from hub.outreach.engagement.feedback.surveys import results, rounds
from hub.outreach.engagement.feedback.surveys.response import SurveyField, fields
from hub.outreach.engagement.feedback.surveys.results import Result
from hub.outreach.engagement.feedback.surveys.schema_validation import SchemaFault, faults, parse_json
from lending.questionnaires import RatingQuestion, read_form
from lending.questionnaires import text as form_text

State = Questionnaire.State
TONES = {State.DRAFT: "look", State.OPEN: "done", State.CLOSED: "clock"}


@dataclass(frozen=True, slots=True)
class QuestionnaireRow:
    pk: int
    code: str
    version: int
    title: str
    state: str
    tone: str
    period: str
    sheets: str
    anonymous: bool

    @staticmethod
    def from_questionnaire(each: Questionnaire) -> "QuestionnaireRow":
        count = results.sheets(each)
        return QuestionnaireRow(
            pk=each.pk,
            code=each.code,
            version=each.version,
            title=form_text(each.form["title"]).in_language(get_language() or "zh"),
            state=each.get_state_display(),
            tone=TONES[State(each.state)],
            period=f"{formatting.day(each.opens)} – {formatting.day(each.closes)}" if each.opens else "",
            sheets=f"<{FEWEST}" if count is None else str(count),
            anonymous=each.anonymous,
        )


@staff_page
def questionnaires(request: HttpRequest) -> HttpResponse:
    """List every questionnaire, newest version first."""
    rows = [QuestionnaireRow.from_questionnaire(each) for each in Questionnaire.objects.order_by("-made_at", "-pk")]
    return page(request, "questionnaires", "feedback/questionnaires.html", {"rows": rows})


@staff_only
def edit_json(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Edit a new questionnaire or a further version as JSON: typed or a file, with its faults and a preview."""
    former = get_object_or_404(Questionnaire, pk=pk) if pk else None
    if request.method != "POST":
        form = former.form if former else EXAMPLE
        return _render_editor(
            request, former, former.code if former else "", json.dumps(form, ensure_ascii=False, indent=2), []
        )
    typed = request.POST.get("code", "")
    code = former.code if former else slugify(typed)[:40]
    source, unread = _submitted_form(request)
    found = unread or parse_json(source)
    wrong = [found] if isinstance(found, SchemaFault) else faults(found)
    if not former and not code:
        wrong = [
            *wrong,
            SchemaFault(_("short name"), _("Enter a short name of letters and digits, such as visit-2027.")),
        ]
    if not former and code and Questionnaire.objects.filter(code=code).exists():
        wrong = [
            *wrong,
            SchemaFault(
                _("short name"), _("This name is already used. Open that questionnaire, or choose another name.")
            ),
        ]
    if wrong or isinstance(found, SchemaFault) or "look" in request.POST:
        return _render_editor(request, former, code or typed[:40], source, wrong, 422 if wrong else 200)
    version = rounds.keep(code, found, hub_clock().now())
    return report_success(request, _("Saved as version {number}").format(number=version.version), _home(version.pk))


def _submitted_form(request: HttpRequest) -> tuple[str, SchemaFault | None]:
    """Return the typed text, or that of the uploaded file, with the fault if it is not UTF-8.

    The text is shown again in either case.
    """
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("form", ""), None
    data = file.read()
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        line = data.count(b"\n", 0, error.start) + 1
        place = _("{name}, line {line}").format(name=file.name, line=line)
        return text, SchemaFault(place, _("The file is not UTF-8 text. Check the � below, or save the file as UTF-8."))


def _render_editor(
    request: HttpRequest,
    former: Questionnaire | None,
    code: str,
    source: str,
    wrong: list[SchemaFault],
    status: int = 200,
) -> HttpResponse:
    found = parse_json(source)
    good = not isinstance(found, SchemaFault) and not faults(found)
    context = {
        "former": former,
        "code": code,
        "source": source,
        "wrong": wrong,
        "previews": _previews(found) if good and not isinstance(found, SchemaFault) else [],
        "rows": min(max(source.count("\n") + 2, 12), 30),
    }
    return page(request, "questionnaires", "feedback/questionnaire_json.html", context, status)


@dataclass(frozen=True, slots=True)
class QuestionPreview:
    language: str
    words: str
    title: str
    description: str
    fields: tuple[SurveyField, ...]


def _previews(form: dict[str, object]) -> list[QuestionPreview]:
    read = read_form(form)
    return [
        QuestionPreview(
            page_code(language),
            words,
            read.title.in_language(language),
            read.description.in_language(language) if read.description else "",
            fields(read, language),
        )
        for language, words in language_names(text_languages())
    ]


@staff_page
def questionnaire(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one questionnaire: its schedule, its preview and its results."""
    each = get_object_or_404(Questionnaire, pk=pk)
    return _render_questionnaire(request, each, RoundPlan.from_questionnaire(each))


@dataclass(frozen=True, slots=True)
class AnswerBar:
    """One answer; `face` is its smiley's number, or 0 if it is drawn without."""

    words: str
    count: str
    share: int
    face: int


@dataclass(frozen=True, slots=True)
class DrawnResult:
    """The result of a question, as text and bars."""

    title: str
    answered: str
    bars: tuple[AnswerBar, ...]
    words: tuple[str, ...]
    mean: str
    recommend: str

    @staticmethod
    def from_result(result: Result, language: str) -> "DrawnResult":
        most = max((cell.count or 0 for cell in result.cells), default=0)
        faces = isinstance(result.question, RatingQuestion) and result.question.smileys
        return DrawnResult(
            title=result.question.title.in_language(language),
            answered="" if result.answered is None else str(result.answered),
            bars=tuple(
                AnswerBar(
                    cell.text.in_language(language),
                    f"<{FEWEST}" if cell.count is None else str(cell.count),
                    round(100 * (cell.count or 0) / most) if most else 0,
                    int(cell.value) if faces else 0,
                )
                for cell in result.cells
            ),
            words=result.words,
            mean="" if result.mean is None else f"{result.mean:.1f}",
            recommend="" if result.recommend is None else f"{result.recommend:+d}",
        )


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """Schedule of a questionnaire, as in the form: dates, repetition and branches."""

    opens: str
    closes: str
    quota: str
    every: str
    invites: bool
    anonymous: bool
    branches: frozenset[str]

    @staticmethod
    def from_questionnaire(each: Questionnaire) -> "RoundPlan":
        return RoundPlan(
            opens=f"{each.opens or formatting.today():%Y-%m-%d}",
            closes=f"{each.closes:%Y-%m-%d}" if each.closes else "",
            quota=str(each.quota),
            every=str(each.every),
            invites=each.invites,
            anonymous=each.anonymous,
            branches=frozenset(each.branches.values_list("code", flat=True)),
        )

    @staticmethod
    def from_post(request: HttpRequest) -> "RoundPlan":
        opens, closes, quota, every = (request.POST.get(name, "") for name in ("opens", "closes", "quota", "every"))
        invites, anonymous = (request.POST.get(name) == "yes" for name in ("invites", "anonymous"))
        return RoundPlan(opens, closes, quota, every, invites, anonymous, frozenset(request.POST.getlist("branch")))


def _render_questionnaire(request: HttpRequest, each: Questionnaire, plan: RoundPlan, fault: str = "") -> HttpResponse:
    """Render the page; with a fault it shows the fault and keeps the input."""
    if fault:
        messages.error(request, fault)
    language = get_language() or "zh"
    context = {
        "row": QuestionnaireRow.from_questionnaire(each),
        "draft": each.state == State.DRAFT,
        "open": each.state == State.OPEN,
        "plan": plan,
        "rounds": (
            ("0", _("only once")),
            ("3", _("every 3 months")),
            ("6", _("every 6 months")),
            ("12", _("every year")),
        ),
        "branches": [(branch, branch.code in plan.branches) for branch in Branch.objects.all()],
        "previews": _previews(each.form),
        "results": [DrawnResult.from_result(result, language) for result in results.results(each)],
        "fewest": FEWEST,
    }
    return page(request, "questionnaires", "feedback/questionnaire.html", context, 422 if fault else 200)


@staff_action
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Open it between the posted dates, at the posted branches, up to the posted times per patron."""
    each, plan = get_object_or_404(Questionnaire, pk=pk), RoundPlan.from_post(request)
    try:
        opens, closes = date.fromisoformat(plan.opens), date.fromisoformat(plan.closes)
    except ValueError:
        return _render_questionnaire(request, each, plan, _("Choose the first and last day."))
    if not plan.quota.isdecimal() or not 1 <= int(plan.quota[:4]) <= 12:
        return _render_questionnaire(request, each, plan, _("A patron may be asked 1 to 12 times."))
    if each.state == State.DRAFT:
        each.anonymous = plan.anonymous
    each.quota, each.invites = int(plan.quota), plan.invites
    each.every = int(plan.every) if plan.every in ("3", "6", "12") else 0
    try:
        rounds.open_it(each, opens, closes, Branch.objects.filter(code__in=plan.branches))
    except SubmissionRejected as wrong:
        return _render_questionnaire(request, get_object_or_404(Questionnaire, pk=pk), plan, str(wrong))
    words = _("Open from {opens} to {closes}").format(opens=formatting.day(opens), closes=formatting.day(closes))
    return report_success(request, words, _home(pk), reverse("feedback:close_questionnaire", args=(pk,)))


@staff_action
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close it: patrons are no longer asked."""
    rounds.close(get_object_or_404(Questionnaire, pk=pk))
    return report_success(request, _("Questionnaire closed"), _home(pk))


@staff_page
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the results as a CSV file for spreadsheets."""
    each = get_object_or_404(Questionnaire, pk=pk)
    response = HttpResponse(results.as_csv(each, get_language() or "zh"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{each.code}-{each.version}.csv"'
    return response


def _home(pk: int) -> str:
    return reverse("feedback:questionnaire", args=(pk,))


@staff_page
def download_json(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the questionnaire as a SurveyJS JSON file."""
    each = get_object_or_404(Questionnaire, pk=pk)
    response = JsonResponse(each.form, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{each.code}-{each.version}.json"'
    return response


@staff_page
def asks(request: HttpRequest) -> HttpResponse:
    """List the questions that are asked, in order, then the others."""
    asked = Asking.order()
    kinds = [*asked, *(each for each in Asking.USUAL if each not in asked)]
    rows = [(each, *_asking_words(each), each in asked, each in Asking.ALWAYS) for each in kinds]
    return page(request, "feedback", "feedback/asks.html", {"rows": rows, "last": len(asked)})


@staff_action
def change_asking(request: HttpRequest, kind: str, how: str) -> HttpResponse:
    """Change a kind; `how` is up, down, off or on (which puts it last)."""
    if kind not in Asking.USUAL or how not in ("up", "down", "off", "on"):
        raise Http404
    _change_asking(kind, how)
    words = {"up": _("Moved up"), "down": _("Moved down"), "off": _("No longer asked"), "on": _("Asked again")}
    return report_success(request, words[how], reverse("feedback:asks"))


@atomic
def _change_asking(kind: str, how: str) -> None:
    """Change the order; a change that no longer applies after a colleague's change does nothing."""
    asked = Asking.order()
    at = asked.index(kind) if kind in asked else None
    if at is None:
        asked += [kind] if how == "on" else []
    elif how == "off" and kind not in Asking.ALWAYS:
        asked.remove(kind)
    elif how in ("up", "down"):
        asked.insert(max(at + (1 if how == "down" else -1), 0), asked.pop(at))
    Asking.keep(asked)


def _asking_words(kind: str) -> tuple[str, str]:
    """Return what the question is about, and to whom it is put."""
    return {
        "message": (_("Replies the library owes"), _("a reply or the result of a suggestion: always shown")),
        "contact": (_("Address check"), _("if an address is old or a message was returned")),
        "channel": (_("Preferred contact method"), _("patrons with an address who have not chosen one")),
        "face": (_("Visit rating"), _("all patrons, also without card")),
        "questionnaire": (_("Questionnaire"), _("while a questionnaire is open")),
        "pick": (_("A recommended title"), _("patrons who agreed to recommendations, after PIN entry")),
    }[kind]
