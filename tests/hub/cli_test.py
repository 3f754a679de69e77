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

from hub.circulation import cards, operations
from hub.circulation.models import Kiosk, Library, Patron, SnapshotChange, UnnumberedChange
from hub.cli import main
from hub.demo.sample_data import SAMPLE, Cases
from tests.hub.catalogue.marc_test import record
from tests.hub.circulation.crash_test import NOW
from tests.hub.outreach.portal.phone import hidden
from tests.hub.support.device import enrols
from tests.hub.support.served_hub import Served, run
from tests.hub.support.world import World
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo library on SQLite, laid out around a fixed time."""
    folder = tmp_path_factory.mktemp("hub") / "state"
    assert demo(folder, datetime.fromisoformat(NOW)) == Cases().listed()
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


def test_the_demo_mode_moves_the_clock_refuses_once_and_tells_what_is_kept(served: Served) -> None:
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


def test_what_the_demo_sends_is_read_in_its_outbox(served: Served) -> None:
    phone = requests.Session()
    phone.headers["Accept-Language"] = "en"
    door = f"{served.url}/p/in/"
    asked = {"card": Cases().patron("plain_1").identifier, "to": "me"}
    page = phone.post(door, asked | {"csrfmiddlewaretoken": hidden(phone.get(door).content, "csrfmiddlewaretoken")})
    assert "6-digit code" in page.text
    assert 'href="/demo/outbox/"' in page.text
    end = time.monotonic() + PATIENCE
    while not (found := re.search(r"Your code: (\d{6})", phone.get(f"{served.url}/demo/outbox/").text)):
        assert time.monotonic() < end
        time.sleep(0.5)
    typed = {name: hidden(page.content, name) for name in ("of", "to", "csrfmiddlewaretoken")}
    inside = phone.post(door, typed | {"code": found[1]})
    assert inside.url == f"{served.url}/p/me/"


def test_an_outbox_belongs_to_a_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--outbox"]) == 1
    assert "--outbox requires --demo" in capsys.readouterr().err


def test_what_the_pages_need_comes_from_the_hub(served: Served) -> None:
    assert served.get("/static/ninja/swagger-ui.css").status_code == 200
    assert served.get("/static/admin/css/base.css").status_code == 200
    assert served.get("/admin/login/").status_code == 200


def test_codes_and_links_lead_to_the_port_that_serves(served: Served) -> None:
    feed = served.get("/p/events/en.rss").text
    assert f"{served.url}/" in feed
    assert ":8000" not in feed


def test_a_request_for_another_host_is_refused(served: Served) -> None:
    answer = served.session.get(served.url + "/api/v1/health", headers={"Host": "elsewhere.example"}, timeout=PATIENCE)
    assert answer.status_code == 400


def test_sqlite_keeps_every_commit(state: Path, served: Served) -> None:
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


def test_secrets_are_the_owners_alone(state: Path) -> None:
    assert state.stat().st_mode & 0o077 == 0
    for name in ("secret_key", "card_key", "demo-staff.toml"):
        assert (state / name).stat().st_mode & 0o077 == 0


def test_serving_an_empty_database_names_the_command_that_helps(tmp_path: Path) -> None:
    refused = run(tmp_path / "new", "serve", "--port", "0")
    assert refused.returncode == 1
    assert "kiosk-hub migrate" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_demo_says_where_its_keys_are(state: Path) -> None:
    said = run(state, "demo")
    assert said.returncode == 0
    assert "581 patrons, 18 of them with cards to try, 70 items" in said.stdout
    assert str(state / "demo-staff.toml") in said.stdout
    assert "kiosk-hub add-kiosk" in said.stdout


def test_imports_tell_what_they_did_and_what_was_wrong(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import-marc", str(SAMPLE)]) == 0
    assert capsys.readouterr().out.strip() == "120 titles added, 0 updated, 0 records skipped"
    sheet = tmp_path / "items.csv"
    sheet.write_text("barcode,type,branch\n1,book,main\n")
    assert main(["import-items", str(sheet)]) == 1
    said = capsys.readouterr()
    assert "items.csv, line 2: type 'book' is unknown; known: none yet" in said.err
    assert "0 items would be added, 0 would be updated, 0 unchanged, 1 bad row; nothing was written" in said.out
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


def test_bad_records_are_named_and_the_rest_goes_in(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.mrc"
    broken.write_bytes(b"00100nam a2200050 a 4500" + b"garbage" * 10 + b"\x1d")
    assert main(["import-marc", str(broken)]) == 1
    said = capsys.readouterr()
    assert "record 1, from byte 0: " in said.err
    assert said.out.strip() == "0 titles added, 0 updated, 1 record skipped"


def test_refused_records_lie_beside_their_file_byte_for_byte(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
    said = capsys.readouterr()
    assert "record 1: no title in field 245" in said.err and "record 2, from byte" in said.err
    assert said.out.strip() == "0 titles added, 0 updated, 2 records skipped"
    assert main(["import-marc", str(file)]) == 1
    assert (tmp_path / "supplied.rejected-2.mrc").exists(), "what somebody mends is never written over"
    file.write_bytes(good)
    assert main(["import-marc", str(file)]) == 0
    assert len(list(tmp_path.glob("supplied.rejected*"))) == 3, "what is whole leaves none"


def test_a_dry_run_first_and_then_really(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "patrons.csv"
    sheet.write_text("identifier,name,category\n20000000000038,Grace Sample,adult\n")
    assert main(["import-patrons", str(sheet)]) == 0
    assert "1 patron would be added" in capsys.readouterr().out
    assert Patron.objects.count() == 2
    assert main(["import-patrons", str(sheet), "--yes"]) == 0
    assert "1 patron added" in capsys.readouterr().out
    assert Patron.objects.count() == 3


@pytest.mark.parametrize("name", ["Kiosk 1", "", "大厅", "a/b", "x" * 65])
def test_a_kiosk_is_called_as_its_page_allows(world: World, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["add-kiosk", name, "--branch", "main"]) == 1
    said = capsys.readouterr()
    assert f"{name!r} is not a kiosk name: use letters, digits, - and _" in said.err and not said.out
    assert not Kiosk.objects.filter(name=name).exists()


def test_the_end_of_a_codes_time_names_its_zone(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["add-kiosk", "second", "--branch", "main"]) == 0
    assert re.search(rf"once, until \d\d:\d\d \({settings.TIME_ZONE}\)\.", capsys.readouterr().out)


def test_the_nightly_export_lets_nothing_pile_up_that_no_kiosk_asks_for(world: World, tmp_path: Path) -> None:
    assert main(["export", str(tmp_path / "out")]) == 0
    told = SnapshotChange.objects.count()
    for _ in range(3):
        operations.checkout(world.by, world.ada, world.dune)
        operations.receive(world.by, world.dune)
    assert UnnumberedChange.objects.count() > 0
    assert SnapshotChange.objects.count() == told
    assert main(["export", str(tmp_path / "out")]) == 0
    assert UnnumberedChange.objects.count() == 0
    assert SnapshotChange.objects.filter(what=world.dune.barcode).count() == 1


def test_export_kiosk_and_staff(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["export", str(tmp_path / "out")]) == 0
    assert f"{tmp_path / 'out' / 'patrons.csv'}: 2" in capsys.readouterr().out
    assert main(["add-kiosk", "second", "--branch", "main"]) == 0
    code = capsys.readouterr().out.splitlines()[0].removeprefix("code: ")
    answer = enrols(code, b"k" * 32).json()
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
def test_a_password_that_is_easily_guessed_is_refused(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, password: str, why: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    assert main(["add-staff", "gracehopper", "--role", "clerk"]) == 1
    assert why in capsys.readouterr().err
    assert not User.objects.filter(username="gracehopper").exists()


def test_nobody_becomes_an_administrator_unasked(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a quiet long password\n"))
    assert main(["add-staff", "grace"]) == 1
    assert "--role clerk, librarian, marketing or administrator" in capsys.readouterr().err
    assert not User.objects.exists()


def test_reset_deletes_only_the_demos_library(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STATE", tmp_path)
    assert main(["demo", "--now", "2026-11-25T14:30:00+08:00"]) == 0
    Patron.objects.update(name="Changed")
    assert main(["demo"]) == 0
    assert Patron.objects.filter(name="Changed").count() == 581, "one has registered at a kiosk"
    assert main(["demo", "--reset"]) == 0
    assert Patron.objects.filter(name="Changed").count() == 0
    assert Patron.objects.count() == 581
    Library.objects.update(name="Somebody's library")
    assert main(["demo", "--reset"]) == 1
    assert Patron.objects.count() == 581


def test_migrating_twice_is_harmless(state: Path) -> None:
    assert run(state, "migrate").returncode == 0


def test_a_wrong_call_is_answered_without_a_hub(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ([], ["dance"], ["demo", "--now", "2026-11-25T14:30:00"], ["import-items"]):
        with pytest.raises(SystemExit) as end:
            main(wrong)
        assert end.value.code == 2
    assert "offset" in capsys.readouterr().err


def test_the_demo_stays_out_of_another_library(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 1
    assert "KIOSK_HUB_STATE" in capsys.readouterr().err


def test_a_librarys_own_hub_is_not_served_as_a_demo(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The demo's API gives enrolment codes to anybody who asks."""
    assert main(["serve", "--demo", "--port", "0"]) != 0
    assert "--demo lets any client enrol kiosks" in capsys.readouterr().err
