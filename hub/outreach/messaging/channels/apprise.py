"""Send by a service of the Apprise library, if the library's settings allow that service."""

import logging
from urllib.parse import quote

from hub.outreach.messaging.channels.base import Letter, Outcome, PermanentRefusal, SendFailure, SendSuccess, Transport
from hub.outreach.messaging.settings import Apprise


class AppriseTransport(Transport):
    """Transport by Apprise; `url` contains {address}.

    Each letter has its own Apprise object, because a reused one waits seconds between letters.
    """

    def __init__(self, settings: Apprise, url: str) -> None:
        self._settings = settings
        self._url = url

    def send(self, letter: Letter) -> Outcome:
        from apprise import Apprise as Service
        from apprise import NotifyFormat

        own_service = self._url == "{address}"
        if own_service and letter.address.split("://", 1)[0] not in self._settings.services:
            return PermanentRefusal("apprise_not_allowed", letter.address.split("://", 1)[0])
        url = (
            letter.address
            if own_service
            else self._url.replace("{address}", quote(letter.address.lstrip("+"), safe=""))
        )
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its log lines contain addresses
        service = Service()
        if not service.add(url):
            return (
                PermanentRefusal("apprise_bad_url", bounced=own_service)
                if own_service
                else SendFailure("apprise_settings", everybody=True)
            )
        title = letter.words.subject if own_service else ""
        body = "\n".join(filter(None, (letter.words.short, letter.words.stop)))
        passed = service.notify(body=body, title=title, body_format=NotifyFormat.TEXT)
        return SendSuccess() if passed else SendFailure("apprise_failed")


def is_service_url(url: str) -> bool:
    """Return whether Apprise can send by this address, which contains {address}; nothing is sent."""
    from apprise import Apprise as Service

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its log lines contain addresses
    return bool(Service().add(url.replace("{address}", "8613800138000")))
