"""Restore a working kiosk's configuration if its new enrolment is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kiosk.config import Config, ConfigError, load
from kiosk.provisioning.enrolment import enrol_kiosk
from kiosk.sync.enrolment import EnrolmentFailed, EnrolmentResult
from kiosk.sync.identity import IdentityFile, NotEnrolled
from kiosk.system.lazy_text import sentence
from lending import atomic_file


class NotProvisioned(Exception):
    """Nothing was changed, or only what the text names. `args[0]` is a Sentence that says what to do."""


class PreviousRestored(NotProvisioned):
    """The kiosk's previous state was restored; the provisioning was not applied."""


@dataclass(frozen=True, slots=True)
class PreviousEnrolment:
    """Configuration and device id of an enrolled kiosk before its provisioning."""

    file: Path
    text: bytes = b""
    """Content of kiosk.toml; empty if this machine was no enrolled kiosk, so there is nothing to restore."""
    device: str = ""

    @classmethod
    def from_config(cls, file: Path) -> PreviousEnrolment:
        try:
            config, text = load(file), file.read_bytes()
        except (ConfigError, OSError):
            return cls(file)
        device = _device(config)
        return cls(file, text, device) if device else cls(file)

    def enrol(self, config: Config, code: str) -> EnrolmentResult:
        """Enrol. Raises PutBack if it was a kiosk before and stays that one, else EnrolmentFailed."""
        try:
            return enrol_kiosk(config, code)
        except EnrolmentFailed as failure:
            if not self.device or _device(config) not in ("", self.device):
                raise
            write(self.file, self.text)
            raise PreviousRestored(sentence("{why}. {file} is unchanged", why=failure, file=self.file)) from failure


def write(file: Path, text: bytes) -> None:
    """Write a file readable by owner and group: on a device root writes it and the kiosk reads it. Raises OSError."""
    atomic_file.write(file, text, 0o640)


def _device(config: Config) -> str:
    try:
        return IdentityFile(config.paths.state).load().device
    except NotEnrolled:
        return ""
