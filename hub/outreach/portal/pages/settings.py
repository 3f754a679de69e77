"""Show the patron's account, and change channels, notifications, quiet hours and consents; each is saved at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging import unsubscribe
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Change, Person, Source
from hub.outreach.patrons.purposes import ASKED, MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource, note
from hub.outreach.portal import refusal_text
from hub.outreach.portal.models import Scope
from hub.outreach.portal.pages import address, services
from hub.outreach.portal.pages.card import shown_card
from hub.outreach.portal.portal_session import in_row, of_rows, page, report_saved, signed_in
from hub.outreach.recommendations.new_titles.models import DigestFrequency, DigestSubscription
from hub.outreach.recommendations.reading_profiles import recommendation_picker, subjects
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import Interest

BY = "phone"
MOST_INTERESTS = 2
"""Interests named on the account page."""
MOST_LETTERS = 22
"""Longest text of their names that fits in the row on a phone."""
ICONS = {Channel.MAIL: "mail", Channel.SMS: "message-square-text", Channel.SCREEN: "monitor", Channel.PAPER: "printer"}
"""Icon of a channel; the others are apps on a phone."""
SHOWN = {
    Channel.SMS: (pgettext_lazy("channel", "text message"), ""),
    Channel.SCREEN: (pgettext_lazy("channel", "kiosk"), pgettext_lazy("channel", "at your next visit")),
    Channel.PAPER: (pgettext_lazy("channel", "paper"), pgettext_lazy("channel", "on your next receipt")),
}
"""What patrons read for a channel: its name and, if it has no address, when the message comes."""
QUIET = ("21:00-08:00", "22:00-07:00", "20:00-10:00")
"""Quiet hours that can be chosen with one touch."""
NO_HOURS = "-"
"""Quiet hours of a patron who uses the library's."""
TOGETHER = {
    MessageKind.OVERDUE: (MessageKind.OVERDUE, MessageKind.LOST),
    MessageKind.LOAN_CONFIRMED: (MessageKind.LOAN_CONFIRMED, MessageKind.LOAN_REFUSED),
}
"""Kinds of message that one switch stops, by the kind that names the switch."""
NEVER = "never"


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """Channel with its masked address, or with when its messages come; the first one is preferred."""

    value: str
    words: str
    address: str
    icon: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Setting that is on or off. `url` is where its button posts to, `note` says what it is for."""

    slug: str
    url: str
    words: str
    note: str
    on: bool
    notice: Message | None


@require_safe
@signed_in(Scope.ALL)
def me(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the patron's card and the way to each setting, with its current value."""
    allowed, given = recommendation_picker.allowed(person), sum(each.on for each in _consents(request, person))
    context = {
        "here": "me",
        "card": shown_card(person.ref),
        "first": next((_("{channel} first").format(channel=each.words) for each in _choices(person)), ""),
        "quiet": _hours_text(person.quiet_hours) if person.quiet_hours else _("Library hours"),
        "digest": next((words for _value, words, chosen in _digest_choices(person) if chosen), ""),
        "kept": _history_text(person),
        "interests": _interests(person) if allowed else "",
        "allowed": allowed,
        "given": ngettext("{count} given", "{count} given", given).format(count=given),
        "keeps_pins": the_central().keeps_pins(),
        "services": services.state_text(person),
        "family": person.family.count() or "",
        "erased": formatting.due(person.erase_due_at) if person.erase_due_at else "",
    }
    return page(request, "me", context)


def _interests(person: Person) -> str:
    """Return the classes of the strongest interests, each once, as many as fit in a row."""
    rows = Interest.objects.filter(person=person).exclude(source=Interest.Source.REMOVED)
    classes = dict.fromkeys(each[:1] for each in rows.values_list("subject", flat=True))
    found = _(", ").join(subjects.label(each) for each in list(classes)[:MOST_INTERESTS])
    return found if len(found) <= MOST_LETTERS else subjects.label(next(iter(classes)))


def _history_text(person: Person) -> str:
    if not consents.has_consented(person, Purpose.HISTORY):
        return pgettext("loans kept", "None")
    number = preferences_of(person).keep
    return pgettext("loans kept", "All") if number is None else _("Last {count}").format(count=number)


@require_safe
@signed_in(Scope.ALL)
def notifications(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the order of channels, and a switch for each kind of message."""
    notices, stopped = of_rows(request), set(person.stopped.values_list("kind", flat=True))
    choices, used = _choices(person), records.channel_order(person.recipient)
    groups = [
        (heading, [_switch(kind, words, about, stopped, notices) for kind, words, about in rows])
        for heading, rows in _kinds()
    ]
    context = {
        "here": "me",
        "choices": [each for each in choices if each.value in used],
        "paper": next((each for each in choices if each.value not in used), None),
        "scanned": address.linkable_accounts(person),
        "child": person.child,
        "groups": groups,
    }
    return page(request, "notifications", context)


def _switch(kind: MessageKind, words: str, about: str, stopped: set[str], notices: dict[str, Message]) -> Switch:
    on = not stopped.issuperset(TOGETHER.get(kind, (kind,)))
    url = reverse("portal:stop", args=(kind.value, "stop" if on else "again"))
    return Switch(kind.value, url, words, about, on, notices.get(kind.value))


def _kinds() -> list[tuple[str, list[tuple[MessageKind, str, str]]]]:
    """Return the kinds of message by group, each with its name and when it is sent."""
    return [
        (
            _("Loans"),
            [
                (MessageKind.DUE_SOON, _("Due soon"), _("Before a book is due")),
                (MessageKind.OVERDUE, _("Overdue or marked lost"), _("From the first day late")),
                (MessageKind.RECALL, _("Wanted by someone else"), _("When a book has to come back early")),
                (MessageKind.RECEIPT, _("Receipts"), _("After each visit")),
                (MessageKind.LOAN_CONFIRMED, _("Offline loans"), _("When a loan made offline is checked")),
            ],
        ),
        (
            _("Holds and watched titles"),
            [
                (MessageKind.HOLD_READY, _("Ready to collect"), _("With the date we keep it until")),
                (MessageKind.BACK, _("Back on the shelf"), _("For titles you asked us to watch")),
            ],
        ),
        (
            _("From the library"),
            [
                (MessageKind.ANSWER, _("Replies"), _("When we answer your question or suggestion")),
                (MessageKind.BOOKING, _("Events you booked"), _("Reminders and changes")),
                (MessageKind.THANKS, _("Referrals"), _("When a friend has joined with your code")),
            ],
        ),
    ]


@require_safe
@signed_in(Scope.ALL)
def consent_page(request: HttpRequest, person: Person) -> HttpResponse:
    """Show a switch for each purpose, with the text that the patron agrees to."""
    return page(request, "consents", {"here": "me", "rows": _consents(request, person)})


def _choices(person: Person) -> list[ChannelChoice]:
    """Return the usable channels, the preferred one first. Paper can be chosen by every patron."""
    ways = {each.channel: each for each in reversed(records.usable_addresses(person))}
    order = [each for each in records.channel_order(person.recipient) if each in ways]
    if Channel.PAPER not in ways:
        ways[str(Channel.PAPER)] = records.UsableAddress(str(Channel.PAPER), "", person)
        order.append(str(Channel.PAPER))
    found = []
    for channel in order:
        name, when = SHOWN.get(Channel(channel), (Channel(channel).label, ""))
        icon = ICONS.get(Channel(channel), "smartphone")
        found.append(ChannelChoice(channel, str(name), ways[channel].masked or str(when), icon))
    return found


def _consents(request: HttpRequest, person: Person) -> list[Switch]:
    """Return the purposes; the digest has a page of its own."""
    notices, rows = of_rows(request), []
    for each in (each for each in ASKED if each is not Purpose.DIGEST):
        given = consents.has_consented(person, each)
        url = reverse("portal:consent", args=(each.value, "withdraw" if given else "give"))
        name, words = refusal_text.purpose(each), consents.words(consents.text(each))
        rows.append(Switch(each.value, url, name[:1].upper() + name[1:], words, given, notices.get(each.value)))
    return rows


@require_POST
@signed_in(Scope.ALL)
def channel(request: HttpRequest, person: Person) -> HttpResponse:
    """Move a channel up or down by one, or add one behind the others; without a direction put it first."""
    usable = [each.value for each in _choices(person)]
    chosen, move = request.POST.get("channel", ""), request.POST.get("move", "first")
    if chosen not in usable:
        raise Http404
    at = usable.index(chosen)
    to = {"up": max(at - 1, 0), "down": at + 1, "add": at}.get(move, 0)
    spoken_to = person.recipient
    order = [each for each in usable if each != chosen]
    order.insert(to, chosen)
    # Paper is used only if the patron asked for it, by moving it.
    asked = Channel.PAPER in (*records.channel_order(spoken_to), chosen)
    records.set_channel_order(spoken_to, "", [each for each in order if asked or each != Channel.PAPER])
    _record_change(person, "order")
    text = _("Preferred contact method: {channel}.").format(channel=Channel(order[0]).label)
    undone = {"up": "down", "down": "up"}.get(move)
    if undone:
        report_saved(request, text, reverse("portal:channel"), channel=chosen, move=undone)
    else:
        report_saved(request, text)
    # A browser that is sent to the page it comes from keeps its place there, away from the notice.
    return redirect(f"{reverse('portal:notifications')}#top")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def quiet(request: HttpRequest, person: Person) -> HttpResponse:
    """Show and set the quiet hours, in which no messages are sent."""
    before = person.quiet_hours or NO_HOURS
    if request.method != "POST":
        own = before not in (NO_HOURS, *QUIET)
        context = {
            "here": "me",
            "choices": _quiet_choices(before),
            "quiet_from": before.partition("-")[0] if own else "",
            "quiet_to": before.partition("-")[2] if own else "",
        }
        return page(request, "quiet", context)
    typed = request.POST.get("hours") or "-".join(request.POST.get(each, "") for each in ("quiet_from", "quiet_to"))
    try:
        begin, over = (_hour(each) for each in typed.split("-"))
    except ValueError:
        messages.error(request, _("Enter times as 21:30."))
        return redirect("portal:quiet")
    if (begin is None) != (over is None):
        messages.error(
            request, _("Enter a start and an end time, or leave both empty to use the library's quiet hours.")
        )
        return redirect("portal:quiet")
    person.quiet_from, person.quiet_to = begin, over
    person.save(update_fields=("quiet_from", "quiet_to"))
    _record_change(person, "quiet")
    report_saved(request, _("Your quiet hours are saved."), reverse("portal:quiet"), hours=before)
    return redirect("portal:quiet")


def _quiet_choices(now: str) -> Iterable[tuple[str, str, bool]]:
    """Return value, words and whether they are set, for each choice of hours."""
    yield NO_HOURS, _("The library's quiet hours"), now == NO_HOURS
    for each in QUIET:
        yield each, _hours_text(each), now == each


def _hours_text(hours: str) -> str:
    begin, end = hours.split("-")
    return _("{begin} to {end}").format(begin=begin, end=end)


def _hour(text: str) -> time | None:
    return time.fromisoformat(text) if text.strip() else None


@require_POST
@signed_in(Scope.ALL)
def consent(request: HttpRequest, person: Person, purpose: str, answer: str) -> HttpResponse:
    """Give or withdraw a consent; the version of the text shown is stored with it."""
    if purpose not in ASKED or answer not in ("give", "withdraw"):
        raise Http404
    now, name = hub_clock().now(), refusal_text.purpose(Purpose(purpose))
    if answer == "give":
        consents.give(person, purpose, BY, consents.text(purpose).version, now)
        for kind in (each for each in MessageKind if each.marketing and each.purpose == purpose):
            unsubscribe.resume(person, kind)
        in_row(request, purpose, _("You agreed: {purpose}.").format(purpose=name), done=True)
    else:
        consents.withdraw(person, purpose, BY, now)
        text = _("Withdrawn: {purpose}.").format(purpose=name)
        if "account" in request.POST:
            report_saved(request, text)
            return redirect("portal:me")
        in_row(request, purpose, text, done=True)
    return redirect(f"{reverse('portal:consents')}#{purpose}")


@require_POST
@signed_in(Scope.ALL)
def stop(request: HttpRequest, person: Person, kind: str, answer: str) -> HttpResponse:
    """Stop a kind of message, or resume it."""
    if kind not in MessageKind.values or MessageKind(kind) in unsubscribe.CANNOT or answer not in ("stop", "again"):
        raise Http404
    for each in TOGETHER.get(MessageKind(kind), (MessageKind(kind),)):
        if answer == "stop":
            unsubscribe.stop(person, each, BY)
        else:
            unsubscribe.resume(person, each)
    in_row(request, kind, _("Saved"), done=True)
    return redirect(f"{reverse('portal:notifications')}#{kind}")


def _record_change(person: Person, what: str) -> None:
    note(person, what, Change.Act.CHANGED, RecordSource(Source.PHONE))


def _digest_choices(person: Person) -> list[tuple[str, str, bool]]:
    """Return value, label and whether it is the current choice, for each frequency."""
    reader = DigestSubscription.objects.filter(person=person).first() or DigestSubscription(person=person)
    now = str(reader.every) if consents.has_consented(person, Purpose.DIGEST) else NEVER
    offered = [*((str(each.value), str(each.label)) for each in DigestFrequency), (NEVER, _("never"))]
    return [(value, words, value == now) for value, words in offered]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def digest(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the frequencies; save the chosen one with the consent, or withdraw the consent."""
    before = _digest_choices(person)
    if request.method != "POST":
        context = {"here": "me", "choices": before, "agreed": consents.words(consents.text(Purpose.DIGEST))}
        return page(request, "digest", context)
    every = request.POST.get("every", "")
    former = next((value for value, _words, chosen in before if chosen), NEVER)
    if every == NEVER:
        consents.withdraw(person, Purpose.DIGEST, BY)
        report_saved(request, _("You will get no more news of new titles."), reverse("portal:digest"), every=former)
    elif every in DigestFrequency.values:
        _agree_to_digest(person, DigestFrequency(every))
        report_saved(
            request,
            _("News about new titles: {often}.").format(often=DigestFrequency(every).label),
            reverse("portal:digest"),
            every=former,
        )
    else:
        raise Http404
    return redirect("portal:digest")


@atomic
def _agree_to_digest(person: Person, every: DigestFrequency) -> None:
    """Record the consent to the text shown with the choice."""
    if not consents.has_consented(person, Purpose.DIGEST):
        consents.give(person, Purpose.DIGEST, BY, consents.text(Purpose.DIGEST).version, hub_clock().now())
    unsubscribe.resume(person, MessageKind.DIGEST)
    DigestSubscription.objects.update_or_create(person=person, defaults={"every": every})
