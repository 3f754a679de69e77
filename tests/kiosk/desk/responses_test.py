"""Test that the desk handles the answer to each question to the hub."""

from kiosk.desk.responses import ON_ANSWER
from lending.questions import QUESTIONS


def test_each_question_has_an_answer_handler() -> None:
    assert set(ON_ANSWER) == set(QUESTIONS)
