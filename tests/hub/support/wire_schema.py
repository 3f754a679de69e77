"""Print the wire's JSON Schema: `python -m tests.hub.support.wire_schema > docs/wire.schema.json`."""

import json

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from lending import wire
from lending.wire import fleet

SHAPES: tuple[type[BaseModel], ...] = (
    wire.TransactionsRequest,
    wire.WireRow,
    *wire.BODIES.values(),
    wire.TransactionsAnswer,
    wire.CasesRequest,
    wire.CasesAnswer,
    wire.CardAnswer,
    *(each.model for each in wire.ANSWERS.values()),
    wire.UnknownAnswer,
    wire.ErrorAnswer,
    wire.PinRequest,
    wire.PinAnswer,
    wire.ProofAnswer,
    wire.CodeAnswer,
    wire.CodeRequest,
    wire.MineRequest,
    wire.MineAnswer,
    wire.PageAnswer,
    wire.WireItem,
    wire.SnapshotPage,
    wire.PostersAnswer,
    wire.ShowcaseAnswer,
    wire.ShelvesAnswer,
    wire.SearchAnswer,
    wire.HealthAnswer,
    fleet.EnrolmentRequest,
    fleet.EnrolmentAnswer,
    fleet.EnrolmentRefusal,
    fleet.SignatureRefusal,
    fleet.HealthReport,
    fleet.FleetAnswer,
    fleet.UpdateReport,
    fleet.UpdateOffer,
)


def schema() -> dict[str, object]:
    """Return one schema document with every message of the wire under `$defs`."""
    _places, document = models_json_schema(
        [(shape, "validation") for shape in SHAPES], title=f"The wire between kiosk and hub, version {wire.VERSION}"
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def text() -> str:
    """Return the document as stored in docs/wire.schema.json."""
    return json.dumps(schema(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(text(), end="")
