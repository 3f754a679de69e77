"""Compare our questionnaires with survey-core: its recorded results, and itself if available."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.surveys.response import accepted
from hub.outreach.engagement.feedback.surveys.schema_validation import faults
from lending.questionnaires import form as forms
from lending.questionnaires.form import Form, OneOf, SomeOf
from lending.questionnaires.offered import fits, sheet
from tests.hub.outreach.engagement.feedback.oracle.cases import CONDITIONS, condition_cases, whole_cases
from tests.hub.outreach.engagement.feedback.oracle.record import RECORDED, asked

HERE = Path(sys.prefix)
"""Where scripts/setup --dev puts survey-core's node_modules, where there is npm."""
SAMPLED = 29
"""One in so many responses is checked again: all of them take half a minute."""


def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def test_every_condition_holds_when_survey_core_says_so() -> None:
    conditions = recorded()["conditions"]
    assert set(conditions) == set(CONDITIONS)
    cases = condition_cases()
    sheets = len(cases) // len(CONDITIONS)
    for number, condition in enumerate(CONDITIONS):
        mine = cases[number * sheets :][:sheets]
        form = forms.read(mine[0]["form"])
        assert faults(mine[0]["form"]) == []
        ours = "".join("1" if any(q.name == "q" for q in form.asked(each["values"])) else "0" for each in mine)
        assert ours == conditions[condition], condition
        assert {"0", "1"} == set(ours), "a condition that never or always holds shows nothing"


@pytest.mark.parametrize("number", range(len(whole_cases())))
def test_words_required_questions_and_dropped_answers_are_as_survey_core_has_them(number: int) -> None:
    case, theirs = whole_cases()[number], recorded()["whole"][number]
    form = forms.read(case["form"])
    assert theirs["errors"] == []
    assert faults(case["form"]) == []
    assert (spoken(form, "zh-hans"), spoken(form, "en")) == (theirs["zh"], theirs["en"])
    assert [each.name for each in form.asked(case["values"])] == theirs["asked"]
    if theirs["missing"]:
        with pytest.raises(SubmissionRejected):
            accepted(form, case["values"])
    else:
        assert accepted(form, case["values"]) == theirs["kept"]


@pytest.mark.parametrize("blanks", ["   ", "\u3000", "\n", "\u200b"])
def test_a_required_comment_of_blanks_has_no_answer(blanks: str) -> None:
    form = forms.read(
        {"title": "T", "elements": [{"type": "comment", "name": "why", "title": "Why?", "isRequired": True}]}
    )
    with pytest.raises(SubmissionRejected, match="Why"):
        accepted(form, {"why": blanks})
    assert sheet(form, {"why": blanks}) == "{}"
    assert not fits(form.questions[0], blanks)


def spoken(form: Form, language: str) -> list[str]:
    words = [form.title]
    for each in form.questions:
        words.append(each.title)
        words += [choice.text for choice in each.choices] if isinstance(each, OneOf | SomeOf) else []
    return [each.in_language(language) for each in words]


VALUES = (
    "yes", "Yes", " yes", "yes ", "1e3", "1000", "1000.0", "0x10", "16", "01", "1", "1.0", "+1", "0b1", "1.", "1,000",
    ".5", "0.5", "true", "True", "Infinity", "3d", "0-6", "7-12", "2024-01-01", "b", "18+",
)  # fmt: skip
NAMES = ("self", "pageno", "pagecount", "locale", "mood", "row", "panel", "item", "choice", "value", "name", "survey")


@pytest.mark.long
def test_what_survey_core_reads_otherwise_is_refused() -> None:
    """Values that it takes for one another, or not for themselves, and names that it reads as something of its own."""
    needs_survey_core()
    pairs = [(one, other) for one in VALUES for other in VALUES]
    cases = [_one("x", sorted({one, other, "zz"}), other, one) for one, other in pairs]
    cases += [_one(name, ["yes", "no"], "yes", "yes") for name in NAMES]
    holds = ["q" in each["asked"] for each in asked(HERE, cases)["answers"]]
    wrong = [hold != (one == other) for (one, other), hold in zip(pairs, holds, strict=False)]
    wrong += [not hold for hold in holds[len(pairs) :]]
    assert sum(wrong) > 40
    admitted = [case for case, otherwise in zip(cases, wrong, strict=True) if otherwise and not faults(case["form"])]
    assert admitted == []
    for good in ("3d", "0-6", "2024-01-01", "18+", "16"):
        assert faults(_one("x", [good, "zz"], good, good)["form"]) == []


def _one(name: str, choices: list[str], wanted: str, given: str) -> dict[str, Any]:
    """A question of that name with these choices, a second one where the first is as wanted, and an answer."""
    first = {"type": "radiogroup", "name": name, "title": "X", "choices": choices}
    second = {"type": "comment", "name": "q", "title": "Q", "visibleIf": f"{{{name}}} = '{wanted}'"}
    return {"form": {"title": "T", "elements": [first, second]}, "values": {name: given}}


def needs_survey_core() -> None:
    if not (HERE / "node_modules" / "survey-core").exists() or not shutil.which("node"):
        pytest.skip("no survey-core here: scripts/setup --dev fetches it where there is npm")


@pytest.mark.long
def test_survey_core_itself_still_answers_as_recorded() -> None:
    needs_survey_core()
    whole, conditions = list(whole_cases()), condition_cases()
    told = asked(HERE, [*whole, *conditions[::SAMPLED]])
    assert told["version"] == recorded()["version"]
    assert told["answers"][: len(whole)] == recorded()["whole"]
    digits = "".join(recorded()["conditions"][each] for each in CONDITIONS)
    assert "".join("1" if "q" in each["asked"] else "0" for each in told["answers"][len(whole) :]) == digits[::SAMPLED]
