"""Sample views for staff and technicians: out of order, help, sign-in, parts and their tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from kiosk.central import OutOfService
from kiosk.screens.samples.sample_parts import ByLanguage, guest
from kiosk.system.health import ABSENT, READY, Condition, Device, PartName, PartState
from kiosk.views import (
    Borrowing,
    Help,
    IdleWarning,
    OutOfOrder,
    Release,
    SignIn,
    Technician,
    TouchTest,
    Trial,
    View,
    Welcome,
)

MESSAGES = (
    "读卡器更换中，11月28日恢复，请改用二楼自助机。",
    "The card reader is being replaced until 28 Nov. Please use the kiosks upstairs.",
)
"""About as long as staff may write."""

REFUSED = (
    "未作任何更改。/boot/firmware/kiosk.toml：2 处需要修改\n"
    "  enrolment.code = (kept secret): has 3 characters: should be the 16 letters and digits of the hub's page Kiosks\n"
    '  receipt_printer.driver = "ubs"',
    "nothing was changed. /boot/firmware/kiosk.toml: 2 to mend\n"
    "  enrolment.code = (kept secret): has 3 characters: should be the 16 letters and digits of the hub's page Kiosks\n"
    '  receipt_printer.driver = "ubs"; did you mean usb?',
)
KIOSKS = ByLanguage({"en": "Kiosk 2", "zh": "2 号自助机", "zh_TW": "2 號自助機", "mn": "Киоск 2"})
HERE = "library-kiosk-3, 192.168.100.107"


def service(language: str) -> Iterator[tuple[str, View]]:
    yield "OutOfOrder-missing", OutOfOrder("missing", "kiosk journal create")
    yield "OutOfOrder-message", OutOfOrder("out_of_service", message=OutOfService(*MESSAGES))
    yield "OutOfOrder-full", OutOfOrder("full", "kiosk journal create --file /var/lib/kiosk/journal.db")
    yield "OutOfOrder-no-config", OutOfOrder("no_config", "sudo kiosk provision", here=HERE)
    yield "OutOfOrder-bad-config", OutOfOrder("bad_config", "sudo kiosk config validate", here=HERE)
    yield "OutOfOrder-not-enrolled", OutOfOrder("not_enrolled", "sudo kiosk enrol", here=HERE)
    refused = OutOfService(*REFUSED)
    yield "OutOfOrder-refused", OutOfOrder("no_config", "sudo kiosk provision", here=HERE, refused=refused)
    yield "Help", Help(Welcome())
    yield "Help-out-of-order", Help(OutOfOrder("full"))
    parts = {
        PartName.CARD_READER: READY,
        PartName.BARCODE_SCANNER: READY,
        PartName.RECEIPT_PRINTER: PartState(Condition.READY, "near_end"),
        PartName.LIGHTS: ABSENT,
        PartName.CENTRAL: PartState(Condition.FAULTY, "away"),
        PartName.JOURNAL: READY,
        PartName.BACKLOG: PartState(Condition.READY, "waits_long"),
        PartName.SNAPSHOT: PartState(Condition.FAULTY, "stale"),
    }
    kiosk = KIOSKS[language]
    yield "SignIn", SignIn(Welcome(), typed="••••")
    yield "SignIn-wrong", SignIn(Welcome(), problem="wrong_code")
    yield "SignIn-paused", SignIn(Welcome(), problem="codes_paused", minutes=5)
    yield "SignIn-no-technician", SignIn(OutOfOrder("missing"), problem="no_technician")
    yield "SignIn-checking", SignIn(Welcome(), checking=True)
    parts |= dict.fromkeys((PartName.DISK, PartName.CLOCK), READY)
    parts |= dict.fromkeys((PartName.KEYS, PartName.BIN, PartName.TEMPERATURE, PartName.SUPPLY), ABSENT)
    release = Release("0.4.2", datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    yield "Technician", Technician(Welcome(), parts, 2, 1, 93784.0, kiosk=kiosk, release=release)
    broken = {name: PartState(Condition.FAULTY, "unplugged") for name in PartName}
    broken[PartName.BACKLOG] = PartState(Condition.FAULTY, "lending_stopped")
    yield "Technician-broken", Technician(Welcome(), broken, 12, 0, 93784.0, kiosk=kiosk)
    trials: dict[PartName | Device, Trial] = {
        PartName.CARD_READER: Trial.SEEN,
        PartName.RECEIPT_PRINTER: Trial.FAILED,
        PartName.LIGHTS: Trial.RUNNING,
        PartName.SECURITY_GATE: Trial.DONE,
        Device.TOUCH: Trial.FAILED,
        Device.SPEAKER: Trial.DONE,
    }
    fitted = dict.fromkeys(PartName, READY) | {PartName.RECEIPT_PRINTER: PartState(Condition.FAULTY, "unplugged")}
    testing = Technician(Welcome(), fitted, 0, 0, None, 0.075, kiosk, "lin", trials, speaker=True, release=release)
    yield "Technician-testing", testing
    yield "TouchTest", TouchTest(testing)
    yield "TouchTest-half", TouchTest(testing, (0.4, 61.8))
    yield "TouchTest-done", TouchTest(testing, (0.4, 1.9, 0.0, 1.2, 5.1))
    yield "TouchTest-wrong", TouchTest(testing, (130.4,) * 5)
    yield "IdleWarning", IdleWarning(Borrowing(guest(language)), 17)
