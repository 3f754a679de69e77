"""Store the device's identity at the hub in one file that only its owner can read.

It holds the private key made on this device and the library's card key.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lending import atomic_file
from lending.wire.fleet import Key


class NotEnrolled(Exception):
    """This kiosk has no usable identity. `args[0]` is a sentence that says what to do."""


class IdentityShut(NotEnrolled):
    """An identity may exist, but this user may not read it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The device's identity at the hub; private key and card key stay out of its repr."""

    device: str
    kiosk: str
    """The kiosk's name at the hub."""
    hub_key: str
    """Public key that verifies the hub's answers, in hex."""
    private_key: bytes = field(repr=False)
    card_key: bytes = field(repr=False)
    """The library's HMAC key: cards are sent and stored as hashes under it."""
    hub: str = ""
    """The address at which the kiosk was enrolled."""
    seal_key: str = ""
    """The hub's public key to which rows are sealed, in hex."""


class StoredIdentity(BaseModel):
    """Content of the identity file. Until the hub has answered it holds only the private key."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    private_key: Key
    device: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""
    kiosk: str = ""
    hub_key: str = ""
    hub: str = ""
    card_key: Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")] = ""
    seal_key: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class IdentityFile:
    """`identity.json` in the kiosk's state folder, and `identity.new.json` during an enrolment.

    The hub's answer is complete in the new file before the old one is replaced. A start in between finishes that.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "identity.json"
        self.fresh = folder / "identity.new.json"
        self.counter = folder / "counter"
        self.lock = folder / "identity.lock"

    def load(self) -> Identity:
        """Return the identity. Raises NotEnrolled."""
        fresh = self._read(self.fresh)
        if fresh is not None and fresh.device:
            self._adopt_if_possible()
            return _identity(fresh)
        kept = self._read(self.path)
        if kept is None or not kept.device:
            if self.path.exists():
                raise NotEnrolled(f"cannot read this kiosk's identity from {self.path}: {HOW}")
            raise NotEnrolled(f"this kiosk is not enrolled, {self.path} is missing: {HOW}")
        return _identity(kept)

    def begin(self) -> bytes:
        """Return the private key to enrol, on disk before it is sent. It stays the same until the hub answers.

        Raises OSError.
        """
        begun = self._read(self.fresh)
        if begun is not None and not begun.device:
            return bytes.fromhex(begun.private_key)
        if begun is not None:
            self.adopt()
        key = os.urandom(32)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic_file.write(self.fresh, StoredIdentity(private_key=key.hex()).model_dump_json().encode())
        return key

    def keep(self, identity: Identity) -> None:
        """Store the hub's answer; the previous identity stays until `adopt`. Raises OSError."""
        facts = {
            "device": identity.device,
            "kiosk": identity.kiosk,
            "hub_key": identity.hub_key,
            "hub": identity.hub,
            "private_key": identity.private_key.hex(),
            "card_key": identity.card_key.hex(),
            "seal_key": identity.seal_key,
        }
        atomic_file.write(self.fresh, json.dumps(facts, indent=1).encode())

    def adopt(self) -> None:
        """Replace the previous identity with the new one. Raises OSError."""
        with atomic_file.alone(self.lock):
            atomic_file.replace(self.fresh, self.path)

    def seal_to(self, device: str, key: str) -> bool:
        """Store the hub's new sealing key. Return False if the file is of another device by now.

        Raises OSError; the previous key then stays.
        """
        with atomic_file.alone(self.lock):
            kept = self._read(self.path)
            if kept is None or kept.device != device:
                return False
            atomic_file.write(self.path, kept.model_copy(update={"seal_key": key}).model_dump_json(indent=1).encode())
        return True

    def forget(self) -> None:
        """Discard the new identity, which the hub has refused; the previous one stays."""
        self.fresh.unlink(missing_ok=True)

    def _adopt_if_possible(self) -> None:
        """Adopt the new identity; on a read-only disk keep reading it from the new file."""
        try:
            self.adopt()
        except OSError:
            return

    def _read(self, path: Path) -> StoredIdentity | None:
        try:
            return StoredIdentity.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except PermissionError:
            raise IdentityShut(f"{path} cannot be read by this user: run the command as the kiosk's user") from None
        except (OSError, ValidationError):
            return None


HOW = "ask the hub for a code (its page Kiosks, or `kiosk-hub add-kiosk`) and run `sudo kiosk enrol`"


def _identity(kept: StoredIdentity) -> Identity:
    private_key, card_key = bytes.fromhex(kept.private_key), bytes.fromhex(kept.card_key)
    return Identity(kept.device, kept.kiosk, kept.hub_key, private_key, card_key, kept.hub, kept.seal_key)
