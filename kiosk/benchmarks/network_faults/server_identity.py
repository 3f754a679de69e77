"""Give the benchmark's hub its names and certificates, and those that a kiosk must reject."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from kiosk.visit_player.processes import ProgramFailed

DOMAIN = "library.test"


class PresentedCertificate(StrEnum):
    """Which certificate the proxy presents."""

    GOOD = "good"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    FOREIGN = "foreign"
    OTHER_NAME = "other_name"


class Certificates:
    """Certificate authority created for one benchmark."""

    def __init__(self, folder: Path) -> None:
        """Issue the certificates, and write the authority to trust to `authority`.

        Raises ProgramFailed if trustme is not installed.
        """
        try:
            import trustme
        except ModuleNotFoundError as error:
            raise ProgramFailed(f"{error.name} is missing: install `library-kiosk[bench]`") from error
        now, names = datetime.now(UTC), f"*.{DOMAIN}"
        ours, foreign = trustme.CA(), trustme.CA()
        self.authority = folder / "authority.pem"
        ours.cert_pem.write_to_path(str(self.authority))
        made = {
            PresentedCertificate.GOOD: ours.issue_cert(names),
            PresentedCertificate.EXPIRED: ours.issue_cert(
                names, not_before=now - timedelta(days=90), not_after=now - timedelta(days=1)
            ),
            PresentedCertificate.NOT_YET: ours.issue_cert(names, not_before=now + timedelta(days=1)),
            PresentedCertificate.FOREIGN: foreign.issue_cert(names),
            PresentedCertificate.OTHER_NAME: ours.issue_cert("portal.example"),
        }
        self.contexts: dict[PresentedCertificate, ssl.SSLContext] = {}
        for shown, certificate in made.items():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            self.contexts[shown] = context


HERE = "127.0.0.1"
ELSEWHERE = "127.0.0.66"
"""Another address on loopback, where a stranger or no server listens."""
SLOW_SECONDS = 6.0


class LookupResult(StrEnum):
    """Result of a name lookup."""

    HERE = "here"
    GONE = "gone"
    WRONG = "wrong"
    SLOW = "slow"


class Names:
    """Replace socket.getaddrinfo in this process: no DNS server on loopback could be configured otherwise."""

    def __init__(self) -> None:
        self._found: dict[str, LookupResult] = {}
        self._machine: Callable[..., Any] = socket.getaddrinfo
        self.asked: dict[str, int] = {}
        """Number of lookups per name since it was last set."""

    def install(self) -> None:
        socket.getaddrinfo = self._look

    def set(self, name: str, found: LookupResult) -> None:
        self._found[name] = found
        self.asked[name] = 0

    def _look(self, host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(host, str) or not host.endswith(f".{DOMAIN}"):
            return self._machine(host, port, *args, **kwargs)
        self.asked[host] = self.asked.get(host, 0) + 1
        match self._found.get(host, LookupResult.HERE):
            case LookupResult.GONE:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            case LookupResult.WRONG:
                return self._machine(ELSEWHERE, port, *args, **kwargs)
            case LookupResult.SLOW:
                time.sleep(SLOW_SECONDS)
        return self._machine(HERE, port, *args, **kwargs)
