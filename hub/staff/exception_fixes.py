"""Mends what a kiosk promised and the hub could not do: each fix through circulation's effects, told to the feed."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hub.catalogue.models import Item
from hub.circulation import event_feed, exceptions, external_exceptions, offline_result_events, operations
from hub.circulation.apply_transaction import by_kiosk, card_by, item_by
from hub.circulation.models import ExceptionCase, Loan, Patron, Transaction
from hub.circulation.operations import Actor, OperationResult, external_ils
from hub.circulation.transaction_time import UploadContext
from hub.core.retrying_transaction import atomic
from lending import wire
from lending.model import Block, Reason
from lending.transactions import Act, Checkin, Checkout, PatronResponse, Renew


@dataclass(frozen=True, slots=True)
class ExceptionSubject:
    """What an exception is about, as far as its row can be read and its card and item are known."""

    case: ExceptionCase
    act: Act | None = None
    patron: Patron | None = None
    item: Item | None = None
    at: datetime | None = None
    """When it was agreed, where the case itself tells."""

    @property
    def barcode(self) -> str:
        return "" if self.act is None else str(getattr(self.act, "item", ""))

    @property
    def promised(self) -> datetime | None:
        """Until when; where another system tells no day the moment of the act stands there, or a reckoned one."""
        due = self.act.due if isinstance(self.act, Checkout | Renew) and not self.act.reckoned else None
        return None if due == self.at else due

    @property
    def told_no(self) -> bool:
        """The patron was told no, or nothing, and relies on nothing: it is never done behind her back."""
        stored = self.case.transaction
        return stored is not None and not stored.no_block and not self.untold

    @property
    def untold(self) -> bool:
        """It was done, and she may not know."""
        return bool(self.case.kind == ExceptionCase.Kind.UNTOLD)

    @property
    def against(self) -> bool:
        """It was done and she knows, though the rules say no."""
        return bool(self.case.kind == ExceptionCase.Kind.AGAINST)

    @property
    def beside(self) -> bool:
        """The library's own system keeps the loan, and only there anything can be done."""
        return external_exceptions.is_so(self.case)

    @property
    def can_be_done(self) -> bool:
        if self.beside:
            return False
        return self.act is not None and not self.told_no and not self.untold and not self.against

    @property
    def can_lend(self) -> bool:
        known = self.patron is not None and self.item is not None
        return self.can_be_done and isinstance(self.act, Checkout) and known

    @property
    def can_be_taken_back(self) -> bool:
        if self.against:
            return isinstance(self.act, Renew)
        return not self.beside and self.untold and isinstance(self.act, Checkout | Renew)

    @property
    def can_be_asked_back(self) -> bool:
        """The patron has the book: it is hers already, or can be lent to her."""
        loan = self.loan
        return self.can_lend or (self.against and loan is not None and loan.state == Loan.State.ON_LOAN)

    @property
    def can_be_written_off(self) -> bool:
        return self.names_patron and (self.can_be_done or self.can_be_asked_back)

    @property
    def loan(self) -> Loan | None:
        """The loan that the row made or renewed."""
        made = Q(transaction=self.case.transaction_id) | Q(renewed__transaction=self.case.transaction_id)
        found: Loan | None = Loan.objects.filter(made).select_related("patron", "item").first()
        return found if self.case.transaction_id else None

    @property
    def names_patron(self) -> bool:
        return isinstance(self.act, Checkout | Renew)


def matter(case: ExceptionCase) -> ExceptionSubject:
    """Reads the row of a case; a row that cannot be read leaves all but the case open."""
    if (told := external_exceptions.as_told(case)) is not None:
        return replace(_about(case, external_exceptions.act_of(told)), at=told.at)
    if case.transaction is None or case.kind == ExceptionCase.Kind.CONFLICT:
        return ExceptionSubject(case)
    try:
        act = wire.decode(case.transaction.kind, case.transaction.body)
    except wire.UnreadableAct:
        return ExceptionSubject(case)
    return _about(case, act)


def _about(case: ExceptionCase, act: Act | None) -> ExceptionSubject:
    tells = isinstance(act, Checkout | Renew) or (isinstance(act, PatronResponse) and case.reason == Reason.NO_PROOF)
    shown = act.card if tells and isinstance(act, Checkout | Renew | PatronResponse) else None
    card = card_by(shown) if shown else None
    item = item_by(act.item) if isinstance(act, Checkout | Renew | Checkin) else None
    return ExceptionSubject(case, act, card.patron if card else None, item)


def _by(about: ExceptionSubject, by: Actor) -> Actor:
    """The member of staff, acting for the kiosk at the time when it happened."""
    stored = about.case.transaction
    if stored is None:
        return by
    sending = UploadContext(min(stored.received_at, by.now), elsewhere=external_ils.followed())
    acting = by_kiosk(stored.kiosk, stored, sending)
    return replace(acting, staff=by.staff, no_block=True)


@atomic
def again(about: ExceptionSubject, by: Actor) -> Block | None:
    """Does the transaction once more, as it is."""
    answer = exceptions.again(about.case, by.staff, by.now)
    if answer is None:
        _tell(about, by, "again")
    return answer


@atomic
def lend(about: ExceptionSubject, by: Actor, patron: Patron, item: Item) -> Block | None:
    """Does a loan or a renewal for this patron and this item. For a return the patron does not matter."""
    acting, act = _by(about, by), about.act
    if isinstance(act, Renew):
        done = operations.renew(acting, patron, item, promised=act.due, reckoned=act.reckoned)
    elif isinstance(act, Checkout):
        done = _lent(acting, act, patron, item)
    else:
        return Block(Reason.NOTHING_TO_UNDO)
    words = _("Done for patron {last4} and item {barcode}")
    return _ended(about, by, done, "lent", words.format(last4=patron.identifier[-4:], barcode=item.barcode))


def _lent(acting: Actor, act: Checkout, patron: Patron, item: Item) -> OperationResult | Block:
    """A loan that stands in the way ends first; at a library's own system it may be this very one."""
    if not acting.elsewhere:
        operations.receive(acting, item)
    return operations.checkout(acting, patron, item, promised=act.due, reckoned=act.reckoned)


@atomic
def take_in(about: ExceptionSubject, by: Actor, item: Item) -> Block | None:
    """Takes this item back for a return whose number was not known."""
    done = operations.receive(_by(about, by), item)
    return _ended(about, by, done, "taken_in", _("{barcode} taken back").format(barcode=item.barcode))


@atomic
def take_back(about: ExceptionSubject, by: Actor) -> Block | None:
    """Undoes the loan or the renewal that nobody was told of, if nothing came after it."""
    assert about.case.transaction_id is not None, "a case of this kind has its row"
    done = operations.undo(by, about.case.transaction_id)
    return _ended(about, by, done, "undone", _("Undone by staff"))


@atomic
def accept(about: ExceptionSubject, by: Actor) -> None:
    """Lets stand what was done against the rules."""
    exceptions.resolve(about.case, by.staff, _("Accepted as it is"), by.now)
    _tell(about, by, "accepted")


@atomic
def ask_back(about: ExceptionSubject, by: Actor) -> Block | None:
    """Has the patron asked to bring the book back; a loan that the hub had refused is made first, for she has it."""
    loan, words = about.loan, _("The patron is asked to bring it back")
    if about.can_lend:
        assert about.patron is not None and about.item is not None and isinstance(about.act, Checkout)
        lent = _lent(_by(about, by), about.act, about.patron, about.item)
        if isinstance(lent, Block):
            return _ended(about, by, lent, "asked_back", words)
        loan = lent.loan
    assert loan is not None, "whoever is asked back has it"
    return _ended(about, by, operations.ask_back(by, loan), "asked_back", words)


@atomic
def write_off(about: ExceptionSubject, by: Actor) -> Block | None:
    """Gives the book up: it counts as lost, and nobody owes it. Nothing but words where no item is known."""
    words = _("Written off")
    done: OperationResult | Block = OperationResult()
    if about.item is not None:
        done = operations.write_off(by, about.item, about.patron)
    return _ended(about, by, done, "written_off", words)


@atomic
def settle(about: ExceptionSubject, by: Actor, note: str) -> None:
    """Closes the case without doing anything, with the reason in words."""
    exceptions.resolve(about.case, by.staff, note, by.now)
    _tell(about, by, "settled")


def _ended(about: ExceptionSubject, by: Actor, done: OperationResult | Block, how: str, words: str) -> Block | None:
    if isinstance(done, Block):
        transaction.set_rollback(True)
        return done
    exceptions.resolve(about.case, by.staff, words, by.now)
    _tell(about, by, how)
    return None


def _tell(about: ExceptionSubject, by: Actor, how: str) -> None:
    stored = about.case.transaction_id
    about_whom = offline_result_events.facts(about.case.transaction, about.loan) if about.case.transaction else None
    facts = {"transaction": str(stored) if stored else None, **(about_whom or {})}
    event_feed.append("exception_settled", by.now, exception=about.case.pk, how=how, **{**by.who(), **facts})


def what_it_was(row: Transaction, act: Act | None) -> str:
    """Names what the kiosk did, also of a row that says no more of what and whose it was."""
    if row.body:
        return what_happened(act)
    words = {"checkout": _("Borrow"), "checkin": _("Return"), "renew": _("Renew"), "undo": _("Undo")}
    return words.get(row.kind, _("Answer"))


def what_happened(act: Act | None) -> str:
    """Names what the kiosk did."""
    match act:
        case Checkout():
            return _("Borrow")
        case Checkin():
            return _("Return")
        case Renew():
            return _("Renew")
        case PatronResponse():
            return _("Answer")
        case None:
            return _("Unreadable")
        case _:
            return _("Undo")
