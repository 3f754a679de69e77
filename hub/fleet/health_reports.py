"""Store health reports of kiosks, and return the instructions of staff to them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hub.circulation.intake import encrypted_rows, lost_rows
from hub.circulation.models import Kiosk
from hub.core.retrying_transaction import atomic
from hub.fleet import rollouts
from hub.fleet.models import HelpCall, KioskStatus
from lending.wire import fleet

IDENTIFIES = timedelta(minutes=2)


def standing(kiosk: Kiosk) -> KioskStatus:
    """Return the kiosk's status; an empty one before its first report."""
    status, _ = KioskStatus.objects.get_or_create(kiosk=kiosk)
    return status


@atomic
def take(kiosk: Kiosk, report: fleet.HealthReport, now: datetime) -> fleet.FleetAnswer:
    """Replace the kiosk's last report, and add its new calls for help."""
    status = standing(kiosk)
    KioskStatus.objects.filter(pk=status.pk).update(
        told_at=now,
        version=report.version,
        uptime=report.uptime,
        clock_off=(report.now - now).total_seconds(),
        trust=report.trust,
        parts={name: part.model_dump() for name, part in report.parts.items()},
        queued=report.queued,
        set_aside=report.set_aside,
        oldest=report.oldest,
        in_service=report.in_service,
        seal=report.seal,
        sealed=None if report.sealed is None else [each.model_dump() for each in report.sealed],
        settings=None if report.settings is None else report.settings.model_dump(),
    )
    for call in report.help:
        values = {"kiosk": kiosk, "called_at": now, "why": call.why, "unasked": call.unasked}
        HelpCall.objects.get_or_create(id=call.id, defaults=values)
    if "held" in report.model_fields_set:  # versions that report held rows also send proofs
        Kiosk.objects.filter(pk=kiosk.pk, proves=False).update(proves=True)
    lost_rows.take(kiosk, report.journal, report.gone, now)
    reached = lost_rows.last_stored_number(kiosk, report.journal)
    missing = lost_rows.missing(kiosk, reached, report.held, now)
    warned = lost_rows.update_warnings(kiosk, report.cloned_kiosk, now)
    encrypted_rows.close_restored_keys(kiosk, now)
    update = rollouts.take(kiosk, report.update, now)
    facts = {"now": now, "known": reached, "missing": missing, "cloned_kiosk": warned, "update": update}
    return _instructions(kiosk, status, now).model_copy(update=facts)


def _instructions(kiosk: Kiosk, status: KioskStatus, now: datetime) -> fleet.FleetAnswer:
    closed = fleet.OutOfService(words=status.closing.in_order()) if status.closed_at else None
    identify = status.identify_until is not None and now < status.identify_until
    calls = HelpCall.objects.filter(kiosk=kiosk)
    return fleet.FleetAnswer(
        wire=1,
        out_of_service=closed,
        identify=identify,
        help_seen=not calls.filter(seen_at=None).exists(),
        seal_key=encrypted_rows.public_key(),
    )


def close(kiosk: Kiosk, words: Mapping[str, str], by: str, now: datetime) -> None:
    """Take the kiosk out of service; it closes at its next report, after the visit in progress."""
    KioskStatus.objects.filter(pk=standing(kiosk).pk).update(closing=words, closed_at=now, closed_by=by)


def reopen(kiosk: Kiosk) -> None:
    """Put the kiosk back into service."""
    KioskStatus.objects.filter(pk=standing(kiosk).pk).update(closing={}, closed_at=None, closed_by="")


def identify(kiosk: Kiosk, now: datetime) -> None:
    """Have the kiosk display its name for a while, so that staff can find it."""
    KioskStatus.objects.filter(pk=standing(kiosk).pk).update(identify_until=now + IDENTIFIES)


def help_seen(kiosk: Kiosk, by: str, now: datetime) -> int:
    """Mark the kiosk's calls for help as seen; return their number."""
    return HelpCall.objects.filter(kiosk=kiosk, seen_at=None).update(seen_at=now, seen_by=by)


def waiting_calls() -> dict[int, tuple[int, HelpCall]]:
    """Return for each kiosk the number of calls that staff have not seen, and the last of them."""
    found: dict[int, tuple[int, HelpCall]] = {}
    for call in HelpCall.objects.filter(seen_at=None).order_by("called_at", "pk"):
        found[call.kiosk_id] = (found.get(call.kiosk_id, (0, call))[0] + 1, call)
    return found
