"""The tables of what patrons say, by subject; whatever is anonymous has no way back to a person in any of them."""

from kiosk.hub.outreach.voice.models.books import HowItWas
from kiosk.hub.outreach.voice.models.feedback import Face, Feedback, Published
from kiosk.hub.outreach.voice.models.intake import Intake
from kiosk.hub.outreach.voice.models.suggestions import Suggestion, Wish
from kiosk.hub.outreach.voice.models.surveys import Answers, Begun, Questionnaire, Taken
from kiosk.hub.outreach.voice.models.tickets import Line, Ticket
from kiosk.hub.outreach.voice.models.training import Booking, Course, MissedSearch, Resource, Session

__all__ = [
    "Answers",
    "Begun",
    "Booking",
    "Course",
    "Face",
    "Feedback",
    "HowItWas",
    "Intake",
    "Line",
    "MissedSearch",
    "Published",
    "Questionnaire",
    "Resource",
    "Session",
    "Suggestion",
    "Taken",
    "Ticket",
    "Wish",
]
