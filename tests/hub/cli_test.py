"""Test the hub's commands as a technician calls them; served ones run in a process and state directory of their own."""

import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import requests
import uuid6
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from hub.catalogue.models import Title
from hub.circulation import cards
from hub.circulation.models import Kiosk, Library, Patron, SnapshotChange, UnnumberedChange
from hub.circulation.operations import loan_changes
from hub.cli import main
from hub.demo.sample_data import SAMPLE, Cases
from tests.hub.catalogue.marc_test import record
from tests.hub.circulation.crash_test import NOW
from tests.hub.outreach.portal.phone import hidden
from tests.hub.support.device import enrol
from tests.hub.support.served_hub import Served, run
from tests.hub.support.world import World
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state directory of a demo library on SQLite with a fixed time."""
    folder = tmp_path_factory.mktemp("hub") / "state"
    assert demo(folder, datetime.fromisoformat(NOW)) == Cases().as_lists()
    return folder


@pytest.fixture(scope="module")
def served(state: Path) -> Iterator[Served]:
    hub = Served(state, "front", "--outbox")
    yield hub
    hub.process.terminate()
    assert hub.process.wait(PATIENCE) == 0


def checkin(barcode: str, seq: int, *, no_block: bool = False) -> dict[str, object]:
    return {
        "id": str(uuid6.uuid7()),
        "seq": seq,
        "boot": "b",
        "mono_ns": 1,
        "at": "2026-11-25T06:30:00+00:00",
        "trust": "synced",
        "kind": "checkin",
        "no_block": no_block,
        "body": json.dumps({"item": barcode, "mode": "provisional"}),
    }


def test_demo_endpoints_set_the_clock_refuse_once_and_return_the_state(served: Served) -> None:
    assert served.post("/api/demo/clock", {"now": "2026-11-25T15:00:00+08:00"}).status_code == 204
    assert served.get("/api/v1/health").json()["now"].startswith("2026-11-25T07:")
    item = next(each for each in Cases().items if each.case == "on_loan")
    row = checkin(item.barcode, 1)
    assert served.post("/api/demo/refuse-next").status_code == 204
    first = served.post("/api/v1/transactions", {"wire": 1, "rows": [row]}).json()["answers"][0]
    assert (first["outcome"], first["reason"]) == ("refused", "central_refused")
    row["no_block"] = True
    again = served.post("/api/v1/transactions", {"wire": 1, "rows": [row, {"id": "x"}]}).json()["answers"]
    assert [answer["outcome"] for answer in again] == ["accepted", "set_aside"]
    overdue = next(each for each in Cases().items if each.case == "overdue")
    path = f"/api/demo/state?patrons={Cases().patron('overdue').identifier}&items={item.barcode}"
    kept = served.get(path).json()
    assert [(loan["item"], loan["state"]) for loan in kept["loans"]] == [
        (overdue.barcode, "on_loan"), (item.barcode, "handed_in"),
    ]  # fmt: skip
    assert kept["loans"][0]["patron"] == Cases().patron("overdue").identifier
    assert kept["loans"][0]["due"] == "2026-11-08"
    assert [case["kind"] for case in kept["exceptions"]] == ["set_aside"]
    assert served.post("/api/demo/clock", {"now": "2026-11-25T15:00:00"}).status_code == 422


def test_demo_message_is_in_the_outbox(served: Served) -> None:
    phone = requests.Session()
    phone.headers["Accept-Language"] = "en"
    sign_in_url = f"{served.url}/p/in/"
    request_form = {"card": Cases().patron("plain_1").identifier, "to": "me"}
    page = phone.post(
        sign_in_url,
        request_form | {"csrfmiddlewaretoken": hidden(phone.get(sign_in_url).content, "csrfmiddlewaretoken")},
    )
    assert "6-digit code" in page.text
    assert 'href="/demo/outbox/"' in page.text
    end = time.monotonic() + PATIENCE
    while not (found := re.search(r"Your code: (\d{6})", phone.get(f"{served.url}/demo/outbox/").text)):
        assert time.monotonic() < end
        time.sleep(0.5)
    code_form = {name: hidden(page.content, name) for name in ("of", "to", "csrfmiddlewaretoken")}
    inside = phone.post(sign_in_url, code_form | {"code": found[1]})
    assert inside.url == f"{served.url}/p/me/"


def test_outbox_needs_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--outbox"]) == 1
    assert "--outbox requires --demo" in capsys.readouterr().err


def test_hub_serves_its_static_files(served: Served) -> None:
    assert served.get("/static/ninja/swagger-ui.css").status_code == 200
    assert served.get("/static/admin/css/base.css").status_code == 200
    assert served.get("/admin/login/").status_code == 200


def test_feed_links_contain_the_port(served: Served) -> None:
    feed = served.get("/p/events/en.rss").text
    assert f"{served.url}/" in feed
    assert ":8000" not in feed


def test_request_for_another_host_is_refused(served: Served) -> None:
    answer = served.session.get(served.url + "/api/v1/health", headers={"Host": "elsewhere.example"}, timeout=PATIENCE)
    assert answer.status_code == 400


def test_sqlite_uses_full_synchronous_commits(state: Path, served: Served) -> None:
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); from django.db import connection; c = connection.cursor();"
            "print([c.execute(f'PRAGMA {p}').fetchone()[0] for p in ('journal_mode', 'synchronous', 'foreign_keys')]);"
            "print(connection.transaction_mode)",
        ],
        env={
            **os.environ,
            "KIOSK_HUB_STATE": str(state),
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "hub.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.splitlines() == ["['delete', 3, 1]", "IMMEDIATE"]
    with sqlite3.connect(f"file:{state / 'hub.sqlite3'}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_secrets_are_readable_only_by_their_owner(state: Path) -> None:
    assert state.stat().st_mode & 0o077 == 0
    for name in ("secret_key", "card_key", "demo-staff.toml"):
        assert (state / name).stat().st_mode & 0o077 == 0


def test_serving_an_empty_database_names_the_migrate_command(tmp_path: Path) -> None:
    refused = run(tmp_path / "new", "serve", "--port", "0")
    assert refused.returncode == 1
    assert "kiosk-hub migrate" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_demo_prints_its_contents_and_the_next_steps(state: Path) -> None:
    output = run(state, "demo")
    assert output.returncode == 0
    assert "581 patrons, 18 of them with cards to try, 70 items" in output.stdout
    assert str(state / "demo-staff.toml") in output.stdout
    assert "kiosk-hub add-kiosk" in output.stdout


def test_import_commands_report_counts_and_faults(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import-marc", str(SAMPLE), "--dry-run"]) == 0
    assert "120 titles would be added" in capsys.readouterr().out and not Title.objects.exists()
    assert main(["import-marc", str(SAMPLE)]) == 0
    assert capsys.readouterr().out.strip() == "120 titles added, 0 updated, 0 records skipped"
    sheet = tmp_path / "items.csv"
    sheet.write_text("barcode,type,branch\n1,book,main\n")
    assert main(["import-items", str(sheet)]) == 1
    output = capsys.readouterr()
    assert "items.csv, line 2: type 'book' is unknown; known: none yet" in output.err
    assert "0 items would be added, 0 would be updated, 0 unchanged, 1 bad row; nothing was written" in output.out
    assert main(["import-patrons", str(tmp_path / "nowhere.csv")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'nowhere.csv'} does not exist\n"
    assert main(["import-marc", str(tmp_path / "nowhere.mrc")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'nowhere.mrc'} does not exist\n"
    empty = tmp_path / "empty.mrc"
    empty.write_bytes(b"\r\n")
    assert main(["import-marc", str(empty)]) == 1
    assert capsys.readouterr().err == f"{empty} contains no record; check that it is complete\n"
    sheet.write_text("name\n")
    assert main(["import-items", str(sheet), "--yes"]) == 1
    assert "the header lacks barcode, type, branch" in capsys.readouterr().err
    assert main(["add-kiosk", "front", "--branch", "main"]) == 1
    assert "unknown branch 'main'" in capsys.readouterr().err


def test_bad_records_are_named_and_the_command_fails(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.mrc"
    broken.write_bytes(b"00100nam a2200050 a 4500" + b"garbage" * 10 + b"\x1d")
    assert main(["import-marc", str(broken)]) == 1
    output = capsys.readouterr()
    assert "record 1, from byte 0: " in output.err
    assert output.out.strip() == "0 titles added, 0 updated, 1 record skipped"


def test_rejected_records_are_saved_unchanged(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, untitled = record("Dune", "42").as_marc(), record("Emma", "43")
    untitled.remove_fields("245")
    wrong, cut_off = untitled.as_marc(), record("Solaris", "44").as_marc()[:60]
    file = tmp_path / "supplied.mrc"
    file.write_bytes(wrong + cut_off + good)
    assert main(["import-marc", str(file)]) == 1
    refused = tmp_path / "supplied.rejected.mrc"
    assert f"{refused} contains the rejected" in capsys.readouterr().err
    assert refused.read_bytes() == wrong + cut_off + b"\x1d"
    assert main(["import-marc", str(refused)]) == 1
    output = capsys.readouterr()
    assert "record 1: no title in field 245" in output.err and "record 2, from byte" in output.err
    assert output.out.strip() == "0 titles added, 0 updated, 2 records skipped"
    assert main(["import-marc", str(file)]) == 1
    assert (tmp_path / "supplied.rejected-2.mrc").exists(), "a rejected file is never overwritten"
    file.write_bytes(good)
    assert main(["import-marc", str(file)]) == 0
    assert len(list(tmp_path.glob("supplied.rejected*"))) == 3, "a good file is not rejected"


def test_patron_import_is_a_dry_run_without_yes(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "patrons.csv"
    sheet.write_text("identifier,name,category\n20000000000038,Grace Sample,adult\n")
    assert main(["import-patrons", str(sheet)]) == 0
    assert "1 patron would be added" in capsys.readouterr().out
    assert Patron.objects.count() == 2
    assert main(["import-patrons", str(sheet), "--yes"]) == 0
    assert "1 patron added" in capsys.readouterr().out
    assert Patron.objects.count() == 3


@pytest.mark.parametrize("name", ["Kiosk 1", "", "大厅", "a/b", "x" * 65])
def test_invalid_kiosk_name_is_refused(world: World, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["add-kiosk", name, "--branch", "main"]) == 1
    output = capsys.readouterr()
    assert f"{name!r} is not a kiosk name: use letters, digits, - and _" in output.err and not output.out
    assert not Kiosk.objects.filter(name=name).exists()


def test_expiry_of_an_enrolment_code_names_its_time_zone(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["add-kiosk", "second", "--branch", "main"]) == 0
    assert re.search(rf"once, until \d\d:\d\d \({settings.TIME_ZONE}\)\.", capsys.readouterr().out)


def test_nightly_export_clears_changes_that_no_kiosk_polls(world: World, tmp_path: Path) -> None:
    assert main(["export", str(tmp_path / "out")]) == 0
    changes = SnapshotChange.objects.count()
    for _ in range(3):
        loan_changes.checkout(world.by, world.ada, world.dune)
        loan_changes.receive(world.by, world.dune)
    assert UnnumberedChange.objects.count() > 0
    assert SnapshotChange.objects.count() == changes
    assert main(["export", str(tmp_path / "out")]) == 0
    assert UnnumberedChange.objects.count() == 0
    assert SnapshotChange.objects.filter(what=world.dune.barcode).count() == 1


def test_export_add_kiosk_and_add_staff_work(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["export", str(tmp_path / "out")]) == 0
    assert f"{tmp_path / 'out' / 'patrons.csv'}: 2" in capsys.readouterr().out
    assert main(["add-kiosk", "second", "--branch", "main"]) == 0
    code = capsys.readouterr().out.splitlines()[0].removeprefix("code: ")
    answer = enrol(code, b"k" * 32).json()
    assert (answer["kiosk"], answer["branch"], answer["card_key"]) == ("second", "main", cards.card_key())
    monkeypatch.setattr(sys, "stdin", io.StringIO("a quiet long password\n"))
    assert main(["add-staff", "grace", "--role", "librarian"]) == 0
    assert authenticate(username="grace", password="a quiet long password") is not None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("elevensigns", "too short. It must contain at least 12 characters"),
        ("q1w2e3r4t5y6", "too common"),
        ("gracehopper1", "too similar to the username"),
        ("739150284615", "entirely numeric"),
    ],
)
def test_weak_password_is_refused(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, password: str, why: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    assert main(["add-staff", "gracehopper", "--role", "clerk"]) == 1
    assert why in capsys.readouterr().err
    assert not User.objects.filter(username="gracehopper").exists()


def test_add_staff_needs_a_role(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a quiet long password\n"))
    assert main(["add-staff", "grace"]) == 1
    assert "--role clerk, librarian, marketing or administrator" in capsys.readouterr().err
    assert not User.objects.exists()


@pytest.mark.long
def test_reset_deletes_only_the_demo_library(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STATE", tmp_path)
    assert main(["demo", "--now", "2026-11-25T14:30:00+08:00"]) == 0
    Patron.objects.update(name="Changed")
    assert main(["demo"]) == 0
    assert Patron.objects.filter(name="Changed").count() == 581, "demo without --reset keeps the library"
    assert main(["demo", "--reset"]) == 0
    assert Patron.objects.filter(name="Changed").count() == 0
    assert Patron.objects.count() == 581
    Library.objects.update(name="Another library")
    assert main(["demo", "--reset"]) == 1
    assert Patron.objects.count() == 581


def test_migrating_twice_succeeds(state: Path) -> None:
    assert run(state, "migrate").returncode == 0


def test_invalid_arguments_exit_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ([], ["dance"], ["demo", "--now", "2026-11-25T14:30:00"], ["import-items"]):
        with pytest.raises(SystemExit) as end:
            main(wrong)
        assert end.value.code == 2
    assert "offset" in capsys.readouterr().err


def test_demo_is_refused_in_a_real_library(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 1
    assert "KIOSK_HUB_STATE" in capsys.readouterr().err


def test_serve_demo_is_refused_for_a_real_library(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The demo API issues enrolment codes without authentication."""
    assert main(["serve", "--demo", "--port", "0"]) != 0
    assert "--demo lets any client enrol kiosks" in capsys.readouterr().err
