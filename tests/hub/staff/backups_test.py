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
def no_key() -> Iterator[Path]:
    """The state directory of a hub without a backup key."""
    state = Path(settings.STATE)
    yield state
    (state / backup_files.PUBLIC_KEY).unlink(missing_ok=True)


def never_backed_up() -> None:
    (Path(settings.STATE) / backup_files.LAST_BACKUP).unlink()


@pytest.mark.parametrize(
    ("language", "said"),
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
def test_without_a_key_today_says_never_and_what_to_do(world: World, language: str, said: str) -> None:
    never_backed_up()
    assert said in Grace(language).sees("today")


def test_an_old_backup_is_missing_though_there_is_a_key(world: World, no_key: Path, tmp_path: Path) -> None:
    age_encryption.new_key(tmp_path / "key", no_key)
    world.ahead(hours=35)
    grace = Grace()
    assert "Missing backup Last" not in grace.sees("today")
    world.ahead(hours=2)
    grace.signs_in()
    mends = "Make a backup now. On the hub, run systemctl start kiosk-hub-backup"
    assert f"1 Missing backup Last backup: Wed 25 Nov 14:30. {mends}" in grace.sees("today")


def test_the_button_leads_to_the_backups_and_only_whoever_may_see_them_gets_the_task(world: World) -> None:
    never_backed_up()
    page = Grace().client.get("/staff/audit/").content.decode()
    assert 'id="backup"' in page and "kiosk-hub backup-key KEY" in page
    assert 'href="/staff/audit/#backup"' in Grace().client.get("/staff/").content.decode()
    assert "Missing backup" not in Grace(role="clerk", name="lee").sees("today")
    backup_files.record(hub_clock().now() - timedelta(hours=1), Path(settings.STATE))
    assert "Last backup today 13:30" in words(Grace().client.get("/staff/audit/").content)
