"""Test that no page offers what the user's role does not include, such as reading history to a clerk."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import Resolver404, resolve, reverse

from hub.audit.access_reason import TABS
from hub.catalogue.models import Branch
from hub.circulation.operations import loan_changes
from hub.core import rights
from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.models import Course, Session
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders.models import OverdueNoticeStep
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

PAGES = """staff:today staff:desk staff:patrons staff:items staff:loans staff:holds staff:transits staff:fees
    staff:exceptions staff:kiosks staff:pending_returns statistics:figures statistics:goals search:titles
    loan_rules:overview loan_rules:in_house
    patrons:lists patrons:register feedback:questions feedback:feedback feedback:suggestions feedback:questionnaires
    feedback:courses
    feedback:resources messaging:log messaging:kinds reminders:habits reminders:overdue reading_profiles:segments
    new_titles:overview
    campaigns:list_events campaigns:posters campaigns:campaigns online_editions:editions shelves:floors
    statistics:lapsed_key_patrons
    audit:policy audit:second_step portal:posters"""
OFFERED = re.compile(r'(?:action|href)="(/staff/[^"#?]*)')


def offers(grace: Grace, path: str) -> set[str]:
    """Return what a page offers beyond the role; empty if the role cannot open the page."""
    answer = grace.client.get(path)
    if answer.status_code != 200:
        return set()
    return {name for name in map(_name, OFFERED.findall(answer.content.decode())) if not _open(grace, name)}


def _name(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return f"nowhere: {path}"


def _open(grace: Grace, name: str) -> bool:
    return name in ("staff:sign_in", "staff:sign_out") or rights.may_open(grace.user, name)


def a_busy_library(world: World) -> Person:
    """Fill each page with content; Ada consents to keeping their reading history."""
    now = hub_clock().now()
    person: Person = Person.objects.get_or_create(ref=world.ada.ref, defaults={"since": now})[0]
    for purpose in ("history", "recommendations", "digest"):
        consents.give(person, purpose, "staff grace", "1")
    loan_changes.checkout(world.by, world.ada, world.dune)
    OverdueNoticeStep.objects.get_or_create(days=7)
    for kind in Course.Kind:
        course = Course.objects.create(name={"en": "Reading"}, kind=kind, shown=True)
        begins = now + timedelta(days=3)
        Session.objects.create(
            course=course, begins=begins, ends=begins + timedelta(hours=1), branch=Branch.objects.first(), places=5
        )
    return person


@pytest.mark.parametrize(
    "role", ["clerk", *(pytest.param(each, marks=pytest.mark.long) for each in ("marketing", "librarian"))]
)
def test_no_page_offers_what_the_role_does_not_include(world: World, role: str) -> None:
    person = a_busy_library(world)
    grace = Grace(role=role)
    paths = [reverse(each) for each in PAGES.split()]
    paths += [
        reverse("staff:patron", args=(world.ada.pk,)),
        *(reverse(f"staff:patron_{tab}", args=(world.ada.pk,)) for tab in TABS),
        reverse("staff:item", args=(world.dune.pk,)),
        reverse("patrons:record", args=(person.pk,)),
        *(reverse("feedback:course", args=(each.pk,)) for each in Course.objects.all()),
    ]
    found = {path: offered for path in paths if (offered := offers(grace, path))}
    assert found == {}


def test_reading_interests_are_hidden_from_clerks(world: World) -> None:
    a_busy_library(world)
    path = reverse("staff:patron_reading", args=(world.ada.pk,))
    assert "Infer from loans" in (page := words(Grace(role="librarian").client.get(path).content)) or (
        "Stop inferring" in page
    )
    cleo = Grace(role="clerk", name="cleo")
    assert cleo.client.get(path).status_code == 403
    seen = cleo.page("patron", world.ada.pk)
    assert "Ada Sample" in seen
    assert "Infer" not in seen and "Interests" not in seen


def test_clerk_blocks_a_lost_card_from_the_patron_page(world: World) -> None:
    a_busy_library(world)
    grace = Grace(role="clerk")
    path = reverse("staff:patron", args=(world.ada.pk,))
    page = grace.client.get(path).content.decode()
    (url,) = re.findall(r'action="(/staff/records/\d+/cards/lost/)"', page)
    answer = grace.client.post(url, {"back": path}, follow=True)
    assert answer.status_code == 200
    assert not world.ada.cards.filter(status="active").exists()
