"""Serialise a patron's recommendations, which the snapshot carries encrypted for the patron's card."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from pydantic import Field, TypeAdapter, ValidationError

from lending import model, recommendations
from lending.wire.base import Lenient, first_fault


class WirePick(Lenient):
    """A title with the reason in both languages, and its copies; the kiosk adds their location from its snapshot."""

    title: str
    author: str = ""
    call_number: str = ""
    why: dict[str, str] = Field(default_factory=dict)
    new: bool = False
    items: list[str] = Field(default_factory=list)
    about: str = ""
    """Comes back in a `said` with the patron's feedback on it."""
    again: bool = False


PICKS = TypeAdapter(list[WirePick])


def picks_text(found: Iterable[recommendations.Recommendation]) -> str:
    """Return the JSON text to encrypt."""
    picks = [WirePick.model_validate(asdict(each)) for each in found]
    return PICKS.dump_json(picks, exclude_defaults=True).decode()


def picks_from(text: str) -> tuple[recommendations.Recommendation, ...]:
    """Parse the decrypted text. Raise ValueError that names the first fault."""
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
