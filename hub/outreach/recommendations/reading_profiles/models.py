"""Tables of reading profiles, and of loan counts without patrons."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.models import TextChoices
from hub.core.texts import TextsField
from hub.outreach.patrons.models import Person
from lending.questions import Greets

LAST = 5
"""Default number of loans kept."""
DAYS = 14
"""Default interval between recommendation messages, in days."""


class ReadingPreferences(models.Model):
    """Preferences: number of loans kept, whether interests are inferred, days between recommendations."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="taste", verbose_name=_("person"))
    keep = models.PositiveSmallIntegerField(_("loans kept"), null=True, blank=True, default=LAST)
    """None: all loans are kept."""
    infer = models.BooleanField(_("interests are inferred"), default=True)
    days = models.PositiveSmallIntegerField(_("days between recommendations"), default=DAYS)
    told_at = models.DateTimeField(_("last recommended"), null=True, blank=True)

    class Meta:
        verbose_name = _("taste")
        verbose_name_plural = _("tastes")

    def __str__(self) -> str:
        return f"{self.keep}"


class HistoryTitle(models.Model):
    """Title among a patron's last loans, kept only with consent to the reading history."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="had", verbose_name=_("person"))
    title = models.PositiveBigIntegerField(_("title"))
    at = models.DateTimeField(_("checked out"))

    class Meta:
        verbose_name = _("loan in the reading history")
        verbose_name_plural = _("loans in the reading history")
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("person", "title"), name="recommendations_historytitle_person_title_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}"


class Interest(models.Model):
    """Class or subject of interest to a patron.

    `of` lists the titles an inferred one came from, newest first.
    """

    class Source(TextChoices):
        """Origin of an interest."""

        INFERRED = "inferred", _("from loans")
        STATED = "stated", _("added by the patron")
        REMOVED = "removed", _("removed by the patron")

    person = models.ForeignKey(Person, models.CASCADE, related_name="interests", verbose_name=_("person"))
    subject = models.CharField(_("class or subject"), max_length=40)
    weight = models.FloatField(_("weight"), default=1.0)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices)
    of = models.JSONField(_("based on"), default=list, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("interest")
        verbose_name_plural = _("interests")
        ordering = ("-weight", "subject")
        constraints = (
            models.UniqueConstraint(
                fields=("person", "subject"), name="recommendations_interest_person_subject_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject} {self.weight:.2f}"


class Opinion(models.Model):
    """Patron's opinion of a recommended title."""

    class Says(TextChoices):
        """Patron's opinion."""

        LIKE = "like", pgettext_lazy("opinion", "like")
        NOT = "not", pgettext_lazy("opinion", "not for me")

    person = models.ForeignKey(Person, models.CASCADE, related_name="opinions", verbose_name=_("person"))
    title = models.PositiveBigIntegerField(_("title"))
    says = models.CharField(_("rating"), max_length=4, choices=Says.choices)
    at = models.DateTimeField(_("at"))
    step = models.SmallIntegerField(_("change of the interval in days"), default=0)

    class Meta:
        verbose_name = _("title rating")
        verbose_name_plural = _("title ratings")
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("person", "title"), name="recommendations_opinion_person_title_unique"),
        )

    def __str__(self) -> str:
        return f"{self.title} {self.says}"


class Recommendation(models.Model):
    """Title recommended to a patron. `why` is the kind of reason, `of` the title or feature that it names."""

    class Why(TextChoices):
        """Kind of reason."""

        BORROWED = "borrowed", _("borrowed together with a title in the history")
        AUTHOR = "author", _("the same author")
        HEADING = "heading", _("the same subject heading")
        SUBJECT = "subject", _("the same subject")
        WORDS = "words", _("similar")

    person = models.ForeignKey(Person, models.CASCADE, related_name="picks", verbose_name=_("person"))
    title = models.PositiveBigIntegerField(_("title"))
    rank = models.PositiveSmallIntegerField(_("rank"))
    score = models.FloatField(_("score"))
    why = models.CharField(_("reason"), max_length=8, choices=Why.choices)
    of = models.CharField(_("based on title"), max_length=300, blank=True)
    new = models.BooleanField(_("new title"), default=False)

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ("rank", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("person", "title", "new"), name="recommendations_recommendation_person_title_new_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}"


class CoLoanCount(models.Model):
    """Decayed count of how often two titles were on loan to the same patron, without the patron.

    `low` < `high`.
    """

    low = models.PositiveBigIntegerField(_("title"))
    high = models.PositiveBigIntegerField(_("other title"))
    weight = models.FloatField(_("weight"))
    day = models.DateField(_("as of"))

    class Meta:
        verbose_name = _("titles borrowed together")
        verbose_name_plural = _("titles borrowed together")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("low", "high"), name="recommendations_coloancount_low_high_unique"),
        )

    def __str__(self) -> str:
        return f"{self.low} {self.high}"


class TitleLoanCount(models.Model):
    """Decayed count of the loans of a title."""

    title = models.PositiveBigIntegerField(_("title"), unique=True)
    weight = models.FloatField(_("weight"))
    day = models.DateField(_("as of"))

    class Meta:
        verbose_name = _("borrowed title")
        verbose_name_plural = _("borrowed titles")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.title}"


class WeeklyLoans(models.Model):
    """Checkouts of a patron in the week from `monday`, without titles and classes.

    `kinds` counts those of another class than everything else that the patron had on loan then.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="weeks", verbose_name=_("person"))
    monday = models.DateField(_("week from"), db_index=True)
    loans = models.PositiveIntegerField(_("loans"), default=0)
    kinds = models.PositiveIntegerField(_("subject classes"), default=0)

    class Meta:
        verbose_name = _("weekly loans")
        verbose_name_plural = _("weekly loans")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("person", "monday"), name="recommendations_weeklyloans_person_monday_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.monday} {self.loans}"


class Overview(models.Model):
    """Figures of the last night, in one row.

    `told` is written and read by hub.outreach.recommendations.reading_profiles.segments.
    """

    day = models.DateField(_("as of"))
    told = models.JSONField(_("figures"))

    class Meta:
        verbose_name = _("overview of segments")
        verbose_name_plural = _("overviews of segments")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.day}"


LAPSING_AFTER, LAPSED_AFTER = 60, 180
"""Days without a loan after which a patron is lapsing or lapsed, in the segments and in the statistics."""


class Segment(TextChoices):
    """Segment of patrons, as hub.outreach.recommendations.reading_profiles.segments assigns it."""

    NEW = "new", _("new")
    REGULAR = "regular", _("regular")
    CHAMPION = "champion", _("frequent")
    AT_RISK = "at_risk", _("lapsing")
    HIBERNATING = "hibernating", _("lapsed")


GREETS: dict[str, Greets] = {
    Segment.NEW: Greets.GUIDE,
    Segment.AT_RISK: Greets.NEWS,
    Segment.HIBERNATING: Greets.NEWS,
}
"""Kind of kiosk greeting by segment, shown after the card unless staff have switched it off."""


class SegmentMembership(models.Model):
    """Segment that the last nightly job assigned to a patron, and the day of the last change."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="segment", verbose_name=_("person"))
    segment = models.CharField(_("segment"), max_length=12, choices=Segment.choices, db_index=True)
    since = models.DateField(_("since"))

    class Meta:
        verbose_name = _("patron's segment")
        verbose_name_plural = _("patrons' segments")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.segment)


class SegmentRule(models.Model):
    """Message to patrons who enter a segment. `on` lets the nightly job send it."""

    segment = models.CharField(_("segment"), max_length=12, choices=Segment.choices, unique=True)
    heading = TextsField(_("heading"), max_length=120)
    body = TextsField(_("text"), max_length=1000, is_long=True)
    on = models.BooleanField(_("runs nightly"), default=False)

    class Meta:
        verbose_name = _("segment rule")
        verbose_name_plural = _("segment rules")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.segment)


class SegmentGreeting(models.Model):
    """Kiosk greeting of a segment; a segment without a row has the default text."""

    segment = models.CharField(_("segment"), max_length=12, choices=Segment.choices, unique=True)
    words = TextsField(_("sentence"), max_length=80, blank=True)
    on = models.BooleanField(_("shown at kiosks"), default=True)

    class Meta:
        verbose_name = _("kiosk message")
        verbose_name_plural = _("kiosk messages")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.segment)

    @classmethod
    def for_segment(cls, segment: str) -> "SegmentGreeting":
        """Return the greeting of the segment, or the unsaved default."""
        return cls.objects.filter(segment=segment).first() or cls(segment=segment)
