"""Implement `kiosk pad`: give the hub's pages on this machine the item pad, over a WebSocket of the loopback interface.

A page receives what lies on the pad, by item, and asks for one item at a time to be secured, unsecured or written. Only
pages of the configured hub are served, and one at a time: the newest. docs/tags.md lists the messages.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.config import load_desk
from kiosk.config.models import Desk
from kiosk.events import PileSeen, SwitchResult
from kiosk.hardware.item_pad.desk_pad import DeskPad
from kiosk.hardware.item_pad.pile import TagDump
from kiosk.hardware.item_pad.readers import opening_of
from kiosk.hardware.parts import PartFault, TagFault, TagGone
from kiosk.hardware.tag_security import TagSecurity
from kiosk.system.health import Condition, PartName, PartState
from kiosk.words import Words
from kiosk.words.terminal import language
from lending.tags import TagData, TagFormat, TagTrouble, Usage, names_part_twice

log = logging.getLogger(__name__)
LOOPBACK = "127.0.0.1"
LONGEST_REQUEST = 2048
"""Bytes of a request from the page."""
REPLACED, UNREADABLE = 4001, 1008
"""Close codes: another page has connected; a request is not valid."""
DEFAULT_PORTS = {"http": 80, "https": 443}
MANY, NO_TAG, OTHER_ITEM, OTHER_USE, NO_ROOM = "many", "no_tag", "other_item", "other_use", "no_room"
"""Codes of requests that are refused before a tag is touched; results otherwise are those of `SwitchResult`."""

Message = dict[str, Any]


class PadRequest(BaseModel):
    """What the page asks for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    do: str = Field(pattern="^(secure|unsecure|write|undo)$")
    id: int
    """Chosen by the page; the answer has it."""
    item: str = Field("", max_length=32)
    part: int = Field(1, ge=1, le=255)
    parts: int = Field(1, ge=1, le=255)
    replace: bool = False
    """True: a tag that names another item, or has another use, may be overwritten."""


class PadService:
    """Answers the page, and sends it what changes on the pad. Runs in the event loop; the pad has its own thread."""

    def __init__(self, desk: Desk) -> None:
        self._owner = desk.owner
        self._loop = asyncio.get_running_loop()
        self._pile = PileSeen()
        self._fault = "starting"
        self._undoable: tuple[TagData, TagDump] | None = None
        self._page: Any = None
        self._pad = DeskPad(opening_of(desk.item_pad), self._report, self._see)
        self._security = TagSecurity(self._pad)
        self._one_at_a_time = asyncio.Lock()

    def start(self) -> None:
        self._pad.start()

    def stop(self) -> None:
        self._pad.stop()

    def _report(self, part: PartName, state: PartState) -> None:
        self._loop.call_soon_threadsafe(self._take_state, state)

    def _see(self, pile: PileSeen) -> None:
        self._loop.call_soon_threadsafe(self._take_pile, pile)

    def _take_state(self, state: PartState) -> None:
        self._fault = "" if state.condition is Condition.READY else str(state.reason or state.condition.value)
        self._send(self._state())

    def _take_pile(self, pile: PileSeen) -> None:
        self._pile = pile
        self._send(pile_message(pile))

    def _state(self) -> Message:
        return {"kind": "state", "fault": self._fault}

    def _send(self, message: Message) -> None:
        if self._page is not None:
            from websockets.asyncio.server import broadcast

            broadcast([self._page], json.dumps(message))

    async def serve(self, page: Any) -> None:
        """Serve one connection until it closes; the page before it is closed."""
        from websockets.exceptions import ConnectionClosed

        before, self._page = self._page, page
        if before is not None:
            await before.close(REPLACED)
        self._send(self._state())
        self._send(pile_message(self._pile))
        with suppress(ConnectionClosed):
            async for text in page:
                await self._answer(page, text)
        if self._page is page:
            self._page = None

    async def _answer(self, page: Any, text: str | bytes) -> None:
        try:
            request = PadRequest.model_validate_json(text)
        except ValidationError:
            await page.close(UNREADABLE)
            return
        async with self._one_at_a_time:
            answer = await self._do(request)
        await page.send(json.dumps({"kind": "answer", "id": request.id, "item": request.item, **answer}))

    async def _do(self, request: PadRequest) -> Message:
        match request.do:
            case "write":
                return await self._write(request)
            case "undo":
                return {"result": await self._undo()}
            case _:
                return {"result": await self._switch(request.item, secured=request.do == "secure")}

    async def _switch(self, item: str, *, secured: bool) -> str:
        """Switch all tags of one item. Others on the pad are not touched.

        Nothing is switched off if two tags name the same part: one of them may be on an item that is not on loan.
        """
        tags = [tag for tag in self._pile.tags if _names(tag.content, item)]
        if not secured and names_part_twice(tag.content for tag in tags):
            log.warning("two tags on the pad name the same part of one item: neither is switched off")
            return SwitchResult.FAILED
        return await self._security.switch([tag.handle for tag in tags], secured) if tags else SwitchResult.GONE

    async def _write(self, request: PadRequest) -> Message:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        tag = self._pile.tags[0]
        usage = tag.content.usage if isinstance(tag.content, TagData) and not request.replace else Usage.CIRCULATING
        usage = Usage.CIRCULATING if usage is Usage.UNSPECIFIED else usage
        data = TagData(request.item, request.parts, request.part, self._owner, usage)
        self._undoable = None

        def write() -> None:
            self._undoable = data, self._pad.write(tag.handle, data)

        try:
            return {"result": await asyncio.to_thread(_attempt, write)}
        except ValueError as error:
            log.warning("a tag was not written: %s", error)
            return {"result": NO_ROOM}

    def _refusal(self, request: PadRequest) -> Message | None:
        if len(self._pile.tags) != 1 or self._pile.crowded:
            return {"result": MANY if self._pile.tags else NO_TAG}
        match self._pile.tags[0].content:
            case TagData(usage=Usage.PATRON_CARD):
                return {"result": OTHER_USE}
            case TagData(item=item) if item != request.item and not request.replace:
                return {"result": OTHER_ITEM, "names": item}
            case TagTrouble.FOREIGN if not request.replace:
                return {"result": OTHER_USE}
            case TagTrouble.SILENT:
                return {"result": SwitchResult.GONE}
            case _:
                return None

    async def _undo(self) -> str:
        """Give the tag that was written last its former content, if it is the only one on the pad."""
        if self._undoable is None or len(self._pile.tags) != 1:
            return MANY if len(self._pile.tags) > 1 else NO_TAG
        (data, before), tag = self._undoable, self._pile.tags[0]
        if not _names(tag.content, data.item) or not isinstance(tag.content, TagData) or tag.content.part != data.part:
            return OTHER_ITEM
        result = await asyncio.to_thread(_attempt, lambda: self._pad.restore(tag.handle, before))
        if result == SwitchResult.DONE:
            self._undoable = None
        return result


def _names(content: TagData | TagTrouble, item: str) -> bool:
    return isinstance(content, TagData) and content.item == item and content.usage is not Usage.PATRON_CARD


def _attempt(act: Callable[[], None]) -> str:
    try:
        act()
    except TagGone:
        return SwitchResult.GONE
    except (TagFault, PartFault) as fault:
        log.warning("a tag was not written: %s", fault)
        return SwitchResult.FAILED
    return SwitchResult.DONE


def pile_message(pile: PileSeen) -> Message:
    """Return what lies on the pad, by item. Patron cards are not mentioned."""
    items: dict[str, Message] = {}
    troubles: Counter[str] = Counter()
    for tag in pile.tags:
        match tag.content:
            case TagData(usage=Usage.PATRON_CARD):
                continue
            case TagData() as data:
                row = items.setdefault(
                    data.item, {"item": data.item, "parts": data.parts, "there": [], "deviates": False}
                )
                row["parts"] = max(row["parts"], data.parts)
                row["there"] = sorted({*row["there"], data.part})
                row["deviates"] = row["deviates"] or bool(data.deviations) or data.format is not TagFormat.FIXED
            case trouble:
                troubles[trouble.value] += 1
    return {
        "kind": "pile",
        "items": list(items.values()),
        "troubles": dict(troubles),
        "steady": pile.steady,
        "crowded": pile.crowded,
    }


def origin_of(url: str) -> str:
    """Return the Origin header that a browser sends for pages at this address."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def run(file: Path, port: int) -> int:
    """Serve until SIGINT or SIGTERM. Raises ConfigError, and OSError if the port is in use."""
    return asyncio.run(_serve(load_desk(file), port))


async def _serve(desk: Desk, port: int) -> int:
    from websockets.asyncio.server import serve
    from websockets.typing import Origin

    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    service, origin = PadService(desk), origin_of(desk.hub.url)
    async with serve(
        service.serve, LOOPBACK, port, origins=[Origin(origin)], compression=None, max_size=LONGEST_REQUEST
    ) as server:
        service.start()
        shown = next(iter(server.sockets)).getsockname()[1]
        words = Words(language())
        ready = words.say("Item pad for {origin} on 127.0.0.1:{port}. Press Ctrl-C to stop.", origin=origin, port=shown)
        print(ready, flush=True)
        await end.wait()
        service.stop()
    return 0
