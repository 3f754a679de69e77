"""Define the section with the one-time code in a file written on a laptop; kiosk.toml never has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from kiosk.config.section import Section
from kiosk.system.lazy_text import sentence
from lending import request_signature

ENROLMENT = "enrolment"


def _check_code(code: str) -> str:
    plain = request_signature.plain_code(code)
    if not request_signature.is_code(plain):
        raise ValueError(
            sentence(
                "has {n} characters: should be the 16 letters and digits on the hub's Kiosks page, such as "
                "7KQ2-M9XC-4TDA-0BWE",
                n=len(plain),
            )
        )
    return code


class Enrolment(Section):
    """[enrolment]: the one-time code."""

    code: Annotated[str, AfterValidator(_check_code)]


BESIDE: Mapping[str, type[Section]] = {ENROLMENT: Enrolment}
"""Additional section for kiosk.config.load."""
