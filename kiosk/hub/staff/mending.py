"""Mends what a kiosk promised and the hub could not do: each fix through circulation's effects, told to the feed."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kiosk.domain.model import Block, Reason
from kiosk.domain.transactions import Act, Checkin, Checkout, Renew, Said
from kiosk.hub.atomic import atomic
from kiosk.hub.catalogue.models import Item
from kiosk.hub.circulation import beside, cases, desk, feed, promises
from kiosk.hub.circulation.desk import By, Done, elsewhere
from kiosk.hub.circulation.judge import by_kiosk, card_by, item_by
from kiosk.hub.circulation.models import ExceptionCase, Loan, Patron, Transaction
from kiosk.hub.circulation.moments import Sending
from kiosk.sync import wire


@dataclass(frozen=True, slots=True)
class Matter:
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
        return beside.is_so(self.case)

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


def matter(case: ExceptionCase) -> Matter:
    """Reads the row of a case; a row that cannot be read leaves all but the case open."""
    if (told := beside.as_told(case)) is not None:
        return replace(_about(case, beside.act_of(told)), at=told.at)
    if case.transaction is None or case.kind == ExceptionCase.Kind.CONFLICT:
        return Matter(case)
    try:
        act = wire.decode(case.transaction.kind, case.transaction.body)
    except wire.UnreadableAct:
        return Matter(case)
    return _about(case, act)


def _about(case: ExceptionCase, act: Act | None) -> Matter:
    tells = isinstance(act, Checkout | Renew) or (isinstance(act, Said) and case.reason == Reason.NO_PROOF)
    shown = act.card if tells and isinstance(act, Checkout | Renew | Said) else None
    card = card_by(shown) if shown else None
    item = item_by(act.item) if isinstance(act, Checkout | Renew | Checkin) else None
    return Matter(case, act, card.patron if card else None, item)


def _by(about: Matter, by: By) -> By:
    """The member of staff, acting for the kiosk at the time when it happened."""
    stored = about.case.transaction
    if stored is None:
        return by
    sending = Sending(min(stored.received_at, by.now), elsewhere=elsewhere.followed())
    acting = by_kiosk(stored.kiosk, stored, sending)
    return replace(acting, staff=by.staff, no_block=True)


@atomic
def again(about: Matter, by: By) -> Block | None:
    """Does the transaction once more, as it is."""
    answer = cases.again(about.case, by.staff, by.now)
    if answer is None:
        _tell(about, by, "again")
    return answer


@atomic
def lend(about: Matter, by: By, patron: Patron, item: Item) -> Block | None:
    """Does a loan or a renewal for this patron and this item. For a return the patron does not matter."""
    acting, act = _by(about, by), about.act
    if isinstance(act, Renew):
        done = desk.renew(acting, patron, item, promised=act.due, reckoned=act.reckoned)
    elif isinstance(act, Checkout):
        done = _lent(acting, act, patron, item)
    else:
        return Block(Reason.NOTHING_TO_UNDO)
    words = _("Done for patron {last4} and item {barcode}")
    return _ended(about, by, done, "lent", words.format(last4=patron.identifier[-4:], barcode=item.barcode))


def _lent(acting: By, act: Checkout, patron: Patron, item: Item) -> Done | Block:
    """A loan that stands in the way ends first; at a library's own system it may be this very one."""
    if not acting.elsewhere:
        desk.receive(acting, item)
    return desk.checkout(acting, patron, item, promised=act.due, reckoned=act.reckoned)


@atomic
def take_in(about: Matter, by: By, item: Item) -> Block | None:
    """Takes this item back for a return whose number was not known."""
    done = desk.receive(_by(about, by), item)
    return _ended(about, by, done, "taken_in", _("{barcode} taken back").format(barcode=item.barcode))


@atomic
def take_back(about: Matter, by: By) -> Block | None:
    """Undoes the loan or the renewal that nobody was told of, if nothing came after it."""
    assert about.case.transaction_id is not None, "a case of this kind has its row"
    done = desk.undo(by, about.case.transaction_id)
    return _ended(about, by, done, "undone", _("Undone by staff"))


@atomic
def accept(about: Matter, by: By) -> None:
    """Lets stand what was done against the rules."""
    cases.resolve(about.case, by.staff, _("Accepted as it is"), by.now)
    _tell(about, by, "accepted")


@atomic
def ask_back(about: Matter, by: By) -> Block | None:
    """Has the patron asked to bring the book back; a loan that the hub had refused is made first, for she has it."""
    loan, words = about.loan, _("The patron is asked to bring it back")
    if about.can_lend:
        assert about.patron is not None and about.item is not None and isinstance(about.act, Checkout)
        lent = _lent(_by(about, by), about.act, about.patron, about.item)
        if isinstance(lent, Block):
            return _ended(about, by, lent, "asked_back", words)
        loan = lent.loan
    assert loan is not None, "whoever is asked back has it"
    return _ended(about, by, desk.ask_back(by, loan), "asked_back", words)


@atomic
def write_off(about: Matter, by: By) -> Block | None:
    """Gives the book up: it counts as lost, and nobody owes it. Nothing but words where no item is known."""
    words = _("Written off")
    done: Done | Block = Done()
    if about.item is not None:
        done = desk.write_off(by, about.item, about.patron)
    return _ended(about, by, done, "written_off", words)


@atomic
def settle(about: Matter, by: By, note: str) -> None:
    """Closes the case without doing anything, with the reason in words."""
    cases.resolve(about.case, by.staff, note, by.now)
    _tell(about, by, "settled")


def _ended(about: Matter, by: By, done: Done | Block, how: str, words: str) -> Block | None:
    if isinstance(done, Block):
        transaction.set_rollback(True)
        return done
    cases.resolve(about.case, by.staff, words, by.now)
    _tell(about, by, how)
    return None


def _tell(about: Matter, by: By, how: str) -> None:
    stored = about.case.transaction_id
    about_whom = promises.facts(about.case.transaction, about.loan) if about.case.transaction else None
    facts = {"transaction": str(stored) if stored else None, **(about_whom or {})}
    feed.append("exception_settled", by.now, exception=about.case.pk, how=how, **{**by.who(), **facts})


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
        case Said():
            return _("Answer")
        case None:
            return _("Unreadable")
        case _:
            return _("Undo")
