"""Tables of patron feedback, surveys, programmes and questions. Anonymous rows have no reference to a person."""

from secrets import randbelow

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.catalogue.models import Branch, Title
from hub.core.models import TextChoices
from hub.core.texts import TextsField
from hub.outreach.patrons.models import Person
from lending.responses import TITLE_RATINGS

FACES = (1, 2, 3, 4, 5)
"""From very unhappy to very happy."""


class SmileyRating(models.Model):
    """One anonymous touch on one of five smileys: branch and day."""

    face = models.PositiveSmallIntegerField()
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")
    on = models.DateField()

    class Meta:
        indexes = (models.Index(fields=("on", "branch")),)
        constraints = (models.CheckConstraint(condition=Q(face__gte=1, face__lte=5), name="smiley_rating_from_1_to_5"),)

    def __str__(self) -> str:
        return f"{self.on} {self.face}"


class Feedback(models.Model):
    """Written feedback. With a card it can be answered to the patron, and is deleted with their data."""

    class State(TextChoices):
        NEW = "new", pgettext_lazy("feedback", "New")
        OWNED = "owned", pgettext_lazy("feedback", "In progress")
        ANSWERED = "answered", pgettext_lazy("feedback", "Answered")
        PUBLISHED = "published", pgettext_lazy("feedback", "Published")
        ASIDE = "aside", pgettext_lazy("feedback", "Set aside")

    OPEN = (State.NEW, State.OWNED)

    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="feedback")
    face = models.PositiveSmallIntegerField(null=True)
    words = models.TextField()
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")
    kiosk = models.CharField(max_length=64, blank=True)
    came_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    due = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    """When the newest answer was shown to the patron."""

    class Meta:
        verbose_name = _("opinion")
        verbose_name_plural = _("opinions")
        indexes = (models.Index(fields=("state", "due")),)

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class Published(models.Model):
    """A pair of "You said" and "we did", in the library's words, to outlive the patron's data."""

    feedback = models.OneToOneField(Feedback, models.SET_NULL, null=True, related_name="published")
    said = TextsField(_("you said"), max_length=600, is_long=True)
    did = TextsField(_("we did"), max_length=600, is_long=True)
    branch = models.ForeignKey(Branch, models.CASCADE, null=True, related_name="+")
    on = models.DateField()

    class Meta:
        ordering = ("-on", "-pk")

    def __str__(self) -> str:
        return str(self.said)


class Intake(models.Model):
    """The id of a transaction from a kiosk or phone. No other row of the feedback refers to it."""

    id = models.CharField(primary_key=True, max_length=80)

    def __str__(self) -> str:
        return str(self.id)


class LastAsked(models.Model):
    """When a patron was last asked a kind of question at the end of a visit, answered or not."""

    person = models.ForeignKey("patrons.Person", models.CASCADE, related_name="+", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=32)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("asked")
        verbose_name_plural = _("asked")
        constraints = (
            models.UniqueConstraint(fields=("person", "kind"), name="engagement_lastasked_person_kind_unique"),
        )


class Asking(models.Model):
    """Order of the questions after a visit; kinds left out are not asked. Without a row `USUAL` applies."""

    USUAL = ("message", "contact", "channel", "face", "questionnaire", "pick")
    ALWAYS = frozenset({"message"})
    """Kinds shown whenever they are due: replies that the library owes the patron."""

    kinds = models.JSONField(_("kinds"), default=list)

    class Meta:
        verbose_name = _("order of questions")
        verbose_name_plural = _("order of questions")

    @classmethod
    def order(cls) -> list[str]:
        """Return the kinds of questions in the library's order."""
        chosen = cls.objects.first()
        return [each for each in (chosen.kinds if chosen else cls.USUAL) if each in cls.USUAL]

    @classmethod
    def keep(cls, kinds: list[str]) -> None:
        """Save the order of the questions."""
        chosen = cls.objects.first() or cls()
        chosen.kinds = kinds
        chosen.save()


class Course(models.Model):
    """A course or event that can be booked; `topic` is the failed search that it came from, if any."""

    class Kind(TextChoices):
        COURSE = "course", pgettext_lazy("kind of course", "Course")
        EVENT = "event", pgettext_lazy("kind of course", "Event")

    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.COURSE)
    name = TextsField(pgettext_lazy("thing", "name"), max_length=200)
    words = TextsField(_("what it is about"), max_length=4000, blank=True, is_long=True)
    audience = TextsField(_("who it is for"), max_length=100, blank=True)
    price = models.DecimalField(
        _("price, 0 if free"), max_digits=7, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    """Price in the library's currency; None if it is not stated."""
    reading = models.CharField(_("catalogue search for related books"), max_length=100, blank=True)
    """Search whose titles on the shelf the page of the event suggests."""
    topic = models.CharField(max_length=100, blank=True)
    shown = models.BooleanField(default=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.name)


class Session(models.Model):
    """One date of a course; `came` and `stayed_away` are stored as counts when attendance is taken."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="sessions")
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")
    room = models.CharField(_("room"), max_length=100, blank=True)
    begins = models.DateTimeField(_("begins"), db_index=True)
    ends = models.DateTimeField(_("ends"))
    places = models.PositiveSmallIntegerField(_("places"))
    cancelled = models.BooleanField(default=False)
    came = models.PositiveSmallIntegerField(null=True)
    stayed_away = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ("begins", "pk")

    def __str__(self) -> str:
        return f"{self.course} {self.begins:%Y-%m-%d}"


class Booking(models.Model):
    """A patron's place in a session, or in its waiting list."""

    class State(TextChoices):
        BOOKED = "booked", pgettext_lazy("booking", "Booked")
        QUEUED = "queued", pgettext_lazy("booking", "Waiting list")
        CAME = "came", pgettext_lazy("booking", "Came")
        AWAY = "away", pgettext_lazy("booking", "Did not come")

    session = models.ForeignKey(Session, models.CASCADE, related_name="bookings")
    person = models.ForeignKey(Person, models.CASCADE, related_name="bookings")
    state = models.CharField(max_length=10, choices=State.choices, default=State.BOOKED)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("booked place")
        verbose_name_plural = _("booked places")
        ordering = ("at", "pk")
        constraints = (
            models.UniqueConstraint(fields=("session", "person"), name="engagement_booking_session_person_unique"),
        )

    def __str__(self) -> str:
        return f"{self.session_id} {self.state}"


class MissedSearch(models.Model):
    """Anonymous count of a week's searches without a result, `settled` once staff have dealt with it.

    `branch` is the branch's code; empty on a phone, which belongs to none.
    """

    words = models.CharField(max_length=100)
    week = models.DateField()
    branch = models.CharField(max_length=32, blank=True)
    times = models.PositiveIntegerField(default=0)
    settled = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("words", "week", "branch"), name="engagement_missedsearch_words_week_branch_unique"
            ),
        )

    def __str__(self) -> str:
        return str(self.words)


class Resource(models.Model):
    """A database or another online resource."""

    class Access(TextChoices):
        ALL = "all", pgettext_lazy("access", "Open to all")
        CARD = "card", pgettext_lazy("access", "With a card")
        HOUSE = "house", pgettext_lazy("access", "In the library")

    name = TextsField(pgettext_lazy("thing", "name"), max_length=200)
    url = models.URLField(_("web address"), max_length=500)
    words = TextsField(_("description"), max_length=300, blank=True)
    access = models.CharField(_("access"), max_length=10, choices=Access.choices, default=Access.ALL)
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("place", "pk")

    def __str__(self) -> str:
        return str(self.name)


class Suggestion(models.Model):
    """One suggested title; `asked` counts requests, also without a card, `known_as` identifies the title."""

    class State(TextChoices):
        NEW = "new", pgettext_lazy("suggestion", "New")
        ORDERED = "ordered", pgettext_lazy("suggestion", "Ordered")
        ARRIVED = "arrived", pgettext_lazy("suggestion", "Arrived")
        DECLINED = "declined", pgettext_lazy("suggestion", "Declined")

    isbn = models.CharField(max_length=13, blank=True)
    words = models.CharField(max_length=200, blank=True)
    known_as = models.CharField(max_length=200, unique=True)
    asked = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW, db_index=True)
    reason = models.CharField(max_length=300, blank=True)
    first_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.words or self.isbn)


class SuggestionFollower(models.Model):
    """A patron who suggested the title and is notified; `read` is the last state shown to them."""

    suggestion = models.ForeignKey(Suggestion, models.CASCADE, related_name="wishes")
    person = models.ForeignKey(Person, models.CASCADE, related_name="wishes")
    read = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name = _("title suggestion")
        verbose_name_plural = _("title suggestions")
        constraints = (
            models.UniqueConstraint(
                fields=("suggestion", "person"), name="engagement_suggestionfollower_suggestion_person_unique"
            ),
        )

    def __str__(self) -> str:
        return str(self.suggestion_id)


def anywhere() -> int:
    """Return a random key, so that the order of rows does not reveal when they came."""
    return 1 + randbelow(2**31 - 1)


class Questionnaire(models.Model):
    """One version of a questionnaire, as SurveyJS JSON; with responses it stays unchanged.

    A change makes a new version.
    """

    class State(TextChoices):
        DRAFT = "draft", pgettext_lazy("questionnaire", "Draft")
        OPEN = "open", pgettext_lazy("questionnaire", "Open")
        CLOSED = "closed", pgettext_lazy("questionnaire", "Closed")

    code = models.SlugField(_("short name"), max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    form = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    anonymous = models.BooleanField(_("anonymous"), default=True)
    opens = models.DateField(_("opens on"), null=True)
    closes = models.DateField(_("closes on"), null=True)
    quota = models.PositiveSmallIntegerField(_("times per patron"), default=1)
    every = models.PositiveSmallIntegerField(_("again after months"), default=0)
    """Months after which it opens again, for the same time as before; 0 for never."""
    invites = models.BooleanField(_("invite by message"), default=False)
    """Whether patrons who agreed are invited once per round. Only if it is not limited to some branches."""
    branches = models.ManyToManyField(Branch, related_name="+", blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("code", "version"), name="engagement_questionnaire_code_version_unique"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class SurveyResponse(models.Model):
    """Answers of one response, by question name; `person` only if the questionnaire was not anonymous."""

    id = models.IntegerField(primary_key=True, default=anywhere)
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="answers")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="answers")
    anonymous = models.BooleanField()
    branch = models.ForeignKey(Branch, models.SET_NULL, null=True, related_name="+")
    kiosk = models.CharField(max_length=64, blank=True)
    on = models.DateField()
    values = models.JSONField()

    class Meta:
        verbose_name = _("questionnaire answer")
        verbose_name_plural = _("questionnaire answers")

    def __str__(self) -> str:
        return str(self.questionnaire_id)


class PartialResponse(models.Model):
    """Answers so far to a questionnaire with names; deleted when the complete response arrives."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="+")
    values = models.JSONField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("person", "questionnaire"), name="engagement_partialresponse_person_questionnaire_unique"
            ),
        )

    def __str__(self) -> str:
        return str(self.questionnaire_id)


class SurveyParticipation(models.Model):
    """How often a patron took part in a round of a questionnaire, without date or answers."""

    id = models.IntegerField(primary_key=True, default=anywhere)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    code = models.CharField(max_length=40)
    times = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("person", "code"), name="engagement_surveyparticipation_person_code_unique"
            ),
        )

    def __str__(self) -> str:
        return str(self.code)


class Ticket(models.Model):
    """One question of a patron; `due` is when staff should have answered, None while it is not their turn."""

    class Topic(TextChoices):
        FIND = "find", _("Finding a book or paper")
        STUDY = "study", _("Study and research")
        CARD = "card", _("Card and loans")
        DIGITAL = "digital", _("Databases and e-books")
        VISIT = "visit", _("Rooms and visits")
        OTHER = "other", pgettext_lazy("topic", "Something else")

    class State(TextChoices):
        OPEN = "open", pgettext_lazy("ticket", "To answer")
        ANSWERED = "answered", pgettext_lazy("ticket", "Answered")
        CLOSED = "closed", pgettext_lazy("ticket", "Closed")

    person = models.ForeignKey(Person, models.CASCADE, related_name="tickets")
    topic = models.CharField(max_length=10, choices=Topic.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    branch = models.ForeignKey(Branch, models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField()
    due = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("question to staff")
        verbose_name_plural = _("questions to staff")
        indexes = (models.Index(fields=("state", "due")),)

    def __str__(self) -> str:
        return f"{self.pk} {self.topic}"


class TicketMessage(models.Model):
    """A message of the thread; `read_at` is when the patron was shown it (staff messages only)."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="lines")
    by_staff = models.BooleanField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    words = models.TextField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("message of a question to staff")
        verbose_name_plural = _("messages of questions to staff")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.at:%Y-%m-%d %H:%M}"


class TitleRating(models.Model):
    """How often one of three smileys was touched for a title in a month, given by its first day."""

    title = models.ForeignKey(Title, models.CASCADE, related_name="+")
    month = models.DateField()
    face = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("title", "month", "face"), name="engagement_titlerating_title_month_face_unique"
            ),
            models.CheckConstraint(condition=Q(face__in=[*map(int, TITLE_RATINGS)]), name="title_rating_from_1_to_3"),
        )

    def __str__(self) -> str:
        return f"{self.title_id} {self.month} {self.face}"
