"""Sends by whatever service apprise knows; never by a service that the library did not allow."""

import logging
from types import TracebackType
from typing import Self
from urllib.parse import quote

from hub.outreach.delivery.channels.base import Failed, Letter, Outcome, Refused, Sent
from hub.outreach.delivery.settings import Apprise


class AppriseTransport:
    """`url` holds {address}. Each letter has an object of its own: a kept one waits seconds between letters."""

    def __init__(self, settings: Apprise, url: str) -> None:
        self._settings = settings
        self._url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def send(self, letter: Letter) -> Outcome:
        from apprise import Apprise as Service
        from apprise import NotifyFormat

        hers = self._url == "{address}"
        if hers and letter.address.split("://", 1)[0] not in self._settings.services:
            return Refused("apprise_not_allowed", letter.address.split("://", 1)[0])
        url = letter.address if hers else self._url.replace("{address}", quote(letter.address.lstrip("+"), safe=""))
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines hold addresses
        service = Service()
        if not service.add(url):
            return Refused("apprise_bad_url", bounced=hers) if hers else Failed("apprise_settings", everybody=True)
        title = letter.words.subject if hers else ""
        body = "\n".join(filter(None, (letter.words.short, letter.words.stop)))
        passed = service.notify(body=body, title=title, body_format=NotifyFormat.TEXT)
        return Sent() if passed else Failed("apprise_failed")
