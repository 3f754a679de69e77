"""Base models, field types and limits of the wire messages, and how a message is parsed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from lending.cover_store import MARK

Shape = TypeVar("Shape", bound=BaseModel)
VERSION = 1
MOST_ROWS = 50
MOST_FEES = 50
MOST_BYTES = 64 * 1024
MOST_SNAPSHOT_BYTES = 4 * 1024 * 1024
CardHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
CoverMark = Annotated[str, AfterValidator(lambda name: name if MARK.fullmatch(name) else "")]
"""Name of a cover picture. One of another form counts as none, because a snapshot must not fail on it."""
Barcode = Annotated[str, Field(pattern=r"^[0-9A-Za-z.+/$ -]{1,64}$")]
LARGEST = 2**63 - 1


def _plausible(moment: datetime) -> datetime:
    """Accept 1970, the time of an unset clock; reject years so far off that date arithmetic could overflow."""
    if not 1970 <= moment.year < 2200:
        raise ValueError("a time between 1970 and 2199 is needed")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
UuidV7 = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]


class Strict(BaseModel):
    """Base of kiosk requests: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lenient(BaseModel):
    """Base of hub responses: fields added by a later version are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def first_fault(error: ValidationError) -> str:
    """Return location and message of the first validation error, without the value (it may be patron data)."""
    fault = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}"


def parse(shape: type[Shape], raw: bytes) -> Shape:
    """Parse a response. Raise ValueError that names the first fault."""
    try:
        return shape.model_validate_json(raw)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None
