"""Lead a rollout: which kiosk may run the new version now, and what became of those that did.

A rollout gives the version to a few kiosks at a time, in an order of its own, outside opening hours or in its hours.
It pauses as soon as one kiosk falls back to the old version. Going back gives each updated kiosk its old version, which
its other slot still holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.catalogue.models import Branch
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Kiosk
from hub.core.retrying_transaction import atomic
from hub.fleet import releases, rollout_hours
from hub.fleet.models import Channel, KioskImage, Release, Rollout, RolloutEvent, RolloutStep
from lending.update_bundle import version_order
from lending.wire import fleet

UPDATING, DONE, FALLEN_BACK, REFUSED, GONE_BACK = RolloutStep.State.values
WAITING = "waiting"
"""State of a kiosk that takes part and was not offered the version yet."""
GONE = timedelta(minutes=10)
"""Time without contact after which a kiosk that updates no longer holds up the others."""


def current() -> Rollout | None:
    """Return the rollout that applies; None before the first."""
    return Rollout.objects.select_related("release").order_by("-started_at", "-pk").first()


def image_of(kiosk: Kiosk) -> KioskImage:
    """Return what is known of the kiosk's images."""
    image, _ = KioskImage.objects.get_or_create(kiosk=kiosk)
    return image


@atomic
def start(
    release: Release,
    by: str,
    now: datetime,
    channel: str = "stable",
    branches: Iterable[Branch] = (),
    share: int = 100,
    hours: str = "",
) -> Rollout:
    """Start a rollout; it replaces the one before."""
    size = max(1, KioskImage.objects.count() // 10)
    rollout = Rollout.objects.create(
        release=release, channel=channel, share=share, hours=hours, at_once=size, started_at=now, started_by=by
    )
    rollout.branches.set(branches)
    _log(rollout, now, "started", detail=", ".join(str(each) for each in rollout.branches.all()), by=by)
    return rollout


def pause(rollout: Rollout, by: str, now: datetime) -> None:
    """Give the version to no further kiosk; one that waits for its reboot stays as it is."""
    if rollout.paused_at is None:
        rollout.paused_at, rollout.paused_by = now, by
        rollout.save(update_fields=("paused_at", "paused_by"))
        _log(rollout, now, "paused", by=by)


def resume(rollout: Rollout, by: str, now: datetime) -> None:
    """Continue; a kiosk that refused the bundle gets it again, one that fell back does not."""
    rollout.paused_at, rollout.paused_by = None, ""
    rollout.save(update_fields=("paused_at", "paused_by"))
    rollout.steps.filter(state=REFUSED).delete()
    _log(rollout, now, "resumed", by=by)


def go_back(rollout: Rollout, by: str, now: datetime) -> None:
    """Give each kiosk the version that it ran before, at any hour: what it runs now may not work."""
    rollout.going_back_at, rollout.going_back_by = now, by
    rollout.paused_at, rollout.paused_by = None, ""
    rollout.save(update_fields=("going_back_at", "going_back_by", "paused_at", "paused_by"))
    _log(rollout, now, "going_back", by=by)


def has_way_back(rollout: Rollout) -> bool:
    """Return whether the versions that its kiosks ran before can read the journal that this one writes.

    A version that the hub does not know is believed to.
    """
    running = KioskImage.objects.filter(kiosk__revoked_at=None).exclude(running__in=("", rollout.release.version))
    before = {*rollout.steps.values_list("before", flat=True), *running.values_list("running", flat=True)}
    older = Release.objects.filter(version__in=before, journal_format__lt=rollout.release.journal_format)
    return not older.exists()


@atomic
def take(kiosk: Kiosk, report: fleet.UpdateReport | None, now: datetime) -> fleet.UpdateOffer | None:
    """Store what a kiosk reports of its images; return what it may run now."""
    if report is None:
        return None
    image = _store(kiosk, report)
    rollout = current()
    if rollout is None:
        return None
    _advance(rollout, image, now)
    return _offer(rollout, image, now)


def _store(kiosk: Kiosk, report: fleet.UpdateReport) -> KioskImage:
    image = image_of(kiosk)
    facts = report.model_dump(exclude_none=True)
    names = ("slot", "running", "confirmed", "target", "state", "progress", "why")
    for name in names:
        setattr(image, name, facts.get(name, ""))
    image.save(update_fields=names)
    return image


def set_channel(kiosk: Kiosk, channel: Channel) -> Channel:
    """Put a kiosk into a channel; return the one before."""
    image = image_of(kiosk)
    before = Channel(image.channel)
    image.channel = channel
    image.save(update_fields=("channel",))
    return before


def _advance(rollout: Rollout, image: KioskImage, now: datetime) -> None:
    """Note how the kiosk's update ended."""
    step = rollout.steps.filter(kiosk=image.kiosk).first()
    version = rollout.release.version
    if image.running == version and image.confirmed:
        if rollout.going_back_at is None and (step is None or step.state != DONE):
            _settle(rollout, image, DONE, now)
        elif rollout.going_back_at is not None and step is not None and _refused_to_go_back(step, image):
            _settle(rollout, image, REFUSED, now)
        return
    if step is None or step.state not in (UPDATING, DONE):
        return
    if rollout.going_back_at is not None and image.confirmed:
        _settle(rollout, image, GONE_BACK, now)
    elif image.state == FALLEN_BACK and image.target == version:
        _settle(rollout, image, FALLEN_BACK, now)
        pause(rollout, "", now)
    elif image.state == REFUSED and image.target == version:
        _settle(rollout, image, REFUSED, now)


def _refused_to_go_back(step: RolloutStep, image: KioskImage) -> bool:
    return step.state == DONE and image.state == REFUSED and image.target == step.before


def _settle(rollout: Rollout, image: KioskImage, state: str, now: datetime) -> None:
    facts = {"state": state, "changed_at": now, "why": image.why if state == REFUSED else ""}
    before = _version_before(rollout, image)
    RolloutStep.objects.update_or_create(
        rollout=rollout, kiosk=image.kiosk, defaults=facts, create_defaults={**facts, "before": before}
    )
    _log(rollout, now, state, image.kiosk, image.why if state == REFUSED else image.running)


def _version_before(rollout: Rollout, image: KioskImage) -> str:
    """Return the version that the kiosk ran before the release; empty if it has run nothing else as far as is known."""
    if image.running != rollout.release.version:
        return image.running
    earlier = RolloutStep.objects.filter(rollout__release=rollout.release, kiosk=image.kiosk).exclude(before="")
    return earlier.order_by("-changed_at").values_list("before", flat=True).first() or ""


def _offer(rollout: Rollout, image: KioskImage, now: datetime) -> fleet.UpdateOffer | None:
    if rollout.paused_at is not None:
        return None
    step = rollout.steps.filter(kiosk=image.kiosk).first()
    if rollout.going_back_at is not None:
        goes = step is not None and step.state == DONE and step.before and image.running == rollout.release.version
        if step is not None and goes:
            return fleet.UpdateOffer(version=step.before)
        return None
    if image.running == rollout.release.version or not may_happen(rollout, image.kiosk, now):
        return None
    if step is None:
        if not is_in(rollout, image, _branches(rollout)) or not _has_room(rollout, now):
            return None
        RolloutStep.objects.create(
            rollout=rollout, kiosk=image.kiosk, before=image.running, state=UPDATING, changed_at=now
        )
        _log(rollout, now, "offered", image.kiosk, image.running)
    elif step.state != UPDATING:
        return None
    release = rollout.release
    return fleet.UpdateOffer(
        version=release.version, sha256=release.sha256, size=release.size, path=releases.bundle_path(release)
    )


def _has_room(rollout: Rollout, now: datetime) -> bool:
    """Return whether a further kiosk may update; two that ask at the same time are counted one after the other."""
    Rollout.objects.select_for_update().get(pk=rollout.pk)
    return rollout.steps.filter(state=UPDATING, kiosk__seen_at__gt=now - GONE).count() < rollout.at_once


def _branches(rollout: Rollout) -> frozenset[int]:
    return frozenset(rollout.branches.values_list("pk", flat=True))


def is_in(rollout: Rollout, image: KioskImage, branches: Collection[int]) -> bool:
    """Return whether the kiosk takes part: by its channel, its version, the share, and its branch, if any are named."""
    if rollout.channel == "early" and image.channel != "early":
        return False
    if version_order(image.running) > version_order(rollout.release.version):
        return False
    if branches and image.kiosk.branch_id not in branches:
        return False
    return _turn(rollout, image.kiosk) < rollout.share


def _turn(rollout: Rollout, kiosk: Kiosk) -> int:
    """Return a number from 0 to 99 that is the kiosk's own in this rollout, so that a larger share keeps the first."""
    return int.from_bytes(hashlib.sha256(f"{rollout.release.version} {kiosk.name}".encode()).digest()[:4], "big") % 100


def may_happen(rollout: Rollout, kiosk: Kiosk, now: datetime) -> bool:
    """Return whether the kiosk may reboot now."""
    moment = now.astimezone(ZoneInfo(the_library().timezone))
    return rollout_hours.may_happen(rollout.hours, kiosk.branch.opening_hours, moment)


def _log(
    rollout: Rollout, now: datetime, what: str, kiosk: Kiosk | None = None, detail: str = "", by: str = ""
) -> None:
    RolloutEvent.objects.create(rollout=rollout, at=now, kiosk=kiosk, what=what, detail=detail[:80], by=by)


@dataclass(frozen=True, slots=True)
class RolloutKiosk:
    """A kiosk of a rollout, as the page shows it."""

    kiosk: Kiosk
    image: KioskImage
    state: str
    """A state of `RolloutStep`, or WAITING."""
    why: str = ""
    """Code of the refusal."""
    before: str = ""
    """Version that it ran before; empty if that is not known."""


def kiosks_of(rollout: Rollout) -> list[RolloutKiosk]:
    """Return the kiosks that take part: updated ones first, then those that update, wait, or went back."""
    steps = {step.kiosk_id: step for step in rollout.steps.all()}
    branches = _branches(rollout)
    images = KioskImage.objects.exclude(running="").filter(kiosk__revoked_at=None).select_related("kiosk__branch")
    found = []
    for each in images:
        if (step := steps.get(each.pk)) is not None:
            found.append(RolloutKiosk(each.kiosk, each, step.state, step.why, step.before))
        elif is_in(rollout, each, branches):
            found.append(RolloutKiosk(each.kiosk, each, WAITING))
    order = [DONE, UPDATING, FALLEN_BACK, REFUSED, GONE_BACK, WAITING]
    return sorted(found, key=lambda each: (order.index(each.state), each.kiosk.name))
