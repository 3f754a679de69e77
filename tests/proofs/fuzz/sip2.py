"""Fuzz SIP2: any input is survived without invented fields, and sent messages parse as themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from kiosk.sync.sip2.message import (
    CHARSETS,
    DELIMITER,
    LAYOUTS,
    Frames,
    Sip2Message,
    Unreadable,
    Unsendable,
    read,
    unwrap,
    wrap,
    write,
)
from kiosk.sync.sip2.requests import BLANK, Requests, SystemLogin, login
from kiosk.sync.sip2.response_mapping import item_of, patron_of
from lending.model import ItemId
from tests.proofs.fuzz.targets import Invented, Target

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
AT = "20261127    120000"
FLAGS = " " * 14
CAME = (
    "941",
    f"98YYYYNY010003{AT}2.00AOmain|BXYYYYYYYYYYYYYYYY|",
    f"64{FLAGS}001{AT}000000000002000000000000AOmain|AA1001|AEAda Sample|BLY|CQY|AU3001|AU3002|AV |BV2.5|AFHello|",
    f"64YYYY{' ' * 10}000{AT}{' ' * 24}AE|AA1001|BLN|PA20270101|AFInvalid cardnumber|",
    f"18040001{AT}AB3001|AJÜber alles &#124; und nichts|AH2026-12-25 23:59:00|CF2|CShello|AQmain|",
    f"18030001{AT}AB3002|AJ\u570d\u57ce|AQ|",
    f"121NNY{AT}AOmain|AA1001|AB3001|AJFaust|AH5/23/2027,23:59|AFGreetings|AG|",
    f"120NUN{AT}AOmain|AA1001|AB3001|AJFaust|AH|BT06|BHUSD|BV1.234,50|",
    f"101YNY{AT}AOmain|AB3001|AQmain|CLbin|CTother|CV02|CYcard|DALin Example|",
    f"660001    {AT}AOmain|BM3001|BN3002|",
    "96",
)
"""Responses as systems write them."""
SENDS = 6
"""Messages made from one input."""
SENT = (b"1001|3001|4711|main", b"2000 1000|30001000000018||CPL", "卡|書|\x7f|".encode(), b"\xff\xfe|a\rAAb|99|")


def _charset(raw: bytes) -> tuple[str, bytes]:
    """Return the charset that the first byte selects, and the rest."""
    return CHARSETS[raw[0] % len(CHARSETS)] if raw else CHARSETS[0], raw[1:]


def came(raw: bytes) -> None:
    """Check a received stream: cut anywhere it is the same, and each message has only the fields that were sent."""
    charset, stream = _charset(raw)
    half, whole = Frames(), Frames()
    at = len(stream) // 2
    frames = [*whole.feed(stream), whole.take_unterminated()]
    if [*half.feed(stream[:at]), *half.feed(stream[at:]), half.take_unterminated()] != frames:
        raise Invented("another message where a packet ends")
    for frame in frames:
        text = unwrap(frame, charset).text
        try:
            message = read(text)
        except Unreadable:
            continue
        _only_what_came(text, message)
        _means_something(message)


def _only_what_came(text: str, message: Sip2Message) -> None:
    layout = LAYOUTS[message.code]
    pieces = text[2 + layout.length :].split(DELIMITER)
    if [name + value for name, value in message.fields] != [each for each in pieces if len(each) >= 2]:
        raise Invented("a field that did not come, or none for one that did")
    fixed = "".join(message.fixed[name] for name, _size in layout.fixed)
    again = message.code + fixed + "".join(f"{name}{value}{DELIMITER}" for name, value in message.fields)
    if read(again) != message:
        raise Invented("another message when it is read again")


def _means_something(message: Sip2Message) -> None:
    if message.code in ("24", "64"):
        patron_of(message, ZONE, NOW)
    if message.code == "18":
        item_of(message, ZONE, None)


def sent(raw: bytes, writes: Callable[[Sip2Message], str] = write) -> None:
    """Check cards, labels and PINs of any kind: they make one message that parses as itself, or none."""
    charset, rest = _charset(raw)
    card, item, pin, place, *_ = [*rest.decode("utf-8", errors="surrogateescape").split("|", 3), "", "", "", ""]
    requests = Requests(SystemLogin("main", "kiosk", pin, place, place), lambda: NOW, ZONE)
    due = NOW + timedelta(days=28)
    said = login(requests.account)
    assert said is not None
    messages = (
        said,
        requests.patron(card, pin, listed=2, first=1, last=10),
        requests.item(ItemId(item)),
        requests.checkout(card, ItemId(item), NOW, due, happened=True),
        requests.checkin(ItemId(item), NOW, happened=False),
        requests.renew(card, ItemId(item), NOW, None, happened=False),
    )
    assert len(messages) == SENDS
    for number, message in enumerate(messages):
        try:
            data = wrap(writes(message), number, charset)
        except Unsendable:
            continue
        frames = Frames().feed(data)
        if len(frames) != 1:
            raise Invented(f"{message.code} became {len(frames)} messages")
        frame = unwrap(frames[0], charset)
        if not frame.sound or frame.sequence != number or _by_id(read(frame.text)) != _by_id(message):
            raise Invented(f"{message.code} is read as another message than was sent")


def _frames(raw: bytes) -> int:
    frames = Frames()
    return len(frames.feed(raw[1:])) + bool(frames.take_unterminated())


def _by_id(message: Sip2Message) -> tuple[object, ...]:
    """Return the fields by id; a field that is omitted equals an empty one."""
    return message.code, dict(message.fixed), sorted(each for each in message.fields if each[1])


def carelessly(message: Sip2Message) -> str:
    """Control: write the fields without checking their values."""
    fixed = "".join(message.fixed.get(name, BLANK)[:size] for name, size in LAYOUTS[message.code].fixed)
    return message.code + fixed + "".join(f"{name}{value}{DELIMITER}" for name, value in message.fields)


def sip2_targets() -> Sequence[Target]:
    streams = [bytes([number]) + _stream(charset) for number, charset in enumerate(CHARSETS)]
    values = [bytes([number]) + each for number in range(len(CHARSETS)) for each in SENT]
    return Target("SIP2: what comes", came, streams, _frames), Target(
        "SIP2: what is sent", sent, values, lambda _: SENDS
    )


def careless() -> Target:
    return Target("control: SIP2 put together without a look", partial(sent, writes=carelessly), [b"\x02" + SENT[0]])


def _stream(charset: str) -> bytes:
    """Return every kind of response, with and without error detection, each with a different end."""
    ends = (b"\r", b"\r\n", b"\n")
    data = b""
    for number, each in enumerate(CAME):
        known = each.encode(charset, errors="replace").decode(charset)
        data += wrap(known, number % 10 if number % 3 else None, charset, ends[number % 3])
    return data
