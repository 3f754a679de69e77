"""How seldom a patron wants a kind of message, by her own word; the outbox keeps to it."""

from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.models import FrequencyPreference
from hub.outreach.profiles.models import Person

BEGINS, SELDOMEST = 28, 112
"""Days between two after the first "less", and at most."""


def less(person: Person, kind: MessageKind) -> int:
    """Half as often, from one in four weeks on; tells the days between two."""
    pace, new = FrequencyPreference.objects.select_for_update().get_or_create(
        person=person, kind=kind, defaults={"days": BEGINS}
    )
    if not new:
        pace.days = min(2 * pace.days, SELDOMEST)
        pace.save(update_fields=("days",))
    return int(pace.days)


def more(person: Person, kind: MessageKind) -> None:
    """Twice as often again; as often as the library says where that is not seldom any more."""
    pace = FrequencyPreference.objects.select_for_update().filter(person=person, kind=kind).first()
    if pace is None:
        return
    if pace.days <= BEGINS:
        pace.delete()
    else:
        pace.days //= 2
        pace.save(update_fields=("days",))


def asked_for_less(kind: MessageKind) -> set[int]:
    """The keys of all persons who want fewer of this kind, with one query."""
    return set(FrequencyPreference.objects.filter(kind=kind).values_list("person_id", flat=True))
