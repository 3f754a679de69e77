"""Show loans and holds; renew, cancel holds and choose reminder days, by session or message link."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.outreach.library_system.central import PatronAccount
from hub.outreach.library_system.registry import the_central, the_holds
from hub.outreach.messaging.channels.wechat import one_time_subscription
from hub.outreach.messaging.settings import Channels, channels_or_none
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Person
from hub.outreach.portal import refusal_text
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import open_link, page, patrons_page, session_patron, signed_in, start_session
from hub.outreach.recommendations.reminders import reminder_choice

BY_LINK = "portal:loans_by_link"


@dataclass(frozen=True, slots=True)
class Loan:
    """Loan on the page. The button sends `was_due`, so that a loan renewed meanwhile is not renewed again."""

    item: str
    title: str
    due: str
    rule: str
    left: str
    renewals: str
    """Renewals left, and the first day of the next one; empty if unknown."""
    late: bool
    was_due: str
    remind: str
    chosen: str
    earliest: str
    latest: str
    wechat: str
    """Page on which WeChat asks whether the library may send a reminder for this loan; empty if it cannot."""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.LOANS)
def loans(request: HttpRequest, person: Person) -> HttpResponse:
    if request.method == "POST":
        _act(request, person)
        return redirect("portal:loans")
    return _drawn(request, person, reverse("portal:loans"))


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link is for. The first button uses it up and starts a one-hour session on this phone."""
    link = open_link(BY_LINK, token)
    if link is None or link.used:
        if link is not None and session_patron(request, Scope.LOANS) == link.person:
            return redirect("portal:loans")
        return page(request, "over", {"used": link is not None, "to": "loans"}, 410)
    if request.method != "POST":
        return _drawn(request, link.person, request.path)
    if not link.use():
        return page(request, "over", {"used": True, "to": "loans"}, 410)
    _act(request, link.person)
    return start_session(redirect("portal:loans"), link.person, Scope.LOANS)


def _drawn(request: HttpRequest, person: Person, action: str) -> HttpResponse:
    account, system = the_central().account(person.ref), the_holds()
    rows = _rows(person, account)
    context = {
        "loans": rows,
        "holds": [(each, refusal_text.hold(each)) for each in account.holds],
        "renews": the_central().renews(),
        "cancels": system is not None and bool(system.pickups()),
        "fees": account.fees,
        "action": action,
        "here": "loans",
    }
    return page(request, "loans", context)


def _rows(person: Person, account: PatronAccount) -> list[Loan]:
    days = {each.item: each for each in reminder_choice.suggested(person.ref, [loan.item for loan in account.loans])}
    rows, on = [], channels_or_none()
    for each in account.loans:
        day = days.get(each.item)
        # After a renewal the suggested day is outdated until the feed delivers the event and it is planned again.
        movable = (
            day is not None
            and day.due == each.due
            and not refusal_text.is_late(each.due)
            and day.earliest <= day.latest
        )
        rows.append(
            Loan(
                item=each.item,
                title=each.words,
                due=refusal_text.due(each.due) if each.dated else "",
                rule=refusal_text.by_rule(each.rule),
                left=refusal_text.left(each.due) if each.dated else "",
                renewals=refusal_text.renewals(each),
                late=each.dated and refusal_text.is_late(each.due),
                was_due=each.due.isoformat(),
                remind=refusal_text.day(day.day) if day and movable else "",
                chosen=day.day.isoformat() if day else "",
                earliest=day.earliest.isoformat() if day else "",
                latest=day.latest.isoformat() if day else "",
                wechat=""
                if not each.dated or refusal_text.is_late(each.due)
                else _asked_by_wechat(person, each.loan, on),
            )
        )
    return rows


def _asked_by_wechat(person: Person, loan: str, on: Channels) -> str:
    """Return empty for a child, whose messages go to the guardian, and for a loan with consent already."""
    if person.child or one_time_subscription.agreed(person, MessageKind.DUE_SOON, loan):
        return ""
    return one_time_subscription.question(person, MessageKind.DUE_SOON, loan, on)


def _act(request: HttpRequest, person: Person) -> None:
    """Carry out the pressed button and leave a message for the next page."""
    if "cancel" in request.POST:
        _cancel(request, person, request.POST["cancel"][:64])
        return
    item = request.POST.get("item", "")[:64]
    loan = next((each for each in the_central().account(person.ref).loans if each.item == item), None)
    if loan is None:
        messages.error(request, refusal_text.refusal("not_on_loan"))
    elif "remind" in request.POST:
        _remind(request, person, loan.loan, loan.words)
    elif request.POST.get("was_due") != loan.due.isoformat():
        day = refusal_text.due(loan.due)
        messages.info(request, _("{title} is already renewed. Due {day}.").format(title=loan.words, day=day))
    else:
        match the_central().renew(person.ref, item):
            case datetime() as due:
                done = _("{title} is renewed. Due {day}.").format(title=loan.words, day=refusal_text.due(due))
                messages.success(request, done)
            case code:
                why = refusal_text.not_renewed(code, loan)
                not_done = _("{title} was not renewed. {why}").format(title=loan.words, why=why)
                messages.error(request, not_done)


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
                request, _("We will remind you of {title} on {day}.").format(title=title, day=refusal_text.day(kept))
            )
        case "too_late":
            messages.error(request, _("That day is after the due date. Choose an earlier day."))
        case "too_early":
            messages.error(request, _("Choose tomorrow or a later day."))
        case _:
            messages.error(request, refusal_text.refusal("not_on_loan"))
