"""What a machine was before it is provisioned: a kiosk that works stays one where its new enrolment is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kiosk.config import Config, ConfigError, load
from kiosk.provisioning.enrolment import enrol_kiosk
from kiosk.sync.enrolment import Enrolled, EnrolmentFailed
from kiosk.sync.identity import IdentityFile, NotEnrolled
from kiosk.system import atomic_file
from kiosk.system.lazy_text import sentence


class NotProvisioned(Exception):
    """Nothing was changed, or what is named. `args[0]` is a Sentence that says what to do."""


class PutBack(NotProvisioned):
    """The kiosk is what it was before; what was to be carried out is not."""


@dataclass(frozen=True, slots=True)
class PreviousEnrolment:
    file: Path
    text: bytes = b""
    """Of kiosk.toml; empty where this machine was no enrolled kiosk: then there is nothing to go back to."""
    device: str = ""

    @classmethod
    def of(cls, file: Path) -> PreviousEnrolment:
        try:
            config, text = load(file), file.read_bytes()
        except (ConfigError, OSError):
            return cls(file)
        device = _device(config)
        return cls(file, text, device) if device else cls(file)

    def enrol(self, config: Config, code: str) -> Enrolled:
        """Raises PutBack where it was a kiosk before and stays that one, else EnrolmentFailed."""
        try:
            return enrol_kiosk(config, code)
        except EnrolmentFailed as failure:
            if not self.device or _device(config) not in ("", self.device):
                raise
            write(self.file, self.text)
            raise PutBack(sentence("{why}. {file} is as it was before", why=failure, file=self.file)) from failure


def write(file: Path, text: bytes) -> None:
    """Readable by its owner, and by its group: on a device root writes it and the kiosk reads it. Raises OSError."""
    atomic_file.write(file, text, 0o640)


def _device(config: Config) -> str:
    try:
        return IdentityFile(config.paths.state).load().device
    except NotEnrolled:
        return ""
