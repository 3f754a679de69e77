"""Does at the hub what a kiosk's transaction says; never stores it and never answers a kiosk."""

from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from django.apps import apps
from django.db.models import CharField, Q, QuerySet

from kiosk.domain import model, transactions
from kiosk.domain.model import Block, Reason
from kiosk.domain.places import PLACE
from kiosk.domain.registering import REGISTER
from kiosk.domain.transactions import Act, ReturnMode, Verified
from kiosk.hub.asking import Given, asked
from kiosk.hub.catalogue.models import Item
from kiosk.hub.circulation import desk, feed, proofs, watch, wishes
from kiosk.hub.circulation.desk import By, Done, elsewhere, in_house, sightings
from kiosk.hub.circulation.desk.terms import held_card, held_item, lock_item
from kiosk.hub.circulation.facts import Whereabouts, whereabouts
from kiosk.hub.circulation.models import Card, ExceptionCase, Kiosk, Loan, Sighting, Transaction
from kiosk.hub.circulation.moments import AHEAD, Came, Sending, came, moment_of
from kiosk.hub.clock import hub_clock
from kiosk.sync.wire import WireRow

TRUST = (ReturnMode.PROVISIONAL, ReturnMode.BIN, ReturnMode.TRUSTED)
"""From the mode that believes least to the one that believes all."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The kiosk's clock cannot tell whether the act came before or after the loan that is open now: staff decide."""


def by_kiosk(kiosk: Kiosk, row: WireRow | Transaction, sending: Sending) -> By:
    """The kiosk as the one who acts, at the time that was worked out, else when the row came."""
    moment = moment_of(kiosk, row, sending)
    return By(
        branch=kiosk.branch,
        now=moment.date,
        kiosk=kiosk,
        transaction=UUID(str(row.id)),
        no_block=row.no_block,
        elsewhere=sending.elsewhere,
        believed=moment.believed,
        clock_right=moment.believed and abs(row.at - moment.date) <= AHEAD,
        since=moment.since,
        seq=row.seq,
    )


def do(by: By, act: Act) -> Done | Block | Unclear:
    """Does the act in the caller's database transaction. What is not Done has changed no loan."""
    match act:
        case transactions.Checkout():
            return _checkout(by, act)
        case transactions.Checkin():
            return _checkin(by, act)
        case transactions.Renew():
            return _renew(by, act)
        case transactions.Undo(of=of):
            return _undo(by, UUID(of))
        case transactions.Said():
            return _said(by, act)
        case _:
            assert_never(act)


def card_by(hashed: str) -> Card | None:
    """Finds the card with the keyed hash."""
    return next(iter(_card(hashed)), None)


@asked
def _card() -> QuerySet:
    return Card.objects.select_related("patron__category").filter(hash=Given(0, CharField()))


def item_by(barcode: str) -> Item | None:
    """Finds the item with the barcode."""
    return next(iter(_item(barcode)), None)


@asked
def _item() -> QuerySet:
    return Item.objects.select_related("title", "type", "branch").filter(barcode=Given(0, CharField())).order_by()


def _held(card: model.CardRef, barcode: model.ItemId) -> tuple[Card, Whereabouts] | Block:
    """The card and where the item is; the rows of patron and item are held from here on, in this order."""
    known = held_card(card)
    if known is None:
        return Block(Reason.UNKNOWN_CARD)
    item = held_item(barcode)
    return (known, whereabouts(item)) if item else Block(Reason.UNKNOWN_ITEM)


def _checkout(by: By, act: transactions.Checkout) -> Done | Block:
    """Lends. A late loan of a copy that was seen since is over; one that was only scanned since is handed in.

    So is one where nobody can tell whether the copy was here before or after it: staff look.
    """
    found = _held(act.card, act.item)
    if isinstance(found, Block):
        return found
    card, there = found
    brought = elsewhere.brought(by, card.patron, there)
    if brought is not None and brought.state != Loan.State.ON_LOAN:
        return elsewhere.known_now(by, brought)
    unverified = act.verified is Verified.UNVERIFIED
    later = sightings.later(by, there.item) if by.no_block else sightings.Later()
    if (back := later.seen) is not None:
        over = desk.lent_and_back(
            by, card.patron, there, back.at, card=card, promised=act.due, unverified=unverified, reckoned=act.reckoned
        )
        in_house.was_a_return(by, there.item, back.at)
        return over
    done = desk.checkout_held(
        by, card.patron, there, card=card, promised=act.due, unverified=unverified, reckoned=act.reckoned
    )
    scan = later.scanned or (None if by.staff else later.unclear)
    if scan is not None and isinstance(done, Done):
        _look_for_it(by, there.item, scan)
    return done


def doubted(by: By, of: UUID) -> None:
    """Lets staff look for what was lent by a request that came late, if somebody scanned it about then: she was told
    yes without it, and may have brought the book to another kiosk before the hub knew of her loan."""
    loan = Loan.objects.filter(transaction=of).select_related("item").first()
    if loan is None:
        return
    there = whereabouts(lock_item(loan.item))
    if there.loan is None or there.loan.pk != loan.pk or there.loan.state != Loan.State.ON_LOAN:
        return
    if (scan := sightings.later(by, there.item).unclear) is not None:
        _look_for_it(by, there.item, scan)


def _look_for_it(by: By, item: Item, scan: Sighting) -> None:
    then = replace(by, now=scan.at, kiosk=scan.kiosk, transaction=None)
    desk.checkin_held(then, whereabouts(item), ReturnMode.PROVISIONAL)
    in_house.was_a_return(by, item, scan.at)


def _checkin(by: By, act: transactions.Checkin) -> Done | Block | Unclear:
    item = held_item(act.item)
    if item is None:
        return Block(Reason.UNKNOWN_ITEM)
    there = whereabouts(item)
    return _overtaken(by, there) or desk.checkin_held(by, there, _believed(by, act.mode))


def _believed(by: By, claimed: ReturnMode) -> ReturnMode:
    """Return the mode that the library allows this kiosk; raise an alarm where it claims more."""
    if by.kiosk is None or by.staff or by.elsewhere:
        return claimed
    allowed = ReturnMode(by.kiosk.returns)
    if TRUST.index(claimed) <= TRUST.index(allowed):
        return claimed
    watch.alarm(by.kiosk, "return_mode", hub_clock().now())
    return allowed


def _overtaken(by: By, there: Whereabouts) -> Done | Unclear | None:
    """A late return or renewal leaves a loan alone that began after it: the loan it speaks of is over.

    Staff who do a case again have seen the loan and say that it is the one.
    """
    if not by.no_block:
        return None
    if there.loan is None:
        return Done() if sightings.later(by, there.item).seen else None
    match came(by, there.loan):
        case Came.BEFORE:
            return Done()
        case Came.UNCLEAR if not by.staff:
            return Unclear()
        case _:
            return None


def _renew(by: By, act: transactions.Renew) -> Done | Block | Unclear:
    found = _held(act.card, act.item)
    if isinstance(found, Block):
        return found
    card, there = found
    if overtaken := _overtaken(by, there):
        return overtaken
    if by.elsewhere and (renewed := elsewhere.renewed(by, card.patron, there, act.due)) is not None:
        return Done(due=renewed.due, loan=renewed)
    if by.elsewhere and not elsewhere.has(card.patron, there):  # of a loan that is not here yet
        return desk.checkout_held(by, card.patron, there, card=card, promised=act.due, reckoned=act.reckoned)
    return desk.renew_held(by, card.patron, there, card=card, promised=act.due, reckoned=act.reckoned)


def _undo(by: By, of: UUID) -> Done | Block:
    """Undoing what never took effect settles its exception: the patron has taken the promise back herself.

    What staff have done meanwhile of a row that was set aside is undone like any other.
    """
    first = Transaction.objects.filter(pk=of, kiosk=by.kiosk).first()
    if first is None:
        return Block(Reason.NOTHING_TO_UNDO)
    if first.outcome == Transaction.Outcome.SET_ASIDE:
        _settle(by, first)
        done_since = Loan.objects.filter(Q(transaction=of) | Q(renewed__transaction=of)).exists()
        return desk.undo(by, of) if done_since else Done()
    done = desk.undo(by, of)
    if isinstance(done, Done):
        _settle(by, first, str(ExceptionCase.Kind.AGAINST))
    return done


def _said(by: By, act: transactions.Said) -> Done | Block:
    """Passes on what a patron answered; whoever asked her takes it from the feed. What she wants kept is kept here."""
    if act.ask == REGISTER:
        taken: Done | Block = apps.get_app_config("circulation").registrar(by, act)
        return taken
    known = card_by(act.card) if act.card else None
    if act.card and known is None:
        return Block(Reason.UNKNOWN_CARD)
    if known and (refusal := proofs.refusal(by, act)) is not None:
        return refusal
    if known and act.ask == wishes.HOLD:
        return wishes.keep(by, known.patron, act.about)
    if known and act.ask == PLACE:
        booked: Done | Block = apps.get_app_config("circulation").booker(by, known, act)
        return booked
    who = known.patron.ref if known else None
    proved = "yes" if known and proofs.is_proved(by, act) else None
    feed.append("said", by.now, patron=who, ask=act.ask, about=act.about, answer=act.answer, proved=proved, **by.who())
    return Done()


def _settle(by: By, first: Transaction, *kinds: str) -> None:
    """The patron has taken it back herself: nobody has to decide any more."""
    cases = ExceptionCase.objects.filter(transaction=first, resolved_at=None)
    (cases.filter(kind__in=kinds) if kinds else cases).update(
        resolved_at=by.now, resolved_by=by.kiosk.name if by.kiosk else "", resolution="undone by the patron"
    )
