"""What is recommended to a patron, as it lies sealed beside her card in the snapshot; knows no key."""

from __future__ import annotations

from pydantic import Field, TypeAdapter, ValidationError

from lending import model, recommendations
from lending.wire.base import Lenient, first_fault


class WirePick(Lenient):
    """A title with the reason in both languages, and copies of it: where they are the kiosk knows itself."""

    title: str
    author: str = ""
    call_number: str = ""
    why: dict[str, str] = Field(default_factory=dict)
    new: bool = False
    items: list[str] = Field(default_factory=list)
    about: str = ""
    """Comes back in a `said` with what she says of it."""
    again: bool = False


PICKS = TypeAdapter(list[WirePick])


def picks_text(found: list[WirePick]) -> str:
    """What is sealed."""
    return PICKS.dump_json(found, exclude_defaults=True).decode()


def picks_from(text: str) -> tuple[recommendations.Recommendation, ...]:
    """Raises ValueError naming the first fault."""
    try:
        found = PICKS.validate_json(text)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None
    return tuple(
        recommendations.Recommendation(
            each.title,
            each.author,
            each.call_number,
            each.why,
            each.new,
            tuple(map(model.ItemId, each.items)),
            each.about,
            each.again,
        )
        for each in found
    )
