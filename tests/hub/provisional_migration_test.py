"""A hub where whoever registered herself stood as blocked: after the change she is provisional, and nobody else is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.hub.circulation.models import Patron
from tests.hub.fleet.migration_test import THEN, back_to, up_to_date

BEFORE = ("circulation", "0026_looks_that_travel")


@pytest.fixture
def back_again(transactional_db: None) -> Iterator[None]:
    yield
    up_to_date()


@pytest.mark.usefixtures("back_again")
def test_only_who_was_not_seen_yet_becomes_provisional() -> None:
    old = back_to(BEFORE)
    adult = old.get_model("circulation", "PatronCategory").objects.create(code="adult", name="Adult")
    for name, status in (("seen", "blocked"), ("unseen", "blocked"), ("stopped", "blocked"), ("reader", "active")):
        patron = {"identifier": name, "ref": name, "name": name, "category": adult, "status": status}
        old.get_model("circulation", "Patron").objects.create(**patron)
        unseen = name in ("unseen", "stopped")
        old.get_model("people", "Person").objects.create(ref=name, since=THEN, provisional=unseen)
    told = {"patron": "stopped", "status": "blocked"}
    old.get_model("circulation", "CirculationEvent").objects.create(id=1, at=THEN, kind="patron_status", data=told)
    up_to_date()
    standing = dict(Patron.objects.values_list("identifier", "status"))
    assert standing == {"seen": "blocked", "unseen": "provisional", "stopped": "blocked", "reader": "active"}
