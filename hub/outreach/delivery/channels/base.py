"""What the outbox asks of a channel, and what a channel answers; knows no provider."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.rendering import Words


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way to one address. `key` is the same whenever it is sent again: pass it on to the provider."""

    key: str
    kind: MessageKind
    address: str
    words: Words
    stop: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken it."""

    number: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """It may pass later. With `everybody` the trouble is the channel's own, and none of the others would pass now."""

    code: str
    words: str = ""
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never pass. With `bounced` nothing will ever pass to this address."""

    code: str
    words: str = ""
    bounced: bool = False


Outcome = Sent | Failed | Refused


class Transport(Protocol):
    """An open way to a provider, used for many letters. It raises nothing: whatever happens is an outcome."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, letter: Letter) -> Outcome: ...
