"""Show a questionnaire in a browser, whole or one question at a time, and validate the answers that it posts.

One question at a time, each page carries the answers of the others as hidden fields, as they were sent. The hub stores
nothing until the last question is answered. The branching code is that of the kiosks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import assert_never

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from lending.questionnaires import (
    Choice,
    Form,
    OneOf,
    Question,
    RatingQuestion,
    SomeOf,
    TextQuestion,
    Value,
    YesNo,
    fits,
    is_blank,
)

PREFIX = "q-"
"""Prefix of a question's name in a posted form."""


def validate_answers(form: Form, given: Mapping[str, object]) -> dict[str, Value]:
    """Return the valid answers, only of visible questions.

    An answer to a question that a later answer hides is dropped, as SurveyJS does on completion. Text that is only
    blanks counts as no answer.

    Raises:
        SubmissionRejected: Names the question whose answer is missing or invalid.
    """
    known = {each.name: each for each in form.questions}
    if odd := sorted(set(given) - set(known)):
        raise SubmissionRejected(_("The questionnaire has no question {name}. It has {known}.").format(
            name=odd[0][:40], known=", ".join(known)))  # fmt: skip
    values: dict[str, Value] = {}
    for name, value in given.items():
        if (fitting := _answer(known[name], value)) is not None:
            values[name] = fitting
    asked = form.visible_questions(values)
    answers = {each.name: validate_answer(each, values.get(each.name)) for each in asked}
    return {name: value for name, value in answers.items() if value is not None}


def validate_answer(question: Question, value: object) -> Value | None:
    """Return the answer of one visible question, or None for no answer.

    Raises:
        SubmissionRejected: If the answer is invalid, or missing and required.
    """
    found = _answer(question, value)
    if found is None and question.required:
        title = question.title.in_language(get_language() or "zh")
        raise SubmissionRejected(_("“{title}” needs an answer.").format(title=title))
    return found


def _answer(question: Question, value: object) -> Value | None:
    found = None if value is None or value in ("", []) else _fitting(question, value)
    return None if is_blank(found) else found


def _fitting(question: Question, value: object) -> Value:
    match question:
        case RatingQuestion() if isinstance(value, int) and not isinstance(value, bool) and value in question.scale:
            return value
        case YesNo() if isinstance(value, bool):
            return value
        case OneOf(choices=choices) if isinstance(value, str) and value in {each.value for each in choices}:
            return value
        case SomeOf(choices=choices) if isinstance(value, list) and set(value) <= {each.value for each in choices}:
            return [each.value for each in choices if each.value in value]
        case TextQuestion(most=most) if isinstance(value, str) and len(value) <= most:
            return value.replace("\x00", "").strip()
        case RatingQuestion() | YesNo() | OneOf() | SomeOf() | TextQuestion():
            words = _("The answer to “{title}” is not one of its choices.")
            raise SubmissionRejected(words.format(title=question.title.in_language(get_language() or "zh")))
        case _:
            assert_never(question)


def posted_fields(form: Form, post: QueryDict) -> dict[str, object]:
    """Return the form's fields as the browser sent them, not yet validated."""
    given: dict[str, object] = {}
    for each in form.questions:
        name = PREFIX + each.name
        if name not in post:
            continue
        text = str(post[name]).strip()
        match each:
            case RatingQuestion():
                given[each.name] = int(text) if text.isdecimal() and len(text) < 4 else text
            case YesNo():
                given[each.name] = {"yes": True, "no": False}.get(text, text)
            case SomeOf():
                given[each.name] = post.getlist(name)
            case OneOf() | TextQuestion():
                given[each.name] = text
            case _:
                assert_never(each)
    return given


@dataclass(frozen=True)
class SurveyStep:
    """A question of a form, and all answers so far.

    `posted` has each question's answer as the browser sent it, `answers` as the questionnaire has it. `index` counts
    among the questions asked after these answers; it is their number once the last one is answered.
    """

    form: Form
    posted: Mapping[str, Sequence[str]]
    answers: Mapping[str, object]
    index: int = 0

    @cached_property
    def asked(self) -> tuple[Question, ...]:
        """The visible questions; an invalid answer counts as missing."""
        values: dict[str, Value] = {}
        for each in self.form.questions:
            value = self.answers.get(each.name)
            if fits(each, value):
                values[each.name] = value  # type: ignore[assignment]
        return self.form.visible_questions(values)

    @property
    def question(self) -> Question:
        """The current question."""
        return self.asked[self.index]

    @property
    def is_over(self) -> bool:
        """Whether the last question is answered."""
        return self.index >= len(self.asked)

    @property
    def clamped(self) -> SurveyStep:
        """This step, or the last question if it is beyond."""
        return replace(self, index=min(self.index, len(self.asked) - 1))

    @property
    def more(self) -> bool:
        """Whether another question may follow."""
        return self.question != self.form.questions[-1]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """The answers of the other questions."""
        return [(name, each) for name, all_of in self.posted.items() if name != self.question.name for each in all_of]

    @property
    def dropped(self) -> tuple[Question, ...]:
        """Answered questions that are no longer asked, because another answer was changed."""
        return tuple(
            each
            for each in self.form.questions
            if each not in self.asked and any(text.strip() for text in self.posted.get(each.name, ()))
        )

    @property
    def left_out(self) -> str:
        """Names of these questions, which the page sends back once the patron was informed."""
        return " ".join(each.name for each in self.dropped)


def begin(form: Form) -> SurveyStep:
    """Return the first step."""
    return SurveyStep(form, {}, {})


def read_step(form: Form, post: QueryDict) -> SurveyStep:
    """Read the step that a browser sent; an unknown question counts as the first."""
    given = {each.name: post.getlist(PREFIX + each.name) for each in form.questions if PREFIX + each.name in post}
    step = SurveyStep(form, given, posted_fields(form, post))
    names = [each.name for each in step.asked]
    return replace(step, index=names.index(post["at"])) if post.get("at") in names else step


def move(step: SurveyStep, how: str) -> SurveyStep:
    """Go back, skip the question, or go on.

    Raises:
        SubmissionRejected: If the answer is invalid or missing.
    """
    if how == "back":
        return replace(step, index=max(step.index - 1, 0))
    name = step.question.name
    if how == "skip" and not step.question.required:
        step = replace(
            step,
            posted={each: texts for each, texts in step.posted.items() if each != name},
            answers={each: value for each, value in step.answers.items() if each != name},
        )
    validate_answer(step.question, step.answers.get(name))
    return replace(step, index=step.index + 1)


@dataclass(frozen=True, slots=True)
class SurveyField:
    """One question. `kind` is faces, scale, one, some, words or yesno; `choices` are values with texts."""

    name: str
    kind: str
    title: str
    required: bool
    sometimes: bool
    choices: tuple[tuple[str, str], ...] = ()
    least: str = ""
    most: str = ""
    length: int = 0


def fields(form: Form, language: str) -> tuple[SurveyField, ...]:
    """Return every question of a form for a template."""
    return tuple(field(each, language) for each in form.questions)


def field(each: Question, language: str) -> SurveyField:
    """Return one question for a template."""
    asked = SurveyField(
        PREFIX + each.name, "words", each.title.in_language(language), each.required, each.when is not None
    )
    match each:
        case RatingQuestion():
            ends = (each.least_words, each.most_words)
            least, most = (words.in_language(language) if words else "" for words in ends)
            scale = tuple((str(number), str(number)) for number in each.scale)
            return replace(asked, kind="faces" if each.smileys else "scale", choices=scale, least=least, most=most)
        case OneOf(choices=choices):
            return replace(asked, kind="one", choices=_choice_texts(choices, language))
        case SomeOf(choices=choices):
            return replace(asked, kind="some", choices=_choice_texts(choices, language))
        case TextQuestion(most=length):
            return replace(asked, length=length)
        case YesNo(yes=yes, no=no):
            words = (("yes", yes.in_language(language)), ("no", no.in_language(language)))
            return replace(asked, kind="yesno", choices=words)
        case _:
            assert_never(each)


def _choice_texts(choices: tuple[Choice, ...], language: str) -> tuple[tuple[str, str], ...]:
    return tuple((each.value, each.text.in_language(language)) for each in choices)
