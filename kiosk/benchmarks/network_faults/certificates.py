"""Issue the TLS certificates of a benchmark: a valid one, and those that a kiosk must reject."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

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
