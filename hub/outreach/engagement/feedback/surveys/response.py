"""Validate the answers of one response, and read them from a posted form."""

from collections.abc import Mapping
from typing import assert_never

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from lending.questionnaires.form import Form, OneOf, Question, Rating, SomeOf, Words, YesNo
from lending.questionnaires.visible import Value, is_blank

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
        case Rating() if isinstance(value, int) and not isinstance(value, bool) and value in question.scale:
            return value
        case YesNo() if isinstance(value, bool):
            return value
        case OneOf(choices=choices) if isinstance(value, str) and value in {each.value for each in choices}:
            return value
        case SomeOf(choices=choices) if isinstance(value, list) and set(value) <= {each.value for each in choices}:
            return [each.value for each in choices if each.value in value]
        case Words(most=most) if isinstance(value, str) and len(value) <= most:
            return value.replace("\x00", "").strip()
        case Rating() | YesNo() | OneOf() | SomeOf() | Words():
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
            case Rating():
                given[each.name] = int(text) if text.isdecimal() and len(text) < 4 else text
            case YesNo():
                given[each.name] = {"yes": True, "no": False}.get(text, text)
            case SomeOf():
                given[each.name] = post.getlist(name)
            case OneOf() | Words():
                given[each.name] = text
            case _:
                assert_never(each)
    return given
