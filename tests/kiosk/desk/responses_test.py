"""Test that the desk handles the answer to each question asked in passing."""

from kiosk.desk.responses import ON_ANSWER
from lending.questions import QUESTIONS


def test_each_answer_has_a_handler() -> None:
    assert set(ON_ANSWER) == set(QUESTIONS)
