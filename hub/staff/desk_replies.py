"""Define the replies of the staff desk, which its page receives as JSON, and build them."""

from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from hub.catalogue import book_rows
from hub.catalogue.book_rows import Book
from hub.catalogue.models import Branch, Item
from hub.circulation.domain_mapping import patron_facts, the_policy
from hub.circulation.models import Hold, Loan, Patron
from hub.circulation.refusals import refusal, tone_of, valid
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.tone import Tone
from lending import policy
from lending.model import Block


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One row of the visit: `undo` is the token to undo it, `farewell` ends the former patron's visit."""

    act: str
    tone: Tone
    words: str
    where: str = ""
    then: str = ""
    title: str = ""
    book: Book | None = None
    undo: str = ""
    farewell: bool = False


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


def refusal_reply(
    act: str,
    block: Block,
    item: Item | None = None,
    *,
    book: Book | None = None,
    title: str = "",
    farewell: bool = False,
) -> DeskLine:
    """Return a refusal as a row."""
    words = refusal(block)
    book = book or (book_rows.book(item) if item else None)
    return DeskLine(act, tone_of(block), words.what, then=words.then, title=title, book=book, farewell=farewell)


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
    facts, now = patron_facts(patron), hub_clock().now()
    law = the_policy(now)
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
        standing=words.what if words else valid(patron),
        then=words.then if words else "",
        left=allowed.left,
        loans=f"{allowed.on_loan} / {allowed.allowed}",
        loans_note=_loans_note(patron, allowed.left),
        holds=str(len(ready)),
        holds_note=_holds_note(ready[0]) if ready else "",
        fees=formatting.money(facts.fees),
        fees_note=_("Press F6 to take payment") if owes else "",
        owes=owes,
    )


def _holds_note(first: Hold) -> str:
    return _("Shelf {shelf}, until {day}").format(shelf=first.shelf, day=formatting.day(first.until))


def _loans_note(patron: Patron, left: int) -> str:
    late = Loan.objects.filter(Loan.late(hub_clock().now()), patron=patron).count()
    return _("{count} overdue").format(count=late) if late else _("{count} more can be borrowed").format(count=left)
