"""Define the interface of cover providers: a name, a pause between requests, and a search by ISBN."""

from abc import ABC, abstractmethod
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hub.catalogue.covers.picture import MOST_BYTES
from hub.catalogue.online_editions.url_probe import LinkFault, Probe

NO_COVER = frozenset({LinkFault.GONE, LinkFault.TOO_LARGE})
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Pause = Annotated[float, Field(ge=0, le=30)]


class ProviderUnavailable(Exception):
    """The provider did not answer. The text names the request and what happened."""


class CoverProvider(BaseModel, ABC):
    """One [[provider]] of covers.toml. `pause` is the minimum time between two requests, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    pause: Pause = 0.5

    @abstractmethod
    def find(self, isbn: str, probe: Probe) -> bytes | None:
        """Return the picture of an ISBN-13; None if the provider has none.

        Raises:
            ProviderUnavailable: It did not answer.
        """


def fetch_picture(probe: Probe, url: str) -> bytes | None:
    """Return the bytes at the URL; None if there are none, or more than a picture may have.

    Raises:
        ProviderUnavailable: The site did not answer.
    """
    found = probe.fetch(url, MOST_BYTES)
    if found.fault in NO_COVER:
        return None
    if found.fault or found.status != 200:
        raise ProviderUnavailable(
            f"{url.partition('?')[0]}: {found.fault.value or 'refused'} {found.status or ''}".strip()
        )
    return found.body or None
