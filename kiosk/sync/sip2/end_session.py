"""35: a system that takes it hears that a patron has gone, once all that she did is answered; nobody waits for it.

It changes nothing at the systems that were looked at: an answer that does not come is not asked for again.
"""

from __future__ import annotations

import asyncio

from kiosk.sync.sip2.connection import Sip2Connection
from kiosk.sync.sip2.profile import Profile
from kiosk.sync.sip2.requests import Requests
from kiosk.sync.sip2.response_mapping import takes

ANSWER = 1.0
"""Seconds for 36: whoever comes next would wait for it too."""
SILENCE = 3600.0
"""Seconds without another 35 after one that was not answered: each costs a connection."""
CARDS = 8
"""Of one visit: more than ever share one."""


class EndSessionNotifier:
    """Whoever was asked about is here until the visit is over, and is forgotten when another is asked about."""

    def __init__(self, line: Sip2Connection, profile: Profile, requests: Requests) -> None:
        self._line = line
        self._profile = profile
        self._requests = requests
        self._here: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        self._over = asyncio.Event()
        self._silent_until = 0.0

    def met(self, number: str) -> None:
        """63 is asked about her: a 35 about somebody else would come into her visit."""
        self._gone.clear()
        self._here[number] = None
        if len(self._here) > CARDS:
            self._here.pop(next(iter(self._here)))

    def spare(self, number: str) -> None:
        """It cannot be sent, and so the system was never asked about her."""
        self._here.pop(number, None)

    def left(self) -> None:
        """The visit is over."""
        self._gone, self._here = self._here, {}
        if self._gone:
            self._over.set()

    async def over(self) -> None:
        """Returns when a visit is over in which somebody was asked about."""
        await self._over.wait()
        self._over.clear()

    def drop(self) -> None:
        """Nothing is said of whoever has gone."""
        self._gone.clear()

    async def say(self) -> None:
        """To be called when all that was done in the visit is answered."""
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
        said = takes(self._line.status, "end_session")
        return self._profile.ends_sessions if said is None else said
