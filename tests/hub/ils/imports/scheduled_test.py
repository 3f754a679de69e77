"""Test scheduled imports: each source once, in order, all or nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from hub.catalogue import oai
from hub.catalogue.models import Item, Title
from hub.catalogue.oai import Harvest
from hub.circulation.models import Loan, Patron
from hub.cli import main
from hub.core.clock import hub_clock
from hub.core.state_directory import following
from hub.ils.imports import conflicts, import_runner, sources
from hub.ils.imports.sources import BadSources, ImportSource
from hub.ils.models import ImportRun
from tests.hub.circulation.loans_sync_test import catalogue, titles
from tests.hub.ils.imports.ils_sheets import IlsSheets
from tests.hub.support.world import NOW, World


@pytest.fixture
def system(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IlsSheets]:
    monkeypatch.setenv("KIOSK_HUB_SOURCES", str(tmp_path / "sources.toml"))
    hub_clock().set(NOW)
    yield IlsSheets(tmp_path)


def test_sources_are_read_in_order_of_dependency(system: IlsSheets, world: World) -> None:
    """A new patron borrowed a new item: one run imports all three."""
    system.source("loans", full=True)
    system.source("patrons", full=True)
    system.source("items", full=True)
    system.loans("20000000000098,30000000000998")
    system.patrons("20000000000098,Max Invented,adult")
    system.items("30000000000998,book,main,Momo,Ende")
    assert main(["follow"]) == 0
    assert Loan.objects.get().item.title == Title.objects.get(title="Momo")
    assert [each.source for each in ImportRun.objects.order_by("id")] == ["items", "patrons", "loans"]


def test_unchanged_file_is_not_read_again(system: IlsSheets, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    system.source("patrons", full=True)
    system.patrons()
    main(["follow"])
    main(["follow"])
    assert ImportRun.objects.count() == 1
    assert capsys.readouterr().out == ("patrons: 0 added, 0 updated, 2 unchanged, 0 ended, 0 left for staff\n")
    system.patrons("20000000000098,Max Invented,adult")
    main(["follow"])
    assert [each.added for each in ImportRun.objects.order_by("id")] == [0, 1]
    main(["follow", "--source", "patrons"])
    assert ImportRun.objects.count() == 3, "a named source is always read"


def test_recently_written_file_waits(system: IlsSheets, world: World) -> None:
    source = ImportSource(name="patrons", reads="patrons", file=system.patrons("20000000000098,Max Invented,adult"))
    os.utime(system.patrons(), (time.time(), time.time()))
    assert import_runner.take(source, NOW) is None
    os.utime(system.patrons(), (time.time() - 61, time.time() - 61))
    assert import_runner.take(source, NOW) is not None


def test_missing_file_is_reported_and_the_others_are_read(
    system: IlsSheets, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    system.source("items", full=True)
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,adult")
    for _run in range(3):
        assert main(["follow"]) == 1
    assert "items.csv: No such file or directory; check that the ILS writes it" in capsys.readouterr().err
    assert [(each.source, bool(each.fault)) for each in ImportRun.objects.order_by("id")] == [
        ("patrons", False),
        ("items", True),
    ]
    assert Patron.objects.filter(identifier="20000000000098").exists()
    assert (import_runner.failing().get().source, import_runner.failing().get().why) == ("items", ImportRun.Why.FILE)


def test_unreadable_sheet_changes_nothing(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons()
    main(["follow"])
    (system.folder / "patrons.csv").write_text("identifier,name\n1,2\n", encoding="utf-8")
    system.aged("patrons")
    assert main(["follow"]) == 1
    assert "the header lacks category" in import_runner.failing().get().fault
    assert import_runner.failing().get().why == ImportRun.Why.FORM
    assert Patron.objects.filter(status="active").count() == 2


def test_concurrent_imports_are_refused(system: IlsSheets, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    system.source("patrons", full=True)
    path = system.patrons("20000000000098,Max Invented,adult")
    with following(settings.STATE):
        assert main(["follow"]) == 1
        assert main(["import-patrons", str(path), "--yes"]) == 1
        assert main(["follow-loans", str(path), "--yes"]) == 1
        assert main(["import-marc", str(path)]) == 1
    assert capsys.readouterr().err.count("another import runs") == 4
    assert not Patron.objects.filter(identifier="20000000000098").exists()
    assert main(["follow"]) == 0, "the lock is released"


def test_follow_without_sources_does_nothing(system: IlsSheets, world: World) -> None:
    assert main(["follow"]) == 0
    assert main(["follow", "--source", "loans"]) == 1


def test_show_option_prints_the_last_run(system: IlsSheets, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    system.source("patrons", full=True)
    main(["follow", "--show"])
    system.patrons("20000000000098,Max Invented,nobles")
    main(["follow"])
    capsys.readouterr()
    main(["follow", "--show"])
    assert capsys.readouterr().out.endswith("0 ended, 1 left for staff\n")


def test_catalogue_is_harvested_at_its_interval(system: IlsSheets, world: World) -> None:
    with catalogue() as (url, site):
        source = ImportSource.model_validate({"name": "opac", "reads": "titles", "url": url, "every": 6})
        assert import_runner.take(source, NOW) is not None
        assert titles() == {"Title 1", "Title 2"}
        world.advance(hours=5)
        assert import_runner.take(source, hub_clock().now()) is None
        world.advance(hours=1)
        assert import_runner.take(source, hub_clock().now()) is not None
        lists = [each for each in site.requested if each["verb"] == "ListRecords"]
        assert lists[-1]["from"] == "2026-11-24T02:00:00Z", "changes since the last response"


def test_failed_harvest_is_repeated_from_the_same_date(
    system: IlsSheets, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with catalogue() as (url, _asked):
        source = ImportSource.model_validate({"name": "opac", "reads": "titles", "url": url})
        with monkeypatch.context() as broken:
            broken.setattr(conflicts, "record_bad_records", lambda *_more: 1 // 0)
            import_runner.take(source, NOW)
        assert titles() == set()
        import_runner.take(source, NOW)
    assert titles() == {"Title 1", "Title 2"}, "the date moves only after an import"


def test_harvest_holds_no_transaction_during_requests(
    system: IlsSheets, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source may take an hour to answer, and a transaction that long would block every kiosk."""
    held, asks, before = list[int](), oai.harvest_into, len(connection.savepoint_ids)

    def asked(*given: Any) -> Harvest:
        held.append(len(connection.savepoint_ids) - before)
        return asks(*given)

    monkeypatch.setattr(oai, "harvest_into", asked)
    with catalogue() as (url, _asked):
        import_runner.take(ImportSource.model_validate({"name": "opac", "reads": "titles", "url": url}), NOW)
    assert held == [0] and titles() == {"Title 1", "Title 2"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[source]]\nname = 'a'\nreads = 'loans'\n", "source 1: needs either a file or a url"),
        ("[[source]]\nname = 'a'\nreads = 'loans'\nfile = 'loans.csv'\n", "file must be an absolute path"),
        ("[[source]]\nname = 'a'\nreads = 'fees'\nfile = '/f.csv'\n", "source 1, reads: Input should be 'titles'"),
        ("[[source]]\nname = 'a'\nreads = 'loans'\nfile = '/f.csv'\nfulll = true\n", "source 1, fulll: Extra inputs"),
        ("[[source]]\nname = 'a'\nreads = 'loans'\nurl = 'http://h/'\n", "a url is an OAI-PMH catalogue"),
        ("[[source]]\nname = 'a'\nreads = 'titles'\nfile = '/m.mrc'\nfull = true\n", "remove full"),
        ("[[source]]\nname = 'a'\nreads = 'loans'\nfile = '/f'\n" * 2, "two sources are named a"),
        ("sources = 1", "sources is unknown"),
        ("[[source", "Expected"),
    ],
)
def test_fault_in_sources_toml_is_named(system: IlsSheets, text: str, why: str) -> None:
    (system.folder / "sources.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadSources, match=f"sources.toml.*{why}"):
        sources.load_sources()


def test_unexpected_error_is_a_fault_of_its_source(
    system: IlsSheets, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,adult")
    monkeypatch.setattr(conflicts, "record_conflicts", lambda *_more, **_names: 1 // 0)
    assert main(["follow"]) == 1
    assert (ImportRun.objects.get().fault, ImportRun.objects.get().why) == (
        "hub error: ZeroDivisionError",
        ImportRun.Why.HUB,
    )
    assert not Patron.objects.filter(identifier="20000000000098").exists(), "rolled back"
    assert Item.objects.count() == 3


def test_sheet_is_read_again_after_a_hub_error(
    system: IlsSheets, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy database delays the sheet by one run only and adds one row."""
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,adult")
    with monkeypatch.context() as busy:
        busy.setattr(conflicts, "record_conflicts", lambda *_more, **_names: 1 // 0)
        assert [main(["follow"]), main(["follow"])] == [1, 1]
        assert ImportRun.objects.count() == 1
    assert main(["follow"]) == 0
    assert Patron.objects.filter(identifier="20000000000098").exists()
    assert not import_runner.failing()


def test_sheet_modified_while_read_waits(system: IlsSheets, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    system.source("patrons", full=True)
    system.patrons()
    reads = Path.read_bytes

    def modify_after_read(path: Path) -> bytes:
        content = reads(path)
        os.utime(path)
        return content

    monkeypatch.setattr(Path, "read_bytes", modify_after_read)
    assert main(["follow"]) == 0
    assert not ImportRun.objects.exists()
