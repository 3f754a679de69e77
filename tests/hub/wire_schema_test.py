"""Test that the wire document, schema and models agree, and that no input breaks the hub."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from hub.circulation.models import Loan, Transaction
from hub.fleet import enrolment
from lending import wire
from lending.wire import fleet
from tests.hub.support import wire_schema
from tests.hub.support.device import enrol, enrolment_request
from tests.hub.support.world import NOW, World

DOCS = Path(__file__).resolve().parents[2] / "docs"
FLEET = (
    fleet.EnrolmentRequest,
    fleet.EnrolmentAnswer,
    fleet.HealthReport,
    fleet.PartReport,
    fleet.HelpReport,
    fleet.FleetAnswer,
    fleet.UpdateReport,
    fleet.UpdateOffer,
    fleet.OutOfService,
)
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_schema_file_matches_the_models() -> None:
    assert (DOCS / "wire.schema.json").read_text() == wire_schema.text(), (
        "docs/wire.schema.json is old: python -m tests.hub.support.wire_schema > docs/wire.schema.json"
    )


def test_document_names_every_field_of_row_and_answer() -> None:
    text = (DOCS / "wire.md").read_text()
    shapes: list[type[BaseModel]] = [wire.WireRow, wire.RowAnswer, *wire.BODIES.values(), *FLEET]
    for shape in shapes:
        for name in shape.model_fields:
            assert re.search(rf"[`\"]{name}[`\"]", text), f"docs/wire.md does not name {name} of {shape.__name__}"


def test_document_names_every_refusal() -> None:
    text = (DOCS / "wire.md").read_text()
    for shape in (fleet.EnrolmentRefusal, fleet.SignatureRefusal):
        for detail in get_args(shape.model_fields["detail"].annotation):
            assert f"`{detail}`" in text


def schema_of(name: str) -> dict[str, Any]:
    return {**wire_schema.schema(), "$ref": f"#/$defs/{name}"}


def test_real_messages_pass_the_schema(world: World) -> None:
    row = world.checkout(world.dune)
    jsonschema.validate({"wire": 1, "rows": [row]}, schema_of("TransactionsRequest"))
    jsonschema.validate(row, schema_of("WireRow"))
    jsonschema.validate(json.loads(row["body"]), schema_of("CheckoutBody"))
    jsonschema.validate(world.post(row).json(), schema_of("TransactionsAnswer"))
    jsonschema.validate(world.client().get("/api/v1/snapshot").json(), schema_of("SnapshotPage"))
    jsonschema.validate(world.client().get(f"/api/v1/items/{world.dune.barcode}").json(), schema_of("WireItem"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**row, "colour": "red"}, schema_of("WireRow"))


def test_enrolment_and_health_messages_pass_the_schema(world: World) -> None:
    code, _until = enrolment.new_code(world.kiosk, NOW)
    request = enrolment_request(code, b"k" * 32)
    jsonschema.validate(request, schema_of("EnrolmentRequest"))
    jsonschema.validate(enrol(code, b"k" * 32).json(), schema_of("EnrolmentAnswer"))
    jsonschema.validate(enrol(code, b"o" * 32).json(), schema_of("EnrolmentRefusal"))
    report = {
        "wire": 1, "version": "0.1.0", "boot": "b3f1", "uptime": 1, "now": NOW.isoformat(), "trust": "synced",
        "parts": {"lights": {"condition": "ready"}}, "queued": 0, "set_aside": 0, "in_service": True,
    }  # fmt: skip
    jsonschema.validate(report, schema_of("HealthReport"))
    jsonschema.validate(world.device.post("/api/v1/fleet/health", report).json(), schema_of("FleetAnswer"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**report, "patron": "ada"}, schema_of("HealthReport"))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@FUZZ
@given(field=st.sampled_from(sorted(wire.WireRow.model_fields)), value=anything)
def test_any_field_value_is_answered_and_the_next_row_processed(world: World, field: str, value: object) -> None:
    strange, good = {**world.checkout(world.emma), field: value}, world.checkin(world.dune)
    answers = world.upload_all(strange, good)
    assert [answer["id"] for answer in answers][1] == good["id"]
    assert answers[0]["outcome"] in ("accepted", "refused", "set_aside")
    assert answers[1]["outcome"] in ("accepted", "refused")
    assert world.upload_all(strange, good) == answers


@FUZZ
@given(kind=st.sampled_from(sorted(wire.BODIES)), body=anything)
def test_any_body_is_answered_with_one_lasting_answer(world: World, kind: str, body: object) -> None:
    row = {**world.row(kind), "body": json.dumps(body)}
    assert world.upload(row) == world.upload(row)


@FUZZ
@given(content=st.binary(max_size=300))
def test_any_posted_bytes_are_refused(world: World, content: bytes) -> None:
    answer = world.client().post("/api/v1/transactions", content, content_type="application/json")
    assert answer.status_code in (413, 422)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, int, int, bool]]:
    """Draw operations on three items by two patrons, some of them no-block."""
    act = st.tuples(
        st.sampled_from(["borrow", "return", "renew", "undo"]), st.integers(0, 2), st.integers(0, 1), st.booleans()
    )
    return draw(st.lists(act, min_size=1, max_size=12))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), repeats=st.integers(1, 3))
def test_repeated_uploads_of_a_history_change_nothing(
    world: World, history: list[tuple[str, int, int, bool]], repeats: int
) -> None:
    uids = ("04A1B2C3", "04D4E5F6")
    items = (world.dune, world.emma, world.utopia)
    rows: list[dict[str, Any]] = []
    for act, item, patron, no_block in history:
        match act:
            case "borrow":
                rows.append(world.checkout(items[item], uids[patron], no_block=no_block))
            case "renew":
                rows.append(world.renewal(items[item], uids[patron], no_block=no_block))
            case "return":
                rows.append(world.checkin(items[item], no_block=no_block))
            case _:
                rows.append(world.undo(rows[-1] if rows else {"id": world.row("x")["id"]}, no_block=no_block))
    first = world.upload_all(*rows)
    before = list(Loan.objects.values_list("pk", "state", "due", "renewals"))
    for _ in range(repeats):
        assert world.upload_all(*rows) == first
    assert list(Loan.objects.values_list("pk", "state", "due", "renewals")) == before
    numbers = {row["id"] for row in rows}
    loaned = {answer["id"] for answer, row in zip(first, rows, strict=True) if row["kind"] == "checkout"}
    loaned &= {answer["id"] for answer in first if answer["outcome"] == "accepted"}
    assert loaned == {
        str(pk) for pk in Loan.objects.filter(transaction__in=numbers).values_list("transaction", flat=True)
    }
    assert Transaction.objects.filter(pk__in=[row["id"] for row in rows]).count() == len(rows)
    for item in items:
        assert Loan.objects.filter(item=item, state__in=Loan.OPEN).count() <= 1
