"""Show a questionnaire in a browser one question at a time, with the branching code of the kiosks.

Each page carries the answers of the others as hidden fields, as they were sent. The hub stores nothing until the last
question is answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.http import QueryDict

from hub.outreach.engagement.feedback.surveys.response import PREFIX, posted_fields, validate_answer
from lending.questionnaires.form import Form, Question
from lending.questionnaires.offered import fits
from lending.questionnaires.visible import Value


@dataclass(frozen=True)
class SurveyStep:
    """A question of a form, and all answers so far.

    `given` has each question's answer as the browser sent it, `answers` as the questionnaire has it. `at` is the index
    among the questions asked after these answers; it is their number once the last one is answered.
    """

    form: Form
    given: Mapping[str, Sequence[str]]
    answers: Mapping[str, object]
    at: int = 0

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
        return self.asked[self.at]

    @property
    def is_over(self) -> bool:
        """Whether the last question is answered."""
        return self.at >= len(self.asked)

    @property
    def clamped(self) -> SurveyStep:
        """This step, or the last question if it is beyond."""
        return replace(self, at=min(self.at, len(self.asked) - 1))

    @property
    def more(self) -> bool:
        """Whether another question may follow."""
        return self.question != self.form.questions[-1]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """The answers of the other questions."""
        return [(name, each) for name, all_of in self.given.items() if name != self.question.name for each in all_of]

    @property
    def dropped(self) -> tuple[Question, ...]:
        """Answered questions that are no longer asked, because another answer was changed."""
        return tuple(
            each
            for each in self.form.questions
            if each not in self.asked and any(text.strip() for text in self.given.get(each.name, ()))
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
    return replace(step, at=names.index(post["at"])) if post.get("at") in names else step


def move(step: SurveyStep, how: str) -> SurveyStep:
    """Go back, skip the question, or go on.

    Raises:
        SubmissionRejected: If the answer is invalid or missing.
    """
    if how == "back":
        return replace(step, at=max(step.at - 1, 0))
    name = step.question.name
    if how == "skip" and not step.question.required:
        step = replace(
            step,
            given={each: texts for each, texts in step.given.items() if each != name},
            answers={each: value for each, value in step.answers.items() if each != name},
        )
    validate_answer(step.question, step.answers.get(name))
    return replace(step, at=step.at + 1)
