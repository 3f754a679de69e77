"""Provide the demo library's cases by name, and the hub's stored data, without using kiosk code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from kiosk.sync.enrolment import enrol
from kiosk.sync.request_signer import Signer
from lending.model import ItemId
from tests.kiosk.sync.patience import PATIENT
from tests.support.patience import PATIENCE


class DemoHub:
    def __init__(self, url: str, own: Path, state: Path, listed: dict[str, list[dict[str, str]]]) -> None:
        self.url = url
        self.own = own
        """The hub's state directory."""
        enrol(url, self.code("demo-kiosk"), state, timing=PATIENT)
        self.signer = Signer.of(state)
        self.patrons = {patron["case"]: patron for patron in listed["patrons"]}
        self.items = {item["case"]: item for item in listed["items"]}
        self._free = iter(sorted(case for case in self.items if case.startswith("free_")))

    def free(self) -> ItemId:
        """A copy on the shelf that no test had before."""
        return ItemId(self.items[next(self._free)]["barcode"])

    def item(self, case: str) -> ItemId:
        return ItemId(self.items[case]["barcode"])

    def code(self, kiosk: str) -> str:
        """A one-time code for a kiosk of that name, which is added where it is new."""
        with requests.Session() as session:
            session.trust_env = False
            given = session.post(f"{self.url}/api/demo/kiosks", json={"name": kiosk}, timeout=PATIENCE)
            given.raise_for_status()
        return str(given.json()["code"])

    def loans(self, item: ItemId) -> Iterator[dict[str, Any]]:
        """The loans of an item, as the hub keeps them."""
        with requests.Session() as session:
            session.trust_env = False
            kept = session.get(f"{self.url}/api/demo/state?items={item}&patrons=nobody", timeout=PATIENCE)
            kept.raise_for_status()
        yield from kept.json()["loans"]
