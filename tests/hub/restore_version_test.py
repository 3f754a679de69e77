"""Restoring a backup that another version of the hub made."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.hub import archive
from kiosk.hub.archive import Head, Table
from kiosk.hub.circulation.models import Library
from kiosk.hub.loading import CannotDo
from kiosk.hub.restore import restore
from tests.hub.world import NOW, World


def test_a_backup_with_an_unknown_migration_is_refused_and_changes_nothing(world: World, tmp_path: Path) -> None:
    migrations = [("circulation", "0001_initial"), ("circulation", "0035_cards_looked_up")]
    path = tmp_path / "other.backup"
    with archive.written(path, Head(NOW.isoformat(), "Other", "ab" * 32, migrations, {}), overwrite=False) as writer:
        writer.table(Table("circulation.library", ["id", "name"]))
        writer.row([1, "Other"])
    with pytest.raises(CannotDo, match=r"circulation\.0035_cards_looked_up.*version that made it"):
        restore(path, NOW, replace=True, other=True)
    assert Library.objects.get().name == "Test Library"
