"""Show and change what each field of a patron record may be used for."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core.pages import formatting
from hub.core.pages.action_results import report_success
from hub.core.pages.staff_access import staff_action
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Change, FieldConsent, Person, ProfileField, Source
from hub.outreach.patrons.pages.shared import UsedRow, get_person, staff
from hub.outreach.patrons.purposes import Purpose


def rows(person: Person) -> Mapping[str, UsedRow]:
    """Return the rows by field."""
    return {field: _row(each) for field, each in consents.uses_by_field(person).items()}


def _row(now: consents.FieldConsentState) -> UsedRow:
    lines = [
        _("{purpose}: since {day}, {by}, text {version}").format(
            purpose=Purpose(each.purpose).label,
            day=formatting.day(each.at),
            by=source_text(each.by),
            version=each.text_version,
        )
        for each in now.serves
    ]
    return UsedRow(tuple(lines or [_loans_alone(now.kept)]), bool(lines), now.more)


def _loans_alone(kept: FieldConsent | None) -> str:
    if kept is None:
        return _("Only for loans, holds and replies")
    return _("Only for loans, holds and replies: news withdrawn on {day}, {by}").format(
        day=formatting.day(kept.at), by=source_text(kept.by)
    )


def source_text(by: str) -> str:
    """Translate the source in a signature such as `staff grace`."""
    source, _space, name = by.partition(" ")
    return f"{Source(source).label} {name}".strip() if source in Source.values else by


@staff_action
def use(request: HttpRequest, pk: int, field: str, answer: str) -> HttpResponse:
    """Allow or forbid marketing messages to one field, as the patron says to staff."""
    person, by, home = get_person(pk), staff(request), reverse("patrons:record", args=(pk,))
    if field not in Channel.values or answer not in ("give", "withdraw"):
        raise Http404
    if answer == "give":
        consents.allow_field(person, field, by.signature, by.now)
        words, opposite = _("News allowed: {field}"), "withdraw"
    else:
        consents.reserve_field(person, field, by.signature, by.now)
        words, opposite = _("Only for loans from now on: {field}"), "give"
    records.note(person, "consent", Change.Act.CHANGED, by)
    undo = reverse("patrons:use", args=(pk, field, opposite))
    return report_success(request, words.format(field=Channel(field).label), home, undo)


@staff_action
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a profile field that the patron says is still right."""
    fact = get_object_or_404(ProfileField.objects.select_related("person"), pk=pk, name__in=records.AGES)
    records.confirm_field(fact, staff(request))
    home = reverse("patrons:record", args=(fact.person_id,))
    return report_success(request, _("Confirmed: {channel}").format(channel=fact.get_name_display()), home)
