"""Test the kiosk's end of the wire: what is written can be read, and no input breaks the reader."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lending.model import CardRef, ItemId
from lending.policy import Calendar, Policy, Rule, RuleVersion
from lending.responses import KINDS
from lending.transactions import (
    Act,
    Checkin,
    Checkout,
    PinStatus,
    Renew,
    ReturnMode,
    TransactionId,
    Undo,
)
from lending.wire import (
    HealthAnswer,
    UnreadableAct,
    WirePolicy,
    body_hash,
    decode,
    encode,
    parse,
    policy_from,
    policy_to,
)
from tests.kiosk.sync.bench import ADA, DUE, DUNE, checkin, checkout

cards = st.from_regex(r"[0-9a-f]{64}", fullmatch=True).map(CardRef)
items = st.from_regex(r"[0-9A-Za-z.+/$ -]{1,64}", fullmatch=True).map(ItemId)
dues = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
ids = st.uuids(version=4).map(lambda id: TransactionId(f"{id}"[:14] + "7" + f"{id}"[15:]))
answers = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=200)
subjects = st.from_regex(r"[0-9A-Za-z._:-]{0,64}", fullmatch=True) | items
acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(Checkout, cards, items, dues, st.sampled_from(PinStatus)),
    st.builds(Renew, cards, items, dues, st.sampled_from(PinStatus)),
    st.builds(Checkin, items, st.sampled_from(ReturnMode)),
    st.builds(Undo, ids),
    st.sampled_from(sorted(KINDS)).flatmap(lambda ask: st.builds(KINDS[ask], answers, subjects, st.none() | cards)),
)
texts = st.text(max_size=30)


@given(acts)
def test_transaction_round_trips(act: Act) -> None:
    kind, body = encode(act)
    assert decode(kind, body) == act
    assert body == json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert encode(act) == (kind, body)


@given(st.one_of(st.sampled_from(["checkout", "checkin", "renew", "undo", "said"]), texts), texts)
def test_arbitrary_body_is_unreadable(kind: str, body: str) -> None:
    with pytest.raises(UnreadableAct):
        decode(kind, body)


@given(acts, texts.filter(bool), st.integers())
def test_unknown_field_makes_a_transaction_unreadable(act: Act, name: str, value: int) -> None:
    kind, body = encode(act)
    fields = json.loads(body)
    if name not in fields:
        with pytest.raises(UnreadableAct):
            decode(kind, json.dumps(fields | {name: value}))


def test_unreadable_transaction_error_hides_the_value() -> None:
    with pytest.raises(UnreadableAct) as unreadable:
        decode("checkin", '{"item":"ada@example.org|","mode":"trusted"}')
    assert "item" in str(unreadable.value)
    assert "ada" not in str(unreadable.value)


@pytest.mark.parametrize("item", ["", "a|b", "x" * 65, "a\r", "\0", "书"])
def test_invalid_barcode_is_never_written(item: str) -> None:
    with pytest.raises(ValidationError):
        encode(checkin(ItemId(item)))


def test_hash_covers_kind_and_body() -> None:
    kind, body = encode(checkout())
    assert body_hash(kind, body) == body_hash(*encode(Checkout(ADA, DUNE, DUE)))
    assert body_hash(kind, body) != body_hash("renew", body)
    assert body_hash(kind, body) != body_hash(kind, body + " ")


def test_answer_is_parsed_or_reports_its_first_fault() -> None:
    health = parse(HealthAnswer, b'{"wire": 1, "now": "2026-11-22T06:30:00+00:00", "status": "ok", "later": "field"}')
    assert health.now == datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="now"):
        parse(HealthAnswer, b'{"wire": 1, "now": "2026-11-22T06:30:00", "status": "ok"}')


def test_policy_round_trips() -> None:
    law = Policy(
        rules=(
            Rule(days=28, fee_threshold=Decimal("12.50")),
            Rule("child", "dvd", "main", hours=48, limit=3, type_limit=1, renewals=0, reading_room_only=True),
        ),
        timezone="Asia/Shanghai",
        calendars={"main": Calendar(frozenset({0}), frozenset({date(2027, 2, 6)}))},
        branches={"main": {"zh": "总馆", "en": "Main library"}},
        offline_cap=5,
        currency="MNT",
        editions=(RuleVersion(date(2027, 3, 1), (Rule(days=7, renews_awaited=True),)),),
    )
    assert policy_from(WirePolicy.model_validate_json(policy_to(law).model_dump_json())) == law
