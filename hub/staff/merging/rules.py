"""Decide for each table that refers to a patron what becomes of its rows when two records of one person are merged.

`RULES` names every foreign key to a patron or a person; a test compares it with the models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.apps import apps
from django.db.models import Model, OneToOneField, QuerySet, UniqueConstraint
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from hub.circulation.models import (
    Card,
    CardDisplayPreferences,
    CardRecommendations,
    Fee,
    Hold,
    Loan,
    Patron,
    Payment,
)
from hub.core.clock import hub_clock
from hub.outreach.engagement.campaigns.models import CampaignRecipient
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.models import (
    Booking,
    Feedback,
    LastAsked,
    PartialResponse,
    SuggestionFollower,
    SurveyParticipation,
    SurveyResponse,
    Ticket,
)
from hub.outreach.engagement.journeys.models import JourneyMember
from hub.outreach.engagement.loyalty.models import ReadingCount, ReferralCode, ReferredPatron
from hub.outreach.engagement.segments.models import ServiceMembership, ServiceObjection
from hub.outreach.messaging.models import (
    AccountLinkCode,
    Delivery,
    FrequencyPreference,
    Message,
    OneTimeSubscription,
    Unsubscription,
)
from hub.outreach.patrons.models import (
    Change,
    Code,
    Consent,
    Contact,
    FamilyCard,
    FieldConsent,
    MonthlyLoans,
    Note,
    Order,
    Person,
    ProfileField,
)
from hub.outreach.portal.models import (
    AvailabilityAlert,
    DisplayPreferences,
    NotifiedTitle,
    PortalSession,
    SavedSearch,
    SignInRequest,
)
from hub.outreach.recommendations.new_titles.models import DigestSubscription
from hub.outreach.recommendations.reading_profiles.models import (
    HistoryTitle,
    Interest,
    Opinion,
    ReadingPreferences,
    Recommendation,
    SegmentMembership,
    WeeklyLoans,
)
from hub.outreach.recommendations.reminders.models import LoanLength, Lost, OpenLoan, VisitPattern
from hub.outreach.statistics.models import Borrower

Settle = Callable[[Any, Any], None]
"""Takes the row of the record that goes and its counterpart, which stays, and adds the one to the other."""


class Fate(Enum):
    """What becomes of the rows of the record that goes."""

    MOVES = "moves"
    """They move to the record that stays."""
    ENDS = "ends"
    """They are deleted: they hold for minutes, or each night computes them again."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of the rows that refer to a patron by one foreign key."""

    topic: str | Promise
    """What staff call these rows; several tables may share it."""
    model: type[Model]
    field: str
    settle: Settle | None = None
    """For rows of which one patron can have only one each; without it, that of the record that stays remains."""
    fate: Fate = Fate.MOVES
    counted: bool = True
    """False if the rows are figures, or accompany those of another table, so that staff would count them twice."""

    @property
    def of_patron(self) -> bool:
        """Return whether the key is to circulation's patron, not to outreach's person."""
        return self.model._meta.get_field(self.field).related_model is Patron

    def rows(self, owner: Patron | Person) -> QuerySet[Any]:
        """Return the rows that refer to this patron or person."""
        return self.model._default_manager.filter(**{self.field: owner.pk}).order_by("pk")

    def clashes(self, goes: Patron | Person, stays: Patron | Person) -> Iterator[tuple[Any, Any]]:
        """Yield each row of the record that goes for which the other one has its counterpart already."""
        key = self._key()
        if key is None:
            return
        known = {tuple(getattr(row, name) for name in key): row for row in self.rows(stays)}
        for row in self.rows(goes):
            found = known.get(tuple(getattr(row, name) for name in key))
            if found is not None:
                yield row, found

    def _key(self) -> tuple[str, ...] | None:
        """Return the columns besides the patron by which a row is unique; None if any number may be alike."""
        meta = self.model._meta
        if isinstance(meta.get_field(self.field), OneToOneField):
            return ()
        for each in meta.constraints:
            if isinstance(each, UniqueConstraint) and self.field in each.fields and each.condition is None:
                return tuple(meta.get_field(name).attname for name in each.fields if name != self.field)
        return None


@dataclass(frozen=True, slots=True)
class Sum:
    """Adds the named counts to those of the row that stays."""

    names: tuple[str, ...]

    def __call__(self, theirs: Any, kept: Any) -> None:
        for name in self.names:
            setattr(kept, name, getattr(kept, name) + getattr(theirs, name))
        kept.save(update_fields=self.names)


def _keep_newer(theirs: Any, kept: Any) -> None:
    """Let the newer of the two rows stay, in place of the other."""
    if theirs.at > kept.at:
        for each in kept._meta.concrete_fields:
            if not each.primary_key and each.related_model is not Person:
                setattr(kept, each.attname, getattr(theirs, each.attname))
        kept.save()


def _join_contacts(theirs: Contact, kept: Contact) -> None:
    """Join what is known of the same address: in use in one record, it is in use."""
    for name in ("verified_at", "bound_at"):
        setattr(kept, name, max(filter(None, (getattr(kept, name), getattr(theirs, name))), default=None))
    if theirs.replaced_at is None:
        kept.replaced_at = None
    kept.save(update_fields=("verified_at", "bound_at", "replaced_at"))


def _join_counts(theirs: ReadingCount, kept: ReadingCount) -> None:
    kept.books, kept.since = kept.books + theirs.books, min(kept.since, theirs.since)
    kept.save(update_fields=("books", "since"))


def _join_referrals(theirs: ReferralCode, kept: ReferralCode) -> None:
    ReferredPatron.objects.filter(invitation=theirs).update(invitation=kept)
    Sum(("brought",))(theirs, kept)


BOOKED_BEFORE = (Booking.State.AWAY, Booking.State.QUEUED, Booking.State.BOOKED, Booking.State.CAME)
"""States of a booking, the one that counts most last."""


def _join_bookings(theirs: Booking, kept: Booking) -> None:
    """Keep one place of two; a place that becomes free goes to the first on the waiting list."""
    if BOOKED_BEFORE.index(theirs.state) > BOOKED_BEFORE.index(kept.state):
        kept.state, theirs.state = theirs.state, kept.state
        kept.save(update_fields=("state",))
    programs.give_back(theirs, hub_clock().now())


def _join_journeys(theirs: JourneyMember, kept: JourneyMember) -> None:
    kept.acted_at = min(filter(None, (kept.acted_at, theirs.acted_at)), default=None)
    kept.came_at = max(filter(None, (kept.came_at, theirs.came_at)), default=None)
    if kept.acted_at and kept.next_at:
        kept.next_at, kept.end = None, JourneyMember.End.GOAL
    kept.save(update_fields=("acted_at", "came_at", "next_at", "end"))


def _join_outcomes(theirs: CampaignRecipient, kept: CampaignRecipient) -> None:
    names = ("opened_at", "came_at", "lent_at")
    for name in names:
        setattr(kept, name, min(filter(None, (getattr(kept, name), getattr(theirs, name))), default=None))
    kept.save(update_fields=names)


def _join_interests(theirs: Interest, kept: Interest) -> None:
    """Let what the patron stated count more than what was inferred."""
    if kept.source == Interest.Source.INFERRED and theirs.source != kept.source:
        kept.source, kept.weight, kept.at = theirs.source, theirs.weight, theirs.at
        kept.save(update_fields=("source", "weight", "at"))


def _join_days(theirs: Borrower, kept: Borrower) -> None:
    kept.first_on, kept.last_on = min(kept.first_on, theirs.first_on), max(kept.last_on, theirs.last_on)
    kept.key = kept.key or theirs.key
    kept.save(update_fields=("first_on", "last_on", "key"))


LOANS, HOLDS, FEES = gettext_lazy("Loans"), gettext_lazy("Holds"), gettext_lazy("Fees and payments")
CARDS, CONTACT, CONSENTS = gettext_lazy("Cards"), gettext_lazy("Contact data"), gettext_lazy("Consents")
MESSAGES, NOTES, READING = gettext_lazy("Messages"), gettext_lazy("Notes"), gettext_lazy("Reading and interests")
VOICE = gettext_lazy("Questions, feedback and answers")
EVENTS, BADGES = gettext_lazy("Events and campaigns"), gettext_lazy("Badges and referrals")
SEARCHES, FAMILY = gettext_lazy("Saved searches and alerts"), gettext_lazy("Family")
CHANGES, FIGURES = gettext_lazy("Change log"), "figures"
DISPLAY = gettext_lazy("Display settings")
SIGN_INS = gettext_lazy("Sign-ins and codes on the phone")
COMPUTED = gettext_lazy("Recommendations, computed every night")
RULES: tuple[Rule, ...] = (
    Rule(LOANS, Loan, "patron"),
    Rule(LOANS, OpenLoan, "person", counted=False),
    Rule(LOANS, Lost, "person", counted=False),
    Rule(HOLDS, Hold, "patron"),
    Rule(FEES, Fee, "patron"),
    Rule(FEES, Payment, "patron"),
    Rule(CARDS, Card, "patron"),
    Rule(CONTACT, Contact, "person", _join_contacts),
    Rule(CONTACT, ProfileField, "person"),
    Rule(CONTACT, Order, "person"),
    Rule(CONSENTS, Consent, "person"),
    Rule(CONSENTS, FieldConsent, "person"),
    Rule(CONSENTS, Unsubscription, "person"),
    Rule(MESSAGES, Message, "person"),
    Rule(MESSAGES, Delivery, "person", counted=False),
    Rule(MESSAGES, FrequencyPreference, "person"),
    Rule(MESSAGES, OneTimeSubscription, "person"),
    Rule(MESSAGES, DigestSubscription, "person"),
    Rule(NOTES, Note, "person"),
    Rule(READING, HistoryTitle, "person", _keep_newer),
    Rule(READING, Opinion, "person", _keep_newer),
    Rule(READING, Interest, "person", _join_interests),
    Rule(READING, ReadingPreferences, "person"),
    Rule(READING, ServiceObjection, "person"),
    Rule(BADGES, ReadingCount, "person", _join_counts),
    Rule(BADGES, ReferralCode, "person", _join_referrals),
    Rule(BADGES, ReferredPatron, "person"),
    Rule(VOICE, Ticket, "person"),
    Rule(VOICE, Feedback, "person"),
    Rule(VOICE, SuggestionFollower, "person"),
    Rule(VOICE, SurveyResponse, "person"),
    Rule(VOICE, SurveyParticipation, "person", Sum(("times",))),
    Rule(VOICE, PartialResponse, "person"),
    Rule(VOICE, LastAsked, "person", _keep_newer),
    Rule(EVENTS, Booking, "person", _join_bookings),
    Rule(EVENTS, CampaignRecipient, "person", _join_outcomes),
    Rule(EVENTS, JourneyMember, "person", _join_journeys),
    Rule(SEARCHES, SavedSearch, "person"),
    Rule(SEARCHES, AvailabilityAlert, "person"),
    Rule(SEARCHES, NotifiedTitle, "person"),
    Rule(FAMILY, FamilyCard, "reader"),
    Rule(FAMILY, FamilyCard, "holder"),
    Rule(FAMILY, Person, "guardian"),
    Rule(DISPLAY, DisplayPreferences, "person"),
    Rule(DISPLAY, CardDisplayPreferences, "patron"),
    Rule(CHANGES, Change, "person"),
    Rule(FIGURES, MonthlyLoans, "person", Sum(("loans",)), counted=False),
    Rule(FIGURES, WeeklyLoans, "person", Sum(("loans", "kinds")), counted=False),
    Rule(FIGURES, Borrower, "person", _join_days, counted=False),
    Rule(FIGURES, LoanLength, "person", counted=False),
    Rule(FIGURES, VisitPattern, "person", counted=False),
    Rule(SIGN_INS, PortalSession, "person", fate=Fate.ENDS),
    Rule(SIGN_INS, SignInRequest, "person", fate=Fate.ENDS),
    Rule(SIGN_INS, Code, "person", fate=Fate.ENDS),
    Rule(SIGN_INS, AccountLinkCode, "person", fate=Fate.ENDS),
    Rule(COMPUTED, CardRecommendations, "patron", fate=Fate.ENDS),
    Rule(COMPUTED, Recommendation, "person", fate=Fate.ENDS),
    Rule(COMPUTED, SegmentMembership, "person", fate=Fate.ENDS),
    Rule(COMPUTED, ServiceMembership, "person", fate=Fate.ENDS),
)
"""One rule for each foreign key to a patron or a person, in the order in which the page lists the topics."""


def keys_to_patrons() -> Iterator[tuple[type[Model], str]]:
    """Yield every foreign key to a patron or a person, as model and field.

    Versions that the audit keeps are left out: their keys bind nothing, and a version is never changed.
    """
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model in (Patron, Person) and field.db_constraint:
                yield model, field.name
