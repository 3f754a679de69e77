"""Test damaged records of a scheduled import: each appears once on the page of imports."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pymarc
import pytest

from hub.catalogue.models import Title
from hub.cli import main
from hub.core.clock import hub_clock
from hub.ils.imports import conflicts
from tests.hub.catalogue.marc_test import record
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import NOW, World


@pytest.fixture
def file(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "titles.mrc"
    (tmp_path / "sources.toml").write_text(f'[[source]]\nname = "catalogue"\nreads = "titles"\nfile = "{path}"\n')
    monkeypatch.setenv("KIOSK_HUB_SOURCES", str(tmp_path / "sources.toml"))
    hub_clock().set(NOW)
    yield path


def write_file(file: Path, *records: bytes) -> None:
    """Write the file as the ILS did an hour ago."""
    file.write_bytes(b"".join(records))
    os.utime(file, (time.time() - 3600, time.time() - 3600))


def untitled(number: str) -> bytes:
    found: pymarc.Record = record("Dune", number)
    found.remove_fields("245")
    return bytes(found.as_marc())


LONGER = b"00134" + record("Momo", "7").as_marc()[5:]


def test_damaged_records_are_listed_and_the_others_imported(world: World, file: Path) -> None:
    before = Title.objects.count()
    write_file(
        file, untitled("1"), record("Emma", "2").as_marc(), LONGER, untitled("3"), record("Utopia", "4").as_marc()
    )
    assert main(["follow"]) == 0
    assert Title.objects.count() == before + 2
    grace = Grace()
    assert "3 Conflicting imported rows" in grace.page("today")
    page = words(grace.client.get("/staff/imports/").content)
    assert page.count("no title in field 245") == 2
    assert "the record states 134 bytes" in page


def test_damaged_record_at_another_place_is_listed_once(world: World, file: Path) -> None:
    write_file(file, untitled("1"), LONGER)
    main(["follow"])
    write_file(file, record("Emma", "2").as_marc(), LONGER, untitled("1"))
    main(["follow"])
    assert sorted(conflicts.waiting().values_list("line", flat=True)) == [2, 3], "current position"
