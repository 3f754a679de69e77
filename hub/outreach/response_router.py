"""Pass each patron response from the feed to the parts that process it."""

from __future__ import annotations

from typing import ClassVar, assert_never

from hub.outreach import post_visit, receipt
from hub.outreach.engagement.feedback import kiosk_responses
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import circulation_notices
from hub.outreach.patrons.feed_consumer import EventBatch
from hub.outreach.portal import my_details
from hub.outreach.portal.opac import availability_alerts, saved_searches
from hub.outreach.recommendations.reading_profiles import reading_choices
from lending import responses

SEPARATE = (
    responses.ReminderDay,
    responses.VisitErasure,
    responses.ReceiptRequest,
    responses.RecordErasure,
    responses.AvailabilityAlertRequest,
)
"""Kinds that need a batch of their own: they read or change what the consumers of a batch load at its start."""


class Responses:
    """Route the responses of a batch, one by one."""

    KINDS: ClassVar = frozenset({"said"})

    def __init__(self, stretch: EventBatch) -> None:
        """Load nothing: each response loads what it needs."""

    def take(self, event: Event) -> None:
        take(event)

    def finish(self) -> None:
        """Do nothing: each response is complete."""


def take(event: Event) -> None:
    """Process the response of an event, if its kind is known here."""
    response = event.response
    match response:
        case responses.VisitRating():
            kiosk_responses.take(event, response)
            post_visit.take(event, response)
        case responses.ItemRating():
            kiosk_responses.take(event, response)
            reading_choices.take_from_kiosk(event, response)
        case responses.MessageRead():
            circulation_notices.mark_read(event.patron, response.about)
            kiosk_responses.take(event, response)
            post_visit.take(event, response)
        case responses.RecommendationFeedback():
            reading_choices.take_from_kiosk(event, response)
            post_visit.take(event, response)
        case responses.LibrarianQuestion() | responses.PurchaseSuggestion() | responses.AnonymousSurvey():
            kiosk_responses.take(event, response)
        case (
            responses.ContactCheck() | responses.PreferredChannel() | responses.ReminderDay() | responses.NamedSurvey()
        ):
            post_visit.take(event, response)
        case responses.ReceiptRequest():
            receipt.take(event, response)
        case responses.SearchAlertRequest():
            saved_searches.take(event, response)
        case responses.AvailabilityAlertRequest():
            availability_alerts.take(event, response)
        case (
            responses.ConsentChange()
            | responses.AddressUse()
            | responses.QuietHours()
            | responses.MessageLanguage()
            | responses.StoredPreferences()
            | responses.InterestChange()
            | responses.InferenceChange()
            | responses.MessageTest()
            | responses.VisitErasure()
            | responses.HistoryErasure()
            | responses.RecordExport()
            | responses.RecordErasure()
        ):
            my_details.take(event, response)
        case responses.HoldRequest() | responses.EventPlace() | responses.SelfRegistration() | None:
            pass  # applied with the transaction, while the patron waits
        case _:
            assert_never(response)
