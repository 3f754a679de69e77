"""A kiosk before the test's own hub: the real steps of the desk, a real snapshot and real uploads."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from hub.circulation import cards
from hub.core.clock import hub_clock
from kiosk.central import Accepted, PinVerdict, Refused, Source, Sourced
from kiosk.desk.effects import (
    AskAccount,
    AskCharacters,
    AskCode,
    AskForYou,
    AskHub,
    AskItem,
    AskMine,
    AskPage,
    AskPatron,
    AskPin,
    AskProof,
    AskTitles,
    Deliver,
    Effect,
    SendCode,
)
from kiosk.desk.home import first
from kiosk.desk.session import Context, DeskRules, Session
from kiosk.desk.step import step
from kiosk.events import (
    AccountKnown,
    Answer,
    Answered,
    CardPresented,
    CharactersFound,
    CodeSent,
    Event,
    ForYouKnown,
    HubAnswered,
    ItemKnown,
    ItemScanned,
    PageKnown,
    PatronKnown,
    PatronRecordKnown,
    PinChecked,
    Pressed,
    ProofKnown,
    Settled,
    TimeUp,
    TitlesFound,
)
from kiosk.pinyin.characters import Characters
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Cover, Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.snapshot.snapshot import Snapshot
from kiosk.sync.http import Reply
from kiosk.sync.hub_client import HubPatronRecord, to_answer
from kiosk.sync.showcase import ShowcaseCache
from kiosk.system.clock import SystemClock
from kiosk.system.health import Health
from kiosk.views import Status, View, actions
from kiosk.words import Words
from lending import wire
from lending.model import Account, AvailableRecommendation, Block, CardRef, ItemId, Patron, Reason
from lending.number_patterns import Numbers, Shape
from lending.responses import PatronResponse, Proof
from lending.transactions import TransactionId
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import World


class Pages:
    """Snapshot pages fetched beforehand, so that the event loop makes no request."""

    def __init__(self, pages: list[wire.SnapshotPage]) -> None:
        self._told = pages

    async def snapshot_page(self, since: str) -> wire.SnapshotPage | None:
        return self._told.pop(0) if self._told else None


def finished(question: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a coroutine that never waits; an event loop could not call the test's hub."""
    try:
        question.send(None)
    except StopIteration as done:
        answer: Answer = done.value
        return answer
    raise AssertionError("the coroutine waits")


class Window:
    """Public showcase fetched beforehand, so that the event loop makes no request."""

    def __init__(self, world: World) -> None:
        self._told = bytes(world.device.get("/api/v1/showcase").content)
        hung = wire.parse(wire.ShowcaseAnswer, self._told).posters
        paths = {each.id: f"/api/v1/posters/{each.id}/picture" for each in hung if each.picture}
        self._pictures = {each: bytes(world.device.get(path).content) for each, path in paths.items()}

    async def showcase(self) -> bytes:
        return self._told

    async def picture(self, poster: int) -> bytes:
        return self._pictures[poster]


class KioskSession:
    """Kiosk session without a window; the hub answers every request before the next touch."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        reader = Reader(world.device)
        assert reader.poll()
        health = Health(lambda part, state: None)
        self._snapshot = Snapshot(folder / "snapshot.db", Pages(reader.pages), SystemClock(), health)
        asyncio.run(self._snapshot.refresh(0))
        self._shown = ShowcaseCache(folder / "showcase", Window(world), SystemClock())
        asyncio.run(self._shown.refresh())
        self._patron_record = HubPatronRecord(self._ask)
        self._session: Session = first(self._context(), online=True)

    @property
    def view(self) -> View:
        return self._session.view

    @property
    def status(self) -> Status:
        return self._session.status

    @property
    def words(self) -> str:
        """Text drawn at 1280 x 800, including titles on covers."""
        theme, status = Theme(1280, 800, 10.1), self._session.status
        sheet = sheet_of(self.view, status, theme, Words(status.language), Glyphs())
        drawn = (mark for mark in sheet if isinstance(mark, Text | Cover))
        return " ".join(mark.text if isinstance(mark, Text) else mark.title for mark in drawn)

    @property
    def offers(self) -> set[str]:
        return {each.name for each in actions(self.view, self._session.status) if each.enabled}

    def press(self, name: str, choice: str | None = None, item: str | None = None) -> None:
        offered = [each for each in actions(self.view, self._session.status) if each.enabled]
        found = {(each.name, each.choice, each.item) for each in offered}
        assert (name, choice, item) in found, (name, choice, self.view)
        self._post(Pressed(name, ItemId(item) if item else None, choice))

    def type(self, text: str) -> None:
        for sign in text:
            self.press("key", sign)

    def tap(self, uid: str) -> None:
        self._post(CardPresented(uid))

    def proves(self, typed: str) -> None:
        """Enter a PIN or a received code and continue."""
        self.type(typed)
        self.press("continue")

    def scan(self, barcode: str) -> None:
        self._post(ItemScanned(barcode))

    def _context(self) -> Context:
        numbers = Numbers(Shape(re.compile("30[0-9]{12}")), Shape(re.compile("2[0-9]{13}")))
        rules = DeskRules("front", "main", {"zh": "", "en": "Library"}, "Asia/Shanghai", numbers, "en")
        now, floors = hub_clock().now(), self._snapshot.floors
        finds, shows = self._snapshot.finds, self._shown.now
        return Context(
            rules,
            self._snapshot.policy,
            now,
            0.0,
            cards.hash_number,
            floors=floors,
            finds=finds,
            showcase=shows,
            receipts=self._snapshot.receipts,
        )

    def rests(self) -> None:
        """Let the idle screen turn to its next slide."""
        self._post(TimeUp())

    def _post(self, event: Event) -> None:
        self._session, effects = step(self._session, event, self._context())
        for effect in effects:
            if (answer := self._answer(effect)) is not None:
                self._post(Answered(self._session.visit.number, answer))

    def _answer(self, effect: Effect) -> Answer | None:
        match effect:
            case AskTitles(typed=typed):
                return TitlesFound(typed, asyncio.run(self._snapshot.find(typed)))
            case AskCharacters(letters=letters):
                return CharactersFound(letters, Characters().spelt(letters))
            case AskItem(item=barcode):
                content = self._world.device.get(f"/api/v1/items/{barcode}").content
                return ItemKnown(barcode, Sourced(wire.item_from(wire.parse(wire.WireItem, content)), Source.CENTRAL))
            case AskPatron(card=card):
                return PatronKnown(card, self._patron(card))
            case AskAccount(card=card):
                return AccountKnown(card, Sourced(self._account(card), Source.CENTRAL))
            case AskHub(question=question, card=about):
                form = wire.ANSWERS[question]
                content = self._world.device.get(f"/api/v1{question.path.format(hash=about)}").content
                return HubAnswered(question, form.convert(wire.parse(form.model, content)), about)
            case AskForYou(card=card):
                copies = ((each, self._snapshot.item(each.items[0])) for each in self._snapshot.picks(card))
                return ForYouKnown(card, tuple(AvailableRecommendation(each, item) for each, item in copies if item))
            case AskProof() | AskPin() | SendCode() | AskCode() | AskMine() | AskPage():
                return finished(self._record_answer(effect))
            case Deliver(item=item, act=act):
                if isinstance(act, PatronResponse) and act.card and act.required_proof is not Proof.NONE:
                    act = replace(act, proof=self._patron_record.token(act.card))
                kind, body = wire.encode(act)
                row = {**self._world.row(kind), "body": body}
                answer = self._world.upload(row)
                outcome = to_answer(wire.RowAnswer.model_validate(answer))
                assert isinstance(outcome, Accepted | Refused), answer
                return Settled(item, act, TransactionId(row["id"]), outcome)
            case _:
                return None

    async def _record_answer(self, effect: AskProof | AskPin | SendCode | AskCode | AskMine | AskPage) -> Answer:
        """Answer a request for the patron record from the test's hub."""
        match effect:
            case AskPin(card=card, turn=turn, pin=pin):
                asked, body = self._patron_record.asks(card), wire.PinRequest(pin=pin).model_dump_json().encode()
                answer = wire.parse(wire.PinAnswer, (await self._ask(card, "pin", body)).body)
                self._patron_record.store_token(asked, answer.token)
                return PinChecked(card, turn, PinVerdict(answer.verdict))
            case AskProof(card=card):
                return ProofKnown(card, await self._patron_record.proof(card))
            case SendCode(card=card):
                return CodeSent(card, await self._patron_record.send_code(card))
            case AskCode(card=card, turn=turn, code=code):
                return PinChecked(card, turn, await self._patron_record.check_code(card, code))
            case AskMine(card=card):
                return PatronRecordKnown(card, await self._patron_record.patron_record(card))
            case AskPage(card=card):
                return PageKnown(card, await self._patron_record.page(card))

    async def _ask(self, card: CardRef, what: str, body: bytes | None) -> Reply:
        path, device = f"/api/v1/cards/{card}/{what}", self._world.device
        answer = device.get(path) if body is None else device.post(path, body)
        return Reply(answer.status_code, answer.content, 0.0)

    def _patron(self, card: CardRef) -> Sourced[Patron] | Block:
        if self._world.device.get(f"/api/v1/cards/{card}").status_code == HTTPStatus.NOT_FOUND:
            return Block(Reason.UNKNOWN_CARD)
        return Sourced(self._account(card).patron, Source.CENTRAL)

    def _account(self, card: CardRef) -> Account:
        answer = wire.parse(wire.CardAnswer, self._world.device.get(f"/api/v1/cards/{card}").content)
        return Account(wire.patron_from(answer.patron), tuple(map(wire.item_from, answer.loans)), ())
