"""Test that every fault of an import is shown in the page's language."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.utils import translation

from hub.catalogue.marc import UnusableRecord, read
from hub.catalogue.oai import HarvestFailed, OaiSource, harvest
from hub.csv_sheets.csv_reader import BadSheet, EndsTooMuch, SheetColumn, guard, rows
from hub.ils.imports import sources
from hub.ils.imports.pages import TranslatedError, translate
from hub.ils.imports.sources import BadSources
from tests.hub.catalogue.marc_test import WHOLE, record
from tests.hub.circulation.loans_sync_test import catalogue
from tests.hub.ils.imports.ils_sheets import IlsSheets
from tests.hub.ils.imports.missing_records_test import follow
from tests.hub.ils.imports.scheduled_test import system
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

__all__ = ["system"]

FORM = [SheetColumn("identifier", needed=True), SheetColumn("name", needed=True), SheetColumn("status")]


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


def is_chinese(fault: TranslatedError) -> bool:
    return not fault.english and any("一" <= sign <= "鿿" for sign in fault.text)


@pytest.mark.parametrize(
    ("sheet", "facts"),
    [
        (b"identifier;name\n", ("';'",)),
        (b"identifier\n", ("name", "identifier, name, status")),
        (b"identifier,name,colour\n", ("colour",)),
        (b"identifier,name,name\n", ("name",)),
        (b"\xff\xfe\xff", ("GB 18030",)),
        (b"identifier,name\n" + b"1" * 200_000, ("CSV", "field larger")),
    ],
)
def test_faults_of_a_whole_sheet_are_translated(tmp_path: Path, sheet: bytes, facts: tuple[str, ...]) -> None:
    path = tmp_path / "patrons.csv"
    path.write_bytes(sheet)
    with pytest.raises(BadSheet) as error:
        list(rows(path, FORM))
    fault = translate(str(error.value))
    assert is_chinese(fault) and all(each in fault.text for each in ("patrons.csv", *facts)), fault


def test_fault_of_a_row_is_translated(tmp_path: Path) -> None:
    path = tmp_path / "patrons.csv"
    path.write_text("identifier,name\n1,2,3\n")
    (row,) = rows(path, FORM)
    assert is_chinese(translate(row.faults[0])) and "3" in translate(row.faults[0]).text


@pytest.mark.parametrize(
    ("what", "word"), [("loans", "借阅"), ("items", "复本"), ("patrons", "读者"), ("holds", "预约")]
)
def test_too_many_endings_are_translated(what: str, word: str) -> None:
    with pytest.raises(EndsTooMuch) as error:
        guard(what, 30, 100, allowed=False)
    fault = translate(str(error.value))
    assert is_chinese(fault) and word in fault.text and "70" in fault.text and "30" in fault.text


@pytest.mark.parametrize(
    "broken",
    [
        b"xxxxx" + WHOLE[5:],
        b"00134" + WHOLE[5:],
        WHOLE[:60],
        WHOLE[:12] + b"zzzzz" + WHOLE[17:],
        record("", "9").as_marc(),
        b"<collection><record>",
        b"<html></html>",
        b"\x1f\x8bnothing",
    ],
)
def test_faults_of_marc_records_are_translated(broken: bytes) -> None:
    found = [each for each in read(io.BytesIO(broken)) if isinstance(each, UnusableRecord)]
    assert found and all(is_chinese(translate(each.fault)) for each in found), found


@pytest.mark.parametrize("answer", ["<nonsense", "<!DOCTYPE a><a/>"])
def test_faults_of_a_harvest_are_translated(answer: str) -> None:
    with catalogue() as (url, source), requests.Session() as session:
        source.page = lambda *_: answer  # type: ignore[method-assign]
        with pytest.raises(HarvestFailed) as error:
            harvest(OaiSource(url), session, io.BytesIO())
    assert is_chinese(translate(str(error.value)))
    with requests.Session() as session, pytest.raises(HarvestFailed) as gone:
        harvest(OaiSource(url), session, io.BytesIO())
    assert is_chinese(translate(str(gone.value)))


@pytest.mark.parametrize(
    "text",
    [
        "[[source]]\nname = 'a'\nreads = 'loans'\n",
        "[[source]]\nname = 'a'\nreads = 'loans'\nfile = 'loans.csv'\n",
        "[[source]]\nname = 'a'\nreads = 'fees'\nfile = '/f.csv'\n",
        "[[source]]\nname = 'a'\nreads = 'loans'\nurl = 'http://h/'\n",
        "[[source]]\nname = 'a'\nreads = 'titles'\nfile = '/m.mrc'\nfull = true\n",
        "[[source]]\nname = 'a'\nreads = 'loans'\nfile = '/f'\n" * 2,
        "sources = 1",
    ],
)
def test_faults_of_sources_toml_are_translated(system: IlsSheets, text: str) -> None:
    (system.folder / "sources.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadSources) as error:
        sources.load_sources()
    assert is_chinese(translate(str(error.value)))


def test_missing_file_is_named_in_chinese(system: IlsSheets, world: World) -> None:
    path = system.source("patrons", full=False)
    follow()
    page = Grace("zh-hans").client.get("/staff/imports/").content
    assert f"{path} 不存在" in words(page) and b'<small lang="en">' not in page


def test_unknown_fault_is_marked_as_english(system: IlsSheets, world: World) -> None:
    (system.folder / "sources.toml").write_text("[[source", encoding="utf-8")
    assert b'<span lang="en">' in Grace("zh-hans").client.get("/staff/imports/").content
