"""Tables of the segments that staff define by rules, and of the services for segments."""

from datetime import date

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.texts import TextsField
from hub.outreach.patrons.models import Person


class PatronSegment(models.Model):
    """A segment defined by `rules`, as `hub.outreach.engagement.segments.rules.Rules` stores them.

    Who belongs to it is calculated whenever it is used, and never stored.
    """

    name = models.CharField(pgettext_lazy("segment", "name"), max_length=60, unique=True)
    rules = models.JSONField(_("rules"), default=dict)
    by = models.CharField(_("created by"), max_length=150)
    made_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("segment by rules")
        verbose_name_plural = _("segments by rules")
        ordering = ("name",)

    def __str__(self) -> str:
        return str(self.name)

    @property
    def code(self) -> str:
        """The code by which campaigns and journeys name the segment."""
        return f"rules-{self.pk}"


class SegmentService(models.Model):
    """A service of its own for a segment: additions to the loan rule, a head start for holds, a greeting.

    It is a draft until it is published; only a draft can be changed. `begins` and `ends` are days of the library.
    """

    segment = models.CharField(_("segment"), max_length=32)
    reason = TextsField(_("reason, to the patron"), max_length=80)
    days = models.PositiveSmallIntegerField(_("days longer per loan"), default=0, validators=[MaxValueValidator(90)])
    loans = models.PositiveSmallIntegerField(_("more loans"), default=0, validators=[MaxValueValidator(50)])
    renewals = models.PositiveSmallIntegerField(_("more renewals"), default=0, validators=[MaxValueValidator(10)])
    head_start = models.PositiveSmallIntegerField(
        _("days that a hold counts as placed earlier"), default=0, validators=[MaxValueValidator(14)]
    )
    greeting = TextsField(_("greeting"), max_length=80, blank=True)
    begins = models.DateField(_("first day"))
    ends = models.DateField(_("last day"), null=True, blank=True)
    by = models.CharField(_("created by"), max_length=150)
    made_at = models.DateTimeField(_("created at"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.CharField(_("published by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("service for a segment")
        verbose_name_plural = _("services for segments")
        ordering = ("begins", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gte=F("begins")),
                name="service_ends_after_it_begins",
                violation_error_message=_("The last day must not be before the first."),
            ),
        )

    def __str__(self) -> str:
        return str(self.reason)

    def runs_on(self, day: date) -> bool:
        """Return whether it is published and runs on the day."""
        return bool(self.published_at) and self.begins <= day and (self.ends is None or day <= self.ends)


class ServiceMembership(models.Model):
    """A patron who has a service, by the last nightly job."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="services", verbose_name=_("patron"))
    service = models.ForeignKey(
        SegmentService, models.CASCADE, related_name="members", verbose_name=_("service for a segment")
    )
    since = models.DateField(_("since"))

    class Meta:
        verbose_name = _("service that a patron has")
        verbose_name_plural = _("services that patrons have")
        constraints = (models.UniqueConstraint(fields=("person", "service"), name="one_membership_per_service"),)

    def __str__(self) -> str:
        return f"{self.person} {self.service}"


class ServiceObjection(models.Model):
    """A patron who wants no service chosen from their data."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="no_services", verbose_name=_("patron"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("objection to services for segments")
        verbose_name_plural = _("objections to services for segments")

    def __str__(self) -> str:
        return str(self.person_id)
