"""Test the questionnaire editor: every button keeps what was typed, and what it saves is a valid questionnaire."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse

from hub.outreach.engagement.feedback.models import Questionnaire
from hub.outreach.engagement.feedback.questionnaire_editor import EXAMPLE, EditedForm, kind_words
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.engagement.feedback.surveys.schema_validation import faults
from lending.questionnaires import Question, holds, read_form
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.outreach.engagement.feedback.oracle.cases import ASKED, SCORE, WELCOME
from tests.hub.support.world import NOW, World


class Fields(HTMLParser):
    """The fields of the editor as a browser sends them; `options` by the name of their list."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.options: dict[str, list[str]] = {}
        self._list = ""
        self.feed(page[page.index('id="questionnaire"') : page.index("</form>", page.index('id="questionnaire"'))])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "select":
            self._list = name
            self.options[name] = []
        elif tag == "option":
            self.options[self._list].append(value)
            if "selected" in given or len(self.options[self._list]) == 1:
                self.values[self._list] = value
        elif tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.values[name] = value


class Editor:
    """A member of staff at the editor, with a browser's form."""

    def __init__(self, staff: Librarian, pk: int = 0, query: str = "") -> None:
        self.staff, self.name, self.args = staff, "edit_questionnaire" if pk else "new_questionnaire", (pk,) * bool(pk)
        staff.reads(self.name, *self.args, query=query)
        self.form = Fields(staff.last)

    def press(self, button: str, status: int = 200, **typed: str) -> str:
        fields = {name.replace("_", "-"): value for name, value in typed.items()}
        assert f'value="{button}"' in self.staff.last, "the button is on the page"
        said = self.staff.does(self.name, *self.args, status=status, **{**self.form.values, **fields, "do": button})
        if 'id="questionnaire"' in self.staff.last:
            self.form = Fields(self.staff.last)
        return said


def test_staff_build_a_questionnaire_by_pointing(world: World, grace: Librarian) -> None:
    editor = Editor(grace)
    editor.press(
        "add:checkbox", title_en="Reading week", title_zh="读书周", q1_title_en="How was it?", q1_required="yes"
    )
    editor.press("choice:2", q2_title_en="What did you attend?", q2_c0_en="The reading", q2_c1_en="The quiz")
    editor.press("add:comment", q2_c2_en="The café", q2_c2_zh="咖啡角")
    assert {"{question1} <= 3", "{question2} contains 'choice1'", "{question1} empty"} <= set(
        editor.form.options["q3-when"]
    )
    said = editor.press("save", q3_title_zh="哪里可以改进？", q3_when="{question1} <= 3", q3_length="500")
    assert "Saved as version 1" in said
    (saved,) = Questionnaire.objects.all()
    assert saved.code == "reading-week"
    assert saved.form == {
        "title": {"default": "Reading week", "zh-cn": "读书周"},
        "elements": [
            {
                "type": "rating",
                "name": "question1",
                "title": "How was it?",
                "isRequired": True,
                "rateType": "smileys",
                "rateMin": 1,
                "rateMax": 5,
            },
            {
                "type": "checkbox",
                "name": "question2",
                "title": "What did you attend?",
                "choices": [
                    {"value": "choice1", "text": "The reading"},
                    {"value": "choice2", "text": "The quiz"},
                    {"value": "choice3", "text": {"default": "The café", "zh-cn": "咖啡角"}},
                ],
            },
            {
                "type": "comment",
                "name": "question3",
                "title": "哪里可以改进？",
                "visibleIf": "{question1} <= 3",
                "maxLength": 500,
            },
        ],
    }


@pytest.mark.parametrize("form", [WELCOME, SCORE, EXAMPLE, *({"title": "T", "elements": ASKED[:n]} for n in (2, 4))])
def test_saving_unchanged_keeps_the_meaning(world: World, grace: Librarian, form: dict[str, Any]) -> None:
    draft = rounds.keep("visit", form, NOW)
    before = read_form(form)
    Editor(grace, draft.pk).press("save")
    draft.refresh_from_db()
    after = read_form(draft.form)
    assert (after.title, after.description) == (before.title, before.description)
    for one, other in zip(after.questions, before.questions, strict=True):
        assert replace(one, when=None) == replace(other, when=None)
        assert all(_holds(one, value) == _holds(other, value) for value in range(1, 6))


def _holds(question: Question, mood: int) -> bool:
    return question.when is None or holds(question.when, {"mood": mood})


def test_every_offered_condition_is_valid(world: World, grace: Librarian) -> None:
    form = EditedForm.from_json(EXAMPLE)
    for kind in ("radiogroup", "boolean"):
        form = form.with_question(kind)
    source = form.as_json
    source["elements"][3] |= {"title": "Which?", "choices": ["one", "two"]}
    source["elements"][4] |= {"title": "Again?"}
    draft = rounds.keep("visit", source, NOW)
    editor = Editor(grace, draft.pk)
    offered = [each for each in editor.form.options["q5-when"] if each]
    assert len(offered) > 20
    for expression in offered:
        source["elements"][4]["visibleIf"] = expression
        assert not faults(source), expression


def test_condition_of_a_file_is_kept(world: World, grace: Librarian) -> None:
    both = "{mood} < 3 and {used} contains 'room'"
    form = {**EXAMPLE, "elements": [*EXAMPLE["elements"][:2], {**EXAMPLE["elements"][2], "visibleIf": both}]}  # type: ignore[index]
    draft = rounds.keep("visit", form, NOW)
    editor = Editor(grace, draft.pk)
    assert editor.form.values["q3-when"] == both
    editor.press("save")
    draft.refresh_from_db()
    assert draft.form["elements"][2]["visibleIf"] == both


def test_moved_question_keeps_its_text_and_a_lost_condition_is_named(world: World, grace: Librarian) -> None:
    editor = Editor(grace, query="?example=1")
    editor.press("up:3", q3_title_en="What else?")
    assert editor.form.values["q2-title-en"] == "What else?"
    editor.press("up:2")
    said = editor.press("save", status=422)
    assert "depends on an answer that comes later or was removed" in said
    assert editor.form.values["q1-title-en"] == "What else?"
    assert not Questionnaire.objects.exists()


def test_removed_question_is_restored_with_its_text(world: World, grace: Librarian) -> None:
    editor = Editor(grace, query="?example=1")
    before = dict(editor.form.values)
    assert "Question removed" in editor.press("drop:2")
    assert editor.form.values["questions"] == "2"
    editor.press("restore")
    token = "csrfmiddlewaretoken"
    assert {**editor.form.values, token: ""} == {**before, token: ""}


@pytest.mark.parametrize(
    ("button", "typed", "words"),
    [
        ("add:radiogroup", {"title_en": "T", "q1_title_en": "Q", "q2_title_en": "Q"}, "at least two answers"),
        ("add:comment", {"title_en": "T"}, "Enter the question."),
        ("add:comment", {"q1_title_en": "Q", "q2_title_en": "Q"}, "Enter the title that patrons read."),
        ("add:comment", {"title_en": "T", "q1_title_en": "Q", "q2_title_en": "Q", "q2_length": "x"}, "maxLength"),
        ("add:comment", {"title_en": "T", "q1_title_en": "Hello {name}", "q2_title_en": "Q"}, "Remove the braces"),
    ],
)
def test_unfinished_questionnaire_names_what_is_missing(
    world: World, grace: Librarian, button: str, typed: dict[str, str], words: str
) -> None:
    editor = Editor(grace)
    editor.press(button)
    assert words in editor.press("save", status=422, **typed)
    kept = {name.replace("_", "-"): value for name, value in typed.items()}
    assert {name: editor.form.values[name] for name in kept} == kept, "what was typed is kept"
    assert not Questionnaire.objects.exists()


def test_new_questionnaire_gets_a_short_name_of_its_own(world: World, grace: Librarian) -> None:
    for title in ("Your visit", "Your visit", "到馆体验"):
        Editor(grace, query="?example=1").press("save", title_en="" if title[0] > "z" else title, title_zh=title)
    codes = Questionnaire.objects.order_by("pk").values_list("code", flat=True)
    assert list(codes) == ["your-visit", "your-visit-1", "questionnaire"]


def test_at_most_five_questions_are_offered(world: World, grace: Librarian) -> None:
    editor = Editor(grace)
    for kind in list(kind_words())[:4]:
        editor.press(f"add:{kind}")
    assert 'value="add:' not in grace.last
    assert editor.form.values["questions"] == "5"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"questions": "x"},
        {"questions": "1"},
        {"questions": "1", "q1-kind": "matrix", "q1-name": "a"},
        {"questions": "1", "q1-kind": "rating", "q1-name": "a", "q1-scale": "1-999999"},
        {"questions": "0", "do": "up:9"},
        {"questions": "0", "do": "restore", "dropped": "[1, 2]"},
        {"questions": "0", "do": "add:matrix"},
    ],
)
def test_form_of_another_page_is_refused(world: World, grace: Librarian, sent: dict[str, str]) -> None:
    grace.does("new_questionnaire", status=400, **sent)


def test_questionnaire_downloads_as_a_file_that_can_be_sent_again(world: World, grace: Librarian) -> None:
    draft = rounds.keep("visit", WELCOME, NOW)
    response = grace.client.get(reverse("feedback:questionnaire_json", args=(draft.pk,)))
    assert response.json() == WELCOME
    assert 'filename="visit-1.json"' in response["Content-Disposition"]


def test_previews_are_in_the_chosen_language(world: World, grace: Librarian) -> None:
    editor = Editor(grace, query="?example=1")
    looks = re.compile(r'class="title">([^<]+)<')
    assert looks.findall(grace.last)[0] == "How was your visit today?"
    editor.press("show:zh")
    assert looks.findall(grace.last)[0] == "您对今天的服务满意吗？"
    editor.press("look", q1_title_zh="今天怎么样？")
    assert looks.findall(grace.last)[0] == "今天怎么样？"


def test_length_that_is_no_number_of_the_editor_is_refused(world: World, grace: Librarian) -> None:
    editor = Editor(grace)
    editor.press("add:comment", title_en="Week", q1_title_en="How was it?")
    editor.press("save", status=422, q2_title_en="Why?", q2_length="9" * 5000)
