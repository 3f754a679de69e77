"""Counts the sheets of a questionnaire so that nobody can be made out: what fewer than five said is not shown."""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from random import SystemRandom
from typing import assert_never

from hub.outreach.feedback.models import Questionnaire, SurveyResponse
from hub.outreach.small_cell_suppression import FEWEST, hidden, plain
from lending.cells import quoted
from lending.questionnaires import form as forms
from lending.questionnaires.form import OneOf, Question, Rating, SomeOf, Text, Words, YesNo
from lending.questionnaires.visible import Condition, Value, comparisons, holds

SURE = 1 / 20
"""A mean is told where what is hidden can shift it by no more than this part of its scale."""
"""What a spreadsheet would take for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer that could be given. `count` is None where it may not be shown."""

    value: str
    text: Text
    count: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """One question. `answered` is None, and the rest empty, where fewer than five answered it.

    So it is with one whose number would tell a hidden count of the one that it hangs on.
    `mean` is there from ten answers on, where one of them no longer shows, reckoned from the told counts only.
    """

    question: Question
    answered: int | None
    cells: tuple[Cell, ...] = ()
    mean: float | None = None
    recommend: int | None = None
    """Of a hundred: those who give 9 or 10, less those who give 0 to 6."""
    words: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether all its counts are told."""
        return self.answered is not None and not self.hidden

    @property
    def hidden(self) -> list[Value]:
        """The answers of which nothing is told, as a sheet has them."""
        return [_value(self.question, cell.value) for cell in self.cells if cell.count is None]


def results(questionnaire: Questionnaire) -> list[Result]:
    """Every question with its figures, of all branches together: by branch the small ones could be told."""
    values = [sheet.values for sheet in questionnaire.answers.all()]
    found: dict[str, Result] = {}
    for each in questions(questionnaire):
        given = [sheet[each.name] for sheet in values if each.name in sheet]
        tells = each.when is not None and _tells(each.when, found)
        found[each.name] = Result(each, None) if tells else _result(each, given)
    return list(found.values())


def _tells(when: Condition, found: Mapping[str, Result]) -> bool:
    """Whether the number of those who were asked so would tell some hidden counts apart from the others."""
    on = [found[name] for name in {each.name for each in comparisons(when)}]
    if len(on) > 1 or on[0].answered is None:
        return not all(each.open for each in on)
    name = on[0].question.name
    return len({holds(when, {name: each}) for each in on[0].hidden}) > 1


def questions(questionnaire: Questionnaire) -> tuple[Question, ...]:
    return forms.read(questionnaire.form).questions


def _result(question: Question, given: list[object]) -> Result:
    if len(given) < FEWEST:
        return Result(question, None)
    match question:
        case Words():
            said = [str(each) for each in given]
            SystemRandom().shuffle(said)
            return Result(question, len(given), words=tuple(said))
        case Rating():
            numbers = [each for each in given if isinstance(each, int)]
            cells = _cells(((str(each), Text(str(each), str(each))) for each in question.scale), map(str, numbers))
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
        case Rating():
            return int(cell)
        case YesNo():
            return cell == "true"
        case SomeOf():
            return [cell]
        case _:
            return cell


def _cells(kinds: Iterable[tuple[str, Text]], given: Iterable[str]) -> tuple[Cell, ...]:
    known, all_given = list(kinds), list(given)
    counts = hidden([all_given.count(value) for value, _text in known])
    return tuple(Cell(value, text, count) for (value, text), count in zip(known, counts, strict=True))


def _mean(cells: tuple[Cell, ...], answered: int, weigh: Callable[[str], int]) -> float | None:
    """From what the cells tell: the middle of what it may be. None for fewer than ten, or where it may be anything."""
    if answered < 2 * FEWEST:
        return None
    told = [(weigh(cell.value), cell.count) for cell in cells if cell.count is not None]
    hidden_ones = [weigh(cell.value) for cell in cells if cell.count is None] or [0]
    rest, of_told = answered - sum(count for _weight, count in told), sum(weight * count for weight, count in told)
    scale = [weigh(cell.value) for cell in cells]
    if rest * (max(hidden_ones) - min(hidden_ones)) > SURE * answered * (max(scale) - min(scale)):
        return None
    return (of_told + rest * (max(hidden_ones) + min(hidden_ones)) / 2) / answered


def _recommends(value: str) -> int:
    """What an answer from 0 to 10 counts for the score."""
    return 100 if int(value) >= 9 else -100 if int(value) <= 6 else 0


def as_csv(questionnaire: Questionnaire, language: str) -> str:
    """The same figures as a table: one line an answer that could be given, and one for each of the patrons' words.

    A count that may not be shown is `<5`. It begins with a byte-order mark, by which spreadsheets know UTF-8.
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
        rows += [("", said, 1) for said in each.words]
        rows.append(("", "", f"<{FEWEST}" if each.answered is None else each.answered))
        for value, words, count in rows:
            cells = (*head, each.question.name, title, value, words, count)
            table.writerow([quoted(str(cell)) for cell in cells])
    return "\ufeff" + out.getvalue()


def sheets(questionnaire: Questionnaire) -> int | None:
    """How many sheets there are; None for fewer than five."""
    return plain(SurveyResponse.objects.filter(questionnaire=questionnaire).count())
