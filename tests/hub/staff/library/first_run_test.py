"""An empty hub is set up by a page of questions and then lends by their answers."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Branch, ItemType
from hub.circulation.models import Library, PatronCategory, Rule
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

pytestmark = pytest.mark.django_db
FIRST_RUN = "/staff/library/first-run/"
ANSWERS = {
    "name": "Номын сан / Tuul Library",
    "timezone": "Asia/Ulaanbaatar",
    "currency": "mnt",
    "branch": "Төв салбар",
    "item_types": "Ном / Book\n\nСэтгүүл / Journal\nТоглоом",
    "categories": "Насанд хүрэгч\nХүүхэд",
    "days": "14",
    "limit": "5",
}


@pytest.fixture
def admin() -> Client:
    """The administrator of an empty hub."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.create_superuser("grace"))
    return client


def test_every_page_leads_the_administrator_of_an_empty_hub_to_the_questions(admin: Client) -> None:
    page = admin.get("/staff/")
    assert page.status_code == 503
    assert FIRST_RUN in page.content.decode()
    assert "Eleven questions" in words(admin.get(FIRST_RUN).content)


def test_answers_make_a_library_that_lends(admin: Client) -> None:
    assert admin.post(FIRST_RUN, ANSWERS)["Location"] == reverse("library:checklist")
    library = Library.objects.get()
    assert (library.name, library.name_en, library.timezone, library.currency, library.charges) == (
        "Номын сан", "Tuul Library", "Asia/Ulaanbaatar", "MNT", False,
    )  # fmt: skip
    assert library.languages == ["mn", "en"], "those of the place"
    assert [(each.code, each.name) for each in Branch.objects.all()] == [("main", "Төв салбар")]
    assert {each.code: each.name for each in ItemType.objects.all()} == {
        "book": "Ном", "journal": "Сэтгүүл", "type-3": "Тоглоом",
    }  # fmt: skip
    assert PatronCategory.objects.count() == 2
    rule = Rule.objects.get()
    assert (rule.edition, rule.days, rule.limit) == (None, 14, 5)


def test_library_that_writes_in_one_language_says_so(admin: Client) -> None:
    assert "In which languages does it write to its patrons?" in words(admin.get(FIRST_RUN).content)
    admin.post(FIRST_RUN, {**ANSWERS, "name": "Номын сан", "languages_0": "mn"})
    library = Library.objects.get()
    assert (library.languages, library.names) == (["mn"], {"mn": "Номын сан"})


def test_second_run_changes_nothing(admin: Client) -> None:
    admin.post(FIRST_RUN, ANSWERS)
    assert admin.post(FIRST_RUN, {**ANSWERS, "name": "Other"}).status_code == 302
    assert Library.objects.get().name == "Номын сан"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "Answer this question."),
        ({"currency": "yuan"}, "Enter three letters"),
        ({"currency": "", "timezone": "Antarctica/Troll"}, "Enter three letters"),
        ({"charges": "on"}, "Enter a whole number"),
        ({"item_types": "Book\nBook"}, "Write each name once"),
        ({"categories": "/ Adult"}, "Write a name on each line."),
        ({"days": "0"}, "Enter a whole number"),
    ],
)
def test_wrong_answer_is_told_and_the_others_kept(admin: Client, wrong: dict[str, str], told: str) -> None:
    page = admin.post(FIRST_RUN, ANSWERS | wrong)
    assert page.status_code == 422
    assert told in words(page.content)
    assert "Төв салбар" in page.content.decode()
    assert not Library.objects.exists()


def test_only_an_administrator_sets_up_the_library() -> None:
    client = Client()
    assert client.get(FIRST_RUN)["Location"].startswith(reverse("staff:sign_in"))
    client.force_login(User.objects.create_user("carl", is_staff=True))
    assert client.get(FIRST_RUN).status_code == 403
    assert FIRST_RUN not in client.get("/staff/").content.decode()
    assert not Library.objects.exists()


def test_checklist_says_what_is_left_before_the_library_opens(world: World) -> None:
    grace = Grace()
    response = grace.client.get(reverse("library:checklist"))
    told = words(response.content)
    assert "Items with their barcodes done" in told
    assert "Opening hours of every branch to do" in told
    Branch.objects.update(opening_hours=["09:00-18:00"] * 7)
    assert "Opening hours of every branch done" in words(grace.client.get(reverse("library:checklist")).content)
