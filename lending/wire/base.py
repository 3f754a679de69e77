"""What every message of the wire is made of, and how one is read; knows no message."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

Shape = TypeVar("Shape", bound=BaseModel)
VERSION = 1
MOST_ROWS = 50
MOST_BYTES = 64 * 1024
MOST_SNAPSHOT_BYTES = 4 * 1024 * 1024
CardHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Barcode = Annotated[str, Field(pattern=r"^[0-9A-Za-z.+/$ -]{1,64}$")]
LARGEST = 2**63 - 1


def _plausible(moment: datetime) -> datetime:
    """A clock that was never set says 1970; what is further off cannot be reckoned with."""
    if not 1970 <= moment.year < 2200:
        raise ValueError("a time between 1970 and 2199 is needed")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
UuidV7 = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]


class Strict(BaseModel):
    """What the kiosk sends: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lenient(BaseModel):
    """What the hub answers: a field of a later version is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def first_fault(error: ValidationError) -> str:
    """The place and the complaint of a validation error, without the value (it may be a patron's)."""
    fault = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}"


def parse(shape: type[Shape], raw: bytes) -> Shape:
    """Reads an answer. Raises ValueError naming the first fault."""
    try:
        return shape.model_validate_json(raw)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None
