"""Edit a questionnaire by form: add, order, translate and condition its questions, with a preview of each.

Every button posts the whole form, so that no act loses what was typed. Only Save stores it. The page needs no script.
The one that it has redraws the previews while staff type. `questionnaires` edits the same as SurveyJS JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.core.clock import hub_clock
from hub.core.language import language_names, page_code, page_text_language, text_languages
from hub.core.pages.page import page, report_success, staff_only
from hub.core.texts import Texts
from hub.outreach.engagement.feedback.models import Questionnaire
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.engagement.feedback.surveys.response import SurveyField, fields
from hub.outreach.engagement.feedback.surveys.schema_validation import (
    MOST_QUESTIONS,
    comparison_fault,
    faults,
)
from lending import questionnaires
from lending.languages import SOURCES, languages
from lending.questionnaires import Compare, elements_of, read_form, survey_locale

SMILEYS = "smileys"
SCALES = (SMILEYS, "1-5", "0-10")
"""What a new rating may be; another scale comes from a file and is kept."""
SCALE = re.compile(r"smileys|\d{1,2}-\d{1,2}")
EXAMPLE: dict[str, object] = {
    "title": {"default": "Your visit", "zh-cn": "到馆体验"},
    "description": {"default": "Three questions, one minute, anonymous.", "zh-cn": "三道题，一分钟，匿名填写。"},
    "elements": [
        {
            "type": "rating",
            "name": "mood",
            "title": {"default": "How was your visit today?", "zh-cn": "您对今天的服务满意吗？"},
            "rateType": "smileys",
            "isRequired": True,
        },
        {
            "type": "checkbox",
            "name": "used",
            "title": {"default": "What did you come for?", "zh-cn": "您今天来使用了哪些服务？"},
            "choices": [
                {"value": "loan", "text": {"default": "Books to borrow", "zh-cn": "借还图书"}},
                {"value": "room", "text": {"default": "A place to read", "zh-cn": "阅览自习"}},
                {"value": "kiosk", "text": {"default": "The kiosk", "zh-cn": "自助机"}},
                {"value": "course", "text": {"default": "A course or an event", "zh-cn": "培训活动"}},
            ],
        },
        {
            "type": "comment",
            "name": "better",
            "title": {"default": "What could be better?", "zh-cn": "您觉得哪里可以改进？"},
            "visibleIf": "{mood} < 4",
        },
    ],
}
"""What a new questionnaire may start from."""
MOST_CHOICES, FEWEST_CHOICES = 12, 2
TO_BE_WRITTEN = "…"
"""Stands in previews for a text that is still missing."""
Outline = dict[str, Any]
"""A question as SurveyJS JSON."""


def _default_language() -> str:
    """Return the language of SurveyJS's `default`: English if the library writes in it, else its first language."""
    return SOURCES if SOURCES in text_languages() else text_languages()[0]


class Wording(Texts):
    """A text in the library's languages, as typed. Readers of a language without one get the default."""

    @staticmethod
    def from_json(given: str | dict[str, str] | None) -> Wording:
        texts = given if isinstance(given, dict) else {"default": given or ""}
        codes = {survey_locale(code): code for code in languages() if not languages()[code].kin}
        found = {codes[locale]: text for locale, text in texts.items() if locale in codes}
        default = texts["default"]
        return Wording(found if default in found.values() else found | {_default_language(): default})

    @staticmethod
    def from_post(post: QueryDict, name: str) -> Wording:
        return Wording({code: post.get(f"{name}-{code}", "").strip() for code in text_languages()})

    @property
    def as_json(self) -> str | dict[str, str]:
        if len(self) < 2:
            return str(self)
        default = self.get(_default_language()) or next(iter(self.in_order().values()), "")
        others = {survey_locale(code): text for code, text in self.in_order().items() if code != _default_language()}
        return {"default": default, **others}

    @property
    def inputs(self) -> list[tuple[str, str, str, str]]:
        """Return code, HTML language, name and text of each language of the library."""
        return [(code, page_code(code), name, self.get(code, "")) for code, name in language_names(text_languages())]


@dataclass(frozen=True, slots=True)
class EditedChoice:
    """An answer to choose; `value` is what responses hold, "" until it has one."""

    value: str = ""
    text: Wording = field(default_factory=Wording)


@dataclass(frozen=True, slots=True)
class EditedQuestion:
    """A question as typed; `kind` is its SurveyJS type, `when` an expression, "" if it is always asked."""

    kind: str
    name: str
    title: Wording = field(default_factory=Wording)
    required: bool = False
    when: str = ""
    scale: str = SMILEYS
    low: Wording = field(default_factory=Wording)
    high: Wording = field(default_factory=Wording)
    choices: tuple[EditedChoice, ...] = ()
    length: str = "300"
    yes: Wording = field(default_factory=Wording)
    no: Wording = field(default_factory=Wording)

    @staticmethod
    def from_json(element: Outline) -> EditedQuestion:
        words = {name: Wording.from_json(element.get(name)) for name in ("title", "labelTrue", "labelFalse")}
        least, most = questionnaires.limits(element)
        return EditedQuestion(
            kind=element["type"],
            name=element["name"],
            title=words["title"],
            required=bool(element.get("isRequired")),
            when=_plain(element.get("visibleIf", "").strip()),
            scale=SMILEYS if element.get("rateType") == SMILEYS else f"{least}-{most}",
            low=Wording.from_json(element.get("minRateDescription")),
            high=Wording.from_json(element.get("maxRateDescription")),
            choices=tuple(
                EditedChoice(each, Wording.from_json(each))
                if isinstance(each, str)
                else EditedChoice(each["value"], Wording.from_json(each["text"]))
                for each in element.get("choices", ())
            ),
            length=str(element.get("maxLength", 300)),
            yes=words["labelTrue"],
            no=words["labelFalse"],
        )

    @staticmethod
    def from_post(post: QueryDict, number: int) -> EditedQuestion:
        prefix = f"q{number}"
        text = partial(Wording.from_post, post)
        count = min(int(post.get(f"{prefix}-choices") or 0), MOST_CHOICES)
        kind, scale = post[f"{prefix}-kind"], post.get(f"{prefix}-scale", SMILEYS)
        if kind not in kind_words() or not SCALE.fullmatch(scale):
            raise ValueError(kind, scale)
        return EditedQuestion(
            kind=kind,
            name=post[f"{prefix}-name"],
            title=text(f"{prefix}-title"),
            required=f"{prefix}-required" in post,
            when=post.get(f"{prefix}-when", ""),
            scale=scale,
            low=text(f"{prefix}-low"),
            high=text(f"{prefix}-high"),
            choices=tuple(
                EditedChoice(post.get(f"{prefix}-c{at}-value", ""), text(f"{prefix}-c{at}")) for at in range(count)
            ),
            length=post.get(f"{prefix}-length", "300").strip(),
            yes=text(f"{prefix}-yes"),
            no=text(f"{prefix}-no"),
        )

    @property
    def chooses(self) -> bool:
        """Whether it has answers to choose from."""
        return self.kind in ("radiogroup", "checkbox")

    @property
    def given(self) -> tuple[EditedChoice, ...]:
        """The choices that have a text, each with a value."""
        taken = {each.value.casefold() for each in self.choices}
        found = []
        for each in (each for each in self.choices if each.text):
            value = each.value or _free("choice", taken)
            taken.add(value.casefold())
            found.append(replace(each, value=value))
        return tuple(found)

    @property
    def as_json(self) -> Outline:
        found: Outline = {"type": self.kind, "name": self.name, "title": self.title.as_json}
        found |= {"isRequired": True} if self.required else {}
        found |= {"visibleIf": self.when} if self.when else {}
        match self.kind:
            case "rating":
                least, _dash, most = ("1-5" if self.scale == SMILEYS else self.scale).partition("-")
                found |= {"rateType": SMILEYS if self.scale == SMILEYS else "labels"}
                found |= {"rateMin": int(least), "rateMax": int(most)}
                ends = (("minRateDescription", self.low), ("maxRateDescription", self.high))
                found |= {name: words.as_json for name, words in ends if words and self.scale != SMILEYS}
            case "comment":
                found |= {"maxLength": int(self.length) if re.fullmatch(r"\d{1,6}", self.length) else 0}
            case "boolean":
                found |= {
                    name: words.as_json for name, words in (("labelTrue", self.yes), ("labelFalse", self.no)) if words
                }
            case _:
                found |= {"choices": [{"value": each.value, "text": each.text.as_json} for each in self.given]}
        return found


@dataclass(frozen=True, slots=True)
class EditedForm:
    """A questionnaire as typed."""

    title: Wording = field(default_factory=Wording)
    description: Wording = field(default_factory=Wording)
    questions: tuple[EditedQuestion, ...] = ()

    @staticmethod
    def from_json(form: Outline) -> EditedForm:
        return EditedForm(
            Wording.from_json(form["title"]),
            Wording.from_json(form.get("description")),
            tuple(EditedQuestion.from_json(element) for element in elements_of(form)),
        )

    @staticmethod
    def from_post(post: QueryDict) -> EditedForm:
        """Read the posted form. Raises ValueError, KeyError if it is not one of this page."""
        count = min(int(post["questions"]), 2 * MOST_QUESTIONS)
        questions = tuple(EditedQuestion.from_post(post, number) for number in range(1, count + 1))
        return EditedForm(Wording.from_post(post, "title"), Wording.from_post(post, "description"), questions)

    @property
    def as_json(self) -> Outline:
        found: Outline = {"title": self.title.as_json}
        found |= {"description": self.description.as_json} if self.description else {}
        return found | {"elements": [each.as_json for each in self.questions]}

    def with_question(self, kind: str) -> EditedForm:
        """Return the form with a new question at its end."""
        name = _free("question", {each.name for each in self.questions})
        made = EditedQuestion(kind, name)
        blank = (EditedChoice(),) * FEWEST_CHOICES if made.chooses else ()
        return replace(self, questions=(*self.questions, replace(made, choices=blank)))

    def replace_question(self, number: int, question: EditedQuestion) -> EditedForm:
        """Return the form with this question in place of the one of this number, from 1."""
        return replace(self, questions=(*self.questions[: number - 1], question, *self.questions[number:]))

    def move_question(self, number: int, by: int) -> EditedForm:
        """Return the form with a question moved up (-1) or down (1)."""
        order = list(self.questions)
        order.insert(max(number - 1 + by, 0), order.pop(number - 1))
        return replace(self, questions=tuple(order))


def _free(stem: str, taken: set[str]) -> str:
    """Return the stem with the lowest number that is not taken."""
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _plain(expression: str) -> str:
    """Return a single comparison as the editor writes it, and any other expression as it is."""
    try:
        found = questionnaires.read_condition(expression) if expression else None
    except questionnaires.NotUnderstood:
        return expression
    if not isinstance(found, Compare):
        return expression
    if isinstance(found.literal, int) and found.sign in ("<", ">"):
        found = replace(found, sign=f"{found.sign}=", literal=found.literal + (1 if found.sign == ">" else -1))
    return _expression(found.name, found.sign, found.literal)


def _expression(name: str, sign: str, literal: str | int | bool | None) -> str:
    match literal:
        case None:
            return f"{{{name}}} {sign}"
        case bool():
            return f"{{{name}}} {sign} {str(literal).lower()}"
        case str():
            return f"{{{name}}} {sign} '{literal}'"
        case _:
            return f"{{{name}}} {sign} {literal}"


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """The answers to an earlier question on which a question can depend: expressions with their texts."""

    number: int
    words: str
    options: tuple[tuple[str, str], ...]


def _conditions(earlier: Sequence[EditedQuestion]) -> list[ConditionGroup]:
    return [
        ConditionGroup(number, f"{number}. {str(each.title) or TO_BE_WRITTEN}", tuple(_options(each)))
        for number, each in enumerate(earlier, 1)
    ]


def _options(each: EditedQuestion) -> Iterator[tuple[str, str]]:
    expression = partial(_expression, each.name)
    match each.kind:
        case "rating":
            least, most = questionnaires.limits(each.as_json)
            for value in range(least, most):
                yield expression("<=", value), _("{value} or lower").format(value=value)
            for value in range(least + 1, most + 1):
                yield expression(">=", value), _("{value} or higher").format(value=value)
        case "boolean":
            yield expression("=", True), str(each.yes) or pgettext("answer", "Yes")
            yield expression("=", False), str(each.no) or pgettext("answer", "No")
        case "radiogroup" | "checkbox":
            some = each.kind == "checkbox"
            for choice in each.given:
                yield expression("contains" if some else "=", choice.value), str(choice.text)
            for choice in each.given:
                words = _("not “{answer}”").format(answer=choice.text)
                yield expression("notcontains" if some else "<>", choice.value), words
    yield expression("notempty", None), _("any answer")
    yield expression("empty", None), _("no answer")


@dataclass(frozen=True, slots=True)
class QuestionEditor:
    """A question with what its part of the page needs."""

    number: int
    question: EditedQuestion
    kind: str
    scales: tuple[tuple[str, str], ...]
    conditions: list[ConditionGroup]
    kept: str
    """A condition that none of the offered ones says, from a file."""
    wrong: list[str]
    preview: SurveyField
    is_last: bool

    @property
    def prefix(self) -> str:
        return f"q{self.number}"

    @property
    def may_grow(self) -> bool:
        return len(self.question.choices) < MOST_CHOICES

    @property
    def may_shrink(self) -> bool:
        return len(self.question.choices) > FEWEST_CHOICES


def kind_words() -> dict[str, str]:
    """Return the kinds of questions with their names."""
    return {
        "rating": pgettext("question", "Rating"),
        "radiogroup": _("One answer"),
        "checkbox": _("Several answers"),
        "boolean": _("Yes or no"),
        "comment": _("Free text"),
    }


def _scale_words(scale: str) -> str:
    return _("Five faces") if scale == SMILEYS else _("Numbers {scale}").format(scale=scale.replace("-", "–"))


Wrong = dict[int, list[str]]
"""Faults by the number of the question; 0 for those of the questionnaire."""


def _wrong(form: EditedForm) -> Wrong:
    """Return what must be mended before the questionnaire can be saved, in the words of the page."""
    found: Wrong = {}
    if not form.title:
        found.setdefault(0, []).append(_("Enter the title that patrons read."))
    if not form.questions:
        found.setdefault(0, []).append(_("Add a question."))
    earlier: dict[str, Outline] = {}
    for number, each in enumerate(form.questions, 1):
        if not each.title:
            found.setdefault(number, []).append(_("Enter the question."))
        if each.chooses and len(each.given) < FEWEST_CHOICES:
            found.setdefault(number, []).append(_("Enter at least two answers to choose from."))
        if each.when and _is_lost(each.when, earlier):
            words = _("It depends on an answer that comes later or was removed. Choose again when it is asked.")
            found.setdefault(number, []).append(words)
        earlier[each.name] = each.as_json
    if not found:
        numbers = {each.name: number for number, each in enumerate(form.questions, 1)}
        for fault in faults(form.as_json):
            number = numbers.get(fault.place, 0)
            found.setdefault(number, []).append(fault.words if number else str(fault))
    return found


def _is_lost(expression: str, earlier: dict[str, Outline]) -> bool:
    try:
        condition = questionnaires.read_condition(expression)
    except questionnaires.NotUnderstood:
        return True
    return any(comparison_fault(each, earlier) for each in questionnaires.comparisons(condition))


def _previews(form: EditedForm, language: str) -> tuple[SurveyField, ...]:
    """Return the questions as patrons see them; a missing text is a mark."""
    elements = []
    for each in form.questions:
        blank = EditedChoice("", Wording.from_json(TO_BE_WRITTEN))
        shown = replace(
            each,
            when="",
            title=each.title or Wording.from_json(TO_BE_WRITTEN),
            choices=tuple(choice if choice.text else blank for choice in each.choices),
        )
        elements.append(shown.as_json)
    return fields(read_form({"title": form.title.as_json or TO_BE_WRITTEN, "elements": elements}), language)


def _editors(form: EditedForm, wrong: Wrong, language: str) -> list[QuestionEditor]:
    found, kinds = [], kind_words()
    for number, (each, preview) in enumerate(zip(form.questions, _previews(form, language), strict=True), 1):
        conditions = _conditions(form.questions[: number - 1])
        offered = {expression for group in conditions for expression, _words in group.options}
        scales = (*SCALES, *(() if each.scale in SCALES else (each.scale,)))
        found.append(
            QuestionEditor(
                number=number,
                question=each,
                kind=kinds[each.kind],
                scales=tuple((scale, _scale_words(scale)) for scale in scales),
                conditions=conditions,
                kept="" if each.when in offered else each.when,
                wrong=wrong.get(number, []),
                preview=preview,
                is_last=number == len(form.questions),
            )
        )
    return found


@staff_only
def edit(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Edit a new questionnaire, a draft, or the next version of one that was opened."""
    former = get_object_or_404(Questionnaire, pk=pk) if pk else None
    if request.method != "POST":
        start = former.form if former else EXAMPLE if "example" in request.GET else None
        return _render(request, former, EditedForm.from_json(start) if start else EditedForm().with_question("rating"))
    try:
        form = EditedForm.from_post(request.POST)
        does, _colon, where = request.POST.get("do", "").partition(":")
        if does != "save":
            return _act(request, former, form, does, where)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return _render(request, former, EditedForm.from_json(former.form) if former else EditedForm(), status=400)
    if wrong := _wrong(form):
        return _render(request, former, form, wrong, status=422)
    version = rounds.keep(former.code if former else _code(form), form.as_json, hub_clock().now())
    words = _("Saved as version {number}").format(number=version.version)
    return report_success(request, words, reverse("feedback:questionnaire", args=(version.pk,)))


def _act(request: HttpRequest, former: Questionnaire | None, form: EditedForm, does: str, where: str) -> HttpResponse:
    """Change the form as the button says, and show it again.

    Raises:
        ValueError, KeyError, IndexError, TypeError, AttributeError: If the page has no such button.
    """
    dropped = ""
    match does:
        case "add" if len(form.questions) < MOST_QUESTIONS:
            form = form.with_question({each: each for each in kind_words()}[where])
        case "up" | "down":
            form = form.move_question(int(where), -1 if does == "up" else 1)
        case "drop":
            number = int(where)
            dropped = json.dumps([number, form.questions[number - 1].as_json], ensure_ascii=False)
            form = replace(form, questions=form.questions[: number - 1] + form.questions[number:])
        case "restore":
            number, element = json.loads(request.POST["dropped"])
            back = EditedQuestion.from_json(element)
            form = replace(form, questions=(*form.questions[: number - 1], back, *form.questions[number - 1 :]))
        case "choice":
            each = form.questions[int(where) - 1]
            form = form.replace_question(
                int(where), replace(each, choices=(*each.choices, EditedChoice())[:MOST_CHOICES])
            )
        case "drop-choice":
            at, _dot, place = where.partition(".")
            each, gone = form.questions[int(at) - 1], int(place)
            form = form.replace_question(int(at), replace(each, choices=each.choices[:gone] + each.choices[gone + 1 :]))
    return _render(request, former, form, dropped=dropped)


def _code(form: EditedForm) -> str:
    """Return a short name that no questionnaire has, from the title."""
    titles = map(slugify, (form.title.in_language(SOURCES), *form.title.values()))
    stem = next(filter(None, titles), "questionnaire")[:34]
    if not Questionnaire.objects.filter(code=stem).exists():
        return stem
    return _free(f"{stem}-", set(Questionnaire.objects.values_list("code", flat=True)))


def _render(
    request: HttpRequest,
    former: Questionnaire | None,
    form: EditedForm,
    wrong: Wrong | None = None,
    status: int = 200,
    dropped: str = "",
) -> HttpResponse:
    shown = request.POST.get("shown") or page_text_language()
    if request.POST.get("do", "").startswith("show:"):
        shown = request.POST["do"].removeprefix("show:")
    context = {
        "former": former,
        "form": form,
        "wrong": (wrong or {}).get(0, []),
        "questions": _editors(form, wrong or {}, shown),
        "kinds": kind_words().items(),
        "full": len(form.questions) >= MOST_QUESTIONS,
        "most": MOST_QUESTIONS,
        "dropped": dropped,
        "shown": shown,
        "languages": language_names(text_languages()),
        "shown_title": form.title.in_language(shown) or TO_BE_WRITTEN,
    }
    return page(request, "questionnaires", "feedback/questionnaire_editor.html", context, status)
