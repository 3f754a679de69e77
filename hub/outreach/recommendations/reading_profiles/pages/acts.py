"""Handle staff actions on recommendations and interests, on behalf of a patron at the desk."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.catalogue.models import Title
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.staff_access import staff_action
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles import (
    history,
    history_retention,
    interests,
    recommendation_feedback,
    subjects,
)


def _home(person: Person) -> str:
    return reverse("staff:patron_of", args=(person.ref,))


@staff_action
def say(request: HttpRequest, pk: int, title: int, says: str) -> HttpResponse:
    """Store or delete the patron's opinion of a title."""
    person, book = get_object_or_404(Person, pk=pk), get_object_or_404(Title, pk=title)
    undo = reverse("reading_profiles:say", args=(pk, title, "unsay"))
    match says:
        case "like":
            recommendation_feedback.like(person, title)
            words = _("More like “{title}”, every {days} days.")
        case "not":
            recommendation_feedback.not_for_me(person, title)
            words = _("“{title}” is not recommended again; every {days} days from now on.")
        case "unsay":
            recommendation_feedback.unsay(person, title)
            words, undo = _("Restored: every {days} days. “{title}” can be recommended again."), ""
        case _:
            raise Http404
    days = history.preferences_of(person).days
    return report_success(request, words.format(title=book.title, days=days), _home(person), undo)


@staff_action
def set_frequency(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    """Send recommendations less often, more often or not at all."""
    person = get_object_or_404(Person, pk=pk)
    match how:
        case "less" | "more":
            days = recommendation_feedback.less(person) if how == "less" else recommendation_feedback.more(person)
            undo = reverse("reading_profiles:frequency", args=(pk, "more" if how == "less" else "less"))
            return report_success(request, _("Every {days} days from now on.").format(days=days), _home(person), undo)
        case "stop":
            recommendation_feedback.stop(person, f"staff {request.user.get_username()}")
            words = _("Recommendations are off. The data they used is deleted.")
            return report_success(request, words, _home(person))
        case _:
            raise Http404


@staff_action
def interest(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    """Add, remove or restore an interest."""
    person, subject = get_object_or_404(Person, pk=pk), request.POST.get("subject", "").strip().upper()
    if not subjects.is_subject_code(subject):
        return report_error(request, _("Enter a class or subject: I, I247, 8 or 813."), _home(person))
    name = subjects.label(subject)
    match how:
        case "add":
            interests.add(person, subject)
            words = _("Added: {name}")
        case "remove":
            interests.remove(person, subject)
            words = _("Removed: {name}. It will not be inferred again.")
        case "restore":
            interests.restore(person, subject)
            words = _("Can be inferred again: {name}")
        case _:
            raise Http404
    return report_success(request, words.format(name=name), _home(person))


@staff_action
def infer(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    """Switch the inference of interests on or off."""
    person = get_object_or_404(Person, pk=pk)
    if how not in ("on", "off"):
        raise Http404
    interests.switch(person, how == "on")
    words = (
        _("Interests are inferred from the patron's loans.") if how == "on" else _("Interests are no longer inferred.")
    )
    undo = reverse("reading_profiles:infer", args=(pk, "off" if how == "on" else "on"))
    return report_success(request, words, _home(person), undo)


@staff_action
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Set how many of the patron's last loans are kept."""
    person, typed = get_object_or_404(Person, pk=pk), request.POST.get("loans", "")
    if not typed.isdecimal() or not 1 <= int(typed[:6]) <= history_retention.MOST_KEPT:
        return report_error(
            request, _("Enter a number from 1 to {most}.").format(most=history_retention.MOST_KEPT), _home(person)
        )
    if not consents.has_consented(person, Purpose.HISTORY):
        return report_error(request, _("The patron has not agreed to a reading history."), _home(person))
    history_retention.keep(person, int(typed))
    return report_success(request, _("The last {loans} loans are kept.").format(loans=int(typed)), _home(person))
