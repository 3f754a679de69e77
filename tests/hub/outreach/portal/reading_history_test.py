"""Test the choice of kept loans and interests in the portal; deleted titles are gone everywhere."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Item, Title
from hub.circulation.models import CardRecommendations
from hub.core.clock import hub_clock
from hub.ils.bridge import card_data
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reading_profiles import nightly, subjects
from hub.outreach.recommendations.reading_profiles.models import Interest, Recommendation, TitleLoanCount
from tests.hub.outreach.portal.phone import press, start_session, token_of
from tests.hub.outreach.recommendations.reading_profiles.readers import add_book, borrow_in_turn, give_consents
from tests.hub.staff.staff_client import words
from tests.hub.support.world import LIN_UID, World

CARD = "20000000000012"
READING, KEPT, ADD = "/p/reading/", "/p/reading/kept/", "/p/reading/add/"
BEYOND = 987_654_300
"""First of the title ids that are unique enough to be found wherever they are stored."""


def sees(phone: Client, path: str = READING) -> str:
    return words(phone.get(path).content)


def create_books(world: World, count: int) -> list[Item]:
    """Create books of one author with such ids."""
    made = []
    for number in range(count):
        title = Title.objects.create(
            pk=BEYOND + number, title=f"Volume {number}", author="Sample, Ann", subject="8", call_number=f"81{number} X"
        )
        made.append(
            Item.objects.create(barcode=f"3000000000{number:04}", title=title, type=world.book, branch=world.main)
        )
    return made


def places_of(titles: list[int]) -> set[str]:
    """Return where one of these titles is stored for the patron: outreach columns, card data, messages.

    Counts without patrons, and recommendations that strangers would get too, are left out.
    """
    signs = {str(each) for each in titles} | {f"Volume {each - BEYOND}" for each in titles}
    found = set()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            if not model.__module__.startswith("hub.outreach") or table in (
                "recommendations_titleloancount",
                "recommendations_coloancount",
            ):
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                hits = (name for name, cell in zip(names, row, strict=True) if any(sign in str(cell) for sign in signs))
                found |= {f"{table}.{name}" for name in hits} - {"recommendations_recommendation.title"}
    carried = [each for row in CardRecommendations.objects.all() for each in json.loads(row.picks)]
    grounds = [str(each.get("why")) + (each["title"] if each.get("again") else "") for each in carried]
    messages = [str(each.decrypted_facts()) for each in Message.objects.exclude(facts="")]
    found |= {"card" for each in grounds if any(sign in each for sign in signs)}
    return found | {"messages" for each in messages if any(sign in each for sign in signs)}


def prepare_history(world: World, person: Person) -> list[int]:
    """Let Ada and Lin borrow the same books, so that interests, recommendations and a message name them."""
    books = create_books(world, 8)
    for _round in range(2):
        borrow_in_turn(world, *books[:6], uid=LIN_UID)
    borrow_in_turn(world, *books[6:], uid=LIN_UID)
    borrow_in_turn(world, *books[:6])
    nightly.nightly(hub_clock().now())
    card_data.carry(hub_clock().now())
    return [each.title_id for each in books]


@pytest.mark.django_db(transaction=True)
def test_smaller_limit_deletes_surplus_titles_everywhere_at_once(world: World, ada: Person, phone: Client) -> None:
    give_consents(world.ada), give_consents(world.lin)
    press(phone, KEPT, READING, loans="20")
    titles = prepare_history(world, ada)
    gone, stays = titles[:1], titles[1:6]
    consents.withdraw(Person.objects.get(ref=world.lin.ref), Purpose.HISTORY, "phone")
    before = places_of(gone)
    start_session(phone, ada)
    assert {"recommendations_historytitle.title", "recommendations_interest.of"} <= before
    assert {"recommendations_recommendation.of", "card", "messages"} <= places_of(titles), (
        "control: the titles are found"
    )
    assert "6 titles kept now" in sees(phone)
    said = press(phone, KEPT, READING, loans="5")
    assert "Your choice is saved. 1 title was deleted." in said and "5 titles kept now" in said
    assert places_of(gone) == set()
    assert "recommendations_historytitle.title" in places_of(stays)
    assert not Message.objects.filter(kind=MessageKind.RECOMMENDATION, state=Message.State.WAITING).exists()
    assert "5 titles kept now" in press(phone, KEPT, READING, loans="20"), "deleted titles cannot be restored"
    assert "We no longer keep any titles" in press(phone, KEPT, READING, loans="none")
    assert places_of(titles) == set()


def test_each_choice_keeps_that_many_titles(world: World, ada: Person, phone: Client) -> None:
    assert not consents.has_consented(ada, Purpose.HISTORY)
    books = [add_book(world, f"300000000001{number:02}", f"Book {number}", "Ada") for number in range(22)]
    borrow_in_turn(world, books[0])
    assert ada.had.count() == 0
    for chosen, kept in (("5", 5), ("20", 20), ("all", 22)):
        start_session(phone, ada)
        press(phone, KEPT, READING, loans=chosen)
        borrow_in_turn(world, *books)
        assert ada.had.count() == kept, chosen
    start_session(phone, ada)
    assert consents.has_consented(ada, Purpose.HISTORY)
    newest = ada.consents.filter(purpose=Purpose.HISTORY).first()
    assert newest is not None and newest.by == "phone" and newest.text_version
    assert "22 titles kept now" in sees(phone)
    assert "First choose how many to keep." in press(phone, KEPT, READING, loans="7")
    assert "First choose how many to keep." in press(phone, KEPT, READING, loans="-1")
    assert "22 titles were deleted" in press(phone, KEPT, READING, loans="none")
    assert ada.had.count() == 0 and not consents.has_consented(ada, Purpose.HISTORY)


def test_patron_adds_removes_and_restores_interest(world: World, ada: Person, phone: Client) -> None:
    add_book(world, "30000000000101", "A Silk Road", "Sample, Ann", "950 SAM")
    give_consents(world.ada)
    borrow_in_turn(world, world.dune)
    nightly.nightly(hub_clock().now())
    start_session(phone, ada)
    assert "Literature (813) from Dune" in sees(phone)
    assert "History and geography 1 title: A Silk Road" in sees(phone, ADD)
    assert "History and geography (950) 1 title: A Silk Road Add" in sees(phone, f"{ADD}?of=9")

    def interest(how: str, subject: str) -> str:
        return press(phone, reverse("portal:interest", args=(how,)), READING, subject=subject)

    assert "Added: History and geography (950)" in interest("add", "950")
    assert Recommendation.objects.filter(person=ada, title=Title.objects.get(title="A Silk Road").pk).exists()
    assert "A Silk Road" in sees(phone, "/p/for-you/")
    assert "1 title: A Silk Road Added" in sees(phone, f"{ADD}?of=9")
    assert "Removed: Literature (813)." in interest("remove", "813")
    nightly.nightly(hub_clock().now())
    assert "Literature (813) Allow again" in sees(phone)
    assert "Literature (813) from Dune" in interest("restore", "813")
    off = press(phone, reverse("portal:infer", args=("off",)), READING)
    assert "from Dune" not in off and "History and geography (950) added by you" in off
    assert "from Dune" in press(phone, reverse("portal:infer", args=("on",)), READING)


@pytest.mark.parametrize(
    ("how", "subject"), [("add", "Z99"), ("add", "955"), ("add", ""), ("remove", "' OR 1"), ("x", "8")]
)
def test_invalid_interest_action_changes_nothing(
    world: World, ada: Person, phone: Client, how: str, subject: str
) -> None:
    give_consents(world.ada)
    asked = reverse("portal:interest", args=(how,))
    token = {"csrfmiddlewaretoken": token_of(phone.get(READING).content)}
    assert phone.post(asked, {"subject": subject, **token}).status_code in (302, 404)
    assert not Interest.objects.exists()


def test_interests_require_consent(world: World, ada: Person, phone: Client) -> None:
    assert "Interests need your consent" in sees(phone)
    assert phone.get(ADD).status_code == 302
    press(phone, reverse("portal:interest", args=("add",)), READING, subject="8")
    assert not Interest.objects.exists()


def test_catalogue_classes_are_counted_by_titles(world: World) -> None:
    Title.objects.all().update(subject="", call_number="")
    for clc, dewey, call_number, subject in (
        ("I247.57", "", "I247.57/1", "I"),
        ("TP312", "005.13", "TP312/9", "0"),
        ("", "813.54", "813.54 HER", "8"),
        ("", "", "PL410 L8", "8"),
        ("", "", "", "K"),
    ):
        Title.objects.create(title=f"T {clc}{dewey}", clc=clc, dewey=dewey, call_number=call_number, subject=subject)
    assert [(each.code, each.titles) for each in subjects.classes()] == [
        ("8", 2),
        ("I", 1),
        ("K", 1),
        ("T", 1),
    ]
    assert [each.code for each in subjects.subjects_of_class("8")] == ["813"]
    assert [each.code for each in subjects.subjects_of_class("T")] == ["TP312"]
    assert subjects.has("I247") and subjects.has("K") and not subjects.has("K2") and not subjects.has("")


def test_page_without_history_shows_new_and_popular_titles(world: World, phone: Client) -> None:
    """Without consent the page is the same for every patron, says so and is never empty."""
    TitleLoanCount.objects.create(title=world.utopia.title_id, weight=9.0, day=hub_clock().now())
    page = sees(phone, "/p/for-you/")
    assert "New and popular here" in page and "The same for everyone, whatever you read." in page
    assert "Utopia Popular here" in page
    assert "Dune New here" in page
    give_consents(world.ada)
    assert "Utopia Popular here" in sees(phone, "/p/for-you/")
