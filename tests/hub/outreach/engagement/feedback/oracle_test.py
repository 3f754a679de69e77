"""Compare our questionnaires with survey-core: its recorded results, and itself if available."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.surveys.response import validate_answers
from hub.outreach.engagement.feedback.surveys.schema_validation import faults
from lending import questionnaires
from lending.questionnaires import Form, OneOf, SomeOf, fits, sheet
from tests.hub.outreach.engagement.feedback.oracle.cases import CONDITIONS, condition_cases, whole_cases
from tests.hub.outreach.engagement.feedback.oracle.record import RECORDED, survey_core_answers

HERE = Path(sys.prefix)
"""Directory in which scripts/setup --dev installs survey-core, if npm is available."""
SAMPLED = 29
"""Step between responses that are checked again; checking all takes half a minute."""


def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def test_condition_results_match_survey_core() -> None:
    conditions = recorded()["conditions"]
    assert set(conditions) == set(CONDITIONS)
    cases = condition_cases()
    sheets = len(cases) // len(CONDITIONS)
    for number, condition in enumerate(CONDITIONS):
        own_cases = cases[number * sheets :][:sheets]
        form = questionnaires.read_form(own_cases[0]["form"])
        assert faults(own_cases[0]["form"]) == []
        ours = "".join(
            "1" if any(q.name == "q" for q in form.visible_questions(each["values"])) else "0" for each in own_cases
        )
        assert ours == conditions[condition], condition
        assert {"0", "1"} == set(ours), "a condition must be both true and false in the cases"


@pytest.mark.parametrize("number", range(len(whole_cases())))
def test_texts_required_questions_and_dropped_answers_match_survey_core(number: int) -> None:
    case, theirs = whole_cases()[number], recorded()["whole"][number]
    form = questionnaires.read_form(case["form"])
    assert theirs["errors"] == []
    assert faults(case["form"]) == []
    assert (texts(form, "zh-hans"), texts(form, "en")) == (theirs["zh"], theirs["en"])
    assert [each.name for each in form.visible_questions(case["values"])] == theirs["asked"]
    if theirs["missing"]:
        with pytest.raises(SubmissionRejected):
            validate_answers(form, case["values"])
    else:
        assert validate_answers(form, case["values"]) == theirs["kept"]


@pytest.mark.parametrize("blanks", ["   ", "\u3000", "\n", "\u200b"])
def test_blank_required_comment_is_rejected(blanks: str) -> None:
    form = questionnaires.read_form(
        {"title": "T", "elements": [{"type": "comment", "name": "why", "title": "Why?", "isRequired": True}]}
    )
    with pytest.raises(SubmissionRejected, match="Why"):
        validate_answers(form, {"why": blanks})
    assert sheet(form, {"why": blanks}) == "{}"
    assert not fits(form.questions[0], blanks)


def texts(form: Form, language: str) -> list[str]:
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
def test_values_and_names_misread_by_survey_core_are_rejected() -> None:
    """Cover values that survey-core considers equal or unequal to themselves, and names that it reserves."""
    needs_survey_core()
    pairs = [(one, other) for one in VALUES for other in VALUES]
    cases = [_one("x", sorted({one, other, "zz"}), other, one) for one, other in pairs]
    cases += [_one(name, ["yes", "no"], "yes", "yes") for name in NAMES]
    holds = ["q" in each["asked"] for each in survey_core_answers(HERE, cases)["answers"]]
    wrong = [hold != (one == other) for (one, other), hold in zip(pairs, holds, strict=False)]
    wrong += [not hold for hold in holds[len(pairs) :]]
    assert sum(wrong) > 40
    admitted = [case for case, otherwise in zip(cases, wrong, strict=True) if otherwise and not faults(case["form"])]
    assert admitted == []
    for good in ("3d", "0-6", "2024-01-01", "18+", "16"):
        assert faults(_one("x", [good, "zz"], good, good)["form"]) == []


def _one(name: str, choices: list[str], wanted: str, value: str) -> dict[str, Any]:
    """Return a form with a question, a second one visible for the wanted value, and an answer to the first."""
    first = {"type": "radiogroup", "name": name, "title": "X", "choices": choices}
    second = {"type": "comment", "name": "q", "title": "Q", "visibleIf": f"{{{name}}} = '{wanted}'"}
    return {"form": {"title": "T", "elements": [first, second]}, "values": {name: value}}


def needs_survey_core() -> None:
    if not (HERE / "node_modules" / "survey-core").exists() or not shutil.which("node"):
        pytest.skip("no survey-core here: scripts/setup --dev fetches it where there is npm")


@pytest.mark.long
def test_installed_survey_core_matches_recorded_answers() -> None:
    needs_survey_core()
    whole, conditions = list(whole_cases()), condition_cases()
    output = survey_core_answers(HERE, [*whole, *conditions[::SAMPLED]])
    assert output["version"] == recorded()["version"]
    assert output["answers"][: len(whole)] == recorded()["whole"]
    digits = "".join(recorded()["conditions"][each] for each in CONDITIONS)
    assert (
        "".join("1" if "q" in each["asked"] else "0" for each in output["answers"][len(whole) :]) == digits[::SAMPLED]
    )
