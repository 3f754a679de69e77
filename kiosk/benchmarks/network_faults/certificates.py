"""Makes the certificates of a bench: a good one, and those that no kiosk may believe; knows no line."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from kiosk.visit_player.processes import ProgramFailed

DOMAIN = "library.test"


class Shown(StrEnum):
    """Which certificate is shown to who greets."""

    GOOD = "good"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    FOREIGN = "foreign"
    OTHER_NAME = "other_name"


class Certificates:
    """A certificate authority of its own, made anew for each bench."""

    def __init__(self, folder: Path) -> None:
        """Writes what a kiosk is to believe to `authority`. Raises ProgramFailed where trustme is not installed."""
        try:
            import trustme
        except ModuleNotFoundError as error:
            raise ProgramFailed(f"{error.name} is missing: install `library-kiosk[bench]`") from error
        now, names = datetime.now(UTC), f"*.{DOMAIN}"
        ours, foreign = trustme.CA(), trustme.CA()
        self.authority = folder / "authority.pem"
        ours.cert_pem.write_to_path(str(self.authority))
        made = {
            Shown.GOOD: ours.issue_cert(names),
            Shown.EXPIRED: ours.issue_cert(
                names, not_before=now - timedelta(days=90), not_after=now - timedelta(days=1)
            ),
            Shown.NOT_YET: ours.issue_cert(names, not_before=now + timedelta(days=1)),
            Shown.FOREIGN: foreign.issue_cert(names),
            Shown.OTHER_NAME: ours.issue_cert("portal.example"),
        }
        self.contexts: dict[Shown, ssl.SSLContext] = {}
        for shown, certificate in made.items():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            self.contexts[shown] = context
