"""Send a patron one alert when a title with no available copy is on the shelf again, at any branch or at one.

No copy is reserved. The alert is not marketing: the patron requested this one message, as with a hold. Alerts are
sent nightly: a copy returned by day is either still on the shelf or already borrowed, and then no alert is sent in
vain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import ClassVar

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from hub.catalogue.models import Branch, Title
from hub.core.clock import hub_clock
from hub.core.language import in_text_languages
from hub.core.retrying_transaction import atomic
from hub.core.signed_links import public_url
from hub.core.texts import Texts
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.library_system.central import Copy, the_central
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import unsubscribe
from hub.outreach.messaging.enqueue import Fact, queue_message
from hub.outreach.patrons.feed_consumer import EventBatch
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import person_of
from hub.outreach.portal.models import AvailabilityAlert, Scope
from hub.outreach.portal.opac import saved_searches
from hub.outreach.portal.portal_session import in_row, of_rows, page, report_saved, session_patron, signed_in
from lending.kiosk_consents import ConsentWording
from lending.responses import AvailabilityAlertRequest

HAS_IT = frozenset({"checkout", "loan_taken_over", "hold_placed"})
"""Events after which the patron has the title or a hold on it, so that the alert is obsolete."""
MOST = 10
"""Maximum number of alerts per person."""
KEPT = timedelta(days=183)
"""Validity of an alert; the consent text promises six months."""
SPAN = timedelta(days=5)
"""Validity of a message: a title on the shelf today may be on loan next week."""
ANY = ""
"""Stands for any branch in place of the code of one."""
CONSENT = ConsentWording(
    "phone-back-2026-3",
    "有一册回到书架时通知您一次，不为您留书。最多保存 6 个月。",
    "We message you once, when a copy is back. No copy is reserved. Kept for up to 6 months.",
)
"""Shown at the switch that requests an alert on a phone."""


@dataclass(frozen=True, slots=True)
class AlertOffer:
    """Alert offered for a title. `code` is that of the branch without a copy on the shelf, `branch` its name.

    Both are empty for an alert about any branch. `is_requested` is True if the patron has requested it.
    """

    code: str
    branch: str
    is_requested: bool


@dataclass(frozen=True, slots=True)
class RowAlert:
    """Alert offered in a row of results, or requested already. `notice` reports what was just done there."""

    is_requested: bool
    notice: Message | None


class AlertConsumer:
    """Feed consumer: delete the alerts that became obsolete."""

    KINDS: ClassVar = HAS_IT

    def __init__(self, stretch: EventBatch) -> None:
        self._people = stretch.people
        waiting = AvailabilityAlert.objects.filter(person__in=stretch.keys)
        self._waiting = set(waiting.values_list("person_id", flat=True))

    def take(self, event: Event) -> None:
        person = self._people.get(event.patron)
        if person is None:
            return
        if event.kind in HAS_IT and person.pk in self._waiting:
            AvailabilityAlert.objects.filter(person=person, title=event.data.get("title")).delete()

    def finish(self) -> None:
        pass


@atomic
def take(event: Event, response: AvailabilityAlertRequest) -> None:
    """Store an alert requested at a kiosk, or tell the patron why it cannot be stored."""
    person, about = person_of(event.patron) if event.patron else None, response.about
    if person is None:
        return
    title = Title.objects.filter(pk=int(about)).first() if about.isdecimal() and len(about) < 19 else None
    if title is not None and has_title_or_hold(person, title):
        return
    with override(saved_searches.reply_language(person)):
        try:
            store_alert(person, title, response.answer, event.at)
        except SubmissionRejected as wrong:
            asked = _("Requested at the kiosk: notify me when it is back: {title}").format(title=title or "–")
            saved_searches.reply(person, asked, str(wrong), event, done=False)


def has_title_or_hold(person: Person, title: Title) -> bool:
    """Return whether the patron has the title or a hold on it, so that an alert is obsolete."""
    return title.pk in _titles_held(person)


def _titles_held(person: Person) -> set[int | None]:
    """Return the titles that the patron has or has on hold."""
    account = the_central().account(person.ref)
    return {*(each.title for each in account.loans), *(each.title for each in account.holds)}


@atomic
def request_alert(person: Person, title: Title, version: str, now: datetime, branch: Branch | None = None) -> None:
    """Store an alert requested in the portal, and resume alerts that the signed-in patron had stopped.

    Raises:
        SubmissionRejected: The title is gone or the patron has too many alerts.
    """
    store_alert(person, title, version, now, branch)
    unsubscribe.resume(person, MessageKind.BACK)


@atomic
def store_alert(person: Person, title: Title | None, version: str, now: datetime, branch: Branch | None = None) -> None:
    """Store an alert, once per title and branch.

    Raises:
        SubmissionRejected: The title is gone or the patron has too many alerts.
    """
    if title is None:
        raise SubmissionRejected(_("The library no longer has this title."))
    held = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if held.awaited.exclude(title=title, branch=branch).count() >= MOST:
        raise SubmissionRejected(
            _("You have {count} availability alerts. Remove one before you add another.").format(count=MOST)
        )
    held.awaited.get_or_create(title=title, branch=branch, defaults={"at": now, "agreed": version[:40]})


def delete_alert(person: Person, title: int, code: str | None = None) -> bool:
    """Delete the alert about this branch or about ANY, or all alerts for the title; return False if there is none."""
    alerts = AvailabilityAlert.objects.filter(person=person, title=title)
    if code is not None:
        alerts = alerts.filter(branch__code=code) if code else alerts.filter(branch=None)
    return bool(alerts.delete()[0])


def nightly(now: datetime) -> int:
    """Send the alerts of titles on the shelf, one per patron and title; return how many.

    An interrupted run is completed the next night.
    """
    AvailabilityAlert.objects.filter(at__lt=now - KEPT).delete()
    rows = AvailabilityAlert.objects.order_by("title", "person", "pk")
    waiting = [
        (person, title, code or ANY, key)
        for person, title, code, key in rows.values_list("person", "title", "branch__code", "pk")
    ]
    there = {
        (title, code)
        for code in {code for _person, _title, code, _key in waiting}
        for title in the_central().on_shelf(sorted({title for _person, title, at, _key in waiting if at == code}), code)
    }
    fulfilled = groupby((each for each in waiting if each[1:3] in there), key=lambda each: each[:2])
    place, sent = cache(_place), 0
    for (_person, title), found in fulfilled:
        codes = {key: code for _person, _title, code, key in found}
        # The patron may wait for any branch and for this one: the message names the one that they chose.
        sent += _tell(list(codes), place(title, next(filter(None, codes.values()), ANY)), now)
    return sent


@atomic
def _tell(keys: list[int], place: dict[str, str], now: datetime) -> int:
    held = (
        AvailabilityAlert.objects.select_for_update(of=("self",))
        .select_related("person", "title")
        .defer("title__record")
    )
    rows = list(held.filter(pk__in=keys))
    if not rows:
        return 0
    row = rows[0]
    facts: dict[str, Fact] = {
        "title": str(row.title.title),
        "number": row.title_id,
        "place": place,
        "link": public_url("opac:title", row.title_id),
    }
    queue_message(row.person, MessageKind.BACK, str(row.pk), facts, at=now, until=now + SPAN)
    AvailabilityAlert.objects.filter(pk__in=keys).delete()
    return 1


def _place(title: int, code: str) -> dict[str, str]:
    """Return the first copy's branch and call number by language: the patron's is read only when sending."""

    def place() -> str:
        copies = [each for each in the_central().copies([title])[title] if each.state == "shelf"]
        found = [(each.branch, each.call_number) for each in copies if code in (ANY, each.code)]
        return " · ".join(filter(None, found[0])) if found else ""

    return in_text_languages(place)


def alert_offers(request: HttpRequest, title: Title, copies: Iterable[Copy]) -> list[AlertOffer]:
    """Return the alerts about a title: about any branch if all copies are out, and about each branch without one.

    There are none if the patron has the title or a hold on it.
    """
    person = session_patron(request, Scope.ALL)
    if person is not None and has_title_or_hold(person, title):
        return []
    requested = set(person.awaited.filter(title=title).values_list("branch__code", flat=True)) if person else set()
    return [AlertOffer(code, name, (code or None) in requested) for code, name in _without_copy(copies).items()]


def _without_copy(copies: Iterable[Copy]) -> dict[str, str]:
    """Return code and name of each branch that has copies but none on the shelf; ANY comes first if none has one."""
    names = {each.code: each.branch for each in copies}
    there = {each.code for each in copies if each.state == "shelf"}
    anywhere = {ANY: ""} if names and not there else {}
    branches = {code: name for code, name in names.items() if code not in there} if len(names) > 1 else {}
    return anywhere | branches


def row_alerts(request: HttpRequest, titles: list[int]) -> dict[int, RowAlert]:
    """Return the alerts for rows of results; none for titles that the patron has or has on hold."""
    person, notices = session_patron(request, Scope.ALL), of_rows(request)
    if person is None or not titles:
        return {each: RowAlert(is_requested=False, notice=None) for each in titles}
    held = _titles_held(person)
    requested = set(person.awaited.filter(title__in=titles).values_list("title_id", flat=True))
    return {each: RowAlert(each in requested, notices.get(_row(each))) for each in titles if each not in held}


def _row(number: int) -> str:
    """Return the name of a row of results, which is its anchor."""
    return f"t{number}"


def _to_results(request: HttpRequest, number: int, text: str) -> HttpResponse | None:
    """Return to the row of the search that the patron came from, with the outcome; None if they did not."""
    search = request.POST.get("search", "")
    if not search.startswith("?"):
        return None
    in_row(request, _row(number), text, done=True)
    return redirect(f"{reverse('opac:find')}{search}#{_row(number)}")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def alert_page(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    """Show the consent text and store the alert; refused if the patron has the title or a hold on it."""
    title = get_object_or_404(Title.objects.defer("record"), pk=number)
    if has_title_or_hold(person, title):
        messages.info(request, _("You already have it, or have a hold on it."))
        return redirect("opac:title", number)
    choices = _without_copy(the_central().copies([number])[number])
    if not choices:
        messages.info(request, _("A copy is on the shelf, or the library has none. There is nothing to wait for."))
        return redirect("opac:title", number)
    fault, too_many, chosen = "", False, request.POST.get("branch", request.GET.get("branch", ANY))
    if request.method == "POST":
        if chosen not in choices:
            fault = _("This branch has a copy on the shelf now, or has none at all. Choose another one.")
        else:
            branch = Branch.objects.filter(code=chosen).first() if chosen else None
            try:
                request_alert(person, title, CONSENT.version, hub_clock().now(), branch)
            except SubmissionRejected as wrong:
                fault, too_many = str(wrong), True
            else:
                return _after_request(request, number, branch)
    search = request.POST.get("search", request.GET.get("search", ""))
    first = chosen if chosen in choices else next(iter(choices))
    context = {
        "here": "find",
        "title": title,
        "choices": [(code, name, code == first) for code, name in choices.items()],
        "agreed": consent_text(),
        "fault": fault,
        "too_many": too_many,
        "search": search,
    }
    return page(request, "back", context, 422 if fault else 200)


def _after_request(request: HttpRequest, number: int, branch: Branch | None) -> HttpResponse:
    text = _("Saved. We will tell you once, when it is back on the shelf.")
    if branch is not None:
        text = _("Saved. We will tell you once, when {branch} has it.").format(branch=branch)
    if (response := _to_results(request, number, text)) is not None:
        return response
    report_saved(
        request, text, reverse("opac:back_end", args=(number,)), title="1", branch=branch.code if branch else ANY
    )
    return redirect("opac:title", number)


def consent_text() -> str:
    """Return what the patron agrees to with an alert, in the active language."""
    return str(Texts({"zh": CONSENT.chinese, "en": CONSENT.english}))


@require_POST
@signed_in(Scope.ALL)
def end_alert(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    """End the alert about the branch of the form; without one, all alerts for the title."""
    delete_alert(person, number, request.POST.get("branch"))
    text = _("Stopped. You get no message about this title.")
    if person.awaited.filter(title=number).exists():
        text = _("Stopped. Your other alerts for this title stay.")
    if (response := _to_results(request, number, text)) is not None:
        return response
    messages.success(request, text)
    return redirect(*(("opac:title", number) if "title" in request.POST else ("opac:searches",)))
