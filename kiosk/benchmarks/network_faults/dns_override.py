"""Answers what address a name has, for the names of a bench and in its process alone; knows no other name."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from kiosk.benchmarks.network_faults.certificates import DOMAIN

HERE = "127.0.0.1"
ELSEWHERE = "127.0.0.66"
"""A stranger listens there, or nobody does."""
SLOW_SECONDS = 6.0


class Found(StrEnum):
    """What becomes of a question for a name."""

    HERE = "here"
    GONE = "gone"
    WRONG = "wrong"
    SLOW = "slow"


class Names:
    """Takes the machine's resolver's place for this process: no DNS server on loopback could be asked otherwise."""

    def __init__(self) -> None:
        self._found: dict[str, Found] = {}
        self._machine: Callable[..., Any] = socket.getaddrinfo
        self.asked: dict[str, int] = {}
        """How often each name was asked for since it was set."""

    def install(self) -> None:
        socket.getaddrinfo = self._look

    def set(self, name: str, found: Found) -> None:
        self._found[name] = found
        self.asked[name] = 0

    def _look(self, host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(host, str) or not host.endswith(f".{DOMAIN}"):
            return self._machine(host, port, *args, **kwargs)
        self.asked[host] = self.asked.get(host, 0) + 1
        match self._found.get(host, Found.HERE):
            case Found.GONE:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            case Found.WRONG:
                return self._machine(ELSEWHERE, port, *args, **kwargs)
            case Found.SLOW:
                time.sleep(SLOW_SECONDS)
        return self._machine(HERE, port, *args, **kwargs)
