"""Count the responses of a questionnaire with small-cell suppression: counts below five are hidden."""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from random import SystemRandom
from typing import assert_never

from hub.core.small_cell_suppression import FEWEST, suppress_cells, suppress_small
from hub.outreach.engagement.feedback.models import Questionnaire, SurveyResponse
from lending import questionnaires
from lending.cells import quote_cell
from lending.questionnaires import (
    Condition,
    OneOf,
    Question,
    RatingQuestion,
    SomeOf,
    Text,
    TextQuestion,
    Value,
    YesNo,
    comparisons,
    holds,
)

SURE = 1 / 20
"""Largest share of its scale by which hidden counts may shift a mean that is shown."""


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """One possible answer; `count` is None if it is hidden."""

    value: str
    text: Text
    count: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """Result of one question; `answered` is None, and the rest empty, if fewer than five answered it.

    The same applies to a question whose number of answers would reveal a hidden count of the question that it depends
    on. `mean` is given from ten answers on, where a single answer no longer shows, and is based on the visible counts
    only.
    """

    question: Question
    answered: int | None
    cells: tuple[AnswerCount, ...] = ()
    mean: float | None = None
    recommend: int | None = None
    """Net promoter score, in percent: answers of 9 or 10, less those of 0 to 6."""
    words: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether all its counts are visible."""
        return self.answered is not None and not self.hidden

    @property
    def hidden(self) -> list[Value]:
        """The answers with hidden counts, as a response stores them."""
        return [_value(self.question, cell.value) for cell in self.cells if cell.count is None]


def results(questionnaire: Questionnaire) -> list[Result]:
    """Return the results of every question over all branches: by branch, small counts would be revealed."""
    values = [sheet.values for sheet in questionnaire.answers.all()]
    found: dict[str, Result] = {}
    for each in questions(questionnaire):
        given = [sheet[each.name] for sheet in values if each.name in sheet]
        reveals = each.when is not None and _would_reveal(each.when, found)
        found[each.name] = Result(each, None) if reveals else _result(each, given)
    return list(found.values())


def _would_reveal(when: Condition, found: Mapping[str, Result]) -> bool:
    """Return whether the number of patrons who were asked this question would reveal hidden counts."""
    on = [found[name] for name in {each.name for each in comparisons(when)}]
    if len(on) > 1 or on[0].answered is None:
        return not all(each.open for each in on)
    name = on[0].question.name
    return len({holds(when, {name: each}) for each in on[0].hidden}) > 1


def questions(questionnaire: Questionnaire) -> tuple[Question, ...]:
    """Return the questions of a questionnaire."""
    return questionnaires.read_form(questionnaire.form).questions


def _result(question: Question, given: list[object]) -> Result:
    if len(given) < FEWEST:
        return Result(question, None)
    match question:
        case TextQuestion():
            texts = [str(each) for each in given]
            SystemRandom().shuffle(texts)
            return Result(question, len(given), words=tuple(texts))
        case RatingQuestion():
            numbers = [each for each in given if isinstance(each, int)]
            cells = _cells(((str(each), questionnaires.text(str(each))) for each in question.scale), map(str, numbers))
            mean, score = _mean(cells, len(numbers), int), None
            if question.recommends:
                score = _mean(cells, len(numbers), _recommends)
            return Result(question, len(given), cells, mean, None if score is None else round(score))
        case OneOf(choices=choices):
            return Result(question, len(given), _cells(((each.value, each.text) for each in choices), map(str, given)))
        case SomeOf(choices=choices):
            picked = [each for sheet in given if isinstance(sheet, list) for each in sheet]
            return Result(question, len(given), _cells(((each.value, each.text) for each in choices), picked))
        case YesNo(yes=yes, no=no):
            words = ("true" if each else "false" for each in given)
            return Result(question, len(given), _cells((("true", yes), ("false", no)), words))
        case _:
            assert_never(question)


def _value(question: Question, cell: str) -> Value:
    match question:
        case RatingQuestion():
            return int(cell)
        case YesNo():
            return cell == "true"
        case SomeOf():
            return [cell]
        case _:
            return cell


def _cells(kinds: Iterable[tuple[str, Text]], given: Iterable[str]) -> tuple[AnswerCount, ...]:
    known, all_given = list(kinds), list(given)
    counts = suppress_cells([all_given.count(value) for value, _text in known])
    return tuple(AnswerCount(value, text, count) for (value, text), count in zip(known, counts, strict=True))


def _mean(cells: tuple[AnswerCount, ...], answered: int, weigh: Callable[[str], int]) -> float | None:
    """Return the mean from the visible counts: the middle of its possible range.

    None for fewer than ten answers, or if the range is too wide.
    """
    if answered < 2 * FEWEST:
        return None
    weights = [(weigh(cell.value), cell.count) for cell in cells if cell.count is not None]
    hidden_ones = [weigh(cell.value) for cell in cells if cell.count is None] or [0]
    rest, of_told = (
        answered - sum(count for _weight, count in weights),
        sum(weight * count for weight, count in weights),
    )
    scale = [weigh(cell.value) for cell in cells]
    if rest * (max(hidden_ones) - min(hidden_ones)) > SURE * answered * (max(scale) - min(scale)):
        return None
    return (of_told + rest * (max(hidden_ones) + min(hidden_ones)) / 2) / answered


def _recommends(value: str) -> int:
    """Return the weight of an answer from 0 to 10 in the net promoter score."""
    return 100 if int(value) >= 9 else -100 if int(value) <= 6 else 0


def as_csv(questionnaire: Questionnaire, language: str) -> str:
    """Return the results as CSV: one row per possible answer, and one for each free text.

    A hidden count is `<5`. The text begins with a byte-order mark, by which spreadsheets recognise UTF-8.
    """
    out = StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(("questionnaire", "version", "question", "title", "answer", "words", "count"))
    head = (questionnaire.code, questionnaire.version)
    for each in results(questionnaire):
        title = each.question.title.in_language(language)
        rows: list[tuple[str, str, int | str]] = [
            (cell.value, cell.text.in_language(language), f"<{FEWEST}" if cell.count is None else cell.count)
            for cell in each.cells
        ]
        rows += [("", text, 1) for text in each.words]
        rows.append(("", "", f"<{FEWEST}" if each.answered is None else each.answered))
        for value, words, count in rows:
            cells = (*head, each.question.name, title, value, words, count)
            table.writerow([quote_cell(str(cell)) for cell in cells])
    return "\ufeff" + out.getvalue()


def sheets(questionnaire: Questionnaire) -> int | None:
    """Return the number of responses; None for fewer than five."""
    return suppress_small(SurveyResponse.objects.filter(questionnaire=questionnaire).count())
