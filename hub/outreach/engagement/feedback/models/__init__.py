"""Tables of patron feedback, by subject. Anonymous rows have no reference to a person."""

from hub.outreach.engagement.feedback.models.feedback import Feedback, Published, SmileyRating
from hub.outreach.engagement.feedback.models.intake import Intake
from hub.outreach.engagement.feedback.models.post_visit_questions import Asking, LastAsked
from hub.outreach.engagement.feedback.models.programs import Booking, Course, MissedSearch, Resource, Session
from hub.outreach.engagement.feedback.models.suggestions import Suggestion, SuggestionFollower
from hub.outreach.engagement.feedback.models.surveys import (
    PartialResponse,
    Questionnaire,
    SurveyParticipation,
    SurveyResponse,
)
from hub.outreach.engagement.feedback.models.tickets import Ticket, TicketMessage
from hub.outreach.engagement.feedback.models.title_ratings import TitleRating

__all__ = [
    "Asking",
    "Booking",
    "Course",
    "Feedback",
    "Intake",
    "LastAsked",
    "MissedSearch",
    "PartialResponse",
    "Published",
    "Questionnaire",
    "Resource",
    "Session",
    "SmileyRating",
    "Suggestion",
    "SuggestionFollower",
    "SurveyParticipation",
    "SurveyResponse",
    "Ticket",
    "TicketMessage",
    "TitleRating",
]
