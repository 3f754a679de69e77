"""Override DNS answers for the benchmark's names within this process."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from kiosk.benchmarks.network_faults.certificates import DOMAIN

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
