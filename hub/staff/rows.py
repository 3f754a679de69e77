"""Build the rows of the lists of loans, holds and fees."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.catalogue.models import Branch, Item
from hub.circulation.domain_mapping import loan_facts, the_policy
from hub.circulation.models import Fee, Hold, Loan, Patron, Transaction
from hub.circulation.operations import external_ils
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone, date_and_time, due, last4
from lending import policy
from lending.model import Patron as PatronFacts
from lending.model import PatronRef
from lending.name_masking import mask_name


@dataclass(frozen=True, slots=True)
class ListedPatron:
    """A patron as lists show them: masked."""

    pk: int
    name: str
    last4: str


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A loan as lists show it."""

    pk: int
    book: BookRow
    patron: ListedPatron | None
    """None if the loan no longer names its patron, or if the page must not show them."""
    hidden: int | None
    """Key of a closed loan whose patron the page must not show."""
    since: str
    due: str
    late: bool
    tone: str
    state: str
    note: str
    on_loan: bool

    @staticmethod
    def from_loan(loan: Loan, *, renewed_at: Branch | None = None, named: bool = False) -> "LoanRow":
        """Build the row of a loan.

        Args:
            loan: With its patron, item and title.
            renewed_at: Branch whose rules decide on a renewal: include the loan rule and the renewals left. Read the
                loan with its rule, its item's type and its patron's category.
            named: Show the patron of a closed loan, for a page that is only about this patron.
        """
        hidden = not (named or loan.nameless or loan.state in Loan.OPEN)
        on_loan = loan.state == Loan.State.ON_LOAN
        late = on_loan and not loan.reckoned and loan.due < hub_clock().now()
        tones = {Loan.State.ON_LOAN: Tone.DONE, Loan.State.HANDED_IN: Tone.CLOCK, Loan.State.RETURNED: Tone.DONE}
        return LoanRow(
            pk=loan.pk,
            book=book_rows.book(loan.item),
            patron=None if loan.nameless or hidden else masked_patron(loan.patron),
            hidden=loan.pk if hidden else None,
            since=formatting.date_and_time(loan.checked_out_at),
            due=due_of(loan),
            late=late,
            tone=Tone.LOOK if late else tones.get(loan.state, Tone.LOOK),
            state=_("overdue") if late else loan.get_state_display(),
            note=_loan_note(loan, renewed_at),
            on_loan=on_loan,
        )


def renewals_left(loan: Loan, branch: Branch) -> str:
    """Return how often today's rules let the loan be renewed again; empty if no rule here decides."""
    if external_ils.followed():
        return ""
    borrower = PatronFacts(
        PatronRef(loan.patron.ref), loan.patron.category.code, services=tuple(loan.patron.services.split())
    )
    left = policy.renewals_left(the_policy(hub_clock().now()), borrower, loan_facts(loan), branch.code)
    if left is None:
        return ""
    return ngettext("{count} renewal left", "{count} renewals left", left).format(count=left)


def _loan_note(loan: Loan, renewed_at: Branch | None) -> str:
    notes = []
    if renewed_at is not None and (rule := loan.rule) is not None:
        names = (str(each or "") for each in (rule.category, rule.item_type))
        notes.append(formatting.by_rule(rule.days, rule.hours, *names))
    if renewed_at is not None and loan.state == Loan.State.ON_LOAN and (left := renewals_left(loan, renewed_at)):
        notes.append(left)
    if loan.renewals:
        notes.append(_("renewed {count}×").format(count=loan.renewals))
    if loan.unverified:
        notes.append(_("checked out without PIN"))
    if loan.asked_back_at and loan.state == Loan.State.ON_LOAN:
        notes.append(_("recalled"))
    if loan.uncertain:
        notes.append(_("time uncertain, no fee"))
    return _(", ").join(notes)


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold as lists show it."""

    pk: int
    book: BookRow
    patron: ListedPatron
    placed: str
    pickup: str
    tone: str
    state: str
    branch: str
    copies: tuple[str, ...] = ()
    """Barcode and branch of the copies that can fill it, the one to fetch first."""
    fetched_at: str = ""
    """Branch of the first of these copies."""
    late: bool = False
    is_open: bool = True
    is_ready: bool = False
    is_suspended: bool = False
    place: int = 0
    """Place in the queue, from 1; 0 for a hold that does not wait."""
    queue: int = 0
    """Number of holds that wait for the title, suspended ones included."""
    until: str = ""
    """Last day on the hold shelf, as ISO text."""
    copy: str = ""
    """Barcode of the only copy that can fill it; empty if any copy of the title can."""

    @staticmethod
    def from_hold(hold: Hold, copies: Sequence[Item] = (), queue: Sequence[int] = ()) -> "HoldRow":
        """Build the row of a hold.

        Args:
            hold: With its patron, title, item, copy and pickup branch.
            copies: The items that can fill it, the one to fetch first.
            queue: Keys of the holds that wait for the title, in their order.
        """
        ready, is_open = hold.state == Hold.State.READY, hold.state in Hold.OPEN
        until = _("until {day}").format(day=formatting.day(hold.until)) if hold.until else ""
        return HoldRow(
            pk=hold.pk,
            book=book_rows.book(hold.item or hold.copy) if hold.item or hold.copy else book_rows.work(hold.title),
            patron=masked_patron(hold.patron),
            placed=formatting.date_and_time(hold.placed_at),
            pickup=str(hold.pickup),
            tone=Tone.DONE if ready else Tone.CLOCK,
            state=hold_state(hold),
            branch=_("Shelf {shelf}, {until}").format(shelf=hold.shelf, until=until) if ready or not is_open else "",
            copies=tuple(f"{each.barcode} {each.branch}" for each in copies),
            fetched_at=str(copies[0].branch) if copies else "",
            late=bool(ready and hold.until and hold.until < formatting.today()),
            is_open=is_open,
            is_ready=ready,
            is_suspended=hold.state == Hold.State.WAITING and hold.suspended_until is not None,
            place=queue.index(hold.pk) + 1 if hold.pk in queue else 0,
            queue=len(queue),
            until=hold.until.isoformat() if hold.until else "",
            copy=hold.copy.barcode if hold.copy else "",
        )


def hold_state(hold: Hold) -> str:
    """Return the state of a hold in words, with the day on which a suspended one continues."""
    if hold.state == Hold.State.WAITING and hold.suspended_until is not None:
        return _("suspended until {day}").format(day=formatting.day(hold.suspended_until))
    return str(hold.get_state_display())


@dataclass(frozen=True, slots=True)
class FeeRow:
    """A fee as lists show it."""

    pk: int
    patron: ListedPatron | None
    kind: str
    note: str
    book: BookRow | None
    charged: str
    """The day, or for a fine that grows that it does."""
    amount: str
    owed: str
    settled: str

    @staticmethod
    def from_fee(fee: Fee, *, named: bool = False) -> "FeeRow":
        """Build the row of a fee; `named` shows the patron of a settled fee, for a page only about them."""
        return FeeRow(
            pk=fee.pk,
            patron=masked_patron(fee.patron) if named or fee.owed else None,
            kind=fee.get_kind_display(),
            note=fee.note,
            book=book_rows.book(fee.item) if fee.item else None,
            charged=_("so far, until the return") if fee.growing else formatting.day(fee.charged_at),
            amount=formatting.money(fee.amount),
            owed=formatting.money(fee.owed),
            settled=formatting.day(fee.settled_at),
        )


def transaction_time_text(row: Transaction) -> str:
    """Format when a kiosk's transaction happened, by the time that the hub calculated.

    Without that time, give the time of arrival and say that the time is uncertain.
    """
    if row.happened_at is not None:
        return date_and_time(row.happened_at)
    return _("time uncertain, received {when}").format(when=date_and_time(row.received_at))


def due_of(loan: Loan) -> str:
    """Format a loan's due date, or say that it is not known if it was only estimated."""
    return _("Due date not known") if loan.reckoned else due(loan.due)


def masked_patron(patron: Patron) -> ListedPatron:
    """Return a patron as lists show them, masked."""
    return ListedPatron(patron.pk, mask_name(patron.name), last4(patron.identifier))


def masked_text(patron: Patron) -> str:
    """Return the patron as lists show them, as one text for CSV."""
    masked = masked_patron(patron)
    return f"{masked.name} {masked.last4}"
