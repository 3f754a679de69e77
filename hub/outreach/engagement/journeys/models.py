"""Tables of journeys and of the patrons on them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.models import TextChoices
from hub.outreach.patrons.models import Person


class Journey(models.Model):
    """Messages in `steps` after an occasion, to the patrons of a segment until they do what the journey is for.

    `steps` are those of `hub.outreach.engagement.journeys.steps`. `span` is the number of weeks without a loan, or of
    days before the card expires; `day` is the day of the school year, as month and day. `enrolled_until` is the day
    of the last search for occasions, searched again because it was not over. `trial` has the counts of last year's
    trial, and `figures` those of the patrons whose rows were deleted.
    """

    class Occasion(TextChoices):
        """What a patron's journey begins with."""

        WELCOME = "welcome", pgettext_lazy("journey", "Welcome")
        LAPSING = "lapsing", pgettext_lazy("journey", "Lapsing")
        WON_BACK = "won_back", pgettext_lazy("journey", "Won back")
        EXPIRY = "expiry", pgettext_lazy("journey", "Card about to expire")
        FIRST_HOLD = "first_hold", pgettext_lazy("journey", "First hold")
        SCHOOL_YEAR = "school_year", pgettext_lazy("journey", "School year")
        CARD_DAY = "card_day", pgettext_lazy("journey", "Anniversary of the card")

    class Goal(TextChoices):
        """What the journey is for. A patron who does it gets no further step."""

        VISIT = "visit", pgettext_lazy("journey", "visits the library")
        THIRD_VISIT = "third_visit", pgettext_lazy("journey", "has visited three times")
        BORROW = "borrow", pgettext_lazy("journey", "borrows")
        RENEW = "renew", pgettext_lazy("journey", "renews the card")
        ANSWER = "answer", pgettext_lazy("journey", "answers at the kiosk")

    class State(TextChoices):
        """Whether it runs."""

        DRAFT = "draft", pgettext_lazy("journey", "Draft")
        RUNNING = "running", pgettext_lazy("journey", "Running")
        PAUSED = "paused", pgettext_lazy("journey", "Paused")
        ENDED = "ended", pgettext_lazy("journey", "Ended")

    name = models.CharField(pgettext_lazy("journey", "name"), max_length=60)
    occasion = models.CharField(_("occasion"), max_length=12, choices=Occasion.choices)
    segment = models.CharField(_("segment"), max_length=24, blank=True)
    goal = models.CharField(_("goal"), max_length=12, choices=Goal.choices)
    span = models.PositiveSmallIntegerField(_("weeks or days"), default=0, validators=[MaxValueValidator(156)])
    day = models.CharField(_("day of the year"), max_length=5, blank=True)
    steps = models.JSONField(_("steps"), default=list)
    hold_out = models.PositiveSmallIntegerField(_("control group (%)"), default=20, validators=[MaxValueValidator(50)])
    days = models.PositiveSmallIntegerField(
        _("days observed"), default=60, validators=[MinValueValidator(7), MaxValueValidator(180)]
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    enrolled_until = models.DateField(_("occasions until"), null=True, blank=True)
    by = models.CharField(_("created by"), max_length=150)
    made_at = models.DateTimeField(_("created at"))
    trial = models.JSONField(_("trial"), default=dict, blank=True)
    figures = models.JSONField(_("figures"), default=dict, blank=True)

    class Meta:
        verbose_name = _("journey")
        verbose_name_plural = _("journeys")
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return str(self.name)


class JourneyMember(models.Model):
    """A patron on a journey, or one in its control group, who gets nothing.

    `step` is the number of steps done, `next_at` the time of the next one, or None. The row is deleted
    after `running.AGAIN`, when the patron can be on it again. `Journey.figures` then keeps the counts.
    """

    class Part(TextChoices):
        """Whether the patron gets the steps."""

        ON = "on", pgettext_lazy("journey", "Journey")
        HELD = "held", pgettext_lazy("journey", "Control group")

    class End(TextChoices):
        """Why there is no further step."""

        GOAL = "goal", pgettext_lazy("journey", "goal reached")
        STOPPED = "stopped", pgettext_lazy("journey", "no consent any more")
        DONE = "done", pgettext_lazy("journey", "all steps done")

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="members", verbose_name=_("journey"))
    person = models.ForeignKey(Person, models.CASCADE, related_name="journeys", verbose_name=_("person"))
    part = models.CharField(_("variant"), max_length=4, choices=Part.choices, default=Part.ON)
    day = models.DateField(_("day of the occasion"))
    began_at = models.DateTimeField(_("began"))
    until = models.DateTimeField(_("observed until"))
    step = models.PositiveSmallIntegerField(_("steps done"), default=0)
    step_at = models.DateTimeField(_("last step"))
    next_at = models.DateTimeField(_("next step"), null=True, blank=True)
    came_at = models.DateTimeField(pgettext_lazy("journey", "last visit"), null=True, blank=True)
    visits = models.PositiveSmallIntegerField(_("days with visits"), default=0)
    acted_at = models.DateTimeField(_("goal reached at"), null=True, blank=True)
    end = models.CharField(_("end"), max_length=8, choices=End.choices, blank=True)

    class Meta:
        verbose_name = _("patron on a journey")
        verbose_name_plural = _("patrons on journeys")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("journey", "person"), name="engagement_journeymember_journey_person_unique"
            ),
        )
        indexes = (
            models.Index(fields=("next_at",), name="journey_member_due", condition=models.Q(next_at__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.journey_id} {self.part}"
