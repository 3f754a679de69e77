"""Test the auditor's pack and the backup drill: no secrets, and every difference is reported."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from hub.audit import auditor_pack
from hub.backups import drill
from hub.circulation.models import Patron
from hub.cli import main
from hub.core.state_directory import secrets_kept
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World
from tests.support.demo_library import demo

pytestmark = pytest.mark.long


def hub(state: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a hub command in this state directory, on SQLite."""
    environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
    whole = (sys.executable, "-m", "hub.cli", *command)
    return subprocess.run(whole, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return the state directory of a demo library."""
    demo(tmp_path / "state")
    return tmp_path / "state"


def test_drill_restores_a_backup_with_equal_rows_and_leaves_no_copy(state: Path) -> None:
    before = {path.name for path in state.iterdir()}
    done = hub(state, "audit", "drill")
    assert done.returncode == 0, done
    assert "rows are the same after the restore" in done.stdout
    with sqlite3.connect(state / "hub.sqlite3") as database:
        ((rows, differs),) = database.execute("SELECT rows, differs FROM audit_drill ORDER BY id DESC LIMIT 1")
    assert rows > 500 and differs == "[]"
    left = {path.name for path in state.iterdir()} - before
    assert not [name for name in left if "backup" in name or "drill" in name], "no copy is left"


def test_drill_names_tables_that_differ(state: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert hub(state, "backup", str(first), "--clear").returncode == 0
    with sqlite3.connect(state / "hub.sqlite3") as database:
        database.execute(
            "UPDATE circulation_patron SET name = 'Another' WHERE id = (SELECT min(id) FROM circulation_patron)"
        )
        database.execute("DELETE FROM engagement_smileyrating WHERE id = (SELECT min(id) FROM engagement_smileyrating)")
    assert hub(state, "backup", str(second), "--clear").returncode == 0
    assert drill.differs(drill.sums(first), drill.sums(first)) == []
    assert drill.differs(drill.sums(first), drill.sums(second)) == [
        "circulation.patron",
        "engagement.smileyrating",
    ]


def test_pack_contains_no_secret_and_no_patron(world: World) -> None:
    grace = Grace()
    grace.page("patron", world.ada.pk)
    response = grace.client.post(reverse("audit:pack"))
    with zipfile.ZipFile(io.BytesIO(response.content)) as file:
        texts = {name: file.read(name).decode() for name in file.namelist()}
    contents = {name.removesuffix(".json"): json.loads(text) for name, text in texts.items() if name.endswith(".json")}
    assert contents["audit"]["accesses"] == 1 and contents["audit"]["faults"] == []
    assert contents["roles"]["roles"]["clerk"] == ["serve", "work"]
    assert {"name": "grace", "role": "administrator", "second_factor": False, "policy_read": None} in contents["roles"][
        "staff"
    ]
    assert "audit_key" in contents["configuration"]["secrets"]
    (patrons,) = [each for each in contents["data-map"] if each["table"] == "circulation_patron"]
    assert (patrons["rows"], patrons["fields"]["name"]) == (2, "CharField")
    whole = "\n".join(text for name, text in texts.items() if not name.startswith("docs/"))
    patron_words = [word for each in Patron.objects.all() for word in (each.name, each.identifier, each.ref)]
    assert [each for each in [*patron_words, *secrets_kept(Path(settings.STATE)).values()] if each in whole] == []
    assert str(settings.SECRET_KEY) not in whole


def test_pack_command_writes_a_file_and_never_overwrites_one(world: World, tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    assert main(["audit", "pack", str(path)]) == 0
    assert zipfile.is_zipfile(path)
    assert main(["audit", "pack", str(path)]) == 1


def test_installed_packages_are_compared_with_the_lock_file(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "Django==1.0 \\\n    --hash=sha256:00\nsegno==0.1 ; python_version > '3'\nnever-there==3\n"
        "pytest==1\npytest==" + version("pytest") + "\n"
    )
    found = {each.name: each for each in auditor_pack.compare_with_lock(lock)}
    assert (found["django"].locked, found["django"].fits) == (("1.0",), False)
    assert not found["segno"].fits
    assert found["never-there"].installed == "" and found["never-there"].fits
    assert found["pytest"].fits, "one of several locked versions for different Pythons"
    assert found["ruff"].locked == () and found["ruff"].installed


def test_dependencies_command_states_that_advisories_are_not_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    main(["audit", "dependencies"])
    assert "advisories are not fetched" in capsys.readouterr().out
