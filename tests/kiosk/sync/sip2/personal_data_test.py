"""Test that personal data beyond the kiosk's needs are dropped, and screen messages are not relied on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from kiosk.central import Accepted, CentralUnavailable, Refused
from kiosk.sip2_simulator.library import Hold
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.response_mapping import bar_of
from kiosk.words import Words
from lending.languages import languages
from lending.model import Block, ItemId, Reason
from lending.transactions import Checkin, Checkout, Renew, ReturnMode
from tests.kiosk.sip2_simulator.running_simulator import NOW, ZONE
from tests.kiosk.sync.central_contract import in_weeks, one
from tests.kiosk.sync.sip2.client_test import KEYS, System, running, stand_of
from tests.kiosk.sync.sip2.facts_test import checkout_answer, checkout_response, patron_response

ADDRESS = {"BD": "7 Kanarie Road", "BE": "zeisig@kanarie.example", "BF": "555 0177"}
WHO_WAITS = {"CY": "19990777", "DA": "Wartende Kanarie"}
PRIVATE = {**ADDRESS, **WHO_WAITS}
ADA, LIN = KEYS.reference("1001"), KEYS.reference("1002")


def add_personal_data(system: System) -> ItemId:
    """Give Ada an address, and place another patron's hold on Ada's book."""
    patrons = system.library.patrons
    ada = patrons["1001"]
    ada.address, ada.mail, ada.phone = ADDRESS.values()
    patrons[WHO_WAITS["CY"]] = replace(patrons["1999"], number=WHO_WAITS["CY"], name=WHO_WAITS["DA"])
    item = stand_of(system).free()
    system.library.checkout(system.library.copies[item], ada, system.now(), agreed=False, no_block=False)
    system.library.holds.append(Hold(WHO_WAITS["CY"], item))
    return item


async def results_of(system: System, kind: type[Sip2Client], item: ItemId) -> list[object]:
    """Return everything that the client returns during Ada's visits."""
    stand, central = stand_of(system), system.central(kind=kind, answer=0.15)
    acts = (
        Renew(ADA, item, in_weeks()),
        Checkout(LIN, item, in_weeks()),
        Checkin(item, ReturnMode.TRUSTED),
        Checkout(ADA, item, in_weeks()),
    )
    results: list[object] = []
    for act in acts:
        row = stand.row(act, no_block=True)
        for ask in (
            partial(central.patron, ADA),
            partial(central.account, ADA),
            partial(central.check_pin, ADA, "1234"),
            partial(central.item, item),
            partial(one, central, row),
        ):
            results += await ask_until_answered(ask)
        results.append(central.cases.stored_exceptions)
    central.close()
    return results


async def ask_until_answered(ask: Callable[[], Awaitable[object]]) -> list[object]:
    """Repeat a request until it is answered; return all results."""
    results: list[object] = []
    while not results or isinstance(results[-1], CentralUnavailable):
        try:
            results.append(await ask())
        except CentralUnavailable as away:
            results.append(away)
    return results


def leaks(kind: type[Sip2Client], temper: str, caplog: pytest.LogCaptureFixture) -> Sequence[str]:
    """Ids of fields whose values appear in the client's results or log."""
    caplog.set_level(logging.DEBUG)
    with running("koha") as system:
        assert system.simulator is not None
        transcript: list[str] = []
        system.simulator.log = transcript.append
        item = add_personal_data(system)
        system.simulator.orders.turn(temper, 3, system.library)
        out = repr(asyncio.run(results_of(system, kind, item))) + caplog.text
        came = "\n".join(transcript)
    assert [name for name, value in PRIVATE.items() if f"{name}{value}|" not in came] == [], (
        "the simulator did not send it"
    )
    return [name for name, value in PRIVATE.items() if value in out]


@pytest.mark.sip2_fact("G29", "G41")
@pytest.mark.parametrize("temper", ["calm", "bad-checksum", "unknown-fields", "worst"])
def test_address_and_hold_patron_appear_nowhere(temper: str, caplog: pytest.LogCaptureFixture) -> None:
    assert leaks(Sip2Client, temper, caplog) == []


class LeakingClient(Sip2Client):
    """Negative control: a client that logs what it receives, as for debugging."""

    async def check_pin(self, card, pin):  # type: ignore[no-untyped-def]
        logging.getLogger(__name__).debug("asked: %s", await self._patron(card))
        return await super().check_pin(card, pin)

    async def _checkin(self, row, item, fresh, then):  # type: ignore[no-untyped-def]
        response = await self._line.ask(self._requests.checkin(item, row.at, happened=row.no_block))
        return Accepted(someone_waits=True, place=f"{response.first('CY')} {response.first('DA')}")


def test_leaking_client_is_detected(caplog: pytest.LogCaptureFixture) -> None:
    assert leaks(LeakingClient, "calm", caplog) == list(PRIVATE)


@pytest.mark.sip2_fact("G36")
@pytest.mark.parametrize("af", ["", "Nicht heute", "Item not checked out to Wartende Kanarie", "今天不行"])
def test_refusal_uses_our_own_words_instead_of_the_screen_message(tmp_path: Path, af: str) -> None:
    fields = {"AF": af} if af else {}
    refused = asyncio.run(checkout_answer(tmp_path, checkout_response("0", **fields)))
    assert refused == Refused(Block(Reason.CENTRAL_REFUSED))
    for language in languages():
        words = Words(language, "Asia/Shanghai", "CNY").explain(refused.block, "Faust")
        assert words.what and words.next
        assert not af or af not in f"{words.what} {words.why} {words.next}"


@pytest.mark.sip2_fact("G36")
@pytest.mark.parametrize(("flags", "reason"), [("Y", Reason.CARD_BLOCKED), ("    Y", Reason.CARD_LOST)])
def test_block_without_a_screen_message_has_our_own_words(flags: str, reason: Reason) -> None:
    """Koha sends only flags for a patron blocked by staff."""
    bar = bar_of(patron_response(flags), ZONE, NOW)
    assert bar == Block(reason)
    for language in languages():
        words = Words(language, "Asia/Shanghai", "CNY").explain(bar)
        assert words.what and words.next
