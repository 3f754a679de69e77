"""Simulate a kiosk with offline transactions, returns in its bin, no paper and a call for help."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import uuid6

from kiosk.benchmarks.hub import BOOT, JSON, FarKiosk, enrol_kiosks
from kiosk.sync.hub_client import API
from kiosk.system.health import PartName
from lending.model import ItemId, Reason
from lending.transactions import Checkin, ClockTrust, ReturnMode
from lending.wire.fleet import HealthReport, HelpReport, PartReport
from tests.hub.support.browsers import DemoHub

READY = PartReport(condition="ready")
NO_PAPER = PartReport(condition="faulty", reason="out_of_paper")


def make(hub: DemoHub, folder: Path) -> None:
    """Enrol the kiosk and upload its transactions and health report.

    Raises:
        EnrolmentFailed: The hub refused the enrolment.
        ProgramFailed: The hub refused a transaction.
    """
    folder.mkdir()
    (kiosk,) = enrol_kiosks(hub.url, ["Foyer"], folder)
    item = {case: each["barcode"] for case, each in hub.items.items()}
    card = {case: each["card"] for case, each in hub.patrons.items()}
    back = {"free_10": ReturnMode.PROVISIONAL, "free_11": ReturnMode.PROVISIONAL, "free_53": ReturnMode.TRUSTED}
    for case, mode in back.items():
        kiosk.deliver(kiosk.checkout(card["plain_2"], item[case]), item[case])
        kiosk.deliver(kiosk.row(Checkin(ItemId(item[case]), mode)), item[case])
    for patron, case in (("plain_3", "on_loan"), ("plain_4", "held_for_other")):
        kiosk.deliver(kiosk.checkout(card[patron], item[case], no_block=True), item[case])
    _reports(kiosk)


def _reports(kiosk: FarKiosk) -> None:
    now = datetime.now(UTC)
    parts = {name.value: READY for name in (PartName.CARD_READER, PartName.BARCODE_SCANNER, PartName.CENTRAL)}
    report = HealthReport(
        wire=1,
        version=version("library-kiosk"),
        boot=BOOT,
        uptime=3 * 3600,
        now=now,
        trust=ClockTrust.SYNCED,
        parts={**parts, PartName.RECEIPT_PRINTER.value: NO_PAPER},
        queued=0,
        set_aside=0,
        in_service=True,
        help=[HelpReport(id=str(uuid6.uuid7()), at=now, why=Reason.ON_LOAN_TO_OTHER.value)],
        gone=[],
        held=[],
        cloned_kiosk=[],
    )
    path, body = f"{API}/fleet/health", report.model_dump_json().encode()
    signed = {**JSON, "Authorization": kiosk.signer.claim("POST", path, body).header}
    kiosk.line.request("POST", path, body, signed)
    answer = kiosk.line.getresponse()
    assert answer.status == 200, answer.read()
