"""Implement outreach's interface to the library system with this hub's own circulation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid4

from django.db.models import F, Sum

from hub.catalogue.models import Branch, Item
from hub.circulation import cards, event_feed, operations, pins
from hub.circulation.domain_mapping import items_facts, patron_facts, the_library, the_policy
from hub.circulation.models import Card, ClosedDay, Fee, Hold, Loan, Patron, PatronCategory
from hub.circulation.operations import Actor, external_ils, transits
from hub.circulation.operations.context import lock_patron
from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.ils.bridge import holds, patrons, receipts
from hub.outreach.library_system.central import (
    Copy,
    CurrentLoan,
    OpenToday,
    PatronAccount,
    PatronStatus,
    Receipt,
    RegisteredPatron,
    UnpaidFee,
)
from lending import policy as law
from lending.model import Block, ItemStatus, Reason
from lending.showcase import parse_week

PHONE = "phone"
"""Name of the actor, in the event feed, of what patrons do in the portal."""
STATES: dict[ItemStatus, Literal["shelf", "loan", "returned", "hold"]] = {
    ItemStatus.ON_SHELF: "shelf",
    ItemStatus.ON_LOAN: "loan",
    ItemStatus.HANDED_IN: "returned",
    ItemStatus.ON_HOLD_SHELF: "hold",
}


class CirculationAdapter:
    def standing(self, refs: list[str]) -> dict[str, PatronStatus]:
        found = Patron.objects.filter(ref__in=refs).select_related("category")
        return {
            each.ref: PatronStatus(
                each.ref,
                each.name,
                each.identifier,
                each.category.code,
                each.language,
                each.status == Patron.Status.ACTIVE,
            )
            for each in found
        }

    def by_card(self, number: str) -> str | None:
        if not number.isprintable():
            return None
        owner = cards.holder_of(number) or Patron.objects.filter(identifier=number).first()
        return owner.ref if owner else None

    def account(self, ref: str) -> PatronAccount:
        loans = list(
            Loan.objects.filter(patron__ref=ref, state=Loan.State.ON_LOAN)
            .select_related(
                "patron__category",
                "item__title",
                "item__type",
                "item__branch",
            )
            .order_by("due", "pk")
        )
        owed = Fee.objects.filter(patron__ref=ref).aggregate(owed=Sum(F("amount") - F("paid")))["owed"]
        owed = owed or PatronAccount().fees
        return PatronAccount(tuple(self._loans(loans)), holds.open_holds(ref), owed, _loan_limit(ref))

    def _loans(self, loans: list[Loan]) -> Iterator[CurrentLoan]:
        """Yield the loans of one patron, with what the rules say of a renewal now."""
        if not loans:
            return
        now, branch = hub_clock().now(), _actor().branch.code
        rules, who = replace(the_policy(now), renewal_enabled=self.renews()), patron_facts(loans[0].patron)
        for each, facts in zip(loans, items_facts([each.item for each in loans]), strict=True):
            verdict = law.renew(rules, who, facts, branch, now)
            refused = verdict if isinstance(verdict, Block) else None
            yield CurrentLoan(
                str(each.pk),
                each.item.barcode,
                each.item.title_id,
                each.item.title.title,
                each.due,
                each.renewals,
                each.item.type.code,
                each.checked_out_at,
                dated=not each.reckoned,
                renewals_left=law.renewals_left(rules, who, facts, branch),
                renewable_from=refused.on if refused and refused.reason is Reason.TOO_EARLY else None,
                renewed_due=None if isinstance(verdict, Block) else verdict.due,
                no_renewal=refused.reason.value if refused else "",
            )

    def on_shelf(self, titles: list[int]) -> set[int]:
        open = Loan.objects.filter(state__in=Loan.OPEN).values("item")
        kept = Hold.objects.filter(state=Hold.State.READY).exclude(item=None).values("item")
        there = Item.objects.filter(title__in=titles, condition=Item.Condition.NORMAL).exclude(pk__in=open)
        there = there.exclude(pk__in=kept).exclude(pk__in=transits.open_ones().values("item"))
        return set(there.values_list("title_id", flat=True))

    def copies(self, title: int) -> list[Copy]:
        return copies_of(title)

    def renew(self, ref: str, item: str) -> datetime | str:
        if not self.renews():
            return Reason.CENTRAL_REFUSED.value
        loan = (
            Loan.objects.filter(patron__ref=ref, item__barcode=item, state=Loan.State.ON_LOAN)
            .select_related("patron", "item")
            .first()
        )
        if loan is None:
            return "not_on_loan"
        done = operations.renew(_actor(uuid4()), loan.patron, loan.item)
        return done.reason.value if isinstance(done, Block) else (done.due or loan.due)

    def renews(self) -> bool:
        return not external_ils.followed()

    def receipts(self, code: str) -> list[Receipt]:
        return receipts.by_code(code)

    def pickups(self) -> list[tuple[str, str]]:
        """Return no pickup branches if the hub follows an ILS, which would not receive the hold."""
        return [] if external_ils.followed() else holds.pickups()

    def waiting(self, title: int) -> int:
        return holds.waiting(title)

    def why_no_hold(self, ref: str, title: int) -> str:
        return holds.why_not(_actor(), ref, title)

    def place_hold(self, ref: str, title: int, pickup: str) -> int | str:
        return holds.place(_actor(), ref, title, pickup)

    def cancel_hold(self, ref: str, hold: str) -> bool:
        return not external_ils.followed() and holds.cancel(_actor(), ref, hold)

    def currency(self) -> str:
        return str(the_library().currency)

    def unpaid_fees(self, ref: str) -> list[UnpaidFee]:
        fees = Fee.objects.filter(patron__ref=ref, paid__lt=F("amount")).select_related("item__title")
        return [
            UnpaidFee(each.kind, each.amount - each.paid, each.charged_at, each.item.title.title if each.item else "")
            for each in fees
        ]

    def opening_hours(self, day: date) -> list[OpenToday]:
        closed = set(ClosedDay.objects.filter(day=day).values_list("branch", flat=True))
        return [
            OpenToday(
                str(each),
                None if {None, each.pk} & closed else parse_week(each.opening_hours)[day.weekday()],
            )
            for each in Branch.objects.exclude(opening_hours=[]).order_by("pk")
        ]

    def keeps_pins(self) -> bool:
        return not external_ils.followed()

    def keeps_patrons(self) -> bool:
        return not external_ils.followed()

    def check_pin(self, ref: str | None, pin: str) -> pins.Verdict:
        return pins.check(Patron.objects.filter(ref=ref).first(), pin, hub_clock().now())

    def set_pin(self, ref: str, pin: str) -> None:
        pins.set_pin(Patron.objects.get(ref=ref), pin)

    @atomic
    def lose_cards(self, ref: str) -> int:
        active = Card.objects.select_for_update().filter(patron__ref=ref, status=Card.Status.ACTIVE)
        by, lost = _actor(), 0
        for card in active:
            card.status = Card.Status.LOST
            card.save(update_fields=("status",))
            event_feed.append(
                "card_status", by.now, patron=ref, card=card.last4, status=str(card.status), **by.actor_facts()
            )
            lost += 1
        return lost

    @atomic
    def declare_lost(self, ref: str, item: str, fee: Decimal) -> bool:
        loan = (
            Loan.objects.filter(patron__ref=ref, item__barcode=item, state=Loan.State.ON_LOAN)
            .select_related("patron", "item")
            .first()
        )
        if loan is None:
            return False
        lock_patron(loan.patron)
        if isinstance(operations.lose(_actor(), loan.item), Block):
            return False
        if fee > 0:
            operations.charge(_actor(), loan.patron, str(Fee.Kind.LOST), fee, item=loan.item)
        return True

    def library(self, language: str) -> str:
        library = the_library()
        return (library.name_en if language == "en" else "") or library.name

    def time_zone(self) -> str:
        return str(the_library().timezone)

    def categories(self) -> list[tuple[str, str]]:
        return [(each.code, str(each)) for each in PatronCategory.objects.all()]

    @atomic
    def register(self, name: str, category: str, language: str, by: str, number: str = "") -> RegisteredPatron:
        return patrons.register(_actor(staff=by), name, category, language, number)

    def alike(self, ref: str) -> list[str]:
        return patrons.alike(ref)

    @atomic
    def confirm(self, ref: str, by: str) -> None:
        patrons.confirm(_actor(staff=by), ref)

    @atomic
    def give_card(self, ref: str, number: str, by: str) -> bool:
        return patrons.give_card(_actor(staff=by), ref, number)

    def patron_data(self, ref: str) -> dict[str, object]:
        return patrons.patron_data(ref)

    @atomic
    def forget(self, ref: str) -> list[str]:
        return patrons.forget(_actor(), ref)


def _loan_limit(ref: str) -> int:
    """Return how many items the patron may have on loan; 0 if another library system decides."""
    patron = Patron.objects.filter(ref=ref).select_related("category").first()
    if patron is None:
        return 0
    allowance = law.allowance(the_policy(hub_clock().now()), patron_facts(patron), _actor().branch.code)
    return allowance.allowed if allowance.certain else 0


def _actor(transaction: UUID | None = None, staff: str = PHONE) -> Actor:
    return Actor(branch=Branch.objects.order_by("pk")[0], now=hub_clock().now(), staff=staff, transaction=transaction)


def copies_of(title: int) -> list[Copy]:
    """Return the title's copies by branch; lost and withdrawn ones are left out."""
    items = list(
        Item.objects.filter(title=title, condition=Item.Condition.NORMAL)
        .select_related("title", "type", "branch")
        .order_by("branch__code", "barcode")
    )
    return [
        Copy(
            str(item.branch),
            item.call_number or item.title.call_number,
            STATES[facts.status],
            facts.due if facts.status is ItemStatus.ON_LOAN else None,
        )
        for item, facts in zip(items, items_facts(items), strict=True)
        if facts.status in STATES
    ]
