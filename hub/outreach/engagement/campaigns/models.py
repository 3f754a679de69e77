"""Tables of posters, campaigns and campaign recipients."""

from datetime import date, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.catalogue.models import Branch
from hub.core.models import TextChoices
from hub.core.texts import TextsField
from hub.outreach.engagement.feedback.models import Course
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.models import Person


class Poster(models.Model):
    """A poster on the kiosks of `branches` (all if empty), on the days from `first` to `last`.

    `picture` is a JPEG that this hub has encoded itself; without one the text is shown large. A poster of an `event`
    links to that event's page, any other to a page of its own.
    """

    title = TextsField(pgettext_lazy("poster", "title"), max_length=90)
    words = TextsField(pgettext_lazy("poster", "text"), max_length=300, blank=True, is_long=True)
    event = models.OneToOneField(
        Course, models.CASCADE, null=True, blank=True, related_name="poster", verbose_name=_("event")
    )
    picture = models.BinaryField(_("picture"), null=True, blank=True)
    mark = models.CharField(_("SHA-256 of the picture"), max_length=64, blank=True)
    width = models.PositiveSmallIntegerField(_("width"), default=0)
    height = models.PositiveSmallIntegerField(_("height"), default=0)
    first = models.DateField(_("shown from"))
    last = models.DateField(_("shown until"))
    branches = models.ManyToManyField(Branch, blank=True, related_name="+", verbose_name=_("branches"))
    on_kiosks = models.BooleanField(_("on kiosk screens"), default=True)
    made_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("poster")
        verbose_name_plural = _("posters")
        ordering = ("-first", "-pk")

    def __str__(self) -> str:
        return str(self.title)

    def has_begun(self, today: date) -> bool:
        """Return whether its first day has come."""
        return bool(self.first <= today)

    def has_ended(self, today: date) -> bool:
        """Return whether its last day is over."""
        return bool(self.last < today)


class Campaign(models.Model):
    """A campaign, sent once to consenting people in every chosen segment, interest, group and branch.

    `hold_out` percent are randomly left out as control group. `heading_b`, if any, goes to every second recipient.
    Tracking ends `days` after sending: `figures` then keeps the counts, without people.
    """

    class State(TextChoices):
        DRAFT = "draft", pgettext_lazy("campaign", "Draft")
        SCHEDULED = "scheduled", pgettext_lazy("campaign", "Scheduled")
        SENT = "sent", pgettext_lazy("campaign", "Sent")
        CLOSED = "closed", pgettext_lazy("campaign", "Ended")

    heading = TextsField(_("heading"), max_length=90)
    body = TextsField(_("text"), max_length=800, is_long=True)
    heading_b = TextsField(_("heading B"), max_length=90, blank=True)
    poster = models.ForeignKey(
        Poster, models.SET_NULL, null=True, blank=True, related_name="campaigns", verbose_name=_("links to")
    )
    segments = models.JSONField(_("segments"), default=list, blank=True)
    interests = models.JSONField(_("interests"), default=list, blank=True)
    groups = models.JSONField(_("patron categories"), default=list, blank=True)
    branches = models.JSONField(_("branches"), default=list, blank=True)
    hold_out = models.PositiveSmallIntegerField(_("control group (%)"), default=0, validators=[MaxValueValidator(50)])
    days = models.PositiveSmallIntegerField(
        _("days observed"), default=14, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    send_at = models.DateTimeField(_("scheduled for"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    until = models.DateTimeField(_("observed until"), null=True, blank=True, db_index=True)
    by = models.CharField(_("created by"), max_length=150)
    made_at = models.DateTimeField(_("created at"))
    figures = models.JSONField(_("figures"), default=dict, blank=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return str(self.heading)

    @property
    def two(self) -> bool:
        """Whether there are two headings to compare."""
        return bool(self.heading_b)

    @property
    def span(self) -> timedelta:
        """How long the campaign is tracked."""
        return timedelta(days=self.days)


class CampaignRecipient(models.Model):
    """A recipient of a campaign or a member of its control group, deleted when tracking ends."""

    class Part(TextChoices):
        A = "a", "A"
        B = "b", "B"
        HELD = "held", pgettext_lazy("campaign", "control group")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="targets", verbose_name=_("campaign"))
    person = models.ForeignKey(Person, models.CASCADE, related_name="campaigns", verbose_name=_("person"))
    part = models.CharField(_("variant"), max_length=4, choices=Part.choices, default=Part.A)
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, related_name="+", verbose_name=_("message"), db_index=False
    )
    opened_at = models.DateTimeField(_("link opened"), null=True)
    came_at = models.DateTimeField(pgettext_lazy("campaign", "visited"), null=True)
    lent_at = models.DateTimeField(pgettext_lazy("campaign", "borrowed"), null=True)

    class Meta:
        verbose_name = _("campaign recipient")
        verbose_name_plural = _("campaign recipients")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("campaign", "person"), name="engagement_campaignrecipient_campaign_person_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.part}"
