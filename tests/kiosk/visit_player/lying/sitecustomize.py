"""Falsify a real kiosk's connection to the central: Python runs this file first if it is on the path."""

import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

REST = "kiosk.sync.hub_client"
LIE = os.environ["LIE"]


def sends_nothing(central: Any) -> Any:
    """Report every row as accepted without sending it."""

    async def hand_over(self: Any, rows: Sequence[Any]) -> list[Any]:
        from kiosk.central import Accepted

        return [Accepted() for _ in rows]

    return hand_over


def never_hands_over(central: Any) -> Any:
    """Report the central as busy for every upload."""

    async def hand_over(self: Any, rows: Sequence[Any]) -> list[Any]:
        from kiosk.central import RetryLater

        return [RetryLater() for _ in rows]

    return hand_over


def sends_twice(central: Any) -> Any:
    """Send each return again under another id and sequence number."""
    honest = central.hand_over

    async def hand_over(self: Any, rows: Sequence[Any]) -> Any:
        from dataclasses import replace

        answers = await honest(self, rows)
        again = [
            replace(row, id=row.id[:-1] + ("0" if row.id[-1] != "0" else "1"), seq=row.seq + 1, no_block=True)
            for row in rows
            if row.kind == "checkin"
        ]
        if again:
            await honest(self, again)
        return answers

    return hand_over


def never_syncs(central: Any) -> Any:
    """Write the journal without syncing it to disk."""
    from kiosk.journal import file as journal_file

    journal_file.SETTINGS["synchronous"] = 0
    return central.hand_over


def mumbles(central: Any) -> Any:
    """Send each row as an unknown kind, sealed as such."""
    from kiosk.sync.hub_client import HubSeal

    honest, mark = central.hand_over, HubSeal.mark_body
    HubSeal.mark_body = lambda self, kind, body: mark(self, "mumble", body)  # type: ignore[method-assign]

    async def hand_over(self: Any, rows: Sequence[Any]) -> Any:
        from dataclasses import replace

        return await honest(self, [replace(row, kind="mumble") for row in rows])

    return hand_over


def lends_to_bruno(central: Any) -> Any:
    """Seal each loan as another patron's."""
    from kiosk.sync.hub_client import HubSeal

    close, mark = HubSeal.close, HubSeal.mark_body

    def his(seal: Any, body: str) -> str:
        import hashlib
        import hmac
        import json

        data = json.loads(body)
        if "due" in data:
            data["card"] = hmac.new(seal._identity().card_key, b"764104D3", hashlib.sha256).hexdigest()
        return json.dumps(data)

    HubSeal.close = lambda self, body, borrower=None: close(self, his(self, body))  # type: ignore[method-assign]
    HubSeal.mark_body = lambda self, kind, body: mark(self, kind, his(self, body))  # type: ignore[method-assign]
    return central.hand_over


class LyingLoader(Loader):
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        created: ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        central: Any = module.__dict__["HubClient"]
        central.hand_over = globals()[LIE](central)


class Liar(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != REST:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LyingLoader(spec.loader)
        return spec


sys.meta_path.insert(0, Liar())
