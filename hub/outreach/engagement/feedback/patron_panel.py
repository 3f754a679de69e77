"""Show a patron's questions, feedback, suggestions and bookings on their staff page."""

from collections.abc import Mapping

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.outreach.engagement.feedback.models import Booking, Feedback, SuggestionFollower, Ticket
from hub.outreach.engagement.feedback.suggestions import hyphenate
from hub.outreach.engagement.feedback.tickets import topics_of

MOST = 5


def panel(request: HttpRequest, ref: str) -> "tuple[str, Mapping[str, object]] | None":
    """Return the newest ones as a panel, or None if there are none. Anonymous feedback is not included."""
    threads = list(Ticket.objects.filter(person__ref=ref).order_by("-pk")[:MOST])
    about = topics_of(threads)
    comments = Feedback.objects.filter(person__ref=ref).order_by("-pk")[:MOST]
    wishes = SuggestionFollower.objects.filter(person__ref=ref).select_related("suggestion").order_by("-pk")[:MOST]
    bookings = Booking.objects.filter(person__ref=ref).select_related("session__course").order_by("-pk")[:MOST]
    rows = [
        *(
            ("feedback:question", each.pk, about[each.pk], each.get_state_display(), pgettext("kind", "Question"))
            for each in threads
        ),
        *(("feedback:opinion", each.pk, each.words, each.get_state_display(), _("Feedback")) for each in comments),
        *(
            (
                "feedback:suggestion",
                each.suggestion_id,
                each.suggestion.words or hyphenate(each.suggestion.isbn),
                each.suggestion.get_state_display(),
                _("Suggestion"),
            )
            for each in wishes
        ),
        *(
            ("feedback:session", each.session_id, str(each.session.course), each.get_state_display(), _("Course"))
            for each in bookings
        ),
    ]
    return ("feedback/panel.html", {"rows": rows}) if rows else None
