"""Test the bytes sent, and the reaction to missing, damaged and foreign responses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import pytest

from kiosk.central import CentralUnavailable
from kiosk.sync.sip2.connection import AnswerLost
from kiosk.sync.sip2.message import ANSWER_TO, LAYOUTS, Frames, Sip2Message, checksum, unwrap, wrap, write
from kiosk.visit_player import proxy
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.sip2.connection_test import (  # fmt: skip
    AT,
    CHECKOUT,
    FAUST,
    ITEM,
    LENT,
    STATUS,
    Server,
    hangs_up,
    line,
    plain,
    serving,
    spoilt,
    well,
)

ENDS = (b"\r", b"\r\n", b"\n")
CHANGING = ("11", "09", "29", "65", "15", "37", "35")
ASKING = ("17", "63", "23")
NOT_UNDERSTOOD = b"96AZFEF6\r"


def bare(code: str) -> Sip2Message:
    """Message of a kind with blank fixed fields only."""
    return Sip2Message(code, {name: " " * size for name, size in LAYOUTS[code].fixed}, ())


def answer(code: str) -> str:
    """Shortest response to a message of a kind."""
    return write(bare(ANSWER_TO[code]))


class RawServer(Server):
    """Server that also keeps the received bytes."""

    raw = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames()
        while data := await reader.read(4096):
            self.raw += data
            for each in frames.feed(data):
                reply = self._answer(each)
                assert isinstance(reply, bytes)
                writer.write(reply)
        writer.close()


@pytest.mark.sip2_fact("G1")
@pytest.mark.parametrize("end", ENDS)
@run_async
async def test_every_message_ends_with_the_configured_ending(end: bytes) -> None:
    server = RawServer([spoilt(FAUST), well(FAUST)])
    async with proxy.serving(server.serve) as server.port:
        talks = line(server, end=end)
        await talks.ask(ITEM)
        talks.close()
        *messages, rest = server.raw.split(end)
        assert [each[:2] for each in messages] == [b"93", b"99", b"17", b"97"] and rest == b""
        assert not any(each in b"".join(messages) for each in (b"\r", b"\n"))


@pytest.mark.sip2_fact("G11")
@pytest.mark.parametrize("charset", ["cp850", "latin-1", "utf-8", "gbk", "gb18030", "big5", "cp932"])
@run_async
async def test_charset_is_used_in_both_directions(charset: str) -> None:
    title = {"cp850": "Über", "latin-1": "Über", "cp932": "ポ", "big5": "四"}.get(charset, "東")
    request = Sip2Message("17", {"date": AT}, (("AO", "main"), ("AB", title)))

    def says(_: str, sequence: int | None) -> bytes:
        return wrap(f"18030001{AT}AB3001|AJ{title}|AQmain|", sequence, charset)

    server = RawServer([says])
    async with proxy.serving(server.serve) as server.port:
        talks = line(server, charset=charset)
        response = await talks.ask(request)
        talks.close()
        assert (response.first("AJ"), response.first("AQ")) == (title, "main")
        assert b"|AB" + title.encode(charset) + b"|" in server.raw


@pytest.mark.sip2_fact("G13")
@run_async
async def test_undecodable_byte_keeps_the_connection_and_its_text_out_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    strange = f"18030001{AT}AB3001|AJM".encode() + b"\xfcller|AQmain|\r"
    async with serving(plain(strange)) as server:
        talks = line(server)
        with caplog.at_level(logging.WARNING):
            response = await talks.ask(ITEM)
        await talks.ask(ITEM)
        talks.close()
        assert (response.first("AJ"), response.first("AQ")) == ("M\ufffdller", "main")
        assert server.connections == 1
        assert "holds bytes that are not utf-8" in caplog.text and "ller" not in caplog.text


def over_characters(text: str, sequence: int | None) -> bytes:
    head = f"{text}AY{sequence}AZ"
    return f"{head}{-sum(map(ord, head)) & 0xFFFF:04X}\r".encode()


@pytest.mark.sip2_fact("G15")
@run_async
async def test_configured_character_checksum_is_accepted_and_ours_covers_bytes() -> None:
    text = FAUST.replace("Faust", "Römer")
    umlaut = Sip2Message("17", {"date": AT}, (("AO", "main"), ("AB", "Römer")))
    async with serving(lambda _, sequence: over_characters(text, sequence)) as server:
        talks = line(server, sums_by_code_points=True)
        assert (await talks.ask(umlaut)).first("AJ") == "Römer"
        talks.close()
        assert server.codes() == ["93", "99", "17"]
        assert all(each[-4:] == checksum(each[:-4].encode()) for each in server.received)
    async with serving(lambda _, sequence: over_characters(text, sequence)) as server:
        with pytest.raises(CentralUnavailable, match="bad_checksum"):
            await line(server).ask(umlaut)
        assert server.codes() == ["93", "99", "17", "97", "97"]


@pytest.mark.sip2_fact("G16")
@pytest.mark.parametrize("tail", ["", "AY{n}", "AZ", "AY{n}AZ"])
@pytest.mark.parametrize("right", [True, False])
@run_async
async def test_sequence_number_and_checksum_are_both_optional(tail: str, right: bool) -> None:
    def says(_: str, sequence: int | None) -> bytes:
        text = FAUST + tail.format(n=sequence)
        sum_ = (checksum(text.encode()) if right else "0BAD") if tail.endswith("AZ") else ""
        return f"{text}{sum_}\r".encode()

    async with serving(says, well(FAUST)) as server:
        talks = line(server)
        assert (await talks.ask(ITEM)).first("AJ") == "Faust"
        talks.close()
        assert ("97" in server.codes()) is (tail.endswith("AZ") and not right)


@pytest.mark.sip2_fact("G16")
def test_checksum_without_a_sequence_number_is_not_part_of_the_text() -> None:
    text = "941AZ"
    frame = unwrap((text + checksum(text.encode())).encode())
    assert (frame.text, frame.sequence, frame.sound) == ("941", None, True)


@pytest.mark.sip2_fact("G20", "G21")
@pytest.mark.parametrize("code", CHANGING)
@pytest.mark.parametrize("loses", [hangs_up, plain(NOT_UNDERSTOOD)])
@run_async
async def test_changing_request_is_sent_once_on_an_old_connection(code: str, loses: object) -> None:
    async with serving(well(FAUST), loses, well(answer(code))) as server:  # type: ignore[arg-type]
        talks = line(server)
        await talks.ask(ITEM)
        with pytest.raises(AnswerLost):
            await talks.ask(bare(code))
        assert server.codes().count(code) == 1


@pytest.mark.sip2_fact("G20", "G26")
@pytest.mark.parametrize("code", ASKING)
@pytest.mark.parametrize("loses", [hangs_up, plain(NOT_UNDERSTOOD)])
@run_async
async def test_query_is_sent_again(code: str, loses: object) -> None:
    """Control of the previous test."""
    async with serving(well(FAUST), loses, well(answer(code))) as server:  # type: ignore[arg-type]
        talks = line(server)
        await talks.ask(ITEM)
        assert (await talks.ask(bare(code))).code == ANSWER_TO[code]
        talks.close()
        assert server.codes().count(code) == 2 + (code == "17")


@pytest.mark.sip2_fact("G20")
@pytest.mark.parametrize("request_", [ITEM, CHECKOUT])
@run_async
async def test_answer_96_to_97_ends_the_connection(request_: Sip2Message) -> None:
    async with serving(spoilt(LENT), plain(NOT_UNDERSTOOD), well(FAUST)) as server:
        talks = line(server)
        with pytest.raises(CentralUnavailable, match="not_understood"):
            await talks.ask(request_)
        assert server.codes() == ["93", "99", request_.code, "97"]
        await talks.ask(ITEM)
        talks.close()
        assert server.connections == 2


@pytest.mark.sip2_fact("G23")
@run_async
async def test_acs_status_instead_of_a_checkout_answer_updates_the_status() -> None:
    closed = STATUS.replace("98YYY", "98YYN")
    async with serving(well(closed)) as server:
        talks = line(server)
        with pytest.raises(AnswerLost):
            await talks.ask(CHECKOUT)
        assert talks.status is not None and talks.status.fixed["checkout"] == "N"


@pytest.mark.sip2_fact("G23")
@pytest.mark.parametrize("other", [LENT, "941", "36Y" + AT, "None"])
@run_async
async def test_answer_of_another_kind_ends_the_connection(other: str) -> None:
    answers: Sequence[str] = (FAUST, other, FAUST)
    async with serving(*map(well, answers)) as server:
        talks = line(server)
        await talks.ask(ITEM)
        assert (await talks.ask(ITEM)).first("AJ") == "Faust"
        talks.close()
        assert server.connections == 2
