"""Store posters: texts in two languages, an optional picture, the dates and the branches."""

from datetime import date

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Branch
from hub.outreach.engagement.feedback.models import Course


class Poster(models.Model):
    """A poster on the kiosks of `branches` (all if empty), on the days from `first` to `last`.

    `picture` is a JPEG that this hub has encoded itself; without one the text is shown large. A poster of an `event`
    links to that event's page, any other to a page of its own.
    """

    title = models.CharField(pgettext_lazy("poster", "title"), max_length=60)
    title_en = models.CharField(pgettext_lazy("poster", "title in English"), max_length=90, blank=True)
    words = models.CharField(pgettext_lazy("poster", "text"), max_length=200, blank=True)
    words_en = models.CharField(pgettext_lazy("poster", "text in English"), max_length=300, blank=True)
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
        return self.spoken("title")

    def spoken(self, name: str) -> str:
        """Return title or words in the current language, if there is one, else in Chinese."""
        english = (get_language() or "").startswith("en")
        return str((getattr(self, f"{name}_en") if english else "") or getattr(self, name))

    def begun(self, today: date) -> bool:
        """Return whether its first day has come."""
        return bool(self.first <= today)

    def over(self, today: date) -> bool:
        """Return whether its last day is over."""
        return bool(self.last < today)
