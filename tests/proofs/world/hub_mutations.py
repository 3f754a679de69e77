"""Seeded faults of the hub, each of which the checker must find."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest import mock

from tests.proofs.world.mutations import Mutation


def no_unique_id() -> AbstractContextManager[Any]:
    """Skip the check for a known id, and let the tables accept a second one."""
    from hub.circulation.intake import encrypted_rows
    from hub.circulation.intake.transaction_intake import TransactionIntake
    from hub.circulation.models import Loan, PendingReturn, Renewal, Transaction
    from lending.wire import WireRow

    real = TransactionIntake._answer

    def answer(self: Any, raw: dict[str, object]) -> Any:
        known = Transaction.objects.filter(pk=raw["id"]).first()
        if known is None:
            return real(self, raw)
        for table in (Loan, Renewal, PendingReturn):
            table.objects.filter(transaction=known.pk).update(transaction=None)
        row = WireRow.model_validate(encrypted_rows.decrypt_row(raw))
        known.no_block = row.no_block
        return self._store(known, row)

    return mock.patch.object(TransactionIntake, "_answer", answer)


def answered_before_commit() -> AbstractContextManager[Any]:
    """Send the answer first, and skip one commit in seven."""
    from django.db import transaction

    from hub.circulation.intake.transaction_intake import TransactionIntake

    real, count = TransactionIntake._answer, [0]

    def answer(self: Any, raw: dict[str, object]) -> Any:
        said = real(self, raw)
        count[0] += 1
        if count[0] % 7 == 0:
            transaction.set_rollback(True)
        return said

    return mock.patch.object(TransactionIntake, "_answer", answer)


def no_block_ignored() -> AbstractContextManager[Any]:
    """Refuse completed transactions by the rules like any other, without a report."""
    from hub.circulation.intake.apply_transaction import by_kiosk as real

    def by_kiosk(kiosk: Any, row: Any, *more: Any) -> Any:
        return replace(real(kiosk, row, *more), no_block=False)

    return mock.patch("hub.circulation.intake.transaction_intake.by_kiosk", by_kiosk)


def set_aside_in_silence() -> AbstractContextManager[Any]:
    """Open no case for what is set aside."""
    from hub.circulation.intake import exceptions
    from hub.circulation.models import ExceptionCase

    real = exceptions.open_case

    def opened(*arguments: Any) -> Any:
        case = real(*arguments)
        ExceptionCase.objects.filter(pk=case.pk).delete()
        return case

    return mock.patch.object(exceptions, "open_case", opened)


def numbers_alone_are_compared() -> AbstractContextManager[Any]:
    """Take any row with the same number for the same row."""
    return mock.patch("hub.circulation.intake.lost_rows.missing", lambda *_: [])


def a_restore_forgets_its_warnings() -> AbstractContextManager[Any]:
    """Ignore the warnings about two boxes that the kiosk repeats."""
    from hub.circulation.intake.lost_rows import update_warnings as real

    return mock.patch("hub.circulation.intake.lost_rows.update_warnings", lambda kiosk, days, now: real(kiosk, [], now))


HUB_MUTATIONS = (
    Mutation("hub: no unique id", no_unique_id),
    Mutation("hub: answers before it commits", answered_before_commit),
    Mutation("hub: no-block is ignored", no_block_ignored, harmless=1),
    Mutation("hub: set aside, and no case opened", set_aside_in_silence, harmless=1),
    Mutation("hub: compares numbers alone", numbers_alone_are_compared, harmless=13),
    Mutation("hub: a restore forgets its warnings", a_restore_forgets_its_warnings, harmless=10),
)
