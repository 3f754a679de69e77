"""Test journeys: their trial, that each step is sent once, when they stop, the shared limit, and what they moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models.signals import post_save
from django.urls import reverse
from django.utils.translation import override

from hub.core.clock import hub_clock
from hub.outreach import post_visit
from hub.outreach.engagement.campaigns.effect import effect, effect_text
from hub.outreach.engagement.feedback.models import LastAsked
from hub.outreach.engagement.journeys import occasions, running
from hub.outreach.engagement.journeys.models import Journey, JourneyMember
from hub.outreach.engagement.journeys.steps import TEMPLATES, By, Step, When
from hub.outreach.engagement.segments.models import PatronSegment
from hub.outreach.engagement.segments.reach_bar import reach_of
from hub.outreach.feed import take
from hub.outreach.library_system.central import the_patron_dates
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import delivery_worker, on_site_messages
from hub.outreach.messaging.delivery_planner import has_room
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import Message, Unsubscription
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons import consents, erasure
from hub.outreach.patrons.data_export import export_person
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reading_profiles.models import WeeklyLoans
from tests.hub.outreach.engagement.segments.segments_test import monday, reader
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.text_inputs import text_inputs
from tests.hub.support.world import NOW, World

Occasion, State, Goal = Journey.Occasion, Journey.State, Journey.Goal


def agree(*people: Person) -> None:
    for each in people:
        consents.give(each, Purpose.CAMPAIGN, "staff grace", consents.text(Purpose.CAMPAIGN).version)


def step(wait: int, **more: Any) -> dict[str, Any]:
    texts = {"heading": {"zh": "读", "en": f"After {wait}"}, "body": {"zh": "读", "en": "Come and read."}}
    return Step(wait=wait, **(texts | more)).model_dump(mode="json")


def lapsing(**more: Any) -> Journey:
    steps = [step(0), step(14, when=When.NOT_VISITED)]
    facts = {"name": "Back again", "occasion": Occasion.LAPSING, "goal": Goal.VISIT, "span": 8, "steps": steps,
             "hold_out": 0, "by": "grace", "made_at": NOW}  # fmt: skip
    made: Journey = Journey.objects.create(**(facts | more))
    return made


def run_night() -> None:
    running.fold_finished(hub_clock().now())
    running.enrol_all(hub_clock().now())


def run_minute() -> None:
    running.advance(hub_clock().now())
    delivery_worker.work(hub_clock().now())


@pytest.fixture
def absent(world: World) -> Iterator[Person]:
    """A patron who agrees to campaigns and borrowed last just under eight weeks ago."""
    found = reader(1, 8, 12, 30)
    agree(found)
    yield found


def on_the_way(world: World, journey: Journey) -> JourneyMember:
    """Start the journey and go on until its occasion has come for one patron."""
    assert running.start(journey, hub_clock().now())
    for _day in range(8):
        run_night()
        if found := journey.members.first():
            return found
        world.advance(days=1)
    raise AssertionError("no one entered")


def event(person: Person, kind: str = "checkin", number: int = 1_000, **more: Any) -> None:
    take([Event(number, hub_clock().now(), kind, {"patron": person.ref, **more})])


def test_trial_counts_last_year_by_the_loans_of_each_week(world: World) -> None:
    people = [reader(number, 40, 20, 2) for number in range(6)]
    reader(7, 40, 33, 26, 19, 12, 5, 1)
    agree(*people[:5])
    found = occasions.run_trial(lapsing(), NOW)
    assert (found["meant"], found["reached"], found["not_agreed"], found["today"]) == (6, 5, 1, 0)
    assert occasions.run_trial(lapsing(occasion=Occasion.WON_BACK, span=10), NOW)["reached"] == 5
    for each in people:
        WeeklyLoans.objects.filter(person=each, monday=monday(2)).delete()
    WeeklyLoans.objects.filter(monday=monday(20)).update(monday=monday(9))
    assert occasions.run_trial(lapsing(), NOW)["today"] == 5, "their eight weeks were over within the last 14 days"


def test_trial_leaves_the_control_group_out_of_those_who_would_get_it() -> None:
    found = {"meant": 100, "reached": 80, "not_agreed": 20}
    counts = {part.name: part.count for part in reach_of(found, control_share=25).parts}
    assert counts == {"reached": "60", "held_out": "20", "not_agreed": "20"}
    assert {part.name: part.count for part in reach_of(found).parts} == {"reached": "80", "not_agreed": "20"}


def test_every_template_can_be_tried_and_started(world: World, grace: Grace) -> None:
    dates = the_patron_dates()
    assert dates is not None
    world.ada.expires = NOW.date() + timedelta(days=10)
    world.ada.save()
    assert dates.expiring(NOW.date(), NOW.date() + timedelta(days=20)) == {world.ada.ref: world.ada.expires}
    world.place_hold(world.lin, world.dune)
    assert dates.first_holds(NOW.date(), NOW.date() + timedelta(days=1)).keys() == {world.lin.ref}
    for each in occasions.available():
        answer = grace.client.post(reverse("journeys:new_journey", args=(each,)), follow=True)
        assert "patrons would have got it in the last 365 days" in words(answer.content), each
    assert Journey.objects.count() == len(TEMPLATES) == len(Occasion)


def test_each_step_is_sent_once_and_the_second_only_to_who_stayed_away(world: World, absent: Person) -> None:
    member = on_the_way(world, lapsing())
    for _time in range(2):
        run_minute()
        run_night()
    assert [each.key for each in Message.objects.all()] == [running.step_key(member, 0)]
    world.advance(days=13)
    run_minute()
    assert Message.objects.count() == 1
    world.advance(days=2)
    run_minute()
    assert Message.objects.count() == 2
    member.refresh_from_db()
    assert (member.end, member.next_at, member.step) == ("done", None, 2)
    world.advance(days=60)
    run_night()
    assert JourneyMember.objects.count() == 1, "not again within 300 days"


def test_control_group_gets_nothing(world: World) -> None:
    people = [reader(number, 8, 12, 30) for number in range(60)]
    agree(*people)
    journey = lapsing(hold_out=50)
    on_the_way(world, journey)
    for _month in range(2):
        run_minute()
        world.advance(days=15)
    parts = dict(journey.members.values_list("person_id", "part"))
    held = {person for person, part in parts.items() if part == JourneyMember.Part.HELD}
    assert len(parts) == 60 and held and len(held) < 60, "half of 60 by chance: all or none once in 5e17 runs"
    assert set(Message.objects.values_list("person_id", flat=True)) == parts.keys() - held


def test_journey_begins_only_in_its_segment(world: World) -> None:
    often, seldom = reader(1, 8, 12, 16, 20, 24, 28), reader(2, 8)
    agree(often, seldom)
    segment = PatronSegment.objects.create(name="Often", rules={"loans_least": 4}, by="grace", made_at=NOW)
    journey = lapsing(segment=segment.code)
    on_the_way(world, journey)
    assert [each.person for each in journey.members.all()] == [often]


def test_crash_between_queue_and_note_sends_the_step_once(world: World, absent: Person) -> None:
    member = on_the_way(world, lapsing())
    now = hub_clock().now()

    def crash(sender: object, **_more: object) -> None:
        raise ConnectionError("power cut")

    post_save.connect(crash, sender=JourneyMember, dispatch_uid="crash")
    try:
        with pytest.raises(ConnectionError):
            running.advance(now)
    finally:
        post_save.disconnect(sender=JourneyMember, dispatch_uid="crash")
    assert not Message.objects.exists(), "neither the message nor its note was kept"
    # and if the note alone were lost, the key of the step would still stop a second message
    running._queue(member, 0, Step.model_validate(member.journey.steps[0]), now)
    assert running.take_step(member.pk, now) and Message.objects.count() == 1


def test_control_without_the_step_in_the_key_sends_twice(world: World, absent: Person) -> None:
    """Show that the test above would find a journey that sends twice."""
    member = on_the_way(world, lapsing())
    queue_message(member.person, MessageKind.CAMPAIGN, f"{uuid4()}", {"heading": {}, "body": {}, "link": ""})
    assert running.take_step(member.pk, hub_clock().now()) and Message.objects.count() == 2


def test_visit_ends_the_journey_and_withdraws_what_is_queued(world: World, absent: Person) -> None:
    member = on_the_way(world, lapsing())
    running.advance(hub_clock().now())
    event(absent, "renewed", 900, staff="phone")
    member.refresh_from_db()
    assert member.acted_at is None, "a renewal by phone is no visit"
    event(absent)
    member.refresh_from_db()
    assert (member.end, member.next_at) == ("goal", None) and member.acted_at and member.visits == 1
    assert Message.objects.get().state == Message.State.WITHHELD
    world.advance(days=30)
    run_minute()
    assert Message.objects.count() == 1


def test_welcome_ends_with_the_third_visit_counted_by_day(world: World) -> None:
    new = Person.objects.create(ref="reader-new", since=NOW)
    WeeklyLoans.objects.create(person=new, monday=monday(0), loans=1)
    agree(new)
    journey = lapsing(occasion=Occasion.WELCOME, goal=Goal.THIRD_VISIT, steps=[step(30)])
    member = on_the_way(world, journey)
    assert member.visits == 1, "the loan on the day of the registration"
    for number in (1, 2):
        event(new, "checkin", number)
    member.refresh_from_db()
    assert (member.visits, member.end) == (2, ""), "two returns on one day are one visit"
    world.advance(days=1)
    event(new, "checkin", 3)
    member.refresh_from_db()
    assert (member.visits, member.end) == (3, "goal")


def test_patron_who_registers_after_the_night_is_found_in_the_next(world: World) -> None:
    """The nightly job runs at two in the morning, and the library registers patrons by day."""
    journey = lapsing(occasion=Occasion.WELCOME)
    assert running.start(journey, hub_clock().now())
    world.advance(days=1)
    run_night()
    world.advance(hours=1)
    new = Person.objects.create(ref="reader-new", since=hub_clock().now())
    agree(new)
    world.advance(hours=23)
    run_night()
    run_night()
    assert [each.person for each in journey.members.all()] == [new]


@pytest.mark.parametrize("how", ["consent", "unsubscribed", "erasure"])
def test_no_step_follows_a_withdrawal(world: World, absent: Person, how: str) -> None:
    member = on_the_way(world, lapsing())
    match how:
        case "consent":
            consents.withdraw(absent, Purpose.CAMPAIGN, "phone")
        case "unsubscribed":
            Unsubscription.objects.create(person=absent, kind="campaign", at=NOW)
        case "erasure":
            Person.objects.filter(pk=absent.pk).update(erase_due_at=hub_clock().now() + timedelta(days=3))
    run_minute()
    member.refresh_from_db()
    assert (member.end, Message.objects.filter(kind="campaign").count()) == ("stopped", 0)


def test_export_lists_the_journey_and_erasure_deletes_it(world: World, absent: Person) -> None:
    member = on_the_way(world, lapsing())
    rows = export_person(absent)["engagement.journeymember"]
    assert isinstance(rows, list) and rows[0]["began_at"] == member.began_at.isoformat()
    erasure.erase(absent.ref, hub_clock().now())
    assert not JourneyMember.objects.exists() and not Message.objects.exists()


def test_kiosk_step_kiosk_asks_and_campaigns_share_one_limit(world: World, absent: Person) -> None:
    """The library's limit is three in seven days; a journey's step on the screen and a kiosk's ask count in it."""
    on_the_way(world, lapsing(steps=[step(0, by=By.KIOSK)]))
    run_minute()
    shown, now = Message.objects.get(), hub_clock().now()
    assert shown.deliveries.get().channel == "screen" and shown.state == Message.State.UNDERWAY
    (question,) = on_site_messages.waiting(absent.ref, "screen")
    asked = post_visit.ask(absent.ref, now)
    assert question.subject == "读" and asked is not None and asked.kind == "message"
    LastAsked.objects.create(person=absent, kind="questionnaire", at=now)
    assert has_room(absent, now, channels_or_none()), "two of three"
    for number in range(2):
        queue_message(absent, MessageKind.CAMPAIGN, f"other-{number}", {"heading": {}, "body": {}, "link": ""})
    delivery_worker.work(now)
    others = Message.objects.exclude(pk=shown.pk)
    assert [each.why for each in others.filter(state="waiting")] == ["enough"] and others.count() == 2
    assert not has_room(absent, now, channels_or_none()), "so that no questionnaire is offered either"
    LastAsked.objects.all().delete()
    others.filter(state="waiting").update(next_at=now)
    delivery_worker.work(now)
    assert not others.filter(state="waiting").exists(), "without the ask there was room for one more"


def test_pause_end_and_undo_keep_what_is_due(world: World, absent: Person, grace: Grace) -> None:
    journey = lapsing()
    member = on_the_way(world, journey)
    running.advance(hub_clock().now())
    grace.sign_in()
    act = {name: reverse(f"journeys:{name}", args=(journey.pk,)) for name in ("start", "pause", "end")}
    undo = reverse("journeys:revert", args=(journey.pk,)) + "?to="
    assert "Paused" in words(grace.client.post(act["pause"], follow=True).content)
    assert not Message.objects.exists(), "what no channel has tried is taken back"
    run_minute()
    assert not Message.objects.exists()
    for _press in range(2):
        grace.client.post(f"{undo}running")
    assert Journey.objects.get().state == State.RUNNING, "a second press changes nothing"
    run_minute()
    assert Message.objects.get().key == running.step_key(member, 0)
    grace.client.post(act["end"])
    assert Journey.objects.get().state == State.ENDED
    assert "already running, or has ended" in words(grace.client.post(act["start"], follow=True).content)
    assert running.on_the_way(Journey.objects.get()) == 0
    grace.client.post(f"{undo}running")
    assert Journey.objects.get().state == State.RUNNING
    changed = journey.history.order_by("history_id").values_list("state", "history_user__username")
    assert list(changed)[-4:] == [(state, "grace") for state in ("paused", "running", "ended", "running")]
    grace.client.post(act["pause"])
    grace.client.post(act["end"])
    grace.client.post(f"{undo}paused")
    assert Journey.objects.get().state == State.PAUSED, "it was paused before it was ended"


@pytest.mark.parametrize("what", ["pause", "goal"])
def test_no_step_is_left_in_the_queue_or_on_the_screen(world: World, absent: Person, what: str) -> None:
    """A step on the screen is under way for weeks, and a message can still wait for the limit behind it."""
    journey = lapsing(steps=[step(0, by=By.KIOSK), step(0)])
    member = on_the_way(world, journey)
    running.advance(hub_clock().now())
    delivery_worker.work(hub_clock().now())
    running.advance(hub_clock().now())
    assert len(on_site_messages.waiting(absent.ref, "screen")) == 1 and Message.objects.count() == 2
    match what:
        case "pause":
            assert running.halt(journey, State.PAUSED, hub_clock().now()) == "running"
            assert not Message.objects.exists()
            assert running.start(journey, hub_clock().now()) == "paused"
            for _time in range(2):
                run_minute()
            member.refresh_from_db()
            assert (member.step, member.end, Message.objects.count()) == (2, "done", 2)
        case "goal":
            event(absent)
            assert not on_site_messages.waiting(absent.ref, "screen")
            assert {each.state for each in Message.objects.all()} == {Message.State.WITHHELD}


def test_reading_a_step_is_no_answer(world: World, absent: Person) -> None:
    member = on_the_way(world, lapsing(goal=Goal.ANSWER))
    event(absent, "said", 1_000, ask="message", about="delivery-1", answer="read", proved=False)
    member.refresh_from_db()
    assert member.acted_at is None
    event(absent, "said", 1_001, ask="channel", about="", answer="mail", proved=False)
    member.refresh_from_db()
    assert member.acted_at is not None


def test_started_by_mistake_it_is_a_draft_again(world: World, grace: Grace) -> None:
    journey = lapsing()
    grace.client.post(reverse("journeys:start", args=(journey.pk,)))
    assert Journey.objects.get().state == State.RUNNING
    grace.client.post(reverse("journeys:revert", args=(journey.pk,)) + "?to=draft")
    assert (Journey.objects.get().state, Journey.objects.get().started_at) == (State.DRAFT, None)


def test_draft_is_edited_tried_and_deleted_with_undo(world: World, grace: Grace) -> None:
    journey = lapsing(steps=[step(0)])
    url = reverse("journeys:edit_journey", args=(journey.pk,))
    fields = {"name": "Come back", "segment": "at_risk", "goal": "borrow", "span": "6", "hold_out": "10", "days": "30",
              "step-TOTAL_FORMS": "2", "step-INITIAL_FORMS": "1"}  # fmt: skip
    first = text_inputs(step(3), "step-0-")
    blank = {"step-1-by": "message", "step-1-when": "always", "step-1-wait": "14"}
    assert grace.client.post(url, fields | first | blank).status_code == 302
    journey.refresh_from_db()
    assert (journey.name, journey.segment, journey.span, len(journey.steps)) == ("Come back", "at_risk", 6, 1)
    more = text_inputs(step(7), "step-1-")
    grace.client.post(url, fields | first | more)
    journey.refresh_from_db()
    assert [each["wait"] for each in journey.steps] == [3, 7] and journey.trial["reached"] == 0
    late = more | {"step-1-wait": "28"}
    assert "until the last step, on day 31" in words(grace.client.post(url, fields | first | late).content)
    removed = first | more | {"step-0-DELETE": "on", "step-1-DELETE": "on"}
    assert "Keep at least one step." in words(grace.client.post(url, fields | removed).content)
    grace.client.post(reverse("journeys:drop_journey", args=(journey.pk,)))
    assert not Journey.objects.exists()
    grace.client.post(reverse("journeys:put_back"))
    assert Journey.objects.get().name == "Come back"


def test_effect_has_its_uncertainty_and_small_groups_none(world: World, grace: Grace) -> None:
    found = effect(600, 1000, 100, 250)
    assert found is not None and 11 < found.low < found.points < found.high < 28
    assert effect(60, 100, 4, 14) is None
    unclear = effect(10, 100, 5, 50)
    assert unclear is not None and unclear.low < 0 < unclear.high
    with override("en"):
        assert effect_text(unclear) == "−1 percentage points (95 %: −20 to +14)"
    journey = lapsing(state=State.RUNNING, started_at=NOW, figures={
        "on": {"people": 100, "said": 90, "came": 60, "acted": 60},
        "held": {"people": 50, "said": 0, "came": 20, "acted": 20},
    })  # fmt: skip
    page = words(grace.client.get(reverse("journeys:journey", args=(journey.pk,))).content)
    assert "+19 percentage points (95 %:" in page


def test_rows_are_folded_into_counts_after_a_year(world: World, absent: Person) -> None:
    journey = lapsing()
    on_the_way(world, journey)
    run_minute()
    event(absent)
    before = running.counts(journey)["on"]
    assert before == {"people": 1, "said": 1, "came": 1, "acted": 1}
    world.advance(days=301)
    running.fold_finished(hub_clock().now())
    journey.refresh_from_db()
    assert not JourneyMember.objects.exists() and running.counts(journey)["on"] == before
