"""Test restoring a backup that another version of the hub made."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.backups import backup_format
from hub.backups.backup_format import BackupTable, Head
from hub.backups.restore import restore
from hub.circulation.models import Library
from hub.core.django_setup import CannotDo
from tests.hub.support.world import NOW, World


def test_backup_with_an_unknown_migration_is_refused_and_changes_nothing(world: World, tmp_path: Path) -> None:
    migrations = [("circulation", "0001_initial"), ("circulation", "0035_cards_looked_up")]
    path = tmp_path / "other.backup"
    with backup_format.open_backup_writer(
        path, Head(NOW.isoformat(), "Other", "ab" * 32, migrations, {}), overwrite=False
    ) as writer:
        writer.table(BackupTable("circulation.library", ["id", "name"]))
        writer.row([1, "Other"])
    with pytest.raises(CannotDo, match=r"circulation\.0035_cards_looked_up.*version that made it"):
        restore(path, NOW, replace=True, other=True)
    assert Library.objects.get().name == "Test Library"
