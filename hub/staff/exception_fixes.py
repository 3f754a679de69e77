"""Resolve exceptions: apply a fix through circulation's operations and append it to the event feed."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hub.catalogue.models import Item
from hub.circulation import event_feed, operations
from hub.circulation.intake import exceptions, external_exceptions, offline_result_events
from hub.circulation.intake.apply_transaction import by_kiosk, card_by, item_by
from hub.circulation.intake.transaction_time import UploadContext
from hub.circulation.models import ExceptionCase, Loan, Patron, Transaction
from hub.circulation.operations import Actor, OperationResult, external_ils
from hub.core.retrying_transaction import atomic
from lending import wire
from lending.model import Block, Reason
from lending.responses import PatronResponse
from lending.transactions import Act, Checkin, Checkout, Renew


@dataclass(frozen=True, slots=True)
class ExceptionSubject:
    """What an exception is about, as far as its transaction is readable and its card and item are known."""

    case: ExceptionCase
    act: Act | None = None
    patron: Patron | None = None
    item: Item | None = None
    at: datetime | None = None
    """When the transaction was made, for cases that carry the time themselves."""

    @property
    def barcode(self) -> str:
        """The item's barcode; empty if the transaction is unreadable."""
        return "" if self.act is None else str(getattr(self.act, "item", ""))

    @property
    def promised(self) -> datetime | None:
        """Return the due date that the kiosk showed, or None.

        A due date that was only estimated is left out. So is one equal to the time of the transaction: an external ILS
        that returned no due date leaves that time in its place.
        """
        due = self.act.due if isinstance(self.act, Checkout | Renew) and not self.act.reckoned else None
        return None if due == self.at else due

    @property
    def told_no(self) -> bool:
        """Return whether the patron was shown a refusal or no result.

        The patron then relies on nothing, so staff must not repeat the transaction without the patron's knowledge.
        """
        stored = self.case.transaction
        return stored is not None and not stored.no_block and not self.untold

    @property
    def untold(self) -> bool:
        """Return whether it was done, but the patron may not know."""
        return bool(self.case.kind == ExceptionCase.Kind.UNTOLD)

    @property
    def is_against_rules(self) -> bool:
        """Return whether it was done with the patron's knowledge, against the loan rules."""
        return bool(self.case.kind == ExceptionCase.Kind.AGAINST)

    @property
    def is_external(self) -> bool:
        """Return whether an external ILS keeps the loan: only there can anything be changed."""
        return external_exceptions.is_external(self.case)

    @property
    def can_be_done(self) -> bool:
        """Whether staff may repeat the transaction."""
        if self.is_external:
            return False
        return self.act is not None and not self.told_no and not self.untold and not self.is_against_rules

    @property
    def can_lend(self) -> bool:
        """Whether staff may check the item out to the patron of the transaction."""
        known = self.patron is not None and self.item is not None
        return self.can_be_done and isinstance(self.act, Checkout) and known

    @property
    def can_be_taken_back(self) -> bool:
        """Whether staff may undo the loan or renewal."""
        if self.is_against_rules:
            return isinstance(self.act, Renew)
        return not self.is_external and self.untold and isinstance(self.act, Checkout | Renew)

    @property
    def can_be_asked_back(self) -> bool:
        """Return whether the patron has the book: on loan already, or to be checked out to them now."""
        loan = self.loan
        return self.can_lend or (self.is_against_rules and loan is not None and loan.state == Loan.State.ON_LOAN)

    @property
    def can_be_written_off(self) -> bool:
        """Whether staff may write the item off."""
        return self.names_patron and (self.can_be_done or self.can_be_asked_back)

    @property
    def loan(self) -> Loan | None:
        """The loan that the transaction made or renewed."""
        made = Q(transaction=self.case.transaction_id) | Q(renewed__transaction=self.case.transaction_id)
        found: Loan | None = Loan.objects.filter(made).select_related("patron", "item").first()
        return found if self.case.transaction_id else None

    @property
    def names_patron(self) -> bool:
        """Whether the transaction contains its patron; a return does not."""
        return isinstance(self.act, Checkout | Renew)


def subject_of(case: ExceptionCase) -> ExceptionSubject:
    """Return what a case is about; if its transaction cannot be read, only the case itself."""
    if (report := external_exceptions.report_of(case)) is not None:
        return replace(_subject_of(case, external_exceptions.act_of(report)), at=report.at)
    if case.transaction is None or case.kind == ExceptionCase.Kind.CONFLICT:
        return ExceptionSubject(case)
    try:
        act = wire.decode(case.transaction.kind, case.transaction.body)
    except wire.UnreadableAct:
        return ExceptionSubject(case)
    return _subject_of(case, act)


def _subject_of(case: ExceptionCase, act: Act | None) -> ExceptionSubject:
    names_card = isinstance(act, Checkout | Renew) or (
        isinstance(act, PatronResponse) and case.reason == Reason.NO_PROOF
    )
    shown = act.card if names_card and isinstance(act, Checkout | Renew | PatronResponse) else None
    card = card_by(shown) if shown else None
    item = item_by(act.item) if isinstance(act, Checkout | Renew | Checkin) else None
    return ExceptionSubject(case, act, card.patron if card else None, item)


def _original_actor(about: ExceptionSubject, by: Actor) -> Actor:
    """Return the member of staff as actor for the kiosk, at the time of the original transaction."""
    stored = about.case.transaction
    if stored is None:
        return by
    sending = UploadContext(min(stored.received_at, by.now), elsewhere=external_ils.followed())
    acting = by_kiosk(stored.kiosk, stored, sending)
    return replace(acting, staff=by.staff, no_block=True)


@atomic
def again(about: ExceptionSubject, by: Actor) -> Block | None:
    """Repeat the transaction unchanged."""
    answer = exceptions.apply_again(about.case, by.staff, by.now)
    if answer is None:
        _append_event(about, by, "again")
    return answer


@atomic
def lend(about: ExceptionSubject, by: Actor, patron: Patron, item: Item) -> Block | None:
    """Check out or renew for this patron and item; return the refusal, or None if it was done."""
    acting, act = _original_actor(about, by), about.act
    if isinstance(act, Renew):
        done = operations.renew(acting, patron, item, promised=act.due, reckoned=act.reckoned)
    elif isinstance(act, Checkout):
        done = _check_out(acting, act, patron, item)
    else:
        return Block(Reason.NOTHING_TO_UNDO)
    words = _("Done for patron {last4} and item {barcode}")
    return _resolve_if_done(about, by, done, "lent", words.format(last4=patron.identifier[-4:], barcode=item.barcode))


def _check_out(acting: Actor, act: Checkout, patron: Patron, item: Item) -> OperationResult | Block:
    """Check out, after closing any other open loan of the item.

    With an external ILS that loan may be this very one, so it stays open.
    """
    if not acting.elsewhere:
        operations.receive(acting, item)
    return operations.checkout(acting, patron, item, promised=act.due, reckoned=act.reckoned)


@atomic
def take_in(about: ExceptionSubject, by: Actor, item: Item) -> Block | None:
    """Check in this item for a return whose barcode was unknown."""
    done = operations.receive(_original_actor(about, by), item)
    return _resolve_if_done(about, by, done, "taken_in", _("{barcode} checked in").format(barcode=item.barcode))


@atomic
def take_back(about: ExceptionSubject, by: Actor) -> Block | None:
    """Undo a loan or renewal of which the patron was not informed, unless a later one depends on it."""
    assert about.case.transaction_id is not None, "a case of kind UNTOLD or AGAINST has a transaction"
    done = operations.undo(by, about.case.transaction_id)
    return _resolve_if_done(about, by, done, "undone", _("Undone by staff"))


@atomic
def accept(about: ExceptionSubject, by: Actor) -> None:
    """Accept a result that breaks the loan rules."""
    exceptions.resolve(about.case, by.staff, _("Accepted as it is"), by.now)
    _append_event(about, by, "accepted")


@atomic
def ask_back(about: ExceptionSubject, by: Actor) -> Block | None:
    """Ask the patron to bring the item back.

    If the hub had refused the loan it is made first, because the patron has the item.
    """
    loan, words = about.loan, _("Recalled")
    if about.can_lend:
        assert about.patron is not None and about.item is not None and isinstance(about.act, Checkout)
        lent = _check_out(_original_actor(about, by), about.act, about.patron, about.item)
        if isinstance(lent, Block):
            return _resolve_if_done(about, by, lent, "asked_back", words)
        loan = lent.loan
    assert loan is not None, "only a loan can be asked back"
    return _resolve_if_done(about, by, operations.ask_back(by, loan), "asked_back", words)


@atomic
def write_off(about: ExceptionSubject, by: Actor) -> Block | None:
    """Write the item off: it counts as lost, without a fee. If no item is known, only close the case."""
    words = _("Written off")
    done: OperationResult | Block = OperationResult()
    if about.item is not None:
        done = operations.write_off(by, about.item, about.patron)
    return _resolve_if_done(about, by, done, "written_off", words)


@atomic
def settle(about: ExceptionSubject, by: Actor, note: str) -> None:
    """Close the case with a note, without any change to loans."""
    exceptions.resolve(about.case, by.staff, note, by.now)
    _append_event(about, by, "settled")


def _resolve_if_done(
    about: ExceptionSubject, by: Actor, done: OperationResult | Block, how: str, words: str
) -> Block | None:
    if isinstance(done, Block):
        transaction.set_rollback(True)
        return done
    exceptions.resolve(about.case, by.staff, words, by.now)
    _append_event(about, by, how)
    return None


def _append_event(about: ExceptionSubject, by: Actor, how: str) -> None:
    stored = about.case.transaction_id
    about_whom = offline_result_events.facts(about.case.transaction, about.loan) if about.case.transaction else None
    facts = {"transaction": str(stored) if stored else None, **(about_whom or {})}
    event_feed.append("exception_settled", by.now, exception=about.case.pk, how=how, **{**by.actor_facts(), **facts})


def what_it_was(row: Transaction, act: Act | None) -> str:
    """Return the kiosk's operation, also for a transaction whose body has been erased."""
    if row.body:
        return what_happened(act)
    words = {"checkout": _("Check out"), "checkin": _("Check in"), "renew": _("Renew"), "undo": _("Undo")}
    return words.get(row.kind, _("Answer"))


def what_happened(act: Act | None) -> str:
    """Return the kiosk's operation."""
    match act:
        case Checkout():
            return _("Check out")
        case Checkin():
            return _("Check in")
        case Renew():
            return _("Renew")
        case PatronResponse():
            return _("Answer")
        case None:
            return _("Unreadable")
        case _:
            return _("Undo")
