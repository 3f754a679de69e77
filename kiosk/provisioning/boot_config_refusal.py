"""Store why a file from the boot partition was refused, to show it on the screen."""

from __future__ import annotations

import contextlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.provisioning.previous_enrolment import write
from kiosk.system.lazy_text import translate
from kiosk.words import Words


class BootConfigRefusal(BaseModel):
    """The reason, in each language of the screen."""

    model_config = ConfigDict(frozen=True)

    zh: str
    en: str


def keep(file: Path, failure: Exception) -> None:
    """Store the reason next to kiosk.toml. If the disk fails, only the log has it."""
    reason = {language: str(translate(failure, Words(language).say)) for language in ("zh", "en")}
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write(_refusal_file(file), BootConfigRefusal(**reason).model_dump_json().encode())


def forget(file: Path) -> None:
    """Delete the reason: the machine was provisioned since."""
    with contextlib.suppress(OSError):
        _refusal_file(file).unlink(missing_ok=True)


def stored_refusal(file: Path) -> BootConfigRefusal | None:
    """Return the stored reason; None if there is none."""
    try:
        return BootConfigRefusal.model_validate_json(_refusal_file(file).read_bytes())
    except (OSError, ValidationError):
        return None


def _refusal_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.refused")
