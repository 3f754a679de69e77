"""Takes in what a kiosk says of its health and tells it what staff want of it; knows no patron."""

from datetime import datetime, timedelta

from kiosk.hub import seals
from kiosk.hub.atomic import atomic
from kiosk.hub.circulation import forgotten, unopened
from kiosk.hub.circulation.models import Kiosk
from kiosk.hub.fleet.models import HelpCall, Standing
from kiosk.sync import fleet_wire

IDENTIFIES = timedelta(minutes=2)


def standing(kiosk: Kiosk) -> Standing:
    """The kiosk's standing; an empty one where it has never told and staff never wanted anything."""
    kept, _ = Standing.objects.get_or_create(kiosk=kiosk)
    found: Standing = kept
    return found


@atomic
def take(kiosk: Kiosk, report: fleet_wire.HealthReport, now: datetime) -> fleet_wire.FleetAnswer:
    """Keeps the report in the place of the last one, and the calls for help that are new."""
    kept = standing(kiosk)
    Standing.objects.filter(pk=kept.pk).update(
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
    )
    for call in report.help:
        told = {"kiosk": kiosk, "called_at": now, "why": call.why, "unasked": call.unasked}
        HelpCall.objects.get_or_create(id=call.id, defaults=told)
    if "held" in report.model_fields_set:  # versions that send proofs name rows, too
        Kiosk.objects.filter(pk=kiosk.pk, proves=False).update(proves=True)
    forgotten.take(kiosk, report.journal, report.gone, now)
    reached = forgotten.known(kiosk, report.journal)
    missing = forgotten.missing(kiosk, reached, report.held, now)
    warned = forgotten.warned(kiosk, report.two_boxes, now)
    unopened.look_again(kiosk, now)
    told = {"now": now, "known": reached, "missing": missing, "two_boxes": warned}
    return _wanted(kiosk, kept, now).model_copy(update=told)


def _wanted(kiosk: Kiosk, kept: Standing, now: datetime) -> fleet_wire.FleetAnswer:
    closed = fleet_wire.OutOfService(zh=kept.zh, en=kept.en) if kept.closed_at else None
    identify = kept.identify_until is not None and now < kept.identify_until
    calls = HelpCall.objects.filter(kiosk=kiosk)
    return fleet_wire.FleetAnswer(
        wire=1,
        out_of_service=closed,
        identify=identify,
        help_seen=not calls.filter(seen_at=None).exists(),
        seal_key=seals.public_key(),
    )


def close(kiosk: Kiosk, zh: str, en: str, by: str, now: datetime) -> None:
    """Takes the kiosk out of service: it closes after the visit that goes on, at its next report."""
    Standing.objects.filter(pk=standing(kiosk).pk).update(zh=zh, en=en, closed_at=now, closed_by=by)


def reopen(kiosk: Kiosk) -> None:
    """Puts the kiosk back into service."""
    Standing.objects.filter(pk=standing(kiosk).pk).update(zh="", en="", closed_at=None, closed_by="")


def identify(kiosk: Kiosk, now: datetime) -> None:
    """Asks the kiosk to show its name for a while, so that somebody in the room finds it."""
    Standing.objects.filter(pk=standing(kiosk).pk).update(identify_until=now + IDENTIFIES)


def help_seen(kiosk: Kiosk, by: str, now: datetime) -> int:
    """Notes that staff have seen what the kiosk called for; answers how many calls that were."""
    seen: int = HelpCall.objects.filter(kiosk=kiosk, seen_at=None).update(seen_at=now, seen_by=by)
    return seen


def waiting_calls() -> dict[int, tuple[int, HelpCall]]:
    """How many calls of each kiosk nobody has seen, and the last of them."""
    found: dict[int, tuple[int, HelpCall]] = {}
    for call in HelpCall.objects.filter(seen_at=None).order_by("called_at", "pk"):
        found[call.kiosk_id] = (found.get(call.kiosk_id, (0, call))[0] + 1, call)
    return found
