"""Store the daily loans, each patron's first and last loan, the nightly counts and the goals."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.outreach.engagement.campaigns.models import Campaign
from hub.outreach.engagement.journeys.models import Journey
from hub.outreach.patrons.models import Person


class DailyLoans(models.Model):
    """Loans and returns of one day, branch and patron group; `late` counts returns.

    Use in the library without a loan (`here`) has no group, because the patron is unknown.
    """

    on = models.DateField(_("day"))
    branch = models.CharField(_("branch"), max_length=64, blank=True)
    group = models.CharField(_("patron category"), max_length=64, blank=True)
    loans = models.IntegerField(_("loans"), default=0)
    back = models.IntegerField(_("returns"), default=0)
    late = models.IntegerField(_("late returns"), default=0)
    here = models.IntegerField(_("in-house use"), default=0)

    class Meta:
        verbose_name = _("daily loans")
        verbose_name_plural = _("daily loans")
        ordering = ("on", "branch", "group")
        constraints = (
            models.UniqueConstraint(
                fields=("on", "branch", "group"), name="statistics_dailyloans_on_branch_group_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.on} {self.loans}"


class Borrower(models.Model):
    """First and last loan of a patron, with the last branch and the group; titles are not stored."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="borrower", verbose_name=_("person"))
    branch = models.CharField(_("branch"), max_length=64, blank=True)
    group = models.CharField(_("patron category"), max_length=64, blank=True)
    first_on = models.DateField(_("first loan"))
    last_on = models.DateField(_("last loan"))
    key = models.BooleanField(_("key patron"), default=False)

    class Meta:
        verbose_name = _("borrower")
        verbose_name_plural = _("borrowers")
        ordering = ("id",)
        indexes = (models.Index(fields=("key", "last_on"), name="statistics_key_absent"),)

    def __str__(self) -> str:
        return f"{self.first_on} {self.last_on}"


class Headcount(models.Model):
    """Number of patrons of a branch and group by activity, on one night."""

    on = models.DateField(_("day"))
    branch = models.CharField(_("branch"), max_length=64, blank=True)
    group = models.CharField(_("patron category"), max_length=64, blank=True)
    regular = models.PositiveIntegerField(_("regular"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    lapsing = models.PositiveIntegerField(_("lapsing"), default=0)
    lapsed = models.PositiveIntegerField(_("lapsed"), default=0)

    class Meta:
        verbose_name = _("nightly patron count")
        verbose_name_plural = _("nightly patron counts")
        ordering = ("on", "branch", "group")
        constraints = (
            models.UniqueConstraint(
                fields=("on", "branch", "group"), name="statistics_headcount_on_branch_group_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.on} {self.regular}"


class Cohort(models.Model):
    """Patrons whose first loan was in a month, and how many borrowed so many months later or after.

    None while that time is not over for all of them.
    """

    month = models.DateField(_("month of the first loan"), unique=True)
    patrons = models.PositiveIntegerField(_("patrons"), default=0)
    after_1 = models.PositiveIntegerField(_("active after 1 month"), null=True)
    after_3 = models.PositiveIntegerField(_("active after 3 months"), null=True)
    after_6 = models.PositiveIntegerField(_("active after 6 months"), null=True)
    after_12 = models.PositiveIntegerField(_("active after 12 months"), null=True)

    class Meta:
        verbose_name = _("cohort of patrons")
        verbose_name_plural = _("cohorts of patrons")
        ordering = ("month",)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.patrons}"


class Night(models.Model):
    """Counts of one night: all contacts, and the day's messages."""

    on = models.DateField(_("day"), unique=True)
    contacts = models.PositiveIntegerField(_("contacts"), default=0)
    fresh = models.PositiveIntegerField(_("recent contacts"), default=0)
    bounced = models.PositiveIntegerField(_("returned contacts"), default=0)
    said = models.PositiveIntegerField(_("delivered messages"), default=0)
    failed = models.PositiveIntegerField(_("undelivered messages"), default=0)
    withheld = models.PositiveIntegerField(_("withheld messages"), default=0)

    class Meta:
        verbose_name = _("night")
        verbose_name_plural = _("nights")
        ordering = ("on",)

    def __str__(self) -> str:
        return f"{self.on}"


class Goal(models.Model):
    """A figure that a role wants to bring to `target`; `begun` is its value when the goal was set.

    `journey` or `campaign`, at most one of them, is what staff do for it.
    """

    role = models.CharField(_("role"), max_length=20)
    figure = models.CharField(_("figure"), max_length=20)
    target = models.FloatField(_("target"))
    begun = models.FloatField(_("starting figure"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    set_at = models.DateTimeField(_("set"))
    journey = models.ForeignKey(
        Journey, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("journey")
    )
    campaign = models.ForeignKey(
        Campaign, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("campaign")
    )

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ("role", "id")
        constraints = (models.UniqueConstraint(fields=("role", "figure"), name="statistics_goal_role_figure_unique"),)

    def __str__(self) -> str:
        return f"{self.role} {self.figure}"
