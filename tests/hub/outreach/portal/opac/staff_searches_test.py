"""Test staff searches, and searches saved by staff for consenting patrons: each title reported once."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.jobs import NIGHTLY
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.portal.models import Arrival, SavedSearch, StaffSearch
from hub.outreach.portal.opac import saved_searches, staff_searches
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace(role="clerk")


def save_search(grace: Grace, typed: str) -> str:
    return words(grace.client.post(reverse("opac:staff_save"), {"q": typed}, follow=True).content)


def sees(grace: Grace) -> str:
    return words(grace.client.get(reverse("opac:staff_searches")).content)


def run_nightly(world: World, *staff: Grace) -> int:
    world.advance(days=1)
    for each in staff:
        each.sign_in()
    return staff_searches.nightly(hub_clock().now())


def test_new_title_is_listed_until_staff_member_marks_seen(world: World, grace: Grace) -> None:
    lee = Grace(role="librarian", name="lee")
    add_title(world, "红楼梦旧本", "曹雪芹")
    world.advance(hours=1)
    assert "New titles for “紅樓夢”" in save_search(grace, " 紅樓夢 ")
    assert ("searches of staff", staff_searches.nightly) in NIGHTLY
    assert run_nightly(world, grace) == 0, "an earlier title is not new"
    add_title(world, "红楼梦", "曹雪芹")
    add_title(world, "边城")
    assert run_nightly(world, grace, lee) == 1
    assert "1 New titles for your searches" in grace.page("today")
    assert "New titles for your searches" not in lee.page("today"), "searches are personal"
    page = sees(grace)
    assert "红楼梦 曹雪芹 紅樓夢" in page and "边城" not in page
    (arrival,) = Arrival.objects.all()
    lee.client.post(reverse("opac:staff_seen"), {"keys": str(arrival.pk)})
    assert "1 New titles for your searches" in grace.page("today"), "only the owner can mark it as seen"
    grace.client.post(reverse("opac:staff_seen"), {"keys": f"{arrival.pk} x 9{'9' * 30}"})
    assert "New titles for your searches" not in grace.page("today")
    assert run_nightly(world, grace) == 0, "a seen title is not listed again"


def test_title_matching_two_searches_is_noted_once(world: World, grace: Grace) -> None:
    save_search(grace, "红楼")
    save_search(grace, "曹雪芹")
    world.advance(hours=1)
    add_title(world, "红楼梦", "曹雪芹")
    assert run_nightly(world, grace) == 1 and staff_searches.nightly(hub_clock().now()) == 0


def test_staff_member_removes_own_search_only(world: World, grace: Grace) -> None:
    lee = Grace(role="librarian", name="lee")
    save_search(grace, "边城")
    save_search(lee, "边城")
    own, other = StaffSearch.objects.get(user=grace.user), StaffSearch.objects.get(user=lee.user)
    world.advance(hours=1)
    add_title(world, "边城")
    assert run_nightly(world, grace) == 2
    ended = [words(grace.client.post(reverse("opac:staff_end", args=(each.pk,)), follow=True).content)
             for each in (own, other)]  # fmt: skip
    assert "Search removed: 边城" in ended[0] and "This search is not yours" in ended[1]
    assert list(StaffSearch.objects.all()) == [other]
    assert [each.search for each in Arrival.objects.all()] == [other], "arrivals are removed with the search"


def test_invalid_search_or_excess_search_is_rejected(world: World, grace: Grace) -> None:
    for typed in ("", "a", "红", "--"):
        assert "Enter at least 2 characters." in save_search(grace, typed), typed
    for number in range(staff_searches.MOST):
        staff_searches.save(grace.user, f"边城{number}", hub_clock().now())
    assert f"You have {staff_searches.MOST} searches" in save_search(grace, "红楼梦")
    assert "“边城0”" in save_search(grace, "边城0"), "an existing search stays"
    assert StaffSearch.objects.count() == staff_searches.MOST


def test_inactive_staff_member_gets_no_arrivals(world: World, grace: Grace) -> None:
    save_search(grace, "边城")
    grace.user.is_active = False
    grace.user.save()
    world.advance(hours=1)
    add_title(world, "边城")
    world.advance(days=1)
    assert staff_searches.nightly(hub_clock().now()) == 0
    grace.user.delete()
    assert not StaffSearch.objects.exists()


def save_for_patron(staff: Grace, person: Person, **fields: str) -> str:
    return words(staff.client.post(reverse("opac:save_for", args=(person.pk,)), fields, follow=True).content)


def test_staff_save_search_for_consenting_patron(world: World, ada: Person) -> None:
    lee = Grace(role="librarian", name="lee")
    page = lee.client.get(reverse("staff:patron_reading", args=(world.ada.pk,))).content
    assert "Saved searches None yet" in words(page) and "The patron was told this and agrees: “The library" in words(
        page
    )
    assert "Without consent the library cannot send them messages" in save_for_patron(lee, ada, q="边城")
    assert not SavedSearch.objects.exists() and not consents.has_consented(ada, Purpose.ALERTS)
    assert "Enter at least 2 characters." in save_for_patron(lee, ada, q="a", agree="yes")
    assert "The patron will be told about new titles for “边城”." in save_for_patron(lee, ada, q="边城", agree="yes")
    newest = ada.consents.filter(purpose=Purpose.ALERTS).first()
    assert newest is not None and newest.given and newest.by == "staff lee"
    assert newest.text_version == consents.text(Purpose.ALERTS).version
    assert "“红楼梦”" in save_for_patron(lee, ada, q="红楼梦"), "consent is asked for once"
    world.advance(hours=1)
    add_title(world, "边城")
    world.advance(days=1)
    lee.sign_in()
    assert saved_searches.nightly(hub_clock().now()) == 1
    assert Message.objects.filter(kind=MessageKind.ALERT, person=ada).count() == 1
    (first, second) = SavedSearch.objects.all()
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    for person, said in ((lin, "The patron no longer has this search."), (ada, "Alerts for this search are stopped.")):
        url = reverse("opac:end_for", args=(person.pk, first.pk))
        assert said in words(lee.client.post(url, follow=True).content)
    assert list(SavedSearch.objects.all()) == [second]


def test_search_words_are_shown_only_with_card_at_desk(world: World, ada: Person) -> None:
    saved_searches.save_search(ada, "边城", "phone", hub_clock().now())
    lee = Grace(role="librarian", name="lee")
    url = reverse("staff:patron_reading", args=(world.ada.pk,))
    read = words(lee.client.get(url).content)
    assert "边城" not in read and "1 search. The words are shown only while the patron is present" in read
    lee.enter(ADA_UID)
    assert "边城" in words(lee.client.get(url).content)


def test_child_search_requires_guardian_consent(world: World, ada: Person) -> None:
    ada.child = True
    ada.save()
    lee = Grace(role="librarian", name="lee")
    assert "first scan the guardian's card in the patron's record" in save_for_patron(lee, ada, q="边城", agree="yes")
    assert not SavedSearch.objects.exists() and not consents.has_consented(ada, Purpose.ALERTS)
    ada.guardian = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    ada.save()
    page = words(lee.client.get(reverse("staff:patron_reading", args=(world.ada.pk,))).content)
    assert "The guardian was told this and agrees" in page
    assert "The patron will be told about new titles for “边城”." in save_for_patron(lee, ada, q="边城", agree="yes")


def test_clerk_cannot_see_or_save_patron_searches(world: World, grace: Grace, ada: Person) -> None:
    saved_searches.save_search(ada, "边城", "phone", hub_clock().now())
    page = grace.client.get(reverse("staff:patron_reading", args=(world.ada.pk,))).content
    assert "边城" not in words(page)
    for path in (
        reverse("opac:save_for", args=(ada.pk,)),
        reverse("opac:end_for", args=(ada.pk, SavedSearch.objects.get().pk)),
    ):
        assert grace.client.post(path, {"q": "红楼梦", "agree": "yes"}).status_code == 403
    assert SavedSearch.objects.count() == 1
