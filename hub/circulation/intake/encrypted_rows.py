"""Decrypt what kiosks have encrypted to this hub, and handle rows whose key the hub does not have.

Only staff can decide that a key is lost for good. Until then the rows wait, and are applied once the key file is
restored. After that decision they are set aside.
"""

import hmac
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from hub.circulation import cards
from hub.circulation.intake import exceptions
from hub.circulation.models import ExceptionCase, Kiosk, Transaction
from hub.core.retrying_transaction import atomic
from hub.core.state_directory import SECRET, secret
from lending import sealing
from lending.sealing import SealBroken
from lending.transactions import TransactionId, receipt_code
from lending.wire import RowAnswer, WireRow

log = logging.getLogger(__name__)
KEY_FILE = "seal_key"
"""Name of the file with the current key. Older keys are in `seal_key.*` and still decrypt."""
BACK = "the key is back"
CAME = "it came again"
SETTLED = "set_aside"
NO_KEY, UNOPENED = str(ExceptionCase.Kind.NO_KEY), str(ExceptionCase.Kind.UNOPENED)


class SealKeyMissing(Exception):
    """A row is encrypted to a key that this hub does not have.

    The kiosk must send it again, because it alone has the row.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"no key {key} in {settings.STATE} to decrypt this kiosk's rows: copy the file {KEY_FILE} from this hub's "
            f"backup there as {KEY_FILE}.restored"
        )


def public_key() -> str:
    """Return the public key to which kiosks encrypt, in hex."""
    return sealing.public_of(secret(KEY_FILE, settings.STATE))


def key_names() -> dict[str, str]:
    """Return the available keys, the current one first: file name and key name."""
    return {file: sealing.name_of(sealing.public_of(text)) for file, text in _private_keys()}


def decrypt_row(raw: dict[str, object]) -> dict[str, object]:
    """Return the row with its body in plain text.

    Raises:
        SealBroken: The body does not decrypt, or is not the one of this envelope.
        SealKeyMissing: The hub does not have the key.
    """
    body = raw.get("body")
    box = sealing.read(body) if isinstance(body, str) else None
    if box is None:
        return raw
    plain = sealing.decrypt(_private_key(box.key), box)
    if not fits(str(raw.get("kind")), plain, raw.get("mark")):
        raise SealBroken("the decrypted body does not match the mark of its envelope")
    return {**raw, "body": plain}


def fits(kind: str, plain: str, mark: object) -> bool:
    """Return whether the plain body matches the mark of its envelope."""
    whole = sealing.mark_of_body(bytes.fromhex(cards.card_key()), kind, plain)
    return hmac.compare_digest(whole.encode(), str(mark).encode())


def key_of(body: object) -> str:
    """Return the name of the key that decrypts this body; empty if it is not encrypted."""
    box = sealing.read(body) if isinstance(body, str) else None
    return box.key if box else ""


def _private_key(name: str) -> str:
    for _file, text in _private_keys():
        if sealing.name_of(sealing.public_of(text)) == name:
            return text
    raise SealKeyMissing(name)


def _private_keys() -> Iterator[tuple[str, str]]:
    """Yield file name and content of each key. Files that contain no key are skipped."""
    yield KEY_FILE, secret(KEY_FILE, settings.STATE)
    for path in sorted(settings.STATE.glob(f"{KEY_FILE}.*")):
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        if SECRET.fullmatch(text):
            yield path.name, text


def stored_plain_row(kiosk: Kiosk, raw: dict[str, object]) -> dict[str, object] | None:
    """Return the row with its body in plain text if it is already stored, else None.

    The mark of the row proves that it is the same, so that no key is needed. A stored row whose body was erased has no
    such proof; it counts as the same if it was accepted, because then only its answer is needed.
    """
    try:
        stored = Transaction.objects.filter(pk=UUID(str(raw.get("id"))), kiosk=kiosk).first()
    except ValueError:
        return None
    if stored is None or not (_is_answered(stored) or fits(str(raw.get("kind")), stored.body, raw.get("mark"))):
        return None
    return {**raw, "body": stored.body}


def _is_answered(stored: Transaction) -> bool:
    """Return whether the transaction was accepted and its body erased.

    A repeated row of it cannot change anything.
    """
    return not stored.body_hash and bool(stored.outcome == Transaction.Outcome.ACCEPTED)


@atomic
def wait_for_key(kiosk: Kiosk, key: str, now: datetime) -> None:
    """Open a case, once per kiosk and key: no later row of this kiosk is processed meanwhile."""
    case, is_new = ExceptionCase.objects.get_or_create(
        kiosk=kiosk,
        kind=NO_KEY,
        reason=key,
        defaults={"journal": kiosk.journal, "raw_hash": f"no key {key}", "opened_at": now},
    )
    if is_new or case.resolved_at is not None:
        ExceptionCase.objects.filter(pk=case.pk).update(resolved_at=None, resolved_by="", resolution="")
        log.error("kiosk %s: %s", kiosk.name, SealKeyMissing(key))


def close_restored_keys(kiosk: Kiosk, now: datetime) -> None:
    """Close the kiosk's cases about keys that have been restored."""
    waiting = ExceptionCase.objects.filter(kiosk=kiosk, kind=NO_KEY, resolved_at=None)
    if keys := set(waiting.values_list("reason", flat=True)) & set(key_names().values()):
        waiting.filter(reason__in=keys).update(resolved_at=now, resolution=BACK)


def is_lost(key: str) -> bool:
    """Return whether staff have declared the key lost."""
    return bool(ExceptionCase.objects.filter(kind=NO_KEY, reason=key, facts__lost=True).exists())


@atomic
def declare_lost(case: ExceptionCase, staff: str, reason: str, now: datetime) -> None:
    """Declare the key of this case lost.

    The rows that any kiosk has encrypted to it are then set aside when they arrive.
    """
    of_key = ExceptionCase.objects.filter(kind=NO_KEY, reason=case.reason, resolved_at=None)
    of_key.update(facts={"lost": True}, resolved_at=now, resolved_by=staff, resolution=reason)
    case.refresh_from_db()


def set_aside(kiosk: Kiosk, raw: dict[str, object], row: WireRow, now: datetime) -> RowAnswer:
    """Keep the readable fields of a row, and its encrypted body in case the key is found after all."""
    facts: dict[str, str | int] = {
        "id": row.id,
        "seq": row.seq,
        "kind": row.kind,
        "at": row.at.isoformat(),
        "boot": row.boot,
        "mono_ns": row.mono_ns,
        "code": receipt_code(TransactionId(row.id)),
    }
    case = exceptions.open_case_once(UNOPENED, "", now, kiosk, raw, facts=facts)
    reason = "it is sealed to a key that the hub has lost"
    return RowAnswer(id=row.id, outcome="set_aside", reason=reason, exception=case.pk)


@atomic
def read_row(case: ExceptionCase, now: datetime) -> Transaction:
    """Decrypt a row whose key was found, so that staff can decide on it.

    Raises:
        SealKeyMissing: The key is missing again.
        SealBroken: The body does not decrypt.
    """
    row = WireRow.model_validate(decrypt_row(json.loads(case.raw)))
    stored: Transaction | None = Transaction.objects.filter(pk=row.id).first()
    if stored is None:
        stored = Transaction.of_row(row, case.kiosk, case.journal, case.opened_at)
        stored.outcome = Transaction.Outcome.SET_ASIDE
        stored.answer = {"id": row.id, "outcome": SETTLED, "exception": case.pk}
        stored.save(force_insert=True)
        exceptions.append_result(now, stored, case, None)
    elif stored.outcome != Transaction.Outcome.SET_ASIDE:
        case.resolved_at, case.resolution = now, CAME
    case.transaction = stored
    case.raw = "" if exceptions.is_anonymous(row.kind, row.body) else row.body
    case.save(update_fields=("transaction", "raw", "resolved_at", "resolution"))
    return stored


def can_read(case: ExceptionCase) -> bool:
    """Return whether the key of this row is available again."""
    box = key_of(json.loads(case.raw).get("body")) if case.transaction_id is None and case.raw else ""
    return bool(box) and box in key_names().values()


def visits(code: str, pause: timedelta) -> Iterator[list[ExceptionCase]]:
    """Yield the undecryptable rows of each visit that ends with this receipt code, oldest first.

    A visit reaches back to the first pause that is longer than `pause`.
    """
    for last in ExceptionCase.objects.filter(kind=UNOPENED, transaction=None, facts__code=code).select_related("kiosk"):
        before = ExceptionCase.objects.filter(
            kind=UNOPENED, kiosk=last.kiosk_id, journal=last.journal, seq__lte=last.seq, facts__boot=last.facts["boot"]
        )
        found: list[ExceptionCase] = []
        for case in before.select_related("kiosk").order_by("-seq")[:200]:
            later = found[-1].facts["mono_ns"] if found else case.facts["mono_ns"]
            if timedelta(microseconds=(later - case.facts["mono_ns"]) / 1000) > pause:
                break
            found.append(case)
        yield found[::-1]


def has_code(code: str) -> bool:
    """Return whether an undecryptable row has this receipt code."""
    return bool(ExceptionCase.objects.filter(kind=UNOPENED, facts__code=code).exists())
