"""Test questionnaires from draft to results: how often they are asked, and that responses are anonymous."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Branch
from hub.core.clock import hub_clock
from hub.core.small_cell_suppression import suppress_cells
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, day_of
from hub.outreach.engagement.feedback.models import Intake, Questionnaire, SurveyParticipation, SurveyResponse
from hub.outreach.engagement.feedback.surveys import results, rounds
from hub.outreach.engagement.feedback.surveys.results import Result
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian, moment, person
from tests.hub.outreach.engagement.feedback.oracle.cases import SCORE, WELCOME
from tests.hub.support.world import NOW, World

TODAY = date(2026, 11, 25)


def open_questionnaire(
    code: str = "visit", form: dict[str, Any] = WELCOME, days: int = 30, **more: Any
) -> Questionnaire:
    """Return a questionnaire that is open from today."""
    found = rounds.keep(code, form, NOW)
    for name, value in more.items():
        setattr(found, name, value)
    found.save()
    rounds.open_it(found, TODAY, TODAY + timedelta(days=days))
    return found


def answers(values: dict[str, Any], transaction: str, world: World, ref: str = "", code: str = "visit") -> bool:
    newest = Questionnaire.objects.filter(code=code).exclude(state="draft").order_by("-version")[0]
    author = person(ref) if ref else None
    return rounds.take(code, newest.version, values, transaction, NOW, person=author, branch=world.main, kiosk="front")


def test_librarian_previews_saves_and_opens_questionnaire(world: World, grace: Librarian) -> None:
    page = grace.reads("new_questionnaire_json")
    assert "How was your visit today?" in page
    source = json.dumps(WELCOME, ensure_ascii=False)
    preview = grace.does("new_questionnaire_json", code="visit", form=source, look="1")
    assert "您今天的感受如何？" in preview
    assert "How was it?" in preview
    assert not Questionnaire.objects.exists()
    assert "Saved as version 1" in grace.does("new_questionnaire_json", code="visit", form=source)
    (saved,) = Questionnaire.objects.all()
    page = grace.does("schedule", saved.pk, opens="2026-11-25", closes="2026-12-24", quota="1", anonymous="yes")
    assert "Open from Wed 25 Nov to Thu 24 Dec" in page
    assert rounds.next_for(None, TODAY) == saved
    grace.does("schedule", saved.pk, opens="2026-11-25", closes="2026-12-24", quota="1")
    assert "Questionnaire closed" in grace.undo()
    assert rounds.next_for(None, TODAY) is None


def test_faulty_form_is_reported_by_element_and_input_kept(world: World, grace: Librarian) -> None:
    source = json.dumps(WELCOME).replace('"comment"', '"matrix"')
    page = grace.does("new_questionnaire_json", code="visit", form=source, status=422)
    assert "why: “type” is “matrix”. Use one of rating" in page
    assert "matrix" in grace.last
    assert not Questionnaire.objects.exists()
    page = grace.does("new_questionnaire_json", code="", form="{", status=422)
    assert "Not valid JSON" in page
    assert "Enter a short name" in page


def test_edited_open_questionnaire_becomes_new_version(world: World, grace: Librarian) -> None:
    first = open_questionnaire()
    answers({"mood": 5}, "t1", world)
    changed = json.dumps({**WELCOME, "title": "Your day"})
    assert "Saved as version 2" in grace.does("edit_questionnaire_json", first.pk, form=changed)
    assert "Saved as version 2" in grace.does("edit_questionnaire_json", first.pk, form=changed), (
        "a draft is overwritten"
    )
    first.refresh_from_db()
    assert (first.form["title"], first.state) == (WELCOME["title"], "open")
    second = Questionnaire.objects.get(version=2)
    rounds.open_it(second, TODAY, TODAY)
    first.refresh_from_db()
    assert first.state == "closed"
    assert rounds.take("visit", 1, {"mood": 4}, "t2", NOW), "a response begun earlier counts for its version"
    assert (first.answers.count(), second.answers.count()) == (2, 0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opens": "2026-12-02", "closes": "2026-12-01", "quota": "3"}, "last day is before the first day"),
        ({"opens": "", "closes": "2026-12-01", "quota": "1"}, "Choose the first and last day"),
        ({"opens": "2026-12-01", "closes": "2026-12-02", "quota": "0"}, "1 to 12 times"),
    ],
)
def test_invalid_schedule_is_rejected_and_input_kept(
    world: World, grace: Librarian, fields: dict[str, Any], words: str
) -> None:
    saved = rounds.keep("visit", WELCOME, NOW)
    typed = {"every": "6", "invites": "yes", "branch": world.main.code} | fields
    assert words in grace.does("schedule", saved.pk, status=422, **typed)
    page = grace.last
    for name in ("opens", "closes", "quota"):
        assert f'name="{name}" value="{fields[name]}"' in page, "the input is kept"
    assert 'value="6" selected' in page and 'name="invites" value="yes" checked' in page
    assert f'name="branch" value="{world.main.code}" checked' in page
    saved.refresh_from_db()
    assert (saved.state, saved.quota) == ("draft", 1), "nothing is saved"


def test_recommendation_score_is_asked_at_most_twice_a_year(world: World) -> None:
    open_questionnaire("spring", SCORE)
    other = rounds.keep("summer", SCORE, NOW)
    with pytest.raises(SubmissionRejected, match="spring"):
        rounds.open_it(other, TODAY + timedelta(days=181), TODAY + timedelta(days=200))
    rounds.open_it(other, TODAY + timedelta(days=182), TODAY + timedelta(days=200))
    rounds.open_it(Questionnaire.objects.get(code="spring"), TODAY, TODAY + timedelta(days=60))


def test_patron_is_asked_at_most_quota_times(world: World) -> None:
    found = open_questionnaire(quota=2)
    ada = person(world.ada.ref)
    for number in (1, 2):
        assert rounds.next_for(ada, TODAY) == found
        assert answers({"mood": 5}, f"t{number}", world, world.ada.ref)
    assert rounds.next_for(ada, TODAY) is None
    with pytest.raises(SubmissionRejected):
        answers({"mood": 5}, "t3", world, world.ada.ref)
    assert rounds.next_for(person(world.lin.ref), TODAY) == found
    assert SurveyResponse.objects.count() == 2


def test_repeated_response_counts_once(world: World) -> None:
    open_questionnaire(quota=5)
    assert answers({"mood": 5}, "t1", world, world.ada.ref)
    assert not answers({"mood": 5}, "t1", world, world.ada.ref)
    assert (SurveyResponse.objects.count(), SurveyParticipation.objects.get().times) == (1, 1)


def test_questionnaire_is_asked_within_schedule_and_branches(world: World) -> None:
    east = Branch.objects.create(code="east", name="East")
    found = open_questionnaire(days=3)
    rounds.open_it(found, TODAY, TODAY + timedelta(days=3), [east])
    assert rounds.next_for(None, TODAY, world.main) is None
    assert rounds.next_for(None, TODAY, east) == found
    assert rounds.next_for(None, TODAY - timedelta(days=1), east) is None
    assert rounds.next_for(None, TODAY + timedelta(days=4), east) is None
    rounds.nightly(NOW + timedelta(days=4))
    found.refresh_from_db()
    assert found.state == "closed"
    assert rounds.take("visit", 1, {"mood": 5}, "t1", NOW + timedelta(days=5)), "a kiosk was offline"
    with pytest.raises(SubmissionRejected):
        rounds.take("visit", 1, {"mood": 5}, "t2", NOW + timedelta(days=11))


def test_recurring_questionnaire_opens_new_round_for_all(world: World, grace: Librarian) -> None:
    saved = rounds.keep("visit", WELCOME, NOW)
    fields: dict[str, Any] = {
        "opens": "2026-11-25",
        "closes": "2026-12-04",
        "quota": "1",
        "anonymous": "yes",
        "branch": "main",
    }
    grace.does("schedule", saved.pk, every="3", **fields)
    answers({"mood": 5}, "t1", world, world.ada.ref)
    for days in (10, 60, 91):
        rounds.nightly(NOW + timedelta(days=days))
        assert Questionnaire.objects.count() == 1, "three months have not passed"
    rounds.nightly(NOW + timedelta(days=92))
    rounds.nightly(NOW + timedelta(days=92))
    first, second = Questionnaire.objects.order_by("version")
    assert (first.state, second.state, second.version, second.every) == ("closed", "open", 2, 3)
    assert (second.opens, second.closes) == (date(2027, 2, 25), date(2027, 3, 6))
    assert list(second.branches.all()) == [world.main]
    assert rounds.next_for(person(world.ada.ref), date(2027, 2, 25), world.main) == second


def test_recommendation_score_cannot_recur_every_three_months(world: World, grace: Librarian) -> None:
    saved = rounds.keep("score", SCORE, NOW)
    fields: dict[str, Any] = {"opens": "2026-11-25", "closes": "2026-12-04", "quota": "1"}
    assert "after 6 months at the earliest" in grace.does("schedule", saved.pk, status=422, every="3", **fields)
    assert "Open from" in grace.does("schedule", saved.pk, every="6", **fields)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 1, 31), 12, date(2027, 1, 31)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
    ],
)
def test_month_arithmetic_keeps_last_day_of_month(day: date, months: int, later: date) -> None:
    assert rounds.months_later(day, months) == later


@pytest.mark.parametrize(
    "values",
    [{"mood": 6}, {"mood": True}, {"mood": "5"}, {"come": "maybe"}, {"used": ["boat"]}, {"used": "loan"}, {"found": 1},
     {"why": "x" * 301}, {"nosuch": 1}, {}],
)  # fmt: skip
def test_invalid_response_is_rejected_without_using_up_transaction(world: World, values: dict[str, Any]) -> None:
    open_questionnaire()
    whole = values if set(values) in (set(), {"mood"}) else {"mood": 1, "why": "dark", **values}
    with pytest.raises(SubmissionRejected):
        answers(whole, "t1", world)
    assert not SurveyResponse.objects.exists()
    assert answers({"mood": 5}, "t1", world), "the transaction remains usable"


def test_anonymous_response_has_no_link_to_patron(world: World) -> None:
    open_questionnaire()
    answers({"mood": 1, "why": "It is dark"}, "t-secret", world, world.ada.ref)
    (sheet,) = SurveyResponse.objects.all()
    assert (sheet.person, sheet.on, sheet.values) == (None, TODAY, {"mood": 1, "why": "It is dark"})
    (taken,) = SurveyParticipation.objects.all()
    assert {each.name for each in SurveyParticipation._meta.fields} == {"id", "person", "code", "times"}, (
        "no day, no answer"
    )
    assert {each.name for each in Intake._meta.fields} == {"id"}
    assert {each.name for each in SurveyResponse._meta.fields} == {
        "id", "questionnaire", "person", "anonymous", "branch", "kiosk", "on", "values"
    }  # fmt: skip
    person(world.ada.ref).delete()
    assert (SurveyResponse.objects.count(), SurveyParticipation.objects.count()) == (1, 0)
    assert taken.pk != sheet.pk


def test_named_response_is_erased_with_patron(world: World) -> None:
    open_questionnaire(anonymous=False)
    with pytest.raises(SubmissionRejected, match=r"card|读者证"):
        answers({"mood": 5}, "t1", world)
    answers({"mood": 5}, "t1", world, world.ada.ref)
    assert SurveyResponse.objects.get().person == person(world.ada.ref)
    person(world.ada.ref).delete()
    assert not SurveyResponse.objects.exists()


def test_stored_order_of_responses_does_not_reveal_arrival_order(world: World) -> None:
    open_questionnaire()
    for number in range(40):
        answers({"mood": 1, "why": f"{number:02}"}, f"t{number}", world)

    def order() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute('SELECT "values" FROM engagement_surveyresponse')
            return [json.loads(row[0])["why"] if isinstance(row[0], str) else row[0]["why"] for row in cursor]

    first = order()
    keys = set(SurveyResponse.objects.values_list("pk", flat=True))
    rounds.nightly(NOW + timedelta(hours=12))
    second = order()
    assert sorted(first) == sorted(second) == [f"{number:02}" for number in range(40)]
    assert second != sorted(second)
    assert first != second
    assert not keys & set(SurveyResponse.objects.values_list("pk", flat=True)), "an earlier copy cannot be matched"


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([0, 0, 7], [0, 0, 7]),
        ([0, 3, 7, 9], [0, None, None, 9]),
        ([4, 3, 7], [None, None, 7]),
        ([1, 1, 7, 9], [None, None, None, 9]),
        ([2, 0, 0], [None, 0, 0]),
        ([5, 5], [5, 5]),
        ([1, 1, 1, 1, 1], [None] * 5),
    ],
)
def test_small_counts_are_suppressed_with_complementary_cell(counts: list[int], shown: list[int | None]) -> None:
    assert suppress_cells(counts) == shown


def test_results_are_shown_from_five_answers(world: World, grace: Librarian) -> None:
    found = open_questionnaire()
    for number in range(4):
        answers({"mood": 1, "why": "dark"}, f"t{number}", world)
    page = grace.reads("questionnaire", found.pk)
    assert "fewer than 5 answers, or the number would reveal" in page
    assert "dark" not in page
    answers({"mood": 1, "why": "=1+1"}, "t4", world)
    for number in range(5, 13):
        answers({"mood": 5, "used": ["loan"]}, f"t{number}", world)
    page = grace.reads("questionnaire", found.pk)
    assert "13 answers · mean 3.5" in page
    assert "dark" in page
    by_name = {each.question.name: each for each in results.results(found)}
    assert [cell.count for cell in by_name["mood"].cells] == [5, 0, 0, 0, 8]
    assert by_name["found"].answered is None
    response = grace.client.get(reverse("feedback:export", args=(found.pk,)))
    text = response.content.decode()
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(StringIO(text[1:])))
    assert [row["count"] for row in rows if row["question"] == "mood"] == ["5", "0", "0", "0", "8", "13"]
    assert "'=1+1" in [row["words"] for row in rows], "formulas are escaped for spreadsheets"
    assert [row["count"] for row in rows if row["question"] == "found"] == ["<5"]


def test_recommendation_score_is_promoters_minus_detractors(world: World) -> None:
    found = open_questionnaire("score", SCORE)
    for number, score in enumerate([10] * 7 + [9] * 5 + [8] * 6 + [6] * 5):
        answers({"nps": score}, f"t{number}", world, code="score")
    (nps, _what) = results.results(found)
    assert nps.recommend == round(100 * (12 - 5) / 23)


def of_moods(world: World, code: str, moods: list[int]) -> dict[str, Result]:
    """Return the results of these ratings; unhappy patrons give a reason."""
    found = open_questionnaire(code)
    for number, mood in enumerate(moods):
        answers({"mood": mood} | ({"why": "dark"} if mood < 3 else {}), f"{code} {number}", world, code=code)
    return {each.question.name: each for each in results.results(found)}


def test_mean_does_not_disclose_suppressed_counts(world: World) -> None:
    """Two libraries that differ only in suppressed counts show the same figures, though their true means differ."""
    moods = [1] * 3 + [2] * 4 + [5] * 30, [1] * 4 + [2] * 3 + [5] * 30
    one, other = (of_moods(world, f"r{number}", each)["mood"] for number, each in enumerate(moods))
    assert [each.count for each in one.cells] == [None, None, 0, 0, 30]
    assert (one.cells, one.answered, one.mean) == (other.cells, other.answered, other.mean)
    assert one.mean is not None and f"{one.mean:.1f}" == "4.3"
    assert len({f"{sum(each) / len(each):.1f}" for each in moods}) == 2


def test_mean_with_wide_uncertainty_is_suppressed(world: World) -> None:
    assert of_moods(world, "wide", [1] * 2 + [5] * 9)["mood"].mean is None


@pytest.mark.parametrize(
    ("moods", "count"),
    [
        ([1] * 7 + [4] * 3 + [5] * 30, None),
        ([1] * 3 + [2] * 7 + [5] * 30, 10),
        ([1] * 7 + [5] * 30, 7),
    ],
)
def test_follow_up_count_does_not_disclose_suppressed_counts(world: World, moods: list[int], count: int | None) -> None:
    """Of two suppressed counts, only the sum is shown, which the other counts disclose anyway."""
    why = of_moods(world, "why", moods)["why"]
    assert (why.answered, len(why.words)) == (count, count or 0)


def test_escaped_null_in_text_is_kept(world: World, grace: Librarian) -> None:
    """The text contains a backslash and letters, as in text about programming."""
    source = json.dumps(WELCOME | {"title": r"What is \u0000?"})
    grace.does("new_questionnaire_json", code="signs", form=source)
    assert Questionnaire.objects.get(code="signs").form["title"] == r"What is \u0000?"


def upload(grace: Librarian, data: bytes) -> str:
    file = SimpleUploadedFile("visit.json", data, content_type="application/json")
    return grace.does("new_questionnaire_json", code="Besuch 27", file=file, form=json.dumps(WELCOME), status=422)


@pytest.mark.parametrize(
    ("source", "fault", "back"),
    [
        ('{"title": "Visit",\n "elements": [1,, 2]}', "line 2, character 17: Not valid JSON", "⟨!⟩ , 2]}"),
        ('{"title": "A", "elements": [], "odd": 1}', "“odd” is not supported here", '"odd": 1'),
        ('{"title": ' + "1" * 5000 + "}", "A number has too many digits", "1" * 5000),
        (r'{"title": "a\u0000", "elements": []}', "The character \\u0000 cannot be stored", r"a\u0000"),
        (r'{"title": "a\ud800", "elements": []}', "The character \\ud800 cannot be stored", r"a\ud800"),
        (r'{"title": "a", "odd\u0000": 1}', "The character \\u0000 cannot be stored", r"odd\u0000"),
    ],
)
def test_faulty_file_is_shown_again_with_fault(
    world: World, grace: Librarian, source: str, fault: str, back: str
) -> None:
    page = upload(grace, source.encode())
    assert fault in page
    assert source in unescape(grace.last), "the upload is shown in the form"
    assert back in unescape(grace.last)
    assert 'value="besuch-27"' in grace.last
    assert not Questionnaire.objects.exists()


def test_file_in_other_encoding_is_shown_as_far_as_readable(world: World, grace: Librarian) -> None:
    page = upload(grace, '{"title": "Visit",\n "description": "您的到访"}'.encode("gb18030"))
    assert "visit.json, line 2: The file is not UTF-8 text" in page
    assert '{"title": "Visit",' in unescape(grace.last) and "�" in grace.last


def test_short_name_without_latin_letters_is_kept_as_typed(world: World, grace: Librarian) -> None:
    page = grace.does("new_questionnaire_json", code="到访", form=json.dumps(WELCOME), status=422)
    assert "Enter a short name" in page
    assert 'value="到访"' in grace.last


def give_consent(*names: str) -> None:
    for name in names:
        consents.give(person(name), Purpose.QUESTIONNAIRE, "phone", consents.text(Purpose.QUESTIONNAIRE).version)


@pytest.fixture
def visit(world: World) -> Questionnaire:
    """A questionnaire that is open for a month and invites by message."""
    questionnaire = rounds.keep("visit", WELCOME, moment())
    questionnaire.invites = True
    today = day_of(moment())
    rounds.open_it(questionnaire, today, today + timedelta(days=29))
    give_consent("p-1", "p-2")
    person("p-3")
    return questionnaire


def invited() -> list[str]:
    return [each.person.ref for each in Message.objects.filter(kind="questionnaire").order_by("pk")]


def test_only_consenting_patrons_are_invited_and_once(visit: Questionnaire, world: World) -> None:
    assert rounds.invite_all(hub_clock().now()) == 2
    world.advance(days=1)
    assert rounds.invite_all(hub_clock().now()) == 0
    assert invited() == ["p-1", "p-2"]


def test_patron_who_answered_is_not_invited(visit: Questionnaire) -> None:
    rounds.take("visit", 1, {"mood": 5}, "t1", moment(), person=person("p-1"))
    rounds.invite_all(hub_clock().now())
    assert invited() == ["p-2"]


def test_patron_is_invited_to_one_questionnaire_in_thirty_days(visit: Questionnaire, world: World) -> None:
    rounds.invite_all(hub_clock().now())
    other = rounds.keep("rooms", WELCOME, moment())
    other.invites = True
    rounds.open_it(other, day_of(moment()), day_of(moment()) + timedelta(days=60))
    give_consent("p-4")
    rounds.invite_all(hub_clock().now())
    assert Message.objects.filter(key__startswith="rooms").count() == 0, "p-4 was invited to the first questionnaire"
    world.advance(days=31)
    rounds.invite_all(hub_clock().now())
    assert Message.objects.filter(key__startswith="rooms").count() == 3


def test_new_round_sends_new_invitations(visit: Questionnaire, world: World) -> None:
    rounds.invite_all(hub_clock().now())
    world.advance(days=40)
    again = rounds.keep("visit", WELCOME, moment())
    assert again.invites
    rounds.open_it(again, day_of(moment()), day_of(moment()) + timedelta(days=9))
    assert rounds.invite_all(hub_clock().now()) == 2


def test_questionnaire_limited_to_branch_or_closed_sends_no_invitation(visit: Questionnaire, world: World) -> None:
    visit.branches.set([world.main])
    assert rounds.invite_all(hub_clock().now()) == 0
    visit.branches.clear()
    world.advance(days=31)
    assert rounds.invite_all(hub_clock().now()) == 0


def test_invitation_link_is_identical_for_all_and_response_is_anonymous(visit: Questionnaire) -> None:
    rounds.invite_all(hub_clock().now())
    links = {each.decrypted_facts()["link"] for each in Message.objects.all()}
    assert links == {"http://127.0.0.1:8000/p/questionnaires/visit/"}
    before = list(Message.objects.order_by("pk").values())
    page = Client().get("/p/questionnaires/visit/")
    assert page.status_code == 200
    rounds.take("visit", 1, {"mood": 5}, "phone-1", moment())
    (sheet,) = SurveyResponse.objects.all()
    assert (sheet.person, sheet.kiosk, sheet.anonymous) == (None, "", True)
    assert list(Message.objects.order_by("pk").values()) == before
