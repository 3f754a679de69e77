"""What each field of a record may be used for, in words, and staff's hand in it; sends nothing."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kiosk.hub.outreach.people import checks, registration, telling, uses
from kiosk.hub.outreach.people.channels import Channel
from kiosk.hub.outreach.people.models import Change, Fact, Person, Source, Use
from kiosk.hub.outreach.people.pages.shared import UsedRow, of, staff
from kiosk.hub.outreach.people.purposes import Purpose
from kiosk.hub.staff import shown
from kiosk.hub.staff.door import staff_only
from kiosk.hub.staff.views.acts import said


def rows(person: Person) -> Mapping[str, UsedRow]:
    """By field."""
    return {field: _row(each) for field, each in uses.standing(person).items()}


def _row(now: uses.Standing) -> UsedRow:
    lines = [
        _("{purpose}: since {day}, {by}, text {version}").format(
            purpose=Purpose(each.purpose).label,
            day=shown.day(each.at),
            by=signed(each.by),
            version=each.text_version,
        )
        for each in now.serves
    ]
    return UsedRow(tuple(lines or [_loans_alone(now.kept)]), bool(lines), now.more)


def _loans_alone(kept: Use | None) -> str:
    if kept is None:
        return _("For her loans, holds and answers alone")
    return _("For her loans, holds and answers alone: news taken back on {day}, {by}").format(
        day=shown.day(kept.at), by=signed(kept.by)
    )


def signed(by: str) -> str:
    """`staff grace` with its first word in the language that is spoken."""
    source, _space, name = by.partition(" ")
    return f"{Source(source).label} {name}".strip() if source in Source.values else by


@require_POST
@staff_only
def use(request: HttpRequest, pk: int, field: str, answer: str) -> HttpResponse:
    """She says to staff that news may go to one field of hers, or no more."""
    person, by, home = of(pk), staff(request), reverse("people:record", args=(pk,))
    if field not in Channel.values or answer not in ("give", "withdraw"):
        raise Http404
    if answer == "give":
        uses.allow(person, field, registration.signed(by), by.now)
        words, opposite = _("News may go there: {field}"), "withdraw"
    else:
        uses.withdraw(person, field, registration.signed(by), by.now)
        words, opposite = _("For her loans alone from now on: {field}"), "give"
    telling.note(person, "consent", Change.Act.CHANGED, by)
    undo = reverse("people:use", args=(pk, field, opposite))
    return said(request, words.format(field=Channel(field).label), home, undo)


@require_POST
@staff_only
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """She says that something else of hers is still right."""
    fact = Fact.objects.select_related("person").filter(pk=pk, name__in=checks.AGES).first()
    if fact is None:
        raise Http404
    telling.vouch(fact, staff(request))
    home = reverse("people:record", args=(fact.person_id,))
    return said(request, _("Confirmed: {channel}").format(channel=fact.get_name_display()), home)
