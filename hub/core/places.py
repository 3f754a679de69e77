"""Derive a library's country, and what is usual there, from its time zone.

Source: Unicode CLDR through Babel, `timezoneData` and `currencyData/region`; ITU-T E.164 through phonenumbers.
"""

from __future__ import annotations

import re
from functools import cache

from babel.core import get_global
from babel.numbers import get_territory_currencies
from phonenumbers import PhoneMetadata, country_code_for_region

from lending.languages import SOURCES, languages


@cache
def country(timezone: str) -> str:
    """Return the ISO 3166 code of the country of an IANA time zone; empty if CLDR does not name one."""
    found = get_global("zone_territories").get(get_global("zone_aliases").get(timezone, timezone), "")
    return str(found) if found != "001" else ""


@cache
def currency(timezone: str) -> str:
    """Return the ISO 4217 code of the currency that is paid with in the country of a time zone; empty if unknown."""
    place = country(timezone)
    return next(iter(get_territory_currencies(place)), "") if place else ""


def text_languages(timezone: str) -> tuple[str, ...]:
    """Return the languages in which a library of that place usually writes: those of the country, then English."""
    spoken = (code for code, each in languages().items() if country(timezone) in each.countries and code != SOURCES)
    return (*spoken, SOURCES)


def calling_code(timezone: str) -> str:
    """Return the beginning of phone numbers in the country of a time zone, such as `+86`."""
    return f"+{country_code_for_region(country(timezone))}"


def mobile_pattern(timezone: str) -> re.Pattern[str] | None:
    """Return what a mobile number looks like as dialled in the country of a time zone; None if it is unknown."""
    known = PhoneMetadata.metadata_for_region(country(timezone))
    if known is None or known.mobile is None or not known.mobile.national_number_pattern:
        return None
    prefix = f"(?:{known.national_prefix})?" if known.national_prefix else ""
    return re.compile(f"{prefix}(?:{known.mobile.national_number_pattern})")
