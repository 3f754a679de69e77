"""Store courses and events, their dates and bookings, failed searches, and online resources."""

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hub.catalogue.bilingual_name import BilingualName
from hub.catalogue.models import Branch
from hub.core.typed_choices import TextChoices
from hub.outreach.patrons.models import Person


class Course(BilingualName):
    """A course or event that can be booked; `topic` is the failed search that it came from, if any."""

    class Kind(TextChoices):
        COURSE = "course", pgettext_lazy("kind of course", "Course")
        EVENT = "event", pgettext_lazy("kind of course", "Event")

    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.COURSE)
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=200)
    words = models.TextField(_("what it is about"), blank=True)
    words_en = models.TextField(_("what it is about, in English"), blank=True)
    topic = models.CharField(max_length=100, blank=True)
    shown = models.BooleanField(default=True)

    class Meta:
        ordering = ("pk",)

    @property
    def about(self) -> str:
        """Return the description in the current language, if there is one, else the Chinese one."""
        english = (get_language() or "").startswith("en")
        return str(self.words_en if english and self.words_en else self.words)


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
        ordering = ("at", "pk")
        constraints = (models.UniqueConstraint(fields=("session", "person"), name="one_place_per_person"),)

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
        constraints = (models.UniqueConstraint(fields=("words", "week", "branch"), name="one_count_per_week"),)

    def __str__(self) -> str:
        return str(self.words)


class Resource(BilingualName):
    """A database or another online resource."""

    class Access(TextChoices):
        ALL = "all", pgettext_lazy("access", "Open to all")
        CARD = "card", pgettext_lazy("access", "With a card")
        HOUSE = "house", pgettext_lazy("access", "In the library")

    name = models.CharField(pgettext_lazy("thing", "name"), max_length=200)
    url = models.URLField(_("web address"), max_length=500)
    words = models.CharField(_("description"), max_length=300, blank=True)
    words_en = models.CharField(_("description in English"), max_length=300, blank=True)
    access = models.CharField(_("access"), max_length=10, choices=Access.choices, default=Access.ALL)
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("place", "pk")
