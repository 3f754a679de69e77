"""Test staff searches, and searches saved by staff for consenting patrons: each title reported once."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach import nightly
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.portal.opac import saved_searches, staff_searches
from hub.outreach.portal.opac.models import Arrival, SavedSearch, StaffSearch
from tests.hub.outreach.recommendations.new_titles.added_titles import arrives
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace(role="clerk")


def watches(grace: Grace, typed: str) -> str:
    return words(grace.client.post(reverse("opac:staff_save"), {"q": typed}, follow=True).content)


def sees(grace: Grace) -> str:
    return words(grace.client.get(reverse("opac:staff_searches")).content)


def night(world: World, *staff: Grace) -> int:
    world.ahead(days=1)
    for each in staff:
        each.signs_in()
    return staff_searches.nightly(hub_clock().now())


def test_what_comes_in_stands_on_their_list_until_the_patron_has_seen_it(world: World, grace: Grace) -> None:
    lee = Grace(role="librarian", name="lee")
    arrives(world, "红楼梦旧本", "曹雪芹")
    world.ahead(hours=1)
    assert "New titles for “紅樓夢”" in watches(grace, " 紅樓夢 ")
    assert ("searches of staff", staff_searches.nightly) in nightly.JOBS
    assert night(world, grace) == 0, "what was there before is not new"
    arrives(world, "红楼梦", "曹雪芹")
    arrives(world, "边城")
    assert night(world, grace, lee) == 1
    assert "1 New titles for your searches" in grace.sees("today")
    assert "New titles for your searches" not in lee.sees("today"), "it is theirs alone"
    page = sees(grace)
    assert "红楼梦 曹雪芹 紅樓夢" in page and "边城" not in page
    (arrival,) = Arrival.objects.all()
    lee.client.post(reverse("opac:staff_seen"), {"keys": str(arrival.pk)})
    assert "1 New titles for your searches" in grace.sees("today"), "it waits on Today for staff"
    grace.client.post(reverse("opac:staff_seen"), {"keys": f"{arrival.pk} x 9{'9' * 30}"})
    assert "New titles for your searches" not in grace.sees("today")
    assert night(world, grace) == 0, "seen once, it does not come again"


def test_a_title_for_two_searches_is_noted_once_and_a_night_twice_notes_it_once(world: World, grace: Grace) -> None:
    watches(grace, "红楼")
    watches(grace, "曹雪芹")
    world.ahead(hours=1)
    arrives(world, "红楼梦", "曹雪芹")
    assert night(world, grace) == 1 and staff_searches.nightly(hub_clock().now()) == 0


def test_the_patron_ends_their_own_and_nobody_elses(world: World, grace: Grace) -> None:
    lee = Grace(role="librarian", name="lee")
    watches(grace, "边城")
    watches(lee, "边城")
    own, other = StaffSearch.objects.get(user=grace.user), StaffSearch.objects.get(user=lee.user)
    world.ahead(hours=1)
    arrives(world, "边城")
    assert night(world, grace) == 2
    ended = [words(grace.client.post(reverse("opac:staff_end", args=(each.pk,)), follow=True).content)
             for each in (own, other)]  # fmt: skip
    assert "Search removed: 边城" in ended[0] and "This search is not yours" in ended[1]
    assert list(StaffSearch.objects.all()) == [other]
    assert [each.search for each in Arrival.objects.all()] == [other], "what came in for it goes with it"


def test_what_asks_for_nothing_is_not_kept_nor_more_than_the_patron_can_oversee(world: World, grace: Grace) -> None:
    for typed in ("", "a", "红", "--"):
        assert "Enter at least 2 characters." in watches(grace, typed), typed
    for number in range(staff_searches.MOST):
        staff_searches.save(grace.user, f"边城{number}", hub_clock().now())
    assert f"You have {staff_searches.MOST} searches" in watches(grace, "红楼梦")
    assert "“边城0”" in watches(grace, "边城0"), "what is kept already stays"
    assert StaffSearch.objects.count() == staff_searches.MOST


def test_whoever_left_is_told_nothing(world: World, grace: Grace) -> None:
    watches(grace, "边城")
    grace.user.is_active = False
    grace.user.save()
    world.ahead(hours=1)
    arrives(world, "边城")
    world.ahead(days=1)
    assert staff_searches.nightly(hub_clock().now()) == 0
    grace.user.delete()
    assert not StaffSearch.objects.exists()


def for_them(staff: Grace, person: Person, **fields: str) -> str:
    return words(staff.client.post(reverse("opac:save_for", args=(person.pk,)), fields, follow=True).content)


def test_staff_save_a_search_for_a_patron_who_agrees(world: World, ada: Person) -> None:
    lee = Grace(role="librarian", name="lee")
    page = lee.client.get(reverse("staff:patron", args=(world.ada.pk,))).content
    assert "Saved searches None yet" in words(page) and "The patron was told this and agrees: “The library" in words(
        page
    )
    assert "Without consent the library cannot send them messages" in for_them(lee, ada, q="边城")
    assert not SavedSearch.objects.exists() and not consents.given(ada, Purpose.ALERTS)
    assert "Enter at least 2 characters." in for_them(lee, ada, q="a", agree="yes")
    assert "The patron will be told about new titles for “边城”." in for_them(lee, ada, q="边城", agree="yes")
    newest = ada.consents.filter(purpose=Purpose.ALERTS).first()
    assert newest is not None and newest.given and newest.by == "staff lee"
    assert newest.text_version == consents.text(Purpose.ALERTS).version
    assert "“红楼梦”" in for_them(lee, ada, q="红楼梦"), "after the consent no question follows"
    world.ahead(hours=1)
    arrives(world, "边城")
    world.ahead(days=1)
    lee.signs_in()
    assert saved_searches.nightly(hub_clock().now()) == 1
    assert Message.objects.filter(kind=MessageKind.ALERT, person=ada).count() == 1
    (first, second) = SavedSearch.objects.all()
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    for person, said in ((lin, "The patron no longer has this search."), (ada, "Alerts for this search are stopped.")):
        url = reverse("opac:end_for", args=(person.pk, first.pk))
        assert said in words(lee.client.post(url, follow=True).content)
    assert list(SavedSearch.objects.all()) == [second]


def test_the_words_are_shown_while_their_card_is_at_the_desk_alone(world: World, ada: Person) -> None:
    saved_searches.save(ada, "边城", "phone", hub_clock().now())
    lee = Grace(role="librarian", name="lee")
    url = reverse("staff:patron", args=(world.ada.pk,))
    read = words(lee.client.get(url).content)
    assert "边城" not in read and "1 search. The words are shown only while the patron is present" in read
    lee.enters(ADA_UID)
    assert "边城" in words(lee.client.get(url).content)


def test_nobody_agrees_for_a_child_without_a_guardian(world: World, ada: Person) -> None:
    ada.child = True
    ada.save()
    lee = Grace(role="librarian", name="lee")
    assert "first scan the guardian's card in the patron's record" in for_them(lee, ada, q="边城", agree="yes")
    assert not SavedSearch.objects.exists() and not consents.given(ada, Purpose.ALERTS)
    ada.guardian = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    ada.save()
    page = words(lee.client.get(reverse("staff:patron", args=(world.ada.pk,))).content)
    assert "The guardian was told this and agrees" in page
    assert "The patron will be told about new titles for “边城”." in for_them(lee, ada, q="边城", agree="yes")


def test_a_clerk_sees_and_saves_no_patrons_searches(world: World, grace: Grace, ada: Person) -> None:
    saved_searches.save(ada, "边城", "phone", hub_clock().now())
    page = grace.client.get(reverse("staff:patron", args=(world.ada.pk,))).content
    assert "边城" not in words(page)
    for path in (
        reverse("opac:save_for", args=(ada.pk,)),
        reverse("opac:end_for", args=(ada.pk, SavedSearch.objects.get().pk)),
    ):
        assert grace.client.post(path, {"q": "红楼梦", "agree": "yes"}).status_code == 403
    assert SavedSearch.objects.count() == 1
