"""Show loans and holds; renew, cancel holds and choose reminder days, by session or message link."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from hub.catalogue.covers.drawn import ShownCover
from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.outreach.library_system.central import (
    CurrentHold,
    CurrentLoan,
    PatronAccount,
    UnpaidFee,
    local_day,
    the_central,
    the_holds,
    the_patron_pages,
    zone,
)
from hub.outreach.messaging import one_time_subscription
from hub.outreach.messaging.settings import Channels, channels_or_none
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.portal import refusal_text
from hub.outreach.portal.message_links import usable_link
from hub.outreach.portal.models import Scope
from hub.outreach.portal.pages.family import names
from hub.outreach.portal.pages.home import new_books
from hub.outreach.portal.portal_session import (
    in_row,
    kept_page,
    of_rows,
    page,
    patrons_page,
    pressing,
    session_patron,
    signed_in,
    start_session,
)
from hub.outreach.portal.shelf import ShelvedBook, covers_of, due_line
from hub.outreach.recommendations.reminders import reminder_choice

BY_LINK = "portal:loans_by_link"
LOANS, HOLDS, PAST = "loans", "holds", "past"
ABOUT_THE_BOOK = frozenset({"no_renewals_left", "too_early", "someone_waits", "not_on_loan", "item_lost", "no_rule"})
"""Reasons for a refused renewal that say nothing about the card holder."""
MOST = 100
"""Loans that are renewed by one button."""


@dataclass(frozen=True, slots=True)
class PortalLoan:
    """Loan on the page. The button sends `was_due`, so that a loan renewed meanwhile is not renewed again."""

    item: str
    cover: ShownCover
    number: int | None
    title: str
    author: str
    tone: str
    due: str
    """Due date as a sentence; empty if it is unknown."""
    lines: tuple[str, ...]
    """Days left, and renewals left or why there is none."""
    renews: bool
    was_due: str
    remind: str
    chosen: str
    earliest: str
    latest: str
    wechat: str
    """Page on which WeChat asks whether the library may send a reminder for this loan; empty if it cannot."""
    notice: Message | None


@dataclass(frozen=True, slots=True)
class PortalHold:
    """Hold on the page, with its progress."""

    hold: str
    cover: ShownCover
    number: int | None
    title: str
    author: str
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class FamilyLoan:
    """Loan of a family card, with no more than title and due date."""

    item: str
    cover: ShownCover
    title: str
    tone: str
    due: str
    renews: bool
    was_due: str
    notice: Message | None


@dataclass(frozen=True, slots=True)
class FamilyLoans:
    """Loans of one family card. `card` is its id, which the buttons send."""

    card: int
    name: str
    loans: tuple[FamilyLoan, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.LOANS)
def loans(request: HttpRequest, person: Person) -> HttpResponse:
    if request.method == "POST":
        return redirect(_act(request, person))
    return _render_loans(request, person, reverse("portal:loans"))


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link is for. The first button uses it up and starts a one-hour session on this phone."""
    link = usable_link(request, BY_LINK, token, Scope.LOANS, "loans")
    if isinstance(link, HttpResponse):
        return link
    if request.method != "POST":
        return _render_loans(request, link.person, request.path)
    return start_session(redirect(_act(request, link.person)), link.person, Scope.LOANS)


def _render_loans(request: HttpRequest, person: Person, action: str) -> HttpResponse:
    account, system = the_central().account(person.ref), the_holds()
    reader = session_patron(request, Scope.ALL) == person
    shown = request.GET.get("show", "")
    shown = shown if shown in (HOLDS, *([PAST] if reader else [])) else LOANS
    context: dict[str, object] = {
        "show": shown,
        "reader": reader,
        "loan_count": len(account.loans),
        "hold_count": len(account.holds),
        "limit": account.limit,
        "fees": refusal_text.amount(account.fees) if account.fees else "",
        "action": action,
        "here": "loans",
        "pressing": pressing(person),
    }
    match shown:
        case "holds":
            cancels = system is not None and bool(system.pickups())
            context |= {"holds": _holds(account), "cancels": cancels}
        case "past":
            context |= {"past": _past(person), "keeps": consents.has_consented(person, Purpose.HISTORY)}
        case _:
            context |= _on_loan(request, person, account)
            context["family"] = _family(request, person) if reader else []
    if shown == PAST or request.path != reverse("portal:loans"):
        return page(request, "loans", context)
    return kept_page(request, person, "loans", context)


def _on_loan(request: HttpRequest, person: Person, account: PatronAccount) -> dict[str, object]:
    """Return the loans, their line of due days, and what renewing all of them changes."""
    covers = covers_of((each.title, each.words) for each in account.loans)
    dated = [(cover, each) for cover, each in zip(covers, account.loans, strict=True) if each.dated]
    days = [(cover, timezone.localtime(each.due).date()) for cover, each in dated]
    renewable = [each for each in account.loans if each.renewed_due] if the_central().renews() else []
    rows = _rows(request, person, account, covers)
    renew_all, effect = _renew_all(renewable)
    line = due_line(days, timezone.localtime(hub_clock().now()).date())
    return {
        "loans": rows,
        "reminders": any(each.remind for each in rows),
        "line": line,
        "low": any(each.is_low for each in line),
        "ticks": range(9, 95, 9),
        "renews": the_central().renews(),
        "every": [f"{each.item} {each.due.isoformat()}" for each in renewable] if len(renewable) > 1 else [],
        "renew_all": renew_all,
        "effect": effect,
        "new": [] if account.loans else new_books(hub_clock().now()),
    }


def _family(request: HttpRequest, person: Person) -> list[FamilyLoans]:
    """Return the loans of each card that the patron has added."""
    cards = list(person.family.select_related("holder"))
    known, notices, renews = names([each.holder.ref for each in cards]), of_rows(request), the_central().renews()
    found = []
    for card in cards:
        loans = the_central().account(card.holder.ref).loans
        covers = covers_of((each.title, each.words) for each in loans)
        rows = [
            FamilyLoan(
                item=each.item,
                cover=cover,
                title=each.words,
                tone=_family_tone(each),
                due=_due(each),
                renews=renews and each.renewed_due is not None,
                was_due=each.due.isoformat(),
                notice=notices.get(each.item),
            )
            for each, cover in zip(loans, covers, strict=True)
        ]
        found.append(FamilyLoans(card.pk, known.get(card.holder.ref, card.holder_last4), tuple(rows)))
    return found


def _renew_all(loans: list[CurrentLoan]) -> tuple[str, str]:
    """Return the words of the button that renews these loans, and a line above it if they get different due dates."""
    days = sorted({each.renewed_due for each in loans if each.renewed_due})
    if len(loans) < 2 or not days:
        return "", ""
    both, first, last = len(loans) == 2, formatting.due(days[0]), formatting.due(days[-1])
    if first != last:
        words = _("Renew both") if both else _("Renew all {count}")
        return words.format(count=len(loans)), _("Then due {first} to {last}").format(first=first, last=last)
    words = _("Renew both to {day}") if both else _("Renew all {count} to {day}")
    return words.format(count=len(loans), day=first), ""


def _holds(account: PatronAccount) -> list[PortalHold]:
    covers, authors = covers_of((each.title, each.words) for each in account.holds), _authors(account.holds)
    return [
        PortalHold(
            each.hold,
            cover,
            each.title,
            each.words,
            authors.get(each.title or 0, ""),
            "done" if each.ready else "clock",
            refusal_text.hold(each),
        )
        for each, cover in zip(account.holds, covers, strict=True)
    ]


def _past(person: Person) -> list[tuple[ShelvedBook, str, str]]:
    """Return the titles of the history with author and day, the latest first."""
    rows = list(person.had.values_list("title", "at"))
    titles = Title.objects.defer("record").in_bulk([pk for pk, _at in rows])
    return [
        (
            ShelvedBook(ShownCover.for_title(titles[pk]), pk, titles[pk].title),
            titles[pk].author,
            formatting.day(local_day(at, zone())),
        )
        for pk, at in rows
        if pk in titles
    ]


def _authors(rows: Iterable[CurrentLoan | CurrentHold]) -> dict[int, str]:
    return dict(Title.objects.filter(pk__in=[each.title for each in rows if each.title]).values_list("pk", "author"))


def _rows(request: HttpRequest, person: Person, account: PatronAccount, covers: list[ShownCover]) -> list[PortalLoan]:
    days = {each.item: each for each in reminder_choice.offer_reminders(person.ref, account.loans)}
    rows, on, authors, notices = [], channels_or_none(), _authors(account.loans), of_rows(request)
    renews = the_central().renews()
    for each, cover in zip(account.loans, covers, strict=True):
        day = days.get(each.item)
        late = each.dated and refusal_text.is_late(each.due)
        # After a renewal the suggested day is outdated until the feed delivers the event and it is planned again.
        movable = day is not None and day.due == each.due and not late and day.earliest <= day.latest
        rows.append(
            PortalLoan(
                item=each.item,
                cover=cover,
                number=each.title,
                title=each.words,
                author=authors.get(each.title or 0, ""),
                tone=_tone(each),
                due=_due(each),
                lines=_lines(each, renews),
                renews=renews and each.renewed_due is not None,
                was_due=each.due.isoformat(),
                remind=formatting.day(day.day) if day and movable else "",
                chosen=day.day.isoformat() if day else "",
                earliest=day.earliest.isoformat() if day else "",
                latest=day.latest.isoformat() if day else "",
                wechat="" if not each.dated or late else _consent_request(person, each.loan, on),
                notice=notices.get(each.item),
            )
        )
    return rows


def _tone(loan: CurrentLoan) -> str:
    """Return the mark before the due date; empty without one."""
    if not loan.dated:
        return "look"
    days = refusal_text.days_left(loan.due)
    if days < 0:
        return "stop"
    if loan.no_renewal == "someone_waits":
        return "waits"
    return "" if days else "look"


def _family_tone(loan: CurrentLoan) -> str:
    """Return the mark before the due date, which does not tell who waits for the book."""
    tone = _tone(loan)
    return "" if tone == "waits" else tone


def _due(loan: CurrentLoan) -> str:
    if not loan.dated:
        return ""
    days = refusal_text.days_left(loan.due)
    return _("Due today") if days == 0 else _("Due {day}").format(day=formatting.due(loan.due))


def _lines(loan: CurrentLoan, renews: bool) -> tuple[str, ...]:
    """Return the days left, and the renewals left or why there is none."""
    left = refusal_text.days_left_text(loan.due).capitalize() if loan.dated and refusal_text.days_left(loan.due) else ""
    if loan.no_renewal in ("", "too_early"):
        renewal = refusal_text.renewals(loan) if renews else ""
        return tuple(filter(None, (_(", ").join(filter(None, (left, renewal))),)))
    return tuple(filter(None, (left, refusal_text.no_renewal(loan) if renews else "")))


def _consent_request(person: Person, loan: str, on: Channels) -> str:
    """Return empty for a child, whose messages go to the guardian, and for a loan with consent already."""
    if person.child or one_time_subscription.agreed(person, MessageKind.DUE_SOON, loan):
        return ""
    return one_time_subscription.question(person, MessageKind.DUE_SOON, loan, on)


def _act(request: HttpRequest, person: Person) -> str:
    """Carry out the pressed button, leave a message for the next page, and return the address of that page."""
    url = reverse("portal:loans")
    if "cancel" in request.POST:
        _cancel(request, person, request.POST["cancel"][:64])
        return f"{url}?show={HOLDS}"
    if "every" in request.POST:
        for each in request.POST.getlist("every")[:MOST]:
            item, _space, was_due = each.partition(" ")
            _renew(request, person, item[:64], was_due)
        return url
    item = request.POST.get("item", "")[:64]
    if "family" in request.POST:
        _renew(request, _family_holder(request, person), item, request.POST.get("was_due", ""), family=True)
        return f"{url}#l{item}"
    if "remind" in request.POST:
        loan = _loan(person, item)
        if loan is None:
            messages.error(request, refusal_text.refusal("not_on_loan"))
        else:
            _remind(request, person, loan.loan, loan.words)
        return url
    _renew(request, person, item, request.POST.get("was_due", ""))
    return f"{url}#l{item}"


def _loan(person: Person, item: str) -> CurrentLoan | None:
    return next((each for each in the_central().account(person.ref).loans if each.item == item), None)


def _renew(request: HttpRequest, person: Person | None, item: str, was_due: str, *, family: bool = False) -> None:
    """Renew a loan that is still due as the page has shown it, and report in its row.

    For a family card a reason is given only if it is about the book. `person` is None if the card was removed.
    """
    loan = _loan(person, item) if person else None
    if person is None or loan is None:
        refusal = _("This book is no longer on loan, or the card was removed from your family cards.")
        messages.error(request, refusal if family else refusal_text.refusal("not_on_loan"))
    elif was_due != loan.due.isoformat():
        in_row(request, item, _("Already renewed, due {day}").format(day=formatting.due(loan.due)), done=True)
    else:
        match the_central().renew(person.ref, item):
            case datetime() as due:
                in_row(request, item, _("Renewed to {day}").format(day=formatting.due(due)), done=True)
            case code:
                reason = refusal_text.not_renewed(code if not family or code in ABOUT_THE_BOOK else "", loan)
                in_row(request, item, _("Not renewed. {why}").format(why=reason), done=False)


def _family_holder(request: HttpRequest, person: Person) -> Person | None:
    """Return the holder of the posted family card, if the patron has added it and the session covers everything."""
    number = request.POST["family"]
    cards = person.family.filter(pk=int(number) if number.isdecimal() and len(number) < 18 else 0)
    card = cards.select_related("holder").first() if session_patron(request, Scope.ALL) == person else None
    return card.holder if card else None


def _cancel(request: HttpRequest, person: Person, hold: str) -> None:
    system = the_holds()
    title = next((each.words for each in the_central().account(person.ref).holds if each.hold == hold), "")
    if system is not None and title and system.cancel_hold(person.ref, hold):
        messages.success(request, _("Your hold on {title} is cancelled.").format(title=title))
    else:
        messages.info(request, _("You no longer have this hold."))


def _remind(request: HttpRequest, person: Person, loan: str, title: str) -> None:
    try:
        day = date.fromisoformat(request.POST.get("remind", ""))
    except ValueError:
        messages.error(request, _("First choose a day."))
        return
    match reminder_choice.set_reminder(person.ref, loan, day):
        case date() as kept:
            messages.success(
                request, _("We will remind you of {title} on {day}.").format(title=title, day=formatting.day(kept))
            )
        case "too_late":
            messages.error(request, _("That day is after the due date. Choose an earlier day."))
        case "too_early":
            messages.error(request, _("Choose tomorrow or a later day."))
        case _:
            messages.error(request, refusal_text.refusal("not_on_loan"))


@dataclass(frozen=True, slots=True)
class PortalFee:
    """Fee on the page: what it is for, the item, the day or why it grows, and the amount left to pay."""

    words: str
    item: str
    day: str
    owed: str


@require_safe
@signed_in(Scope.LOANS)
def fees(request: HttpRequest, person: Person) -> HttpResponse:
    """List the fees; a library system that reports only their sum shows that."""
    total, system = the_central().account(person.ref).fees, the_patron_pages()
    rows = [_fee_row(each) for each in system.unpaid_fees(person.ref)] if system else []
    return page(request, "fees", {"here": "loans", "total": refusal_text.amount(total) if total else "", "rows": rows})


def _fee_row(fee: UnpaidFee) -> PortalFee:
    words = {
        "overdue": _("Returned late"),
        "lost": _("Lost item"),
        "damage": _("Damage"),
        "membership": pgettext("fee", "Membership"),
        "not_collected": _("Hold not collected"),
    }
    owed = refusal_text.amount(fee.owed)
    if fee.growing:
        return PortalFee(_("Overdue so far"), fee.item, _("Return the item, and the fee stops growing."), owed)
    day = formatting.day(local_day(fee.charged_at, zone()))
    return PortalFee(words.get(fee.kind, _("Other fee")), fee.item, day, owed)
