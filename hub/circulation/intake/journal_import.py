"""Import a kiosk's pending transactions from an exported file, as if the kiosk had uploaded them."""

from collections import Counter
from pathlib import Path

from django.apps import apps
from pydantic import ValidationError

from hub.circulation.intake.transaction_intake import TransactionIntake
from hub.circulation.intake.transaction_time import UploadContext
from hub.circulation.models import Kiosk
from hub.core.clock import hub_clock
from lending import wire


class JournalUnusable(Exception):
    """Nothing was imported; `args[0]` names the file, the line and what to do."""


def take(file: Path, name: str) -> Counter[str]:
    """Return the number of rows by outcome. Every line is parsed before the first is imported.

    Raises:
        JournalUnusable: There is no such kiosk, or a line cannot be parsed.
    """
    kiosk = Kiosk.objects.filter(name=name).first()
    if kiosk is None:
        known = ", ".join(Kiosk.objects.order_by("name").values_list("name", flat=True)) or "none"
        raise JournalUnusable(f"no kiosk is called {name}; known are: {known}")
    obstacle = apps.get_app_config("circulation").obstacle
    counts: Counter[str] = Counter()
    for envelope in [_read(file, n, line) for n, line in enumerate(file.read_bytes().splitlines(), 1)]:
        sending = UploadContext(hub_clock().now(), elsewhere=envelope.elsewhere)
        exchange = TransactionIntake(kiosk, sending, obstacle, envelope.journal)
        counts.update(answer.outcome for answer in exchange.take(envelope.rows))
    return counts


def _read(file: Path, number: int, line: bytes) -> wire.TransactionsRequest:
    try:
        return wire.TransactionsRequest.model_validate_json(line)
    except ValidationError as error:
        where = f"{file}, line {number}: {wire.first_fault(error)}"
        raise JournalUnusable(f"{where}: take the file as `kiosk journal export` wrote it") from None
