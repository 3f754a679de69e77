"""Prepare a questionnaire and its results for templates, in one language; patrons' pages use it too."""

from dataclasses import dataclass, replace
from typing import assert_never

from hub.core.small_cell_suppression import FEWEST
from hub.outreach.engagement.feedback.surveys.response import PREFIX
from hub.outreach.engagement.feedback.surveys.results import Result
from lending.questionnaires.form import Choice, Form, OneOf, Question, Rating, SomeOf, Words, YesNo


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
        case Rating():
            ends = (each.least_words, each.most_words)
            least, most = (words.in_language(language) if words else "" for words in ends)
            scale = tuple((str(number), str(number)) for number in each.scale)
            return replace(asked, kind="faces" if each.smileys else "scale", choices=scale, least=least, most=most)
        case OneOf(choices=choices):
            return replace(asked, kind="one", choices=_choice_texts(choices, language))
        case SomeOf(choices=choices):
            return replace(asked, kind="some", choices=_choice_texts(choices, language))
        case Words(most=length):
            return replace(asked, length=length)
        case YesNo(yes=yes, no=no):
            words = (("yes", yes.in_language(language)), ("no", no.in_language(language)))
            return replace(asked, kind="yesno", choices=words)
        case _:
            assert_never(each)


def _choice_texts(choices: tuple[Choice, ...], language: str) -> tuple[tuple[str, str], ...]:
    return tuple((each.value, each.text.in_language(language)) for each in choices)


@dataclass(frozen=True, slots=True)
class Bar:
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
    bars: tuple[Bar, ...]
    words: tuple[str, ...]
    mean: str
    recommend: str

    @staticmethod
    def from_result(result: Result, language: str) -> "DrawnResult":
        most = max((cell.count or 0 for cell in result.cells), default=0)
        faces = isinstance(result.question, Rating) and result.question.smileys
        return DrawnResult(
            title=result.question.title.in_language(language),
            answered="" if result.answered is None else str(result.answered),
            bars=tuple(
                Bar(
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
