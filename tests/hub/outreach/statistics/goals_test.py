"""Test goals: three for a role at most, with progress from the figures page."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from hub.outreach.engagement.journeys.models import Journey
from hub.outreach.statistics.models import Borrower, DailyLoans, Goal, Night
from tests.hub.outreach.engagement.feedback.feedback_fixtures import person
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import NOW, World

TODAY = NOW.date()


@pytest.fixture
def grace(world: World) -> Grace:
    found = Grace()
    found.user.is_superuser = True
    found.user.save()
    return found


def set_goal(grace: Grace, status: int = 200, **typed: str) -> str:
    typed = {"role": "clerk", "figure": "fresh", "target": "90", "until": ""} | typed
    response = grace.client.post("/staff/goals/set/", typed, follow=True)
    assert response.status_code == status
    grace.last = response.content.decode()
    return words(response.content)


def test_progress_starts_at_figure_of_creation_day(world: World, grace: Grace) -> None:
    night = Night.objects.create(on=TODAY, contacts=100, fresh=50)
    assert "50 % contacts confirmed in time goal 90 % 0 % of the way" in set_goal(grace, role="administrator")
    night.fresh = 70
    night.save()
    assert "70 % contacts confirmed in time goal 90 % 50 % of the way" in words(
        grace.client.get("/staff/goals/").content
    )
    night.fresh = 92
    night.save()
    assert "goal 90 % Reached" in words(grace.client.get("/staff/goals/").content)
    assert "Your goals 90 % contacts confirmed in time" in words(grace.client.get("/staff/").content)


def test_falling_figure_reaches_goal_from_above(world: World, grace: Grace) -> None:
    row = DailyLoans.objects.create(on=TODAY, back=100, late=8)
    assert "8 % of returns overdue goal 4 % 0 % of the way" in set_goal(grace, figure="late", target="4")
    row.late = 6
    row.save()
    assert "6 % of returns overdue goal 4 % 50 % of the way" in words(grace.client.get("/staff/goals/").content)


def test_expired_goal_and_goal_without_figure_are_labelled(world: World, grace: Grace) -> None:
    assert "– contacts confirmed in time goal 90 % Not counted yet" in set_goal(grace)
    Night.objects.create(on=TODAY, contacts=100, fresh=50)
    Goal.objects.update(until=TODAY - timedelta(days=1))
    assert "Not reached in time" in words(grace.client.get("/staff/goals/").content)


def test_suppressed_figure_is_shown_as_bound(world: World, grace: Grace) -> None:
    Night.objects.create(on=TODAY, contacts=20, fresh=3)
    assert "under 25 % contacts confirmed in time goal 90 % Too few for details" in set_goal(grace)
    assert Goal.objects.get().begun is None


def test_goal_is_reached_except_few_without_disclosing_number(world: World, grace: Grace) -> None:
    """None and four missing look alike: a goal of all can be reached without revealing who is missing."""
    night = Night.objects.create(on=TODAY, contacts=200, fresh=195, said=200, failed=5)
    assert "goal 100 % 0 % of the way" in set_goal(grace, target="100")
    pages = set()
    for night.fresh in (196, 200):
        night.save()
        pages.add(words(grace.client.get("/staff/goals/").content))
    (page,) = pages
    assert "over 97 % contacts confirmed in time goal 100 % Reached, except for fewer than 5" in page
    set_goal(grace, target="97")
    assert "over 97 % contacts confirmed in time goal 97 % Reached" in words(grace.client.get("/staff/goals/").content)
    set_goal(grace, figure="reach", target="100")
    pages_by_count = set()
    for night.failed in (1, 4):
        night.save()
        assert "over 97 % delivered messages goal 100 % Reached" in words(grace.client.get("/staff/goals/").content)
        figures = words(grace.client.get("/staff/figures/").content)
        assert "over 97 % of messages delivered" in figures
        pages_by_count.add(figures)
    assert len(pages_by_count) == 1


def test_role_has_at_most_three_goals_and_one_per_figure(world: World, grace: Grace) -> None:
    for figure in ("fresh", "late", "happy"):
        set_goal(grace, figure=figure)
    assert "This role already has 3 goals. Remove one first." in set_goal(grace, 422, figure="loans", target="4000")
    assert Goal.objects.count() == 3
    set_goal(grace, figure="late", target="3")
    assert Goal.objects.get(figure="late").target == 3
    set_goal(grace, role="librarian", figure="loans", target="4000")
    assert Goal.objects.count() == 4


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"target": "101"}, "This figure is a percentage. Enter at most 100."),
        ({"target": "much"}, "Enter a number."),
        ({"until": "2026-11-24"}, "This date has passed. Choose a later one."),
    ],
)
def test_invalid_goal_is_rejected_and_input_kept(world: World, grace: Grace, typed: dict[str, str], fault: str) -> None:
    assert fault in set_goal(grace, 422, **typed)
    assert f'value="{next(iter(typed.values()))}"' in grace.last
    assert not Goal.objects.exists()


def test_removed_goal_is_restored_by_undo(world: World, grace: Grace) -> None:
    set_goal(grace, until="2026-12-31")
    before = Goal.objects.values("role", "figure", "target", "begun", "until", "set_at").get()
    response = grace.client.post(f"/staff/goals/{Goal.objects.get().pk}/drop/", follow=True)
    grace.last = response.content.decode()
    assert not Goal.objects.exists()
    assert "Goal restored" in grace.undo()
    assert Goal.objects.values("role", "figure", "target", "begun", "until", "set_at").get() == before


def test_lapsed_key_patrons_become_task_and_list(world: World, grace: Grace) -> None:
    facts = {"first_on": date(2020, 1, 1), "key": True}
    Borrower.objects.create(person=person(world.ada.ref), last_on=TODAY - timedelta(days=60), **facts)
    Borrower.objects.create(person=person(world.lin.ref), last_on=TODAY - timedelta(days=59), **facts)
    assert "1 Key patrons away Last loan Sat 26 Sep Contact patrons" in words(grace.client.get("/staff/").content)
    page = words(grace.client.get("/staff/key-patrons-away/").content)
    assert "60 days ago Contact patrons" in page and "Ada S" in page and "Sample" not in page
    Borrower.objects.all().delete()
    assert "No lapsed key patrons" in words(grace.client.get("/staff/key-patrons-away/").content)


def test_goal_names_what_serves_it_and_what_that_moved(world: World, grace: Grace) -> None:
    journey = Journey.objects.create(
        name="Come back", occasion="lapsing", goal="visit", span=8, by="grace", made_at=NOW, started_at=NOW,
        state="running", figures={"on": {"people": 100, "acted": 60}, "held": {"people": 50, "acted": 20}},
    )  # fmt: skip
    page = set_goal(grace, role="administrator", figure="loans", target="4000", action=f"journey-{journey.pk}")
    said = "Come back: visits the library · +19 percentage points (95 %: −3 to +39)"
    assert said in page and said in words(grace.client.get(reverse("staff:today")).content)
    goal = Goal.objects.get()
    grace.client.post(reverse("statistics:drop", args=(goal.pk,)))
    grace.client.post(reverse("statistics:put_back"))
    assert Goal.objects.get().journey == journey
    journey.delete()
    assert Goal.objects.get().journey is None, "the goal stays when its journey is deleted"
