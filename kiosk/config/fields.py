"""Define what the sections of kiosk.toml consist of: their base class, and value types with error messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from kiosk.system.lazy_text import sentence
from kiosk.system.opening_hours import OPEN, Hours
from lending import number_formats
from lending.languages import languages


def _from_home(path: Path, info: ValidationInfo) -> Path:
    return Path(info.context["home"]) / path if info.context else path


def _check_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(sentence("should be an IANA time zone, such as Asia/Shanghai")) from None
    return name


def _check_language(code: object) -> object:
    if not isinstance(code, str) or code not in languages():
        *others, last = map(repr, languages())
        raise PydanticCustomError("literal_error", "{expected}", {"expected": f"{', '.join(others)} or {last}"})
    return code


def _colour(text: str) -> str:
    if not re.fullmatch("#[0-9A-Fa-f]{6}", text):
        raise ValueError(sentence("should be a colour such as #FA8040"))
    return text


def _currency(text: str) -> str:
    if not re.fullmatch("[A-Z]{3}", text):
        raise ValueError(sentence("should be a currency's three letters, such as CNY"))
    return text


def _hours(text: str) -> str:
    if text != OPEN:
        Hours.parse(text)
    return text


def _finite(pattern: str) -> str:
    number_formats.shapes(pattern)
    return pattern


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(sentence("should be an address such as https://hub.example.org"))
    return url.rstrip("/")


Text = Annotated[str, Field(min_length=1, max_length=80)]
Local = Annotated[Path, AfterValidator(_from_home)]
"""A path; a relative one starts at the directory of kiosk.toml."""
Zone = Annotated[str, AfterValidator(_check_timezone)]
Language = Annotated[str, BeforeValidator(_check_language)]
Colour = Annotated[str, AfterValidator(_colour)]
Currency = Annotated[str, AfterValidator(_currency)]
Address = Annotated[str, AfterValidator(_web_address)]
HoursOfDay = Annotated[str, AfterValidator(_hours)]
Pattern = Annotated[str, Field(min_length=1), AfterValidator(_finite)]
Digits = Annotated[str, Field(pattern=r"^[0-9]*$")]


class Section(BaseModel):
    """A table of kiosk.toml: immutable, strictly typed, without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def pins(self) -> Mapping[str, int]:
        """Return the header lines of this section by key; see kiosk.config.hardware."""
        return {}

    def buses(self) -> frozenset[str]:
        """Return the header buses that this section uses: kiosk.config.hardware.SPI, UART."""
        return frozenset()


class SimulatedPart(Section):
    """A simulated part, operated by a test or the demo."""

    driver: Literal["simulated"]


class Absent(Section):
    """The part is not fitted, which is no fault."""

    driver: Literal["none"]
