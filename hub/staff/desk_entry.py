"""Interpret what was scanned or typed at the staff desk and do it through circulation's operations.

The desk's page receives the replies as JSON.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.catalogue.models import Branch, Isbn, Item, Title
from hub.catalogue.shelves import bay_lookup
from hub.circulation import lookup
from hub.circulation.domain_mapping import patron_facts, the_policy
from hub.circulation.models import Hold, Loan, Patron, Payment, Transit
from hub.circulation.operations import external_ils, fees, fines, hold_changes, hold_queue, loan_changes
from hub.circulation.operations.context import Actor, OperationResult
from hub.circulation.refusals import refusal, tone_of, valid
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone
from hub.staff import receipts
from hub.staff.ils_redirect import DO_IT_THERE
from hub.staff.payments import change_text, parse_amount, take_payment
from hub.staff.rows import masked_patron, renewals_left
from lending import policy
from lending.model import Block, Reason
from lending.number_patterns import isbn
from lending.transactions import as_receipt_code


class ScanMode(StrEnum):
    """Operation that the next scanned item is for."""

    BORROW = "borrow"
    RETURN = "return"
    RENEW = "renew"
    FEE = "fee"
    HOLD = "hold"


TITLE = "title:"
"""Prefix of the key of a title that was chosen from a list."""
PATRON = "patron:"
"""Prefix of the reference of a patron who was chosen from a list, without a scan of the card."""
RETURN = "return:"
"""Prefix of an undo token, followed by the key of the loan that the return closed."""
PAYMENT = "payment:"
"""Prefix of an undo token, followed by the key of the payment."""
RECEIPT = "receipt:"
"""Prefix of a receipt code that was chosen from a list; no transaction with this code has arrived yet."""


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One row of the visit: `undo` is the token to undo it, `farewell` ends the former patron's visit."""

    act: str
    tone: Tone
    words: str
    where: str = ""
    then: str = ""
    title: str = ""
    book: BookRow | None = None
    undo: str = ""
    farewell: bool = False
    slip: int | None = None
    """Key of the hold whose slip can be printed."""
    about: str = ""
    """Reference of the patron whom the words name, so that erasing the patron deletes the stored answer."""


@dataclass(frozen=True, slots=True)
class DeskChoice:
    """One possible meaning of the typed words; `entry` is the text to send if it is chosen."""

    kind: str
    words: str
    detail: str
    entry: str


@dataclass(frozen=True, slots=True)
class Choices:
    """The possible meanings of typed words, for staff to choose from."""

    choices: tuple[DeskChoice, ...]


@dataclass(frozen=True, slots=True)
class PatronOpened:
    """The patron now served at the desk; `by_card` is true if a reader read the card."""

    patron: Patron
    by_card: bool


@dataclass(frozen=True, slots=True)
class PageOpened:
    """A page of its own exists for the entry; the browser opens `url`."""

    url: str


Reply = DeskLine | Choices | PatronOpened | PageOpened


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """One entry at the desk: the acting member of staff, the patron being served and the mode.

    `read` is true if a reader sent the entry, and false if it was typed. `tagged` is true if an item tag says it: it is
    then an item's number or nothing, because anyone can write a tag. `pickup` is the branch where a new hold is
    picked up, None for the actor's, and `only_copy` lets only the scanned copy fill it. `means` is how a fee is paid.
    """

    actor: Actor
    patron: Patron | None
    mode: ScanMode
    read: bool = False
    pickup: Branch | None = None
    means: str = "cash"
    only_copy: bool = False
    tagged: bool = False

    def hear(self, text: str) -> Reply:
        """Answer an entry.

        The meanings are tried in this order: an item, an amount (in fee mode), a chosen title or patron, a receipt
        code, a number, and finally an ISBN or search terms.
        """
        item = _item(text)
        if (item or self._changes_something(text)) and external_ils.followed():
            book = book_rows.book(item) if item else None
            return DeskLine(self.mode, Tone.STOP, _("Not available here"), then=str(DO_IT_THERE), book=book)
        if item:
            return self._book(item)
        if self.tagged:
            return refusal_reply(self.mode, Block(Reason.UNKNOWN_ITEM), title=text)
        if self.mode is ScanMode.FEE and (amount := self._amount(text)) is not None:
            return self._take(amount)
        if self.mode is ScanMode.HOLD and text.startswith(TITLE):
            return self._hold(Title.objects.get(pk=text.removeprefix(TITLE)), None)
        if text.startswith(PATRON):
            return PatronOpened(
                Patron.objects.select_related("category").get(ref=text.removeprefix(PATRON)), by_card=False
            )
        code = as_receipt_code(text.removeprefix(RECEIPT))
        if code and (text.startswith(RECEIPT) or receipts.is_known(code)):
            return PageOpened(reverse("staff:receipt", args=(code,)))
        if lookup.is_number(text):
            return self._number(text)
        return self._isbn(text) or self._search(text)

    def _changes_something(self, text: str) -> bool:
        """Return whether the text is no barcode but still changes something: places a hold, takes a payment."""
        title = self.mode is ScanMode.HOLD and text.startswith(TITLE)
        return title or (self.mode is ScanMode.FEE and self._amount(text) is not None)

    def _number(self, text: str) -> Reply:
        met = lookup.patron_met(text)
        if not isinstance(met, Block):
            return PatronOpened(met.patron, by_card=self.read)
        if met.reason is not Reason.UNKNOWN_CARD:
            return refusal_reply("card", met, title=formatting.last4(text), farewell=True)
        if lookup.looks_like_item(text):
            return refusal_reply(self.mode, Block(Reason.UNKNOWN_ITEM), title=text)
        if (choices := self._search(text)).choices:
            return choices
        return self._isbn(text) or self._unknown(text)

    def _isbn(self, text: str) -> DeskLine | None:
        """Explain that an ISBN was scanned: it belongs to every copy of an edition, so it identifies no item.

        Ten digits may be any number: only those of a title in the catalogue count as an ISBN.
        """
        number = isbn(text) or isbn(text[:13])  # some scanners append the five digits of the price
        known = Isbn.objects.select_related("title").filter(isbn13=number).first() if number else None
        if known is None and (not number or len(text) == 10):
            return None
        then = _("Scan the library's own label on the book.")
        book = book_rows.work(known.title) if known else None
        return DeskLine(self.mode, Tone.LOOK, _("An ISBN, not an item"), then=then, title=text, book=book)

    def _unknown(self, text: str) -> DeskLine:
        """Report an unknown number; keep patron and mode: only a known card or a touch starts another visit."""
        then = refusal(Block(Reason.UNKNOWN_CARD)).advice
        if self.patron is not None:
            words = _("{name} is still being served. To end the visit, press Esc.")
            then = words.format(name=masked_patron(self.patron).name)
        return DeskLine("card", Tone.STOP, _("Unknown number"), then=then, title=formatting.last4(text))

    def _search(self, words: str) -> Choices:
        people = tuple(_person(each) for each in lookup.patrons_named(words)[: lookup.MOST])
        found = people + (self._titles(words) if self.mode is ScanMode.HOLD else self._copies(words))
        return Choices(found or _receipt(words))

    def _titles(self, words: str) -> tuple[DeskChoice, ...]:
        return tuple(map(title_choice, lookup.titles_named(words)[: lookup.MOST]))

    def _copies(self, words: str) -> tuple[DeskChoice, ...]:
        found = lookup.items_named(words)[: lookup.MOST]
        return tuple(
            DeskChoice("title", each.title.title, f"{each.barcode} {each.branch}", each.barcode) for each in found
        )

    def _book(self, item: Item) -> Reply:
        match self.mode:
            case ScanMode.BORROW | ScanMode.FEE:
                return self._borrow(item)
            case ScanMode.RETURN:
                return self._checkin(item)
            case ScanMode.RENEW:
                return self._renew(item)
            case ScanMode.HOLD:
                return self._hold(item.title, item)
            case _:
                assert_never(self.mode)

    def _borrow(self, item: Item) -> DeskLine:
        if self.patron is None:
            return DeskLine(
                "borrow", Tone.LOOK, _("Which patron?"), then=_("Scan a card first."), book=book_rows.book(item)
            )
        done = loan_changes.checkout(self.actor, self.patron, item)
        if isinstance(done, Block):
            return refusal_reply("borrow", done, item)
        return self._done_line("borrow", _("Checked out"), item, done, _release_hint(done))

    def _renew(self, item: Item) -> DeskLine:
        loan = Loan.objects.filter(item=item, state=Loan.State.ON_LOAN).select_related("patron").first()
        patron = self.patron or (loan.patron if loan else None)
        if patron is None:
            return refusal_reply("renew", Block(Reason.NOT_ON_LOAN), item)
        done = loan_changes.renew(self.actor, patron, item)
        if isinstance(done, Block):
            return refusal_reply("renew", done, item)
        assert done.loan is not None
        return self._done_line("renew", _("Renewed"), item, done, renewals_left(done.loan, self.actor.branch))

    def _done_line(self, act: str, words: str, item: Item, done: OperationResult, then: str = "") -> DeskLine:
        where = formatting.due(done.due) if done.due else ""
        undo = f"act:{self.actor.transaction}"
        return DeskLine(act, Tone.DONE, words, where=where, then=then, book=book_rows.book(item), undo=undo)

    def _checkin(self, item: Item) -> DeskLine:
        handed_in = Loan.objects.filter(item=item, state=Loan.State.HANDED_IN).exists()
        was_lost = item.condition == Item.Condition.LOST
        done = loan_changes.receive(self.actor, item)
        undo = f"{RETURN}{done.loan.pk}" if not isinstance(done, Block) and done.loan and not was_lost else ""
        trapped = hold_queue.unpack(self.actor, item)
        if not isinstance(trapped, Block):
            line = self._trapped_line("return", item, trapped, undo)
            return _with_no_loan(line) if isinstance(done, Block) else line
        if isinstance(done, Block):
            ready = Hold.objects.filter(item=item, state=Hold.State.READY).select_related("patron").first()
            if trapped.reason is Reason.HELD_FOR_OTHER and ready is not None:
                line = self._held_line("return", item, ready, Tone.WAITS, refusal(trapped).summary)
                return _with_no_loan(line)
            return _with_no_loan(_back_to_its_place(item))
        words = _("Checked, loan closed") if handed_in else _("Checked in")
        where = _("Put in {place}").format(place=done.place) if done.place else ""
        return DeskLine("return", Tone.DONE, words, where=where, book=book_rows.book(item), undo=undo)

    def _trapped_line(self, act: str, item: Item, place: Hold | Transit, undo: str = "") -> DeskLine:
        if isinstance(place, Transit):
            return self._on_its_way(act, item, place, undo)
        return self._held_line(act, item, place, Tone.WAITS, _("Hold waiting"), undo)

    def _held_line(self, act: str, item: Item, hold: Hold, tone: Tone, words: str, undo: str = "") -> DeskLine:
        """Say for whom the copy is on the hold shelf, and offer its slip."""
        who, where = masked_patron(hold.patron), _("Hold shelf {shelf}").format(shelf=hold.shelf)
        then = _("For {name} {number}, until {day}")
        return DeskLine(
            act,
            tone,
            words,
            where=where,
            then=then.format(name=who.name, number=who.last4, day=formatting.day(hold.until)),
            book=book_rows.book(item),
            undo=undo,
            slip=hold.pk,
            about=hold.patron.ref,
        )

    def _on_its_way(self, act: str, item: Item, way: Transit, undo: str) -> DeskLine:
        book = book_rows.book(item)
        if way.arrived_at is not None:
            return DeskLine(act, Tone.DONE, _("Arrived"), then=_("Put it back on the shelf."), book=book)
        words = _("Hold waiting") if way.hold else pgettext("desk", "Belongs to another branch")
        where = _("To {branch}").format(branch=way.target)
        then = _("Put it with the transfers.")
        return DeskLine(act, Tone.WAITS, words, where=where, then=then, book=book, undo=undo)

    def _hold(self, title: Title, item: Item | None) -> DeskLine:
        if self.patron is None:
            return self._trap(item)
        pickup = self.pickup or self.actor.branch
        book = book_rows.work(title)
        if self.only_copy and item is None:
            return DeskLine("hold", Tone.LOOK, _("Which copy?"), then=_("Scan the label of the copy."), book=book)
        placed = hold_queue.place(self.actor, self.patron, title, pickup, item if self.only_copy else None)
        if isinstance(placed, Block):
            return refusal_reply("hold", placed, book=book)
        queue = hold_changes.queue_of(title.pk)
        place = _("Place {place} of {queue}").format(place=queue.index(placed) + 1, queue=len(queue))
        then = _("Pickup at {branch}").format(branch=pickup) if Branch.objects.count() > 1 else ""
        words = _("On hold: only this copy") if placed.copy else _("On hold")
        return DeskLine("hold", Tone.DONE, words, where=place, then=then, book=book, undo=f"hold:{placed.pk}")

    def _trap(self, item: Item | None) -> DeskLine:
        if item is None:
            return DeskLine("hold", Tone.LOOK, _("Hold for which patron?"), then=_("Scan a card first."))
        trapped = hold_queue.trap(self.actor, item)
        if not isinstance(trapped, Block):
            return self._trapped_line("hold", item, trapped)
        if trapped.reason is Reason.NOT_ON_LOAN:
            return DeskLine(
                "hold", Tone.LOOK, _("No holds"), then=_("Put it back on the shelf."), book=book_rows.book(item)
            )
        return refusal_reply("hold", trapped, item)

    def _amount(self, text: str) -> Decimal | None:
        if self.patron is None:
            return None
        if not text:
            fines.bring_up_to_date(self.patron, self.actor.now)
            return patron_facts(self.patron).fees
        amount = parse_amount(text)
        return amount if amount is not None and amount < 10_000 and len(text) < 8 else None

    def _take(self, amount: Decimal) -> DeskLine:
        assert self.patron is not None
        payment = take_payment(self.actor, self.patron, amount, self.means)
        if isinstance(payment, str):
            return DeskLine("fee", Tone.LOOK, _("No payment taken"), then=payment)
        words = pgettext("fee", "Payment taken")
        if payment.means != Payment.Means.CASH:
            words = _("{words}, {means}").format(words=words, means=payment.get_means_display())
        taken, then = formatting.money(payment.amount), change_text(amount, payment)
        return DeskLine("fee", Tone.DONE, words, where=taken, then=then, undo=f"{PAYMENT}{payment.pk}")


def _with_no_loan(line: DeskLine) -> DeskLine:
    """Say of an item scanned for return that it was not on loan, before what to do with it."""
    return replace(line, then=_("It was not on loan. {then}").format(then=line.then))


def _back_to_its_place(item: Item) -> DeskLine:
    """Say where an item belongs that is neither on loan nor wanted for a hold."""
    book = book_rows.book(item)
    if item.condition == Item.Condition.WITHDRAWN:
        return DeskLine("return", Tone.LOOK, pgettext("desk", "Withdrawn"), then=_("Put it aside."), book=book)
    return DeskLine(
        "return",
        Tone.LOOK,
        pgettext("desk", "Back to the shelf"),
        where=_shelf_of(item),
        then=_("Put it back on the shelf."),
        book=book,
    )


def _shelf_of(item: Item) -> str:
    """Return the item's bay and floor, else its call number; empty if it has none."""
    number = item.call_number or item.title.call_number
    for floor, bays in bay_lookup.holding(number, bay_lookup.floors_with_bays(item.branch)):
        return _("Bay {bay}, {floor}").format(bay=" / ".join(str(each) for each in bays), floor=floor)
    return str(number)


def title_choice(title: Title) -> DeskChoice:
    """Return the choice of a title for a hold."""
    return DeskChoice("title", title.title, book_rows.work(title).detail, f"{TITLE}{title.pk}")


def _release_hint(done: OperationResult) -> str:
    """Tell staff to release the copy on the hold shelf if the patron borrowed another copy of the title."""
    hold = done.loan.hold if done.loan else None
    if hold is None or hold.item is None or done.loan is None or hold.item_id == done.loan.item_id:
        return ""
    words = _("The copy held for this patron is free: remove {barcode} from hold shelf {shelf}.")
    return words.format(barcode=hold.item.barcode, shelf=hold.shelf)


def _person(patron: Patron) -> DeskChoice:
    masked = masked_patron(patron)
    return DeskChoice("patron", masked.name, f"{masked.last4} {patron.category}", f"{PATRON}{patron.ref}")


def _receipt(words: str) -> tuple[DeskChoice, ...]:
    """Offer the receipt page if the text has the form of a receipt code.

    The search found nothing, so the receipt's transactions may still be in the kiosk's journal.
    """
    code = as_receipt_code(words)
    if code is None:
        return ()
    words = _("Receipt {code}").format(code=lookup.format_receipt_code(code))
    return (DeskChoice("receipt", words, _("Not received yet"), f"{RECEIPT}{code}"),)


def _item(text: str) -> Item | None:
    found = Item.objects.select_related("title", "type", "branch")
    return found.filter(barcode=text).first()


def take_back(by: Actor, token: str) -> str | Block:
    """Undo what a line's `undo` token identifies; return the confirmation, or the refusal."""
    kind, _colon, key = token.partition(":")
    if kind == "hold":
        undone: object = hold_queue.cancel(by, Hold.objects.get(pk=key))
    elif token.startswith(PAYMENT):
        undone = fees.reverse_payment(by, Payment.objects.select_related("patron").get(pk=key))
    elif token.startswith(RETURN):
        undone = loan_changes.undo_return(by, Loan.objects.get(pk=key))
    else:
        undone = loan_changes.undo(by, UUID(key))
    return undone if isinstance(undone, Block) else _("Undone")


def refusal_reply(
    act: str,
    block: Block,
    item: Item | None = None,
    *,
    book: BookRow | None = None,
    title: str = "",
    farewell: bool = False,
) -> DeskLine:
    """Return a refusal as a row."""
    words = refusal(block)
    book = book or (book_rows.book(item) if item else None)
    return DeskLine(act, tone_of(block), words.summary, then=words.advice, title=title, book=book, farewell=farewell)


@dataclass(frozen=True, slots=True)
class Panel:
    """Summary of the patron being served: masked name and number, loans, holds and fees."""

    ref: str
    url: str
    name: str
    number: str
    tone: Tone
    standing: str
    then: str
    left: int
    loans: str
    loans_note: str
    holds: str
    holds_note: str
    fees: str
    fees_note: str
    owes: bool


def panel(patron: Patron, branch: Branch) -> Panel:
    """Return the patron's current panel; computed again after each operation."""
    now = hub_clock().now()
    fines.bring_up_to_date(patron, now)
    facts, law = patron_facts(patron), the_policy(now)
    allowed = policy.allowance(law, facts, branch.code)
    block = policy.borrowing_block(law, facts, branch.code, now)
    words = refusal(block) if block else None
    owes = facts.fees > Decimal(0)
    ready = list(Hold.objects.filter(patron=patron, state=Hold.State.READY).order_by("until"))
    return Panel(
        ref=patron.ref,
        url=reverse("staff:patron", args=(patron.pk,)),
        name=facts.name,
        number=_("Number {last4}, {category}").format(
            last4=formatting.last4(patron.identifier), category=patron.category
        ),
        tone=tone_of(block) if block else Tone.DONE,
        standing=words.summary if words else valid(patron),
        then=words.advice if words else "",
        left=allowed.left,
        loans=f"{allowed.on_loan} / {allowed.allowed}",
        loans_note=_loans_note(patron, allowed.left),
        holds=str(len(ready)),
        holds_note=_holds_note(ready[0]) if ready else "",
        fees=formatting.money(facts.fees),
        fees_note=_("Pay with Take fee") if owes else "",
        owes=owes,
    )


def _holds_note(first: Hold) -> str:
    return _("Shelf {shelf}, until {day}").format(shelf=first.shelf, day=formatting.day(first.until))


def _loans_note(patron: Patron, left: int) -> str:
    late = Loan.objects.filter(Loan.late(hub_clock().now()), patron=patron).count()
    return _("{count} overdue").format(count=late) if late else _("{count} more can be borrowed").format(count=left)
