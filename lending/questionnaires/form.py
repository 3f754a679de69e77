"""Build a questionnaire in two languages from its validated JSON (a subset of SurveyJS)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lending.questionnaires import visible
from lending.questionnaires.visible import Condition, Value

YES = {"default": "Yes", "zh-cn": "是"}
NO = {"default": "No", "zh-cn": "否"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages; identical if only one was given."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the Chinese text for every language code that starts with zh, else the English one."""
        return self.zh if language.lower().startswith("zh") else self.en


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
class Rating(QuestionBase):
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
class Words(QuestionBase):
    """A free-text question; `most` is the maximum length in characters."""

    most: int


@dataclass(frozen=True, slots=True)
class YesNo(QuestionBase):
    """A yes/no question."""

    yes: Text
    no: Text


Question = Rating | OneOf | SomeOf | Words | YesNo


@dataclass(frozen=True, slots=True)
class Form:
    """A questionnaire."""

    title: Text
    description: Text | None
    questions: tuple[Question, ...]

    def visible_questions(self, values: Mapping[str, Value]) -> tuple[Question, ...]:
        """Return the questions to ask, given the answers so far."""
        return tuple(each for each in self.questions if each.when is None or visible.holds(each.when, values))

    @property
    def recommends(self) -> bool:
        """Whether it asks how likely the respondent is to recommend the library; that is asked rarely."""
        return any(isinstance(each, Rating) and each.recommends for each in self.questions)


def elements_of(form: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the elements of all pages, in order."""
    if "pages" in form:
        return [element for page in form["pages"] for element in page["elements"]]
    return list(form["elements"])


def read(form: Mapping[str, Any]) -> Form:
    """Build a form from JSON without faults; validate with `guard.faults` first."""
    description = form.get("description")
    return Form(
        title=text(form["title"]),
        description=text(description) if description else None,
        questions=tuple(question(element) for element in elements_of(form)),
    )


def text(given: str | Mapping[str, str]) -> Text:
    """Parse a text in one language or in several; `default` is English."""
    if isinstance(given, str):
        return Text(given, given)
    return Text(given.get("zh-cn", given["default"]), given["default"])


def question(element: Mapping[str, Any]) -> Question:
    """Parse a question of a SurveyJS form."""
    when = element.get("visibleIf", "").strip()
    name, title, required = element["name"], text(element["title"]), bool(element.get("isRequired"))
    head = (name, title, required, visible.read(when) if when else None)
    match element["type"]:
        case "rating":
            words = (element.get("minRateDescription"), element.get("maxRateDescription"))
            least_words, most_words = (text(each) if each else None for each in words)
            smileys = element.get("rateType") == "smileys"
            return Rating(*head, *limits(element), smileys, least_words, most_words)
        case "radiogroup":
            return OneOf(*head, choices_of(element))
        case "checkbox":
            return SomeOf(*head, choices_of(element))
        case "comment":
            return Words(*head, element.get("maxLength", 300))
        case _:
            return YesNo(*head, text(element.get("labelTrue", YES)), text(element.get("labelFalse", NO)))


def limits(element: Mapping[str, Any]) -> tuple[int, int]:
    """Return the minimum and maximum of a rating, with the defaults of SurveyJS."""
    return element.get("rateMin", 1), element.get("rateMax", 5)


def choices_of(element: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Parse the choices of a question."""
    return tuple(
        Choice(each, Text(each, each)) if isinstance(each, str) else Choice(each["value"], text(each["text"]))
        for each in element["choices"]
    )
