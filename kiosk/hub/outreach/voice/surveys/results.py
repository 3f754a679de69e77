"""Counts the sheets of a questionnaire so that nobody can be made out: what fewer than five said is not shown."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from random import SystemRandom
from typing import assert_never

from kiosk.domain.questionnaires import form as forms
from kiosk.domain.questionnaires.form import OneOf, Question, Rating, SomeOf, Text, Words, YesNo
from kiosk.hub.outreach.few import FEWEST, hidden, plain
from kiosk.hub.outreach.voice.models import Answers, Questionnaire

FORMULA = ("=", "+", "-", "@", "\t", "\r")
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

    `mean` is there from ten answers on, where one of them no longer shows in it.
    """

    question: Question
    answered: int | None
    cells: tuple[Cell, ...] = ()
    mean: float | None = None
    recommend: int | None = None
    """Of a hundred: those who give 9 or 10, less those who give 0 to 6."""
    words: tuple[str, ...] = ()


def results(questionnaire: Questionnaire) -> list[Result]:
    """Every question with its figures, of all branches together: by branch the small ones could be told."""
    values = [sheet.values for sheet in questionnaire.answers.all()]
    return [
        _result(each, [sheet[each.name] for sheet in values if each.name in sheet]) for each in questions(questionnaire)
    ]


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
            many = len(numbers) >= 2 * FEWEST
            mean = sum(numbers) / len(numbers) if many else None
            score = _score(numbers) if many and question.recommends else None
            cells = _cells(((str(each), Text(str(each), str(each))) for each in question.scale), map(str, numbers))
            return Result(question, len(given), cells, mean, score)
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


def _cells(kinds: Iterable[tuple[str, Text]], given: Iterable[str]) -> tuple[Cell, ...]:
    known, all_given = list(kinds), list(given)
    counts = hidden([all_given.count(value) for value, _text in known])
    return tuple(Cell(value, text, count) for (value, text), count in zip(known, counts, strict=True))


def _score(numbers: list[int]) -> int:
    good, bad = sum(each >= 9 for each in numbers), sum(each <= 6 for each in numbers)
    return round(100 * (good - bad) / len(numbers))


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
            table.writerow((*head, each.question.name, _plain(title), _plain(value), _plain(words), count))
    return "\ufeff" + out.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def sheets(questionnaire: Questionnaire) -> int | None:
    """How many sheets there are; None for fewer than five."""
    return plain(Answers.objects.filter(questionnaire=questionnaire).count())
