"""Send End Patron Session (35) to servers that accept it, after the visit's last transaction.

It has no effect at the systems that were examined, so a missing response is not requested again.
"""

from __future__ import annotations

import asyncio

from kiosk.sync.sip2.connection import Sip2Connection
from kiosk.sync.sip2.profile import Profile
from kiosk.sync.sip2.requests import Requests
from kiosk.sync.sip2.response_mapping import takes

ANSWER = 1.0
"""Seconds to wait for the response (36): the next patron would have to wait as well."""
SILENCE = 3600.0
"""Seconds without another 35 after one that was not answered: each costs a connection."""
CARDS = 8
"""Cards remembered per visit: more than ever share one."""


class EndSessionNotifier:
    """Collect the patrons that were queried in a visit, until the visit ends or the next patron is queried."""

    def __init__(self, line: Sip2Connection, profile: Profile, requests: Requests) -> None:
        self._line = line
        self._profile = profile
        self._requests = requests
        self._here: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        self._over = asyncio.Event()
        self._silent_until = 0.0

    def on_query(self, number: str) -> None:
        """Record that this patron is queried (63). Unsent notices are dropped, as they would fall into this visit."""
        self._gone.clear()
        self._here[number] = None
        if len(self._here) > CARDS:
            self._here.pop(next(iter(self._here)))

    def spare(self, number: str) -> None:
        """Forget a number that cannot be sent, so the ILS was never asked about it."""
        self._here.pop(number, None)

    def on_visit_end(self) -> None:
        """End the visit."""
        self._gone, self._here = self._here, {}
        if self._gone:
            self._over.set()

    async def wait_for_visit_end(self) -> None:
        """Wait until a visit ends in which a patron was queried."""
        await self._over.wait()
        self._over.clear()

    def drop(self) -> None:
        """Drop the notices that were not sent."""
        self._gone.clear()

    async def say(self) -> None:
        """Send the notices; call it when every transaction of the visit is answered."""
        now = asyncio.get_running_loop().time()
        if not self._taken or now < self._silent_until:
            self.drop()
        while self._gone:
            number, _ = self._gone.popitem()
            if not await self._line.tell(self._requests.end_session(number), ANSWER):
                self._silent_until = now + SILENCE
                self.drop()

    @property
    def _taken(self) -> bool:
        stated = takes(self._line.status, "end_session")
        return self._profile.ends_sessions if stated is None else stated
