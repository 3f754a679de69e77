"""Upload one row that the hub cannot apply, so that the exception desk of the demo library has something to show.

A kiosk that has been replaced since was offline and checked a book out to a card that it did not know.
"""

from datetime import datetime, timedelta

from hub.catalogue.models import Branch
from hub.circulation import cards
from hub.circulation.intake.apply_transaction import UploadContext
from hub.circulation.intake.transaction_intake import TransactionIntake
from hub.circulation.models import Kiosk
from hub.demo.sample_data import Cases
from lending import wire
from lending.model import CardRef, ItemId
from lending.transactions import Checkout, ClockTrust

KIOSK = "foyer-replaced"
"""Name of the kiosk. The demo's API leaves its rows out: they are no row of a visit."""
CARD = "04D0C0FFEE7A80"
"""UID of a card that is not registered."""
ROW = "019acb05-5c00-7000-8000-000000000001"


def make(cases: Cases, now: datetime) -> None:
    """Upload the row as of yesterday, once."""
    if Kiosk.objects.filter(name=KIOSK).exists():
        return
    at = now - timedelta(days=1)
    kiosk = Kiosk.objects.create(name=KIOSK, branch=Branch.objects.get(code="main"), revoked_at=now, seen_at=at)
    act = Checkout(CardRef(cards.hash_number(CARD)), ItemId(cases.item("free_58").barcode), at + timedelta(days=30))
    kind, body = wire.encode(act)
    row = wire.WireRow(
        id=ROW, seq=1, boot="demo", mono_ns=0, at=at, trust=ClockTrust.SYNCED, kind=kind, no_block=True, body=body
    )  # fmt: skip
    for answer in TransactionIntake(kiosk, UploadContext(at), lambda: None).take([row.model_dump(mode="json")]):
        assert answer.exception is not None, answer
