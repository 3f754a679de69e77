"""Merge two records of one person: say what it would do, refuse it, or do it in one transaction.

Locks are taken in the order of the house: the position of the feed, both patrons, the items of their loans and holds,
then the feed. A checkout that waits for the patron meanwhile finds the card with the record that stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from hub.catalogue.models import Item
from hub.circulation import anonymisation, cards, pins
from hub.circulation.models import Card, CirculationEvent, FeedCursor, Hold, Loan, Patron
from hub.circulation.operations import hold_queue
from hub.circulation.operations.context import Actor, append_event
from hub.core.pages import formatting
from hub.core.retrying_transaction import atomic
from hub.ils.bridge import feed_relay
from hub.ils.imports import conflicts
from hub.outreach.patrons import records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import (
    Change,
    Consent,
    Contact,
    FamilyCard,
    FeedPosition,
    Order,
    Person,
    ProfileField,
)
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import RecordSource, person_of
from hub.staff.merging.rules import RULES, Fate, Rule, keys_to_patrons

WHAT = "merge"
"""Name of a merge in the change log of a record."""
RENAME = {
    "sqlite": "json_set(data, '$.patron', %s)",
    "postgresql": "jsonb_set(data, '{patron}', to_jsonb(%s::text))",
}
"""SQL that replaces the pseudonym in an event's data."""
STANDING = (Patron.Status.PROVISIONAL, Patron.Status.ACTIVE, Patron.Status.BLOCKED)
"""Statuses of a patron; of two, the last one applies to the merged record."""


class CannotMerge(Exception):
    """The records cannot be merged; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class TopicCount:
    """How many rows of a topic the record that goes has, how many the other one, and how many both have."""

    words: str
    goes: int
    stays: int
    shared: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A contact channel or personal detail of which one has to be chosen; values are those of both records."""

    name: str
    words: str
    stays: str
    goes: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do."""

    moves: tuple[TopicCount, ...]
    ends: tuple[TopicCount, ...]
    choices: tuple[Choice, ...]
    doubts: tuple[str, ...]
    """Signs that these may be two people."""
    decisions: tuple[str, ...]
    """Where the records contradict each other, what applies afterwards."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records of one person, each with its profile in outreach."""

    stays: Patron
    goes: Patron
    kept: Person
    gone: Person

    @staticmethod
    def from_patrons(stays: Patron, goes: Patron) -> Pair:
        """Return the pair; create a missing profile."""
        found = [person_of(each.ref) for each in (stays, goes)]
        return Pair(stays, goes, *(each for each in found if each is not None))

    def owners(self, rule: Rule) -> tuple[Patron | Person, Patron | Person]:
        """Return whose rows the rule is about: those of the record that goes, and of the one that stays."""
        return (self.goes, self.stays) if rule.of_patron else (self.gone, self.kept)


def obstacle(pair: Pair) -> str:
    """Return why these records must not be merged, translated; empty if they may be."""
    if pair.stays.pk == pair.goes.pk:
        return _("This is the same record. Choose the other one.")
    if any(each.identifier.startswith(anonymisation.NUMBER) for each in (pair.stays, pair.goes)):
        return _("This record stands for erased patrons. It cannot be merged.")
    people = (pair.kept, pair.gone)
    if any(each.erase_asked_at or each.erase_due_at for each in people):
        return _("The patron asked to erase one of these records. Complete or cancel the erasure first.")
    if pair.kept.guardian_id == pair.gone.pk or pair.gone.guardian_id == pair.kept.pk:
        return _("One of them is the guardian of the other: these are two people.")
    return ""


def preview(pair: Pair) -> Preview:
    """Return what the merge would do. Nothing is written."""
    moves: dict[str, Counter[str]] = {}
    ends: dict[str, Counter[str]] = {}
    for rule in filter(lambda each: each.counted, RULES):
        goes, stays = pair.owners(rule)
        found = (moves if rule.fate is Fate.MOVES else ends).setdefault(str(rule.topic), Counter())
        found["goes"] += rule.rows(goes).count()
        found["stays"] += rule.rows(stays).count()
        found["shared"] += sum(1 for _row in rule.clashes(goes, stays))
    return Preview(_counts(moves), _counts(ends), tuple(choices(pair)), tuple(_doubts(pair)), tuple(_decisions(pair)))


def _counts(topics: Mapping[str, Counter[str]]) -> tuple[TopicCount, ...]:
    return tuple(
        TopicCount(words, found["goes"], found["stays"], found["shared"])
        for words, found in topics.items()
        if found["goes"]
    )


def _double_holds(pair: Pair) -> list[Hold]:
    """Return the holds that one person cannot have.

    That is a second hold on a title or copy, or one on what they have on loan.
    """
    both = (pair.stays, pair.goes)
    on_loan = Loan.objects.filter(patron__in=both, state=Loan.State.ON_LOAN)
    lent = {*on_loan.values_list("item__title_id", "item_id", "patron_id")}
    lent |= {(title, None, patron) for title, _item, patron in lent}
    kept: list[Hold] = []
    found = []
    rows = Hold.objects.filter(patron__in=both, state__in=Hold.OPEN).select_related("patron", "title", "item", "pickup")
    for hold in sorted(
        rows, key=lambda each: (each.state != Hold.State.READY, each.moved_to or each.placed_at, each.pk)
    ):
        other = pair.goes if hold.patron_id == pair.stays.pk else pair.stays
        same = [each for each in kept if each.title_id == hold.title_id]
        doubled = any(hold.copy_id is None or each.copy_id in (None, hold.copy_id) for each in same)
        if doubled or (hold.title_id, hold.copy_id, other.pk) in lent:
            found.append(hold)
        else:
            kept.append(hold)
    return found


def choices(pair: Pair) -> Iterator[Choice]:
    """Yield the contact channels and personal details that both records have, with different values."""
    own, theirs = _contacts(pair.kept), _contacts(pair.gone)
    for channel in Channel:
        if channel in own and channel in theirs and own[channel].hash != theirs[channel].hash:
            values = (own[channel].address.decrypt(), theirs[channel].address.decrypt())
            yield Choice(f"contact_{channel}", str(channel.label), *values)
    facts, other = _facts(pair.kept), _facts(pair.gone)
    for name in ProfileField.Name:
        if name in facts and name in other and facts[name] != other[name]:
            yield Choice(f"fact_{name}", str(name.label), facts[name], other[name])


def _contacts(person: Person) -> dict[str, Contact]:
    """Return the address that is in use, by channel."""
    rows = Contact.objects.filter(person=person, replaced_at=None).order_by("-pk")
    return {each.channel: each for each in rows if not records.is_unconfirmed(each)}


def _facts(person: Person) -> dict[str, str]:
    return {each.name: each.value.decrypt() for each in ProfileField.objects.filter(person=person)}


def _doubts(pair: Pair) -> Iterator[str]:
    stays, goes = pair.stays, pair.goes
    if stays.name.casefold() != goes.name.casefold():
        yield _("The names differ: {stays} and {goes}.").format(stays=stays.name, goes=goes.name)
    years = [_facts(each).get(ProfileField.Name.BIRTH_YEAR, "") for each in (pair.kept, pair.gone)]
    if all(years) and len(set(years)) == 2:
        yield _("The years of birth differ: {stays} and {goes}.").format(stays=years[0], goes=years[1])
    if pair.kept.child != pair.gone.child:
        yield _("One record is of a child, the other of an adult.")
    if pair.kept.guardian_id and pair.gone.guardian_id and pair.kept.guardian_id != pair.gone.guardian_id:
        yield _("The guardians differ. That of the record that stays remains.")
    if _family_between(pair).exists():
        yield _("One card is a family card of the other record.")


def _family_between(pair: Pair) -> QuerySet[FamilyCard]:
    both = (pair.kept, pair.gone)
    return FamilyCard.objects.filter(reader__in=both, holder__in=both)


def _decisions(pair: Pair) -> Iterator[str]:
    stays, goes = pair.stays, pair.goes
    if stays.category_id != goes.category_id:
        yield _("Patron category: {stays} stays, {goes} goes.").format(stays=stays.category, goes=goes.category)
    if stays.status != goes.status:
        yield _("Status afterwards: {status}.").format(status=dict(Patron.Status.choices)[_standing(pair)])
    if stays.expires != goes.expires:
        until = _expiry(pair)
        yield _("Member until: the later date, {day}.").format(day=formatting.day(until) if until else _("no end"))
    if stays.pin and goes.pin:
        yield _("Both have a PIN: the one of the record that stays applies.")
    for hold in _double_holds(pair):
        yield _("{title}: the other record has it on hold earlier or on loan, so this hold is cancelled.").format(
            title=hold.title
        )
    for purpose, newest in _newest_consents(pair).items():
        answer = _("yes") if newest.given else _("no")
        yield _("Consent to {purpose}: the newer answer applies, {answer} of {day}.").format(
            purpose=Purpose(purpose).label, answer=answer, day=formatting.day(newest.at)
        )
    if all(Order.objects.filter(person=each).exists() for each in (pair.kept, pair.gone)):
        yield _("Both chose an order of channels: that of the record that stays applies.")


def _newest_consents(pair: Pair) -> dict[str, Consent]:
    """Return the newest answer to each purpose to which the newest answers of the two records differ."""
    found: dict[str, Consent] = {}
    answers: dict[str, dict[int, bool]] = {}
    for each in Consent.objects.filter(person__in=(pair.kept, pair.gone)).order_by("-at", "-pk"):
        found.setdefault(each.purpose, each)
        answers.setdefault(each.purpose, {}).setdefault(each.person_id, each.given)
    return {purpose: row for purpose, row in found.items() if len(set(answers[purpose].values())) == 2}


def _standing(pair: Pair) -> str:
    return max((pair.stays.status, pair.goes.status), key=lambda each: STANDING.index(Patron.Status(each)))


def _expiry(pair: Pair) -> date | None:
    dates = (pair.stays.expires, pair.goes.expires)
    return None if None in dates else max(each for each in dates if each is not None)


@atomic
def merge(by: Actor, source: RecordSource, stays: int, goes: int, chosen: Collection[str]) -> dict[str, int]:
    """Merge one patron into another, who keeps name, number and category.

    Args:
        by: The actor.
        source: The same member of staff, as the source of the change in the profile.
        stays: Primary key of the patron who stays.
        goes: Primary key of the patron whose record ends.
        chosen: Names of the choices of `choices` for which the value of the record that goes is right.

    Returns:
        How many rows moved, by topic.

    Raises:
        CannotMerge: The records must not be merged, or one of them no longer exists.
    """
    FeedPosition.objects.select_for_update().get_or_create(pk=1)
    pair = _lock(stays, goes)
    if words := obstacle(pair):
        raise CannotMerge(words)
    for hold in _double_holds(pair):
        hold_queue.cancel(by, hold)
    append_event(
        "patron_merged",
        by.now,
        patron=pair.stays.ref,
        former=pair.goes.ref,
        number=pair.goes.identifier[-4:],
        **by.actor_facts(),
    )
    feed_relay.carry()  # The feed is locked since the event: nothing about the record that goes follows.
    _rename_events(pair)
    pair.kept.refresh_from_db()
    pair.gone.refresh_from_db()
    right = _right_contacts(pair, chosen)
    _apply_choices(pair, source, chosen)
    _family_between(pair).delete()
    moved: Counter[str] = Counter()
    for rule in RULES:
        count = _move(pair, rule)
        if rule.counted and count:
            moved[str(rule.topic)] += count
    for contact in Contact.objects.filter(pk__in=right):
        records.replace_others(contact, source)
    _join(pair)
    records.note(pair.kept, WHAT, Change.Act.CHANGED, source)
    _end(pair)
    return dict(moved)


def _lock(stays: int, goes: int) -> Pair:
    """Lock both patrons, and the items and cards of the one who goes: what waits for them then sees the merged one."""
    rows = Patron.objects.select_for_update(of=("self",)).select_related("category")
    found = {each.pk: each for each in rows.filter(pk__in=(stays, goes)).order_by("pk")}
    if not {stays, goes} <= set(found):
        raise CannotMerge(_("One of the records no longer exists. It was merged or erased meanwhile."))
    lent = Loan.objects.filter(patron=goes, state__in=Loan.OPEN).values("item")
    held = Hold.objects.filter(patron=goes, state=Hold.State.READY).values("item")
    list(Item.objects.select_for_update().filter(Q(pk__in=lent) | Q(pk__in=held)).order_by("pk").values_list("pk"))
    list(Card.objects.select_for_update().filter(patron=goes).order_by("pk").values_list("pk"))
    return Pair.from_patrons(found[stays], found[goes])


def _rename_events(pair: Pair) -> None:
    """Give the events of the record that goes to the one that stays, whose history, export and erasure include them.

    Events past the retention period name no patron and are not searched.
    """
    table = CirculationEvent._meta.db_table
    nameless = FeedCursor.objects.values_list("nameless", flat=True).get(pk=1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET data = {RENAME[connection.vendor]} WHERE id > %s AND data ->> 'patron' = %s",
            (pair.stays.ref, nameless, pair.goes.ref),
        )


def _apply_choices(pair: Pair, source: RecordSource, chosen: Collection[str]) -> None:
    """Remove the personal details for which those of the record that goes were chosen."""
    for name in ProfileField.Name:
        if f"fact_{name}" in chosen and ProfileField.objects.filter(person=pair.gone, name=name).exists():
            ProfileField.objects.filter(person=pair.kept, name=name).delete()
            records.note(pair.kept, name, Change.Act.CHANGED, source)


def _move(pair: Pair, rule: Rule) -> int:
    """Apply the rule; return how many rows moved."""
    goes, stays = pair.owners(rule)
    if rule.fate is Fate.ENDS:
        rule.rows(goes).delete()
        return 0
    for theirs, kept in list(rule.clashes(goes, stays)):
        if rule.settle is not None:
            rule.settle(theirs, kept)
        rule.model._default_manager.filter(pk=theirs.pk).delete()
    if not hasattr(rule.model, "history"):
        return int(rule.rows(goes).update(**{rule.field: stays.pk}))
    rows = list(rule.rows(goes))
    for row in rows:  # Saved one by one, so that the audit keeps a version of each.
        setattr(row, rule.field, stays)
        row.save(update_fields=(rule.field,))
    return len(rows)


def _right_contacts(pair: Pair, chosen: Collection[str]) -> list[int]:
    """Return the address that stays in use, for each channel of which both records have one."""
    own, theirs = _contacts(pair.kept), _contacts(pair.gone)
    both = [each for each in own if each in theirs and own[each].hash != theirs[each].hash]
    return [(theirs if f"contact_{each}" in chosen else own)[each].pk for each in both]


def _join(pair: Pair) -> None:
    """Join the fields of patrons and persons that are no rows of their own."""
    stays, goes = pair.stays, pair.goes
    stays.status, stays.expires, stays.past = _standing(pair), _expiry(pair), stays.past + goes.past
    stays.pin, stays.language = stays.pin or goes.pin, stays.language or goes.language
    stays.save(update_fields=("status", "expires", "past", "pin", "language"))
    kept, gone = pair.kept, pair.gone
    kept.since, kept.language = min(kept.since, gone.since), kept.language or gone.language
    kept.guardian, kept.key = kept.guardian or gone.guardian, kept.key or gone.key
    kept.provisional = kept.provisional and gone.provisional
    if kept.quiet_from is None or kept.quiet_to is None:
        kept.quiet_from, kept.quiet_to = gone.quiet_from, gone.quiet_to
    kept.save()
    for purpose in Purpose:
        newest = Consent.objects.filter(person=kept, purpose=purpose).first()
        if newest is not None and not newest.given:
            newest.save(update_fields=("given",))  # What depends on the consent is deleted as at its withdrawal.


def _end(pair: Pair) -> None:
    """Let the old number lead to the record that stays, and delete the other one, to which nothing refers now.

    Raises:
        RuntimeError: A row still refers to it, which the deletion would delete or refuse.
    """
    number = pair.goes.identifier
    if not Card.objects.filter(hash=cards.hash_number(number)).exists():
        cards.enrol(pair.stays, number)
    conflicts.forget(number)
    pins.forget_wrong(pair.goes)
    for model, name in keys_to_patrons():
        to_patron = model._meta.get_field(name).related_model is Patron
        if model._default_manager.filter(**{name: pair.goes.pk if to_patron else pair.gone.pk}).exists():
            raise RuntimeError(f"{model._meta.label}.{name} still refers to the record that was merged")
    pair.gone.delete()
    pair.goes.delete()
