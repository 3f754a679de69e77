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
        self.signer = Signer.load(state)
        self.patrons = {patron["case"]: patron for patron in listed["patrons"]}
        self.items = {item["case"]: item for item in listed["items"]}
        self._free = iter(sorted(case for case in self.items if case.startswith("free_")))

    def free(self) -> ItemId:
        """Return another item on the shelf at each call."""
        return ItemId(self.items[next(self._free)]["barcode"])

    def item(self, case: str) -> ItemId:
        return ItemId(self.items[case]["barcode"])

    def code(self, kiosk: str) -> str:
        """Return a one-time code for the kiosk of that name, which is added if missing."""
        with requests.Session() as session:
            session.trust_env = False
            response = session.post(f"{self.url}/api/demo/kiosks", json={"name": kiosk}, timeout=PATIENCE)
            response.raise_for_status()
        return str(response.json()["code"])

    def loans(self, item: ItemId) -> Iterator[dict[str, Any]]:
        """Yield the loans of an item stored at the hub."""
        with requests.Session() as session:
            session.trust_env = False
            state = session.get(f"{self.url}/api/demo/state?items={item}&patrons=none", timeout=PATIENCE)
            state.raise_for_status()
        yield from state.json()["loans"]
