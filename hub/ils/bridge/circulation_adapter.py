"""Implement outreach's interface to the library system with this hub's own circulation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db.models import Count, F, IntegerField, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from hub.catalogue.models import Branch, Item, Title
from hub.circulation import cards, lookup, pins
from hub.circulation.domain_mapping import items_facts, patron_facts, the_library, the_policy
from hub.circulation.intake import encrypted_rows
from hub.circulation.intake.apply_transaction import item_by
from hub.circulation.models import (
    Card,
    ClosedDay,
    ExceptionCase,
    Fee,
    GrantedService,
    Hold,
    Loan,
    Patron,
    PatronCategory,
    PendingReturn,
    Renewal,
    Transaction,
)
from hub.circulation.operations import external_ils, fees, fines, hold_queue, loan_changes
from hub.circulation.operations.context import Actor, append_event, lock_patron
from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.ils.bridge import patrons
from hub.outreach.library_system.central import (
    Copy,
    CurrentHold,
    CurrentLoan,
    OfferedService,
    OpenToday,
    PatronAccount,
    PatronCard,
    PatronStatus,
    Receipt,
    ReceiptAct,
    RegisteredPatron,
    UnpaidFee,
)
from lending import policy as law
from lending.model import Block, ItemStatus, Reason
from lending.showcase import parse_week
from lending.transactions import Act, Checkin, Checkout, Renew

BATCH = 500
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
        _update_fines(ref)
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
        owed = Fee.objects.filter(patron__ref=ref).aggregate(owed=Sum(Fee.OWED))["owed"]
        owed = owed or PatronAccount().fees
        return PatronAccount(tuple(self._loans(loans)), _open_holds(ref), owed, _loan_limit(ref))

    def pressing(self, ref: str, before: datetime) -> int:
        due = Loan.objects.filter(Loan.late(before), patron__ref=ref).count()
        return due + Hold.objects.filter(patron__ref=ref, state=Hold.State.READY).count()

    def _loans(self, loans: list[Loan]) -> Iterator[CurrentLoan]:
        """Yield the loans of one patron, with what the rules say of a renewal now."""
        if not loans:
            return
        now, branch = hub_clock().now(), _actor().branch.code
        rules, borrower = replace(the_policy(now), renewal_enabled=self.renews()), patron_facts(loans[0].patron)
        for each, facts in zip(loans, items_facts([each.item for each in loans]), strict=True):
            verdict = law.renew(rules, borrower, facts, branch, now)
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
                renewals_left=law.renewals_left(rules, borrower, facts, branch),
                renewable_from=refused.on if refused and refused.reason is Reason.TOO_EARLY else None,
                renewed_due=None if isinstance(verdict, Block) else verdict.due,
                no_renewal=refused.reason.value if refused else "",
            )

    def on_shelf(self, titles: list[int], branch: str = "", item_type: str = "") -> set[int]:
        open = Loan.objects.filter(state__in=Loan.OPEN).values("item")
        trapped = Hold.objects.filter(state=Hold.State.READY).exclude(item=None).values("item")
        there = Item.objects.filter(title__in=titles, condition=Item.Condition.NORMAL).exclude(pk__in=open)
        there = there.exclude(pk__in=trapped).exclude(pk__in=hold_queue.open_transfers().values("item"))
        there = there.filter(branch__code=branch) if branch else there
        there = there.filter(type__code=item_type) if item_type else there
        return set(there.values_list("title_id", flat=True))

    def copies(self, titles: list[int]) -> dict[int, list[Copy]]:
        return copies_of(titles)

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
        done = loan_changes.renew(_actor(uuid4()), loan.patron, loan.item)
        return done.reason.value if isinstance(done, Block) else (done.due or loan.due)

    def renews(self) -> bool:
        return not external_ils.followed()

    def receipts(self, code: str) -> list[Receipt]:
        return receipts_by_code(code)

    def pickups(self) -> list[tuple[str, str]]:
        """Return no pickup branches if the hub follows an ILS, which would not receive the hold."""
        return [] if external_ils.followed() else _pickups()

    def waiting(self, title: int) -> int:
        return _waiting(title)

    def why_no_hold(self, ref: str, title: int) -> str:
        return _why_no_hold(_actor(), ref, title)

    def place_hold(self, ref: str, title: int, pickup: str) -> int | str:
        return _place_hold(_actor(), ref, title, pickup)

    def cancel_hold(self, ref: str, hold: str) -> bool:
        return not external_ils.followed() and _cancel_hold(_actor(), ref, hold)

    def currency(self) -> str:
        return str(the_library().currency)

    def unpaid_fees(self, ref: str) -> list[UnpaidFee]:
        _update_fines(ref)
        fees = Fee.objects.filter(Fee.UNSETTLED, patron__ref=ref).select_related("item__title")
        return [
            UnpaidFee(
                each.kind,
                each.owed,
                each.charged_at,
                each.item.title.title if each.item else "",
                each.item.barcode if each.item else "",
                growing=each.growing,
            )
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

    def card(self, ref: str) -> PatronCard | None:
        """Return the card with the patron's number; of other cards only a hash of the number is stored."""
        patron = Patron.objects.filter(ref=ref).first()
        if patron is None:
            return None
        usable = patron.cards.filter(hash=cards.hash_number(patron.identifier), status=Card.Status.ACTIVE).exists()
        return PatronCard(patron.identifier if usable else "", the_library().symbology, patron.expires)

    def expiring(self, first: date, last: date) -> dict[str, date]:
        return dict(Patron.objects.filter(expires__range=(first, last)).values_list("ref", "expires"))

    def first_holds(self, first: date, last: date) -> dict[str, date]:
        rows = Hold.objects.filter(nameless=False).order_by().values("patron__ref")
        placed = rows.annotate(at=Min("placed_at")).values_list("patron__ref", "at")
        where = ZoneInfo(self.time_zone())
        days = {ref: at.astimezone(where).date() for ref, at in placed}
        return {ref: day for ref, day in days.items() if first <= day <= last}

    @atomic
    def offer_services(self, offered: list[OfferedService]) -> None:
        """Write only what differs, so that kiosks do not fetch unchanged rules again."""
        before = GrantedService.objects.in_bulk()
        GrantedService.objects.exclude(key__in=[each.key for each in offered]).delete()
        for each in offered:
            row = GrantedService(
                key=each.key,
                days=each.days,
                loans=each.loans,
                renewals=each.renewals,
                head_start=min(each.head_start, GrantedService.MOST_HEAD_START),
                until=each.until,
                words=each.words,
            )
            if each.key not in before or _differs(before[each.key], row):
                row.save()

    @atomic
    def set_services(self, keys: dict[str, list[str]]) -> None:
        by_text = defaultdict[str, list[str]](list)
        for ref, found in keys.items():
            by_text[" ".join(sorted(found))].append(ref)
        for text, refs in by_text.items():
            for at in range(0, len(refs), BATCH):
                rows = Patron.objects.filter(ref__in=refs[at : at + BATCH])
                rows.exclude(services=text).update(services=text)

    def with_services(self) -> dict[str, list[str]]:
        rows = Patron.objects.exclude(services="").values_list("ref", "services")
        return {ref: text.split() for ref, text in rows}

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
            append_event(
                "card_status", by.now, patron=ref, card=card.last4, status=str(card.status), **by.actor_facts()
            )
            lost += 1
        return lost

    @atomic
    def declare_lost(self, ref: str, item: str, fee: Decimal) -> Decimal | None:
        loan = (
            Loan.objects.filter(patron__ref=ref, item__barcode=item, state=Loan.State.ON_LOAN)
            .select_related("patron", "item")
            .first()
        )
        if loan is None:
            return None
        lock_patron(loan.patron)
        if isinstance(loan_changes.lose(_actor(), loan.item), Block):
            return None
        by_rule = fines.amount_by_rule(str(Fee.Kind.LOST), loan.patron, loan.item)
        amount = fee if by_rule is None else by_rule
        if amount <= 0 or not the_library().charges:
            return Decimal(0)
        fees.charge(_actor(), loan.patron, str(Fee.Kind.LOST), amount, item=loan.item)
        return amount

    def library(self, language: str) -> str:
        return the_library().name_in(language)

    def time_zone(self) -> str:
        return str(the_library().timezone)

    def guardian_age(self) -> int:
        return int(the_library().guardian_age)

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


def _update_fines(ref: str) -> None:
    patron = Patron.objects.filter(ref=ref).select_related("category").first()
    if patron is not None:
        fines.bring_up_to_date(patron, hub_clock().now())


def _differs(before: GrantedService, after: GrantedService) -> bool:
    names = [field.attname for field in GrantedService._meta.concrete_fields]
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _loan_limit(ref: str) -> int:
    """Return how many items the patron may have on loan; 0 for a blocked patron, or if another system decides."""
    patron = Patron.objects.filter(ref=ref).select_related("category").first()
    if patron is None:
        return 0
    by, facts = _actor(), patron_facts(patron)
    rules = the_policy(by.now)
    block = law.borrowing_block(rules, facts, by.branch.code, by.now)
    if block is not None and block.reason is not Reason.LIMIT:
        return 0
    allowance = law.allowance(rules, facts, by.branch.code)
    return allowance.allowed if allowance.certain else 0


def _actor(transaction: UUID | None = None, staff: str = PHONE) -> Actor:
    return Actor(branch=Branch.objects.order_by("pk")[0], now=hub_clock().now(), staff=staff, transaction=transaction)


def copies_of(titles: list[int]) -> dict[int, list[Copy]]:
    """Return the copies of each title by branch; lost and withdrawn ones are left out."""
    items = list(
        Item.objects.filter(title__in=titles, condition=Item.Condition.NORMAL)
        .select_related("title", "type", "branch")
        .order_by("branch__code", "barcode")
    )
    found: dict[int, list[Copy]] = {title: [] for title in titles}
    for item, facts in zip(items, items_facts(items), strict=True):
        if facts.status in STATES:
            due = facts.due if facts.status is ItemStatus.ON_LOAN else None
            label = item.call_number or item.title.call_number
            found[item.title_id].append(Copy(str(item.branch), label, STATES[facts.status], due, item.branch.code))
    return found


UNKNOWN_CARD, NO_BRANCH = "unknown_card", "no_such_branch"
HOLD_CODES = {Reason.LIMIT: "hold_limit", Reason.UNKNOWN_ITEM: "no_copies"}
"""Codes of reasons that mean something else for a hold than for a loan."""


def _pickups() -> list[tuple[str, str]]:
    return [(each.code, str(each)) for each in Branch.objects.all()]


def _open_holds(ref: str) -> tuple[CurrentHold, ...]:
    """Return the patron's open holds; waiting ones with their place in the queue."""
    own = Coalesce(OuterRef("moved_to"), OuterRef("placed_at"))
    others = Hold.objects.filter(title=OuterRef("title"), state=Hold.State.WAITING, suspended_until=None)
    others = others.filter(Q(copy=None) | Q(copy=Coalesce(OuterRef("copy"), F("copy"))))
    before = others.alias(at=Hold.PLACE).filter(Q(at__lt=own) | Q(at=own, pk__lt=OuterRef("pk")))
    count = before.order_by().values("title").annotate(count=Count("pk")).values("count")
    ahead = Coalesce(Subquery(count, output_field=IntegerField()), 0)
    rows = Hold.objects.filter(patron__ref=ref, state__in=Hold.OPEN).select_related("title", "pickup", "copy")
    return tuple(
        CurrentHold(
            str(each.pk),
            each.title_id,
            each.title.title,
            each.state == Hold.State.READY,
            str(each.pickup),
            each.until,
            None if each.state == Hold.State.READY or each.suspended_until else each.ahead + 1,
            each.suspended_until,
            each.shelf,
            (each.copy.call_number or each.copy.barcode) if each.copy else "",
        )
        for each in rows.annotate(ahead=ahead)
    )


def _waiting(title: int) -> int:
    return int(Hold.objects.filter(title=title, state=Hold.State.WAITING, suspended_until=None).count())


def _why_no_hold(by: Actor, ref: str, title: int) -> str:
    """Return the code of what prevents a hold on the title at every branch; empty if nothing does."""
    patron = Patron.objects.select_related("category").filter(ref=ref).first()
    if patron is None:
        return UNKNOWN_CARD
    return _why_not(by, patron, title, [code for code, _name in _pickups()])


@atomic
def _place_hold(by: Actor, ref: str, title: int, pickup: str) -> int | str:
    """Place a hold; return its place in the queue, or the code of why there is none."""
    patron = Patron.objects.filter(ref=ref).first()
    work, branch = Title.objects.filter(pk=title).first(), Branch.objects.filter(code=pickup).first()
    if patron is None:
        return UNKNOWN_CARD
    if work is None or branch is None:
        return NO_BRANCH
    lock_patron(patron)
    if obstacle := _why_not(by, patron, title, [pickup]):
        return obstacle
    placed = hold_queue.place(replace(by, branch=branch), patron, work, branch)
    if isinstance(placed, Block):
        return placed.reason.value
    return next(each.place or 1 for each in _open_holds(ref) if each.hold == str(placed.pk))


def _why_not(by: Actor, patron: Patron, title: int, branches: list[str]) -> str:
    if Hold.objects.filter(patron=patron, title=title, state__in=Hold.OPEN).exists():
        return "already_waits"
    if Loan.objects.filter(patron=patron, item__title=title, state=Loan.State.ON_LOAN).exists():
        return "already_yours"
    block = hold_queue.hold_block(by, patron, title, branches)
    return HOLD_CODES.get(block.reason, block.reason.value) if block else ""


@atomic
def _cancel_hold(by: Actor, ref: str, hold: str) -> bool:
    """Cancel the hold; return False if the patron has no such open hold."""
    if not hold.isdecimal() or len(hold) > 18:
        return False
    own = Hold.objects.filter(pk=int(hold), patron__ref=ref, state__in=Hold.OPEN)
    found = own.select_related("patron", "title", "item", "pickup").first()
    return found is not None and not isinstance(hold_queue.cancel(by, found), Block)


def receipts_by_code(code: str) -> list[Receipt]:
    """Return every visit with the code that was uploaded.

    A visit whose rows cannot be decrypted has no transactions: only staff can find out more.
    """
    found = Transaction.objects.filter(code=code).select_related("kiosk__branch").order_by("-received_at")
    visits = [_visit(lookup.rows_up_to(row)) for row in found]
    if not visits and encrypted_rows.has_code(code):
        return [Receipt("", None, ())]
    return visits


def _visit(rows: list[tuple[Transaction, Act | None]]) -> Receipt:
    last, _act = rows[-1]
    at = last.happened_at or last.received_at
    return Receipt(str(last.kiosk.branch), at, tuple(_receipt_act(row, act) for row, act in rows))


def _receipt_act(row: Transaction, act: Act | None) -> ReceiptAct:
    item = item_by(str(act.item)) if isinstance(act, Checkout | Renew | Checkin) else None
    title = item.title.title if item else ""
    match act:
        case _ if row.outcome == Transaction.Outcome.REFUSED:
            return ReceiptAct(_kind(act), "refused", title=title)
        case _ if row.outcome == Transaction.Outcome.SET_ASIDE:
            return ReceiptAct(_kind(act), "settled" if _settled(row) else "with_staff", title=title)
        case Checkout():
            loan = Loan.objects.filter(transaction=row.pk).first()
            undone = loan is not None and loan.state == Loan.State.UNDONE
            due = loan.due if loan and not loan.reckoned else None
            return ReceiptAct("checkout", "undone" if undone else "done", due, title)
        case Renew(reckoned=reckoned):
            renewal = Renewal.objects.filter(transaction=row.pk).first()
            undone = renewal is not None and renewal.undone
            due = renewal.due_after if renewal and not reckoned else None
            return ReceiptAct("renew", "undone" if undone else "done", due, title)
        case Checkin():
            handed_in = PendingReturn.objects.filter(transaction=row.pk).first()
            state = handed_in.state if handed_in else None
            if state == PendingReturn.State.WAITING:
                return ReceiptAct("checkin", "being_checked", title=title)
            return ReceiptAct("checkin", "with_staff" if state == PendingReturn.State.REOPENED else "done", title=title)
        case _:
            return ReceiptAct("other", "done")


def _kind(act: Act | None) -> Literal["checkout", "renew", "checkin", "other"]:
    match act:
        case Checkout():
            return "checkout"
        case Renew():
            return "renew"
        case Checkin():
            return "checkin"
        case _:
            return "other"


def _settled(row: Transaction) -> bool:
    kinds = (ExceptionCase.Kind.REFUSED, ExceptionCase.Kind.SET_ASIDE, ExceptionCase.Kind.UNOPENED)
    case = ExceptionCase.objects.filter(transaction=row, kind__in=kinds).first()
    return case is not None and case.resolved_at is not None
