"""Say which of the kiosk's questions count in the limit of marketing messages, and when they were asked."""

from collections.abc import Iterable
from datetime import datetime

from hub.outreach.engagement.feedback.models import LastAsked
from lending.responses import NamedSurvey, RecommendationFeedback

LIMITED = (NamedSurvey.ask, RecommendationFeedback.ask)
"""Questions that serve a purpose with its own consent; the others are about the visit or what the library owes."""


def limited_asks(people: Iterable[int], since: datetime) -> list[tuple[int, datetime]]:
    """Return the person and time of each such question asked since then."""
    rows = LastAsked.objects.filter(person__in=list(people), kind__in=LIMITED, at__gt=since)
    return list(rows.values_list("person_id", "at"))
