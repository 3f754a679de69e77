"""A hub that knew its kiosks by tokens: after the change they are there with all they did, and wait for a device."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kiosk.hub.circulation.models import Kiosk, Transaction
from kiosk.hub.fleet import enrolment
from tests.hub.device import enrols

BEFORE = ("circulation", "0007_journals_by_time")
THEN = datetime(2026, 11, 1, tzinfo=UTC)


def back_to(target: tuple[str, str]) -> Any:
    """The models as they were; the other apps stand as far as they can without what came later."""
    MigrationExecutor(connection).migrate([target])
    loader = MigrationExecutor(connection).loader
    return loader.project_state([node for node in loader.applied_migrations if node in loader.graph.nodes]).apps


def up_to_date() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.fixture
def back_again(transactional_db: None) -> Iterator[None]:
    yield
    up_to_date()


@pytest.mark.usefixtures("back_again")
def test_kiosks_and_their_transactions_stay_when_tokens_go() -> None:
    old = back_to(BEFORE)
    branch = old.get_model("catalogue", "Branch").objects.create(code="main", name="Main")
    kiosks = old.get_model("circulation", "Kiosk").objects
    front = kiosks.create(name="front", branch=branch, token_hash="a" * 64, seen_at=THEN, max_contiguous_seq=7)
    kiosks.create(name="back", branch=branch, token_hash="b" * 64, revoked_at=THEN)
    old.get_model("circulation", "Transaction").objects.create(
        id=uuid.uuid4(), kiosk=front, seq=7, boot="b", mono_ns=1, at=THEN, trust="synced", kind="checkin", body="{}",
        body_hash="0" * 64, no_block=True, received_at=THEN, outcome="accepted", answer={}, code="ABCDEF",
    )  # fmt: skip
    up_to_date()
    kept = Kiosk.objects.get(name="front")
    assert (kept.seen_at, kept.max_contiguous_seq) == (THEN, 7)
    assert Transaction.objects.get().kiosk == kept
    assert Kiosk.objects.get(name="back").revoked_at == THEN
    code, _until = enrolment.new_code(kept, datetime.now(UTC))
    answer = enrols(code, b"k" * 32).json()
    assert answer.get("kiosk") == "front", answer
