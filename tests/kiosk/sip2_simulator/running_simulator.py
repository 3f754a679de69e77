"""Run a simulator in this process on a real socket, and build the messages for the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sip2_simulator.library import SimulatedLibrary, small
from kiosk.sip2_simulator.server import Orders, Simulator
from kiosk.sync.sip2.connection import Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.field_values import stamp
from kiosk.sync.sip2.message import Sip2Message
from kiosk.visit_player.proxy import serving

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
BLANK = " " * 18


@dataclass
class Simulated:
    simulator: Simulator
    port: int
    speech: Speech

    @property
    def library(self) -> SimulatedLibrary:
        return self.simulator.library

    @property
    def orders(self) -> Orders:
        return self.simulator.orders

    def truth(self) -> Mapping[str, Any]:
        return self.library.truth()


@asynccontextmanager
async def simulated(dialect: str, charset: str = "", temper: str = "calm", seed: int = 1) -> AsyncIterator[Simulated]:
    simulator = Simulator(small(NOW), DIALECTS[dialect], lambda: NOW, ZONE, charset)
    simulator.orders.turn(temper, seed, simulator.library)
    async with serving(simulator.serve) as port:
        yield Simulated(simulator, port, Speech(charset or DIALECTS[dialect].charset))


def connect(system: Simulated, answer: float = 10.0, *, login: bool = True) -> Sip2Connection:
    said = Sip2Message("93", {"uid_algorithm": "0", "pwd_algorithm": "0"}, (("CN", "k"), ("CO", "w"), ("CP", "main")))
    return Sip2Connection(Peer("127.0.0.1", system.port), system.speech, said if login else None, Timing(answer=answer))


async def ask(connection: Sip2Connection, message: Sip2Message) -> Sip2Message:
    return await connection.ask(message)


def patron(number: str, pin: str = "", summary: str = " " * 10, **more: str) -> Sip2Message:
    fields = [("AO", "main"), ("AA", number), *([("AD", pin)] if pin else []), *more.items()]
    return Sip2Message("63", {"language": "000", "date": stamp(NOW, ZONE), "summary": summary}, fields)


def item(barcode: str) -> Sip2Message:
    return Sip2Message("17", {"date": stamp(NOW, ZONE)}, (("AO", "main"), ("AB", barcode)))


def checkout(
    number: str, barcode: str, no_block: str = "N", date: str = "", nb_due: str = "", **more: str
) -> Sip2Message:
    date = date or stamp(NOW, ZONE)
    fixed = {"renewal_policy": "N", "no_block": no_block, "date": date, "nb_due_date": nb_due or date}
    return Sip2Message("11", fixed, [("AO", "main"), ("AA", number), ("AB", barcode), ("AC", ""), *more.items()])


def checkin(barcode: str) -> Sip2Message:
    now = stamp(NOW, ZONE)
    return Sip2Message(
        "09", {"no_block": "N", "date": now, "return_date": now}, [("AP", ""), ("AO", "main"), ("AB", barcode)]
    )
