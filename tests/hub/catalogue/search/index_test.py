"""Test that the index follows the catalogue: imports, edits, the admin, deletions and rebuilds."""

from __future__ import annotations

import gzip
import io

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from hub.catalogue.marc_import import import_marc
from hub.catalogue.models import Isbn, SearchEntry, Title
from hub.catalogue.search import index
from hub.catalogue.search.index import every, find
from hub.cli import main
from hub.demo.sample_data import SAMPLE

pytestmark = pytest.mark.django_db


def test_index_follows_creation_change_and_deletion_of_a_title() -> None:
    title = Title.objects.create(title="边城", author="沈从文")
    assert find("边城").titles == (title.pk,)
    title.title = "长河"
    title.save()
    assert find("边城").titles == () and find("长河").titles == (title.pk,)
    title.delete()
    assert find("长河").titles == () and not SearchEntry.objects.exists()


def test_bulk_deletion_removes_titles_from_the_index() -> None:
    for name in ("边城", "边城故事"):
        Title.objects.create(title=name)
    Title.objects.all().delete()
    assert every("边城") == set()


def test_isbn_added_later_is_found() -> None:
    title = Title.objects.create(title="边城")
    Isbn.objects.create(title=title, isbn13="9787020002207")
    assert find("702000220x").titles == (title.pk,)


def imported(data: bytes) -> None:
    import_marc(io.BytesIO(data), lambda: None)


def test_imported_record_is_found_and_repaired_by_the_next_import() -> None:
    with gzip.open(SAMPLE) as file:
        data = file.read()
    imported(data)
    assert index.missing() == 0 and Title.objects.count() == 120
    title = Title.objects.get(title="钱钟书传")
    assert title.pk in find("钱钟").titles and title.pk in find("錢鍾書").titles and title.pk in find("qzsz").titles
    number = title.isbns.get().isbn13
    assert find(number).titles == (title.pk,)
    SearchEntry.objects.filter(title=title).update(words="x")
    imported(data)
    assert title.pk in find("钱钟").titles and find(number).titles == (title.pk,)


def test_isbn_deleted_in_the_admin_is_no_longer_found() -> None:
    title = Title.objects.create(title="边城")
    number = Isbn.objects.create(title=title, isbn13="9787020002207")
    client = Client()
    client.force_login(User.objects.create_superuser("grace"))
    form = {
        "title": "边城", "isbns-TOTAL_FORMS": "1", "isbns-INITIAL_FORMS": "1", "isbns-0-id": number.pk,
        "isbns-0-title": title.pk, "isbns-0-isbn13": "9787020002207", "isbns-0-DELETE": "on",
    }  # fmt: skip
    answer = client.post(reverse("admin:catalogue_title_change", args=(title.pk,)), form)
    assert answer.status_code == 302, answer.content.decode()
    assert not Isbn.objects.exists() and find("9787020002207").titles == ()


def test_index_titles_command_rebuilds_the_index(capsys: pytest.CaptureFixture[str]) -> None:
    Title.objects.bulk_create([Title(title="边城"), Title(title="长河")])
    assert index.missing() == 2 and find("边城").titles == ()
    assert main(["index-titles"]) == 0
    assert "2 titles" in capsys.readouterr().out
    assert index.missing() == 0 and find("边城").titles


def test_sqlite_integrity_check_accepts_the_index() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL makes its index from the row itself")
    title = Title.objects.create(title="边城")
    title.title = "长河"
    title.save()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO search_fts(search_fts, rank) VALUES ('integrity-check', 1)")
