"""Tables of patron feedback, by subject. Anonymous rows have no reference to a person."""

from hub.outreach.feedback.models.feedback import Feedback, Published, SmileyRating
from hub.outreach.feedback.models.intake import Intake
from hub.outreach.feedback.models.programs import Booking, Course, MissedSearch, Resource, Session
from hub.outreach.feedback.models.suggestions import Suggestion, SuggestionFollower
from hub.outreach.feedback.models.surveys import PartialResponse, Questionnaire, SurveyParticipation, SurveyResponse
from hub.outreach.feedback.models.tickets import Ticket, TicketMessage
from hub.outreach.feedback.models.title_ratings import TitleRating

__all__ = [
    "Booking",
    "Course",
    "Feedback",
    "Intake",
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
