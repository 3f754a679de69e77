"""Test that Today shows a missing backup, since when, and the command that makes one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from hub.backups import age_encryption
from hub.core import backup_files
from hub.core.clock import hub_clock
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


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
    age_encryption.new_key(tmp_path / "key", state_without_key)
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
