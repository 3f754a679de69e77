"""Read questionnaires in two languages from their validated JSON (a subset of SurveyJS), and check the answers.

`visibleIf` expressions are simple comparisons joined by `and` and `or`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, assert_never

Literal = str | int | bool
Value = str | int | bool | list[str]

TOKENS = re.compile(
    r"""\s*(?:(?P<name>\{[a-z][a-z0-9_]*\})|(?P<text>'[^']*'|"[^"]*")|(?P<number>-?\d+(?![\w.]))
    |(?P<sign><=|>=|<>|!=|=|<|>|\(|\))|(?P<word>[a-z]+))""",
    re.VERBOSE,
)
SIGNS = ("=", "<>", "<", "<=", ">", ">=", "contains", "notcontains")
ALONE = ("empty", "notempty")


class NotUnderstood(ValueError):
    """The expression is outside the supported subset. `at` is the rest that was not understood."""

    def __init__(self, at: str) -> None:
        super().__init__(at)
        self.at = at


@dataclass(frozen=True, slots=True)
class Compare:
    """`literal` is None for the unary operators: empty, notempty."""

    name: str
    sign: str
    literal: Literal | None = None


@dataclass(frozen=True, slots=True)
class Both:
    """Conjunction of two conditions."""

    left: Condition
    right: Condition


@dataclass(frozen=True, slots=True)
class Either:
    """Disjunction of two conditions."""

    left: Condition
    right: Condition


Condition = Compare | Both | Either


def read_condition(expression: str) -> Condition:
    """Parse an expression. Raise NotUnderstood."""
    tokens = _tokens(expression)
    found, rest = _either(tokens)
    if rest:
        raise NotUnderstood(rest[0][1])
    return found


def comparisons(condition: Condition) -> list[Compare]:
    """Return all comparisons in a condition, from left to right."""
    match condition:
        case Compare():
            return [condition]
        case Both(left, right) | Either(left, right):
            return [*comparisons(left), *comparisons(right)]
        case _:
            assert_never(condition)


def holds(condition: Condition, values: Mapping[str, Value]) -> bool:
    """Evaluate a condition; an unanswered question is empty and fails every comparison but `<>` and `notcontains`."""
    match condition:
        case Both(left, right):
            return holds(left, values) and holds(right, values)
        case Either(left, right):
            return holds(left, values) or holds(right, values)
        case Compare(name, sign, literal):
            return _compared(values.get(name), sign, literal)
        case _:
            assert_never(condition)


def is_blank(value: Value | None) -> bool:
    """Return whether a question has no answer. Text of blanks and invisible characters only is no answer."""
    if isinstance(value, str):
        return not any(sign.isprintable() and not sign.isspace() for sign in value)
    return value is None or value == []


def _compared(value: Value | None, sign: str, literal: Literal | None) -> bool:
    blank = is_blank(value)
    match sign:
        case "empty":
            return blank
        case "notempty":
            return not blank
        case "=":
            return not blank and value == literal
        case "<>":
            return blank or value != literal
        case "contains":
            return isinstance(value, list) and literal in value
        case "notcontains":
            return not (isinstance(value, list) and literal in value)
    if not isinstance(value, int) or not isinstance(literal, int):
        return False
    return {"<": value < literal, "<=": value <= literal, ">": value > literal, ">=": value >= literal}[sign]


Token = tuple[str, str]


def _tokens(expression: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    text = expression.rstrip()
    while at < len(text):
        met = TOKENS.match(text, at)
        if met is None or met.lastgroup is None:
            raise NotUnderstood(text[at:].strip())
        found.append((met.lastgroup, met.group(met.lastgroup)))
        at = met.end()
    return found


def _either(tokens: list[Token]) -> tuple[Condition, list[Token]]:
    left, rest = _both(tokens)
    while rest and rest[0] == ("word", "or"):
        right, rest = _both(rest[1:])
        left = Either(left, right)
    return left, rest


def _both(tokens: list[Token]) -> tuple[Condition, list[Token]]:
    left, rest = _condition(tokens)
    while rest and rest[0] == ("word", "and"):
        right, rest = _condition(rest[1:])
        left = Both(left, right)
    return left, rest


def _condition(tokens: list[Token]) -> tuple[Condition, list[Token]]:
    match tokens:
        case [("sign", "("), *inner]:
            found, rest = _either(inner)
            if not rest or rest[0] != ("sign", ")"):
                raise NotUnderstood(rest[0][1] if rest else "(")
            return found, rest[1:]
        case [("name", name), (_, alone), *rest] if alone in ALONE:
            return Compare(name[1:-1], alone), rest
        case [("name", name), (_, sign), (kind, literal), *rest] if sign in SIGNS or sign == "!=":
            return Compare(name[1:-1], "<>" if sign == "!=" else sign, _literal(kind, literal)), rest
        case [("name", _), (_, text), *_rest] | [(_, text), *_rest]:
            raise NotUnderstood(text)
        case _:
            raise NotUnderstood("")


def _literal(kind: str, text: str) -> Literal:
    match kind:
        case "text":
            return text[1:-1]
        case "number":
            return int(text)
        case "word" if text in ("true", "false"):
            return text == "true"
        case _:
            raise NotUnderstood(text)


YES = {"default": "Yes", "zh-cn": "是", "mn": "Тийм"}
NO = {"default": "No", "zh-cn": "否", "mn": "Үгүй"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text by SurveyJS's locale; `default` is for readers of all other languages."""

    texts: Mapping[str, str] = field(hash=False)

    def in_language(self, language: str) -> str:
        """Return the text for readers of a language, such as `mn` or `zh-Hans`."""
        return self.texts.get(survey_locale(language)) or self.texts["default"]


def survey_locale(language: str) -> str:
    """Return SurveyJS's name of a language: `zh-cn` for Chinese in each script."""
    code = language.lower().replace("_", "-").partition("-")[0]
    return {"zh": "zh-cn"}.get(code, code)


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a choice question."""

    value: str
    text: Text


@dataclass(frozen=True, slots=True)
class QuestionBase:
    """Attributes of every question. `when` is None for a question that is always asked."""

    name: str
    title: Text
    required: bool
    when: Condition | None


@dataclass(frozen=True, slots=True)
class RatingQuestion(QuestionBase):
    """A number from `least` to `most`; shown as smileys if `smileys`."""

    least: int
    most: int
    smileys: bool
    least_words: Text | None
    most_words: Text | None

    @property
    def scale(self) -> range:
        """The values that can be chosen."""
        return range(self.least, self.most + 1)

    @property
    def recommends(self) -> bool:
        """Whether this is the 0 to 10 question how likely the respondent is to recommend the library."""
        return (self.least, self.most) == (0, 10)


@dataclass(frozen=True, slots=True)
class OneOf(QuestionBase):
    """A single-choice question."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class SomeOf(QuestionBase):
    """A multiple-choice question."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class TextQuestion(QuestionBase):
    """A free-text question; `most` is the maximum length in characters."""

    most: int


@dataclass(frozen=True, slots=True)
class YesNo(QuestionBase):
    """A yes/no question."""

    yes: Text
    no: Text


Question = RatingQuestion | OneOf | SomeOf | TextQuestion | YesNo


@dataclass(frozen=True, slots=True)
class Form:
    """A questionnaire."""

    title: Text
    description: Text | None
    questions: tuple[Question, ...]

    def visible_questions(self, values: Mapping[str, Value]) -> tuple[Question, ...]:
        """Return the questions to ask, given the answers so far."""
        return tuple(each for each in self.questions if each.when is None or holds(each.when, values))

    @property
    def recommends(self) -> bool:
        """Whether it asks how likely the respondent is to recommend the library; that is asked rarely."""
        return any(isinstance(each, RatingQuestion) and each.recommends for each in self.questions)


def elements_of(form: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the elements of all pages, in order."""
    if "pages" in form:
        return [element for page in form["pages"] for element in page["elements"]]
    return list(form["elements"])


def read_form(form: Mapping[str, Any]) -> Form:
    """Build a form from JSON without faults; validate with `guard.faults` first."""
    description = form.get("description")
    return Form(
        title=text(form["title"]),
        description=text(description) if description else None,
        questions=tuple(question(element) for element in elements_of(form)),
    )


def text(given: str | Mapping[str, str]) -> Text:
    """Parse a text in one language or in several."""
    return Text({"default": given} if isinstance(given, str) else given)


def question(element: Mapping[str, Any]) -> Question:
    """Parse a question of a SurveyJS form."""
    when = element.get("visibleIf", "").strip()
    name, title, required = element["name"], text(element["title"]), bool(element.get("isRequired"))
    head = (name, title, required, read_condition(when) if when else None)
    match element["type"]:
        case "rating":
            words = (element.get("minRateDescription"), element.get("maxRateDescription"))
            least_words, most_words = (text(each) if each else None for each in words)
            smileys = element.get("rateType") == "smileys"
            return RatingQuestion(*head, *limits(element), smileys, least_words, most_words)
        case "radiogroup":
            return OneOf(*head, choices_of(element))
        case "checkbox":
            return SomeOf(*head, choices_of(element))
        case "comment":
            return TextQuestion(*head, element.get("maxLength", 300))
        case _:
            return YesNo(*head, text(element.get("labelTrue", YES)), text(element.get("labelFalse", NO)))


def limits(element: Mapping[str, Any]) -> tuple[int, int]:
    """Return the minimum and maximum of a rating, with the defaults of SurveyJS."""
    return element.get("rateMin", 1), element.get("rateMax", 5)


def choices_of(element: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Parse the choices of a question."""
    return tuple(
        Choice(each, text(each)) if isinstance(each, str) else Choice(each["value"], text(each["text"]))
        for each in element["choices"]
    )


NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OfferedQuestionnaire:
    """A questionnaire, its anonymity, and the answers given so far."""

    about: str
    """Short name and version by which the hub knows it; sent back with the answers."""
    form: Form
    anonymous: bool = True
    so_far: Mapping[str, Value] = field(default_factory=lambda: NOTHING)


def parse_offered(about: str, form: str, *, anonymous: bool, so_far: str = "") -> OfferedQuestionnaire | None:
    """Parse the JSON texts; None if this kiosk version cannot ask every question."""
    try:
        parsed = read_form(json.loads(form))
        answers = json.loads(so_far) if so_far else {}
        fitting = {each.name: answers[each.name] for each in parsed.questions if fits(each, answers.get(each.name))}
    except (ValueError, KeyError, TypeError, AttributeError, NotUnderstood):
        return None
    return OfferedQuestionnaire(about, parsed, anonymous, fitting) if parsed.questions else None


def fits(question: Question, value: object) -> bool:
    """Return whether a value is a valid answer to the question."""
    match question:
        case RatingQuestion():
            return isinstance(value, int) and not isinstance(value, bool) and value in question.scale
        case YesNo():
            return isinstance(value, bool)
        case OneOf(choices=choices):
            return value in [each.value for each in choices]
        case SomeOf(choices=choices):
            known = {each.value for each in choices}
            return isinstance(value, list) and bool(value) and all(each in known for each in value)
        case TextQuestion(most=most):
            return isinstance(value, str) and not is_blank(value) and len(value) <= most


def sheet(form: Form, values: Mapping[str, Value]) -> str:
    """Return the answers to all visible questions as JSON text."""
    asked = {each.name for each in form.visible_questions(values)}
    answers = {name: value for name, value in values.items() if name in asked and not is_blank(value)}
    return json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
