"""The hub's client: the contract on a real hub process, and what is the wire's own."""

from __future__ import annotations

import itertools

import pytest

from kiosk.domain.model import ItemId
from kiosk.sync.rest import RestCentral
from tests.sync.central_contract import CentralContract, Stand
from tests.sync.demo_hub import DemoHub


@pytest.fixture(scope="session")
def stand(hub: DemoHub) -> Stand:
    seqs = itertools.count(1)
    return Stand(
        central=lambda: RestCentral(hub.url, hub.token, hub.card_key),
        ada=hub.patrons["plain_1"]["card"],
        lin=hub.patrons["plain_2"]["card"],
        pin_of_ada=hub.patrons["plain_1"]["pin"],
        blocked=hub.patrons["blocked"]["card"],
        nobody="00000000",
        free=hub.free,
        reserved=hub.item("held_for_other"),
        no_item=ItemId("39999999999999"),
        loans=lambda item: len(list(hub.loans(item))),
        seq=lambda: next(seqs),
    )


class TestTheHub(CentralContract):
    pass
