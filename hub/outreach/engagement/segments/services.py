"""Give the patrons of a segment its services: every night, and at once when one is withdrawn or a patron objects."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.segments import rules
from hub.outreach.engagement.segments.models import SegmentService, ServiceMembership, ServiceObjection
from hub.outreach.library_system.central import OfferedService, local_day, the_services, zone
from hub.outreach.patrons.models import Person

BATCH = 500


def nightly(now: datetime) -> int:
    """Choose the patrons of every service that runs today; return how many patrons have one."""
    today = local_day(now, zone())
    chosen = {each.pk: rules.members_of_any([each.segment], today) for each in _running(now)}
    return _store(chosen, now)


def _running(now: datetime) -> list[SegmentService]:
    today = local_day(now, zone())
    return [each for each in SegmentService.objects.exclude(published_at=None) if each.runs_on(today)]


@atomic
def _store(chosen: dict[int, set[int]], now: datetime) -> int:
    """Store the patrons of each service, without what was withdrawn or refused while they were chosen."""
    list(SegmentService.objects.select_for_update().order_by("pk"))
    objected = set(ServiceObjection.objects.values_list("person_id", flat=True))
    wanted = {(person, each.pk) for each in _running(now) for person in chosen.get(each.pk, set()) - objected}
    before = {
        (person, service): pk
        for pk, person, service in ServiceMembership.objects.values_list("pk", "person_id", "service_id")
    }
    gone = [pk for pair, pk in before.items() if pair not in wanted]
    for at in range(0, len(gone), BATCH):
        ServiceMembership.objects.filter(pk__in=gone[at : at + BATCH]).delete()
    since = local_day(now, zone())
    new = [ServiceMembership(person_id=person, service_id=key, since=since) for person, key in wanted - before.keys()]
    ServiceMembership.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)
    _hand_over(now)
    return len({person for person, _service in wanted})


def _hand_over(now: datetime) -> None:
    """Tell the library system what runs today and who has it."""
    system = the_services()
    if system is None:
        return
    running = _running(now)
    system.offer_services([_offer(each) for each in running])
    keys = defaultdict[str, list[str]](list)
    # An objection may have been committed while this transaction waited for it to insert its memberships.
    rows = ServiceMembership.objects.filter(service__in=running, person__no_services=None)
    for ref, service in rows.values_list("person__ref", "service_id"):
        keys[ref].append(str(service))
    obsolete: dict[str, list[str]] = {ref: [] for ref in system.with_services().keys() - keys.keys()}
    system.set_services({**obsolete, **keys})


def _offer(service: SegmentService) -> OfferedService:
    return OfferedService(
        key=str(service.pk),
        days=service.days,
        loans=service.loans,
        renewals=service.renewals,
        head_start=service.head_start,
        until=service.ends,
        words=service.reason.in_order(),
    )


@atomic
def publish(service: SegmentService, by: str, now: datetime) -> bool:
    """Publish a draft; return False if it is none. Patrons have it from the next night."""
    service.refresh_from_db(from_queryset=SegmentService.objects.select_for_update())
    if service.published_at is not None:
        return False
    service.published_at, service.published_by = now, by
    service.save(update_fields=("published_at", "published_by"))
    return True


@atomic
def withdraw(service: SegmentService, now: datetime) -> bool:
    """Make a published service a draft again, which ends it at once; loans made by it keep their due dates."""
    service.refresh_from_db(from_queryset=SegmentService.objects.select_for_update())
    if service.published_at is None:
        return False
    service.published_at, service.published_by = None, ""
    service.save(update_fields=("published_at", "published_by"))
    service.members.all().delete()
    _hand_over(now)
    return True


def services_of(person: Person, now: datetime) -> list[SegmentService]:
    """Return the services that the patron has now."""
    today = local_day(now, zone())
    found = SegmentService.objects.filter(members__person=person, members__person__no_services=None).order_by("pk")
    return [each for each in found if each.runs_on(today)]


def grants_text(service: SegmentService) -> str:
    """Return what the service grants, in one line."""
    found = [
        (service.days, ngettext("loans {count} day longer", "loans {count} days longer", service.days)),
        (service.loans, ngettext("{count} more loan", "{count} more loans", service.loans)),
        (service.renewals, ngettext("{count} more renewal", "{count} more renewals", service.renewals)),
        (service.head_start, ngettext("holds {count} day earlier", "holds {count} days earlier", service.head_start)),
    ]
    words = [text.format(count=count) for count, text in found if count]
    if service.greeting:
        words.append(_("a greeting"))
    return str(pgettext("list", ", ")).join(words)


def has_objected(person: Person) -> bool:
    """Return whether the patron wants no service chosen from their data."""
    return bool(ServiceObjection.objects.filter(person=person).exists())


@atomic
def set_objection(person: Person, objects: bool) -> None:
    """Store the patron's objection, which ends their services at once, or take it back, which waits for the night."""
    if not objects:
        ServiceObjection.objects.filter(person=person).delete()
        return
    ServiceObjection.objects.get_or_create(person=person, defaults={"at": hub_clock().now()})
    ServiceMembership.objects.filter(person=person).delete()
    if (system := the_services()) is not None:
        system.set_services({person.ref: []})
