"""Number and sign each request with the device's key, and decide whether a refused one is worth another try."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kiosk.sync.identity import HOW, Identity, IdentityFile, NotEnrolled
from lending import atomic_file, wire
from lending.request_signature import Claim, request_text, sign
from lending.wire.fleet import SignatureRefusal

log = logging.getLogger(__name__)
BLOCK = 1000
"""Request numbers reserved per disk write."""
TRIES = 4
"""Attempts for one request while the hub has seen a higher number."""


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


class Signer:
    """Sign as the enrolled device. Thread-safe. Loads a new identity if the hub refuses the previous one."""

    def __init__(
        self,
        load: Callable[[], Identity],
        counter: RequestCounter,
        keep_seal: Callable[[str, str], bool] = lambda device, key: False,
    ) -> None:
        """Load the identity. Raises NotEnrolled.

        Args:
            load: Reads the identity from disk.
            counter: Numbers the requests.
            keep_seal: Stores the hub's new sealing key for a device; False if the device has changed.
        """
        self._load = load
        self._counter = counter
        self._keep_seal = keep_seal
        self._lock = threading.Lock()
        self._identity = load()

    @classmethod
    def load(cls, state: Path) -> Signer:
        """Return a signer for the identity in the kiosk's state folder. Raises NotEnrolled."""
        file = IdentityFile(state)
        signer = cls(file.load, RequestCounter(file.counter), file.seal_to)
        if not signer.identity.seal_key:
            raise NotEnrolled(f"{file.path} is from an earlier version and lacks the hub's sealing key: {HOW}")
        return signer

    @property
    def identity(self) -> Identity:
        return self._identity

    def seal_to(self, device: str, key: str) -> None:
        """Store the hub's new sealing key, on disk first, and use it from now on. Raises OSError."""
        with self._lock:
            if self._identity.device == device and self._identity.seal_key != key and self._keep_seal(device, key):
                self._identity = replace(self._identity, seal_key=key)

    def claim(self, method: str, target: str, body: bytes) -> Claim:
        """Sign a request. `target` is path and query from /api on. Every attempt needs a claim of its own."""
        identity, counter = self._identity, self._counter.next()
        return Claim(
            identity.device,
            counter,
            sign(identity.private_key, request_text(identity.device, counter, method, target, body)),
        )

    def again(self, claim: Claim, said: bytes, turn: int) -> bool:
        """Return whether a request answered with 401 is worth another try. `turn` counts from 1."""
        if turn >= TRIES:
            return False
        match refusal(said):
            case "old_counter":
                if turn > 1:  # the first time, another thread's later request may have overtaken it
                    self._counter.leap()
                return True
            case "revoked" | "unknown_device" | "bad_signature":
                return self._is_another_now(claim.device)
            case _:
                return False

    def _is_another_now(self, device: str) -> bool:
        """Return whether the kiosk was enrolled again while it ran."""
        with self._lock:
            if self._identity.device == device:
                try:
                    self._identity = self._load()
                except NotEnrolled:
                    return False
            return self._identity.device != device


def refusal(body: bytes) -> str:
    """Return the hub's reason for refusing a request, as docs/wire.md names it; empty if another host answered."""
    try:
        return wire.parse(SignatureRefusal, body).detail
    except ValueError:
        return ""


class RequestCounter:
    """Strictly increasing counter for several threads, and for several processes that share the file.

    The file holds the upper limit of the numbers that may have been used. A block begins above it, and not below the
    milliseconds since 1970. So numbers keep rising even if the file is lost or restored from an old disk image, as soon
    as the clock is right. If the file cannot be written, the clock alone makes them rise.
    """

    def __init__(self, path: Path, milliseconds: Callable[[], int] = milliseconds) -> None:
        self._path = path
        self._milliseconds = milliseconds
        self._lock = threading.Lock()
        self._last = self._limit = 0
        self._complained = False

    def next(self) -> int:
        """Return the next number, and reserve a block on disk if none is left."""
        with self._lock:
            if self._last >= self._limit:
                self._reserve()
            self._last += 1
            return self._last

    def leap(self) -> None:
        """Skip past every reserved number: the hub has seen a higher one than the last."""
        with self._lock:
            self._reserve()

    def _reserve(self) -> None:
        with atomic_file.alone(self._path.with_suffix(".lock")):  # otherwise a second process leaps once more
            self._last = max(self._last, self._last_reserved(), self._milliseconds())
            self._limit = self._last + BLOCK
            try:
                atomic_file.write(self._path, f"{self._limit}\n".encode())
            except OSError as error:
                if not self._complained:
                    log.warning("Cannot write %s, requests are numbered by the clock: %s", self._path, error)
                self._complained = True

    def _last_reserved(self) -> int:
        try:
            text = self._path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return 0
        digits = text.strip()
        return int(digits) if digits.isdecimal() and len(digits) < 19 else 0
