"""Test that each fault of a questionnaire is reported by element with the remedy."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from django.utils import translation
from jsonschema import Draft202012Validator

from hub.outreach.engagement.feedback.surveys import schema_validation
from hub.outreach.engagement.feedback.surveys.schema_validation import SchemaFault, faults, parse_json
from tests.hub.outreach.engagement.feedback.oracle.cases import SCORE, WELCOME


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the welcome questionnaire with one value replaced; None removes it."""
    form = deepcopy(WELCOME)
    *steps, last = path.split(".")
    node: Any = form
    for step in steps:
        node = node[int(step) if step.isdecimal() else step]
    if value is None:
        del node[last]
    else:
        node[int(last) if last.isdecimal() else last] = value
    return form


def test_schema_is_valid_and_valid_forms_have_no_fault() -> None:
    Draft202012Validator.check_schema(schema_validation.schema())
    assert faults(WELCOME) == []
    assert faults(SCORE) == []


@pytest.mark.parametrize(
    ("path", "value", "where", "what"),
    [
        ("elements.0.type", "matrix", "mood", "“type” is “matrix”. Use one of rating, radiogroup, checkbox"),
        ("elements.1.placeholder", "x", "why", "“placeholder” is not supported here. Remove it. Supported: isRequired"),
        ("elements.1.title", None, "why", "“title” is missing. Add it."),
        ("elements.2.choices", None, "come", "“choices” is missing. Add it."),
        ("elements.2.name", "Come!", "Come!", "must start with a letter"),
        ("elements.0.title", {"en": "x"}, "mood", "“title” must be text of 1 to 200 characters, or an object"),
        ("elements.1.title", "", "why", "“title” must be text"),
        ("elements.0.rateMax", 7, "mood", "There are 5 faces"),
        ("elements.1.name", "mood", "mood", "The name is used twice"),
        ("elements.2.choices", ["a", "a"], "come", "A choice is used twice"),
        ("elements.2.choices", ["yes", "Yes"], "come", "A choice is used twice"),
        ("elements.2.choices", ["yes ", "no"], "come", "The value “yes ” has spaces around it"),
        ("elements.2.choices", ["1e3", "more"], "come", "SurveyJS reads the value “1e3” as a number"),
        ("elements.2.choices", ["1,000", "more"], "come", "SurveyJS reads the value “1,000” as a number"),
        ("elements.0.name", "self", "self", "SurveyJS reserves the name “self”"),
        ("elements.0.name", "length", "length", "SurveyJS reserves the name “length”"),
        ("elements.0.title", "Hello {come}", "mood", "SurveyJS would replace “{come}” with an answer"),
        ("elements.2.choices", [{"value": "a", "text": "{mood}"}, "b"], "come", "would replace “{mood}”"),
        ("title", {"default": "T", "zh-cn": "{mood}"}, "questionnaire", "would replace “{mood}”"),
        ("elements.3.visibleIf", "{come} = 'Yes'", "used", "not one of its values. Allowed: 'yes', 'no'"),
        ("elements.1.visibleIf", "{mood} is low", "why", "not valid at “is”"),
        ("elements.1.visibleIf", "{mood} < 3 and", "why", "not valid at “”"),
        ("elements.1.visibleIf", "({mood} < 3", "why", "not valid at “(”"),
        ("elements.1.visibleIf", "age({mood}) > 3", "why", "not valid at “age”"),
        ("elements.1.visibleIf", "{moon} < 3", "why", "refers to {moon}, which is not an earlier question"),
        ("elements.0.visibleIf", "{why} notempty", "mood", "not an earlier question. Earlier questions: none"),
        ("elements.1.visibleIf", "{mood} < 9", "why", "compares {mood} with 9, which is not one of its values"),
        ("elements.1.visibleIf", "{mood} contains 'x'", "why", "with “contains”. Allowed for rating: =, <>"),
        ("elements.3.visibleIf", "{come} = 'maybe'", "used", "not one of its values. Allowed: 'yes', 'no'"),
        ("elements.4.visibleIf", "{used} = 'loan'", "found", "Allowed for checkbox: contains, notcontains"),
        ("elements", None, "questionnaire", "either “elements” or “pages”"),
        ("pages", [{"elements": []}], "questionnaire", "either “elements” or “pages”"),
        ("title", None, "questionnaire", "“title” is missing"),
        ("triggers", [], "questionnaire", "“triggers” is not supported here"),
    ],
)  # fmt: skip
def test_fault_names_element_and_remedy(path: str, value: object, where: str, what: str) -> None:
    found = faults(changed(path, value))
    assert any(each.place == where and what in each.words for each in found), found


def test_six_questions_are_rejected() -> None:
    form = deepcopy(WELCOME)
    form["elements"].append({"type": "comment", "name": "more", "title": "More?"})
    assert [str(each) for each in faults(form)] == [
        "questionnaire: It has 6 questions; the maximum is 5. Remove some, or create a second questionnaire."
    ]


def test_rating_scale_must_ascend() -> None:
    form = {"title": "T", "elements": [{"type": "rating", "name": "r", "title": "R", "rateMin": 5, "rateMax": 5}]}
    assert "“rateMin” must be less than “rateMax”" in str(faults(form)[0])


@pytest.mark.parametrize(
    ("source", "where", "what"),
    [
        ('{"title": "T",}', "line 1, sign 14", "Not valid JSON"),
        ("", "line 1, sign 1", "Not valid JSON"),
        ("[]", "file", "starts with a brace"),
        ("[" * 200_000, "file", "Nested too deeply"),
    ],
)
def test_invalid_json_is_reported_with_position(source: str, where: str, what: str) -> None:
    found = parse_json(source)
    assert isinstance(found, SchemaFault)
    assert found.place == where or what == "Not valid JSON", found
    assert what in found.words


@pytest.mark.parametrize(
    "odd", [{"elements": 3}, {"elements": [3]}, {"elements": [{}]}, {"pages": [{}]}, {"title": 3}, {}]
)
def test_malformed_structures_are_reported_without_crash(odd: dict[str, Any]) -> None:
    assert faults({"title": "T", **odd} if odd else {})
    assert json.dumps([str(each) for each in faults(odd)])
