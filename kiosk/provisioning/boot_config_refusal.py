"""What became of a file from the boot partition that was refused, for the screen; knows no code and no file of it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.provisioning.previous_enrolment import write
from kiosk.system.lazy_text import said
from kiosk.words import Words


class Refusal(BaseModel):
    """Why, in each language of the screen."""

    model_config = ConfigDict(frozen=True)

    zh: str
    en: str


def keep(file: Path, failure: Exception) -> None:
    """Beside kiosk.toml. Where nothing can be written the log alone tells."""
    told = {language: str(said(failure, Words(language).say)) for language in ("zh", "en")}
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write(_beside(file), Refusal(**told).model_dump_json().encode())


def forget(file: Path) -> None:
    """The machine was provisioned since."""
    with contextlib.suppress(OSError):
        _beside(file).unlink(missing_ok=True)


def kept(file: Path) -> Refusal | None:
    try:
        return Refusal.model_validate_json(_beside(file).read_bytes())
    except (OSError, ValidationError):
        return None


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.refused")
