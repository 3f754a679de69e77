"""Test that each fault of a questionnaire is reported by element with the remedy."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from django.utils import translation
from jsonschema import Draft202012Validator

from hub.outreach.feedback.surveys import schema_validation
from hub.outreach.feedback.surveys.schema_validation import SchemaFault, faults, parsed
from tests.hub.outreach.feedback.oracle.cases import SCORE, WELCOME


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the welcome questionnaire with one value replaced; None removes it."""
    form = deepcopy(WELCOME)
    *way, last = path.split(".")
    here: Any = form
    for step in way:
        here = here[int(step) if step.isdecimal() else step]
    if value is None:
        del here[last]
    else:
        here[int(last) if last.isdecimal() else last] = value
    return form


def test_the_schema_is_a_schema_and_good_forms_have_no_fault() -> None:
    Draft202012Validator.check_schema(schema_validation.schema())
    assert faults(WELCOME) == []
    assert faults(SCORE) == []


@pytest.mark.parametrize(
    ("path", "value", "where", "what"),
    [
        ("elements.0.type", "matrix", "mood", "“type” is “matrix”: it must be one of rating, radiogroup, checkbox"),
        ("elements.1.placeholder", "x", "why", "“placeholder” is not known here: leave it out. Known: isRequired"),
        ("elements.1.title", None, "why", "“title” is missing: add it."),
        ("elements.2.choices", None, "come", "“choices” is missing: add it."),
        ("elements.2.name", "Come!", "Come!", "must be small letters"),
        ("elements.0.title", {"en": "x"}, "mood", "“title” must be words of 1 to 200 signs, or an object"),
        ("elements.1.title", "", "why", "“title” must be words"),
        ("elements.0.rateMax", 7, "mood", "Faces are five"),
        ("elements.1.name", "mood", "mood", "The name is there twice"),
        ("elements.2.choices", ["a", "a"], "come", "A choice is there twice"),
        ("elements.2.choices", ["yes", "Yes"], "come", "A choice is there twice"),
        ("elements.2.choices", ["yes ", "no"], "come", "The value “yes ” has blanks around it"),
        ("elements.2.choices", ["1e3", "more"], "come", "SurveyJS reads the value “1e3” as a number"),
        ("elements.2.choices", ["1,000", "more"], "come", "SurveyJS reads the value “1,000” as a number"),
        ("elements.0.name", "self", "self", "SurveyJS has something else under the name “self”"),
        ("elements.0.name", "length", "length", "SurveyJS has something else under the name “length”"),
        ("elements.0.title", "Hello {come}", "mood", "SurveyJS would put an answer in the place of “{come}”"),
        ("elements.2.choices", [{"value": "a", "text": "{mood}"}, "b"], "come", "in the place of “{mood}”"),
        ("title", {"default": "T", "zh-cn": "{mood}"}, "questionnaire", "in the place of “{mood}”"),
        ("elements.3.visibleIf", "{come} = 'Yes'", "used", "with 'Yes', which it never is; it is 'yes', 'no'"),
        ("elements.1.visibleIf", "{mood} is low", "why", "not understood at “is”"),
        ("elements.1.visibleIf", "{mood} < 3 and", "why", "not understood at “”"),
        ("elements.1.visibleIf", "({mood} < 3", "why", "not understood at “(”"),
        ("elements.1.visibleIf", "age({mood}) > 3", "why", "not understood at “age”"),
        ("elements.1.visibleIf", "{moon} < 3", "why", "asks for {moon}, which is no earlier question. Earlier ones:"),
        ("elements.0.visibleIf", "{why} notempty", "mood", "no earlier question. Earlier ones: none"),
        ("elements.1.visibleIf", "{mood} < 9", "why", "compares {mood} with 9, which it never is; it is 1 … 5"),
        ("elements.1.visibleIf", "{mood} contains 'x'", "why", "by “contains”; for rating there are: =, <>"),
        ("elements.3.visibleIf", "{come} = 'maybe'", "used", "with 'maybe', which it never is; it is 'yes', 'no'"),
        ("elements.4.visibleIf", "{used} = 'loan'", "found", "for checkbox there are: contains, notcontains"),
        ("elements", None, "questionnaire", "either “elements” or “pages”"),
        ("pages", [{"elements": []}], "questionnaire", "either “elements” or “pages”"),
        ("title", None, "questionnaire", "“title” is missing"),
        ("triggers", [], "questionnaire", "“triggers” is not known here"),
    ],
)  # fmt: skip
def test_a_fault_names_the_element_and_the_remedy(path: str, value: object, where: str, what: str) -> None:
    found = faults(changed(path, value))
    assert any(each.where == where and what in each.what for each in found), found


def test_six_questions_are_too_many() -> None:
    form = deepcopy(WELCOME)
    form["elements"].append({"type": "comment", "name": "more", "title": "More?"})
    assert [str(each) for each in faults(form)] == [
        "questionnaire: It has 6 questions: 5 are the most. Leave some out, or make a second one."
    ]


def test_a_rating_needs_a_scale() -> None:
    form = {"title": "T", "elements": [{"type": "rating", "name": "r", "title": "R", "rateMin": 5, "rateMax": 5}]}
    assert "“rateMin” must be less than “rateMax”" in str(faults(form)[0])


@pytest.mark.parametrize(
    ("source", "where", "what"),
    [
        ('{"title": "T",}', "line 1, sign 14", "This is no JSON"),
        ("", "line 1, sign 1", "This is no JSON"),
        ("[]", "file", "begins with a brace"),
        ("[" * 200_000, "file", "nested too deeply"),
    ],
)
def test_what_is_no_json_is_told_by_its_place(source: str, where: str, what: str) -> None:
    found = parsed(source)
    assert isinstance(found, SchemaFault)
    assert found.where == where or what == "This is no JSON", found
    assert what in found.what


@pytest.mark.parametrize(
    "odd", [{"elements": 3}, {"elements": [3]}, {"elements": [{}]}, {"pages": [{}]}, {"title": 3}, {}]
)
def test_whatever_is_put_in_there_is_a_fault_and_no_crash(odd: dict[str, Any]) -> None:
    assert faults({"title": "T", **odd} if odd else {})
    assert json.dumps([str(each) for each in faults(odd)])
