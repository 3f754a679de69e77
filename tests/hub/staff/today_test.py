"""Test the tasks of Today, with a missing backup: count, oldest case, next action, and order by urgency."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from hub.backups import backup_format
from hub.core import backup_files
from hub.core.clock import hub_clock
from hub.fleet.models import HelpCall
from hub.outreach.engagement.feedback import comments, suggestions
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.models import Contact
from hub.outreach.recommendations.reminders.models import Lost
from hub.staff import today
from hub.staff.today import Task, Urgency
from tests.hub.outreach.engagement.feedback.feedback_fixtures import ask_librarian, moment, person, reachable
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


def waiting(grace: Grace) -> list[Task]:
    return [each for each in today.waiting_tasks(grace.user, hub_clock().now()) if each.count]


def test_new_library_has_no_tasks(grace: Grace) -> None:
    assert waiting(grace) == []
    assert "No open tasks" in grace.page("today")


def test_question_is_a_task_a_day_before_its_deadline_and_urgent_after_it(world: World, grace: Grace) -> None:
    ask_librarian(world, "Where are the maps?")
    assert waiting(grace) == [], "the deadline is in two days"
    world.advance(days=1, hours=10)
    grace.sign_in()
    (near,) = waiting(grace)
    assert (near.count, near.urgency) == (1, Urgency.TODAY)
    assert "1 Questions to answer First due today" in grace.page("today")
    world.advance(days=2)
    grace.sign_in()
    assert "1 Questions to answer 1 past its deadline Answer" in grace.page("today")


def test_staff_call_is_listed_before_overdue_tasks(world: World, grace: Grace) -> None:
    suggestions.suggest("s1", moment(), "Moby Dick", person(world.ada.ref))
    comments.take("f1", moment() - timedelta(days=30), world.main, face=2, words="Cold", person=None)
    HelpCall.objects.create(id="00000000-0000-7000-8000-000000000001", kiosk=world.kiosk, called_at=moment())
    assert [each.words for each in waiting(grace)] == [
        "Staff calls",
        "Feedback to handle",
        "Purchase suggestions",
    ]
    page = grace.client.get("/staff/").content.decode()
    assert page.count("button primary") == 1
    assert "See kiosks" in page.split("button primary")[1][:120]


def test_returned_and_outdated_addresses_are_separate_tasks(world: World, grace: Grace) -> None:
    reachable(world.ada.ref, "ada@example.org")
    reachable(world.lin.ref, "lin@example.org")
    Contact.objects.filter(person__ref=world.ada.ref).update(bounced_at=moment())
    Contact.objects.filter(person__ref=world.lin.ref).update(verified_at=moment() - timedelta(days=400))
    page = grace.page("today")
    assert "1 Returned addresses Oldest since today 14:30 Correct" in page
    assert "1 Addresses to confirm" in page


def test_undelivered_messages_are_listed_for_a_week(world: World, grace: Grace) -> None:
    ada = person(world.ada.ref)
    at = moment()
    Message.objects.create(
        person=ada, kind="answer", key="k", made_at=at, next_at=at, state=Message.State.GIVEN_UP, done_at=at
    )
    assert "1 Undelivered messages" in grace.page("today")
    world.advance(days=8)
    grace.sign_in()
    assert "Undelivered messages" not in [each.words for each in waiting(grace)]


def test_lost_item_is_a_task_until_it_is_written_off(world: World, grace: Grace) -> None:
    lost = Lost.objects.create(person=person(world.ada.ref), item=world.dune.barcode, lost_at=moment())
    assert "1 Lost items to write off Oldest since today 14:30 Resolve" in grace.page("today")
    lost.state = Lost.State.DONE
    lost.save()
    assert waiting(grace) == []


def test_every_task_links_to_a_page(world: World, grace: Grace) -> None:
    grace.user.is_superuser = True
    grace.user.save()
    for each in today.waiting_tasks(grace.user, hub_clock().now()):
        assert grace.client.get(each.url).status_code == 200, each.words


@pytest.fixture(autouse=True)
def state_without_key() -> Iterator[Path]:
    """Return the state directory of a hub without a backup key."""
    state = Path(settings.STATE)
    yield state
    (state / backup_files.PUBLIC_KEY).unlink(missing_ok=True)


def remove_backup_record() -> None:
    (Path(settings.STATE) / backup_files.LAST_BACKUP).unlink()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            "1 Missing backup Last backup: never. There is no backup key. "
            "On the hub, run kiosk-hub backup-key KEY See backups",
        ),
        (
            "zh-hans",
            "1 缺少备份 最近一次备份：从未。没有备份密钥。请在管理中心运行 kiosk-hub backup-key KEY 查看备份",
        ),
    ],
)
def test_missing_backup_key_shows_never_and_the_command(world: World, language: str, expected: str) -> None:
    remove_backup_record()
    assert expected in Grace(language).page("today")


def test_backup_older_than_36_hours_is_missing(world: World, state_without_key: Path, tmp_path: Path) -> None:
    backup_format.new_key(tmp_path / "key", state_without_key)
    world.advance(hours=35)
    grace = Grace()
    assert "Missing backup Last" not in grace.page("today")
    world.advance(hours=2)
    grace.sign_in()
    remedy = "Make a backup now. On the hub, run systemctl start kiosk-hub-backup"
    assert f"1 Missing backup Last backup: Wed 25 Nov 14:30. {remedy}" in grace.page("today")


def test_backup_task_links_to_the_audit_page_and_is_hidden_from_clerks(world: World) -> None:
    remove_backup_record()
    page = Grace().client.get("/staff/audit/").content.decode()
    assert 'id="backup"' in page and "kiosk-hub backup-key KEY" in page
    assert 'href="/staff/audit/#backup"' in Grace().client.get("/staff/").content.decode()
    assert "Missing backup" not in Grace(role="clerk", name="lee").page("today")
    backup_files.record(hub_clock().now() - timedelta(hours=1), Path(settings.STATE))
    assert "Last backup today 13:30" in words(Grace().client.get("/staff/audit/").content)
