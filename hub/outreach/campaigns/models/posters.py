"""What the library shows of itself: words in two languages, a picture or none, from when to when, and where."""

from datetime import date

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Branch
from hub.outreach.feedback.models import Course


class Poster(models.Model):
    """Shown on kiosks of `branches`, all where there are none, on the days from `first` to `last`.

    `picture` is a JPEG that this hub has encoded itself; without one the words are the picture. A poster of an `event`
    leads to that event's page, any other to a page of its own.
    """

    title = models.CharField(pgettext_lazy("poster", "title"), max_length=60)
    title_en = models.CharField(pgettext_lazy("poster", "title in English"), max_length=90, blank=True)
    words = models.CharField(pgettext_lazy("poster", "words"), max_length=200, blank=True)
    words_en = models.CharField(pgettext_lazy("poster", "words in English"), max_length=300, blank=True)
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
    on_kiosks = models.BooleanField(_("on the kiosks' screens"), default=True)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("poster")
        verbose_name_plural = _("posters")
        ordering = ("-first", "-pk")

    def __str__(self) -> str:
        return self.spoken("title")

    def spoken(self, name: str) -> str:
        """Title or words in the language that is spoken, where it is written in it."""
        english = (get_language() or "").startswith("en")
        return str((getattr(self, f"{name}_en") if english else "") or getattr(self, name))

    def begun(self, today: date) -> bool:
        return bool(self.first <= today)

    def over(self, today: date) -> bool:
        return bool(self.last < today)
