"""Store floors and their bays, on a grid."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.catalogue.bilingual_name import BilingualName
from lending.call_numbers import Scheme

LARGEST = 200
"""Maximum number of cells of a floor's side; a cell is about as wide as a shelf is deep."""


class Floor(BilingualName):
    """A floor of a branch, as a plan view."""

    class Arranged(models.TextChoices):
        BY_LOOKS = "", _("detect from call number")
        CLC = Scheme.CLC.value, _("Chinese Library Classification")
        DEWEY = Scheme.DEWEY.value, _("Dewey")
        LCC = Scheme.LCC.value, _("Library of Congress")

    branch = models.ForeignKey("catalogue.Branch", models.CASCADE, related_name="floors", verbose_name=_("branch"))
    name = models.CharField(_("name"), max_length=60)
    position = models.SmallIntegerField(_("floor level"), default=1)
    width = models.PositiveSmallIntegerField(
        _("column count"), default=24, validators=[MinValueValidator(4), MaxValueValidator(LARGEST)]
    )
    height = models.PositiveSmallIntegerField(
        _("row count"), default=12, validators=[MinValueValidator(4), MaxValueValidator(LARGEST)]
    )
    you_x = models.PositiveSmallIntegerField(_("route start (column)"), default=0)
    you_y = models.PositiveSmallIntegerField(_("route start (row)"), default=0)
    scheme = models.CharField(_("classification"), max_length=5, choices=Arranged.choices, blank=True)

    class Meta:
        verbose_name = _("floor")
        verbose_name_plural = _("floors")
        ordering = ("branch", "position", "id")
        constraints = (models.UniqueConstraint(fields=("branch", "name"), name="catalogue_floor_branch_name_unique"),)

    @property
    def arranged(self) -> Scheme | None:
        return Scheme(self.scheme) if self.scheme else None


class Bay(models.Model):
    """A bay of shelves: a rectangle of cells, and the range of call numbers on its end panel."""

    floor = models.ForeignKey(Floor, models.CASCADE, related_name="bays", verbose_name=_("floor"))
    code = models.CharField(_("bay"), max_length=12)
    x = models.PositiveSmallIntegerField(_("column"))
    y = models.PositiveSmallIntegerField(_("row"))
    width = models.PositiveSmallIntegerField(_("bay width"))
    height = models.PositiveSmallIntegerField(_("bay depth"))
    first = models.CharField(_("from"), max_length=80, blank=True)
    last = models.CharField(_("to"), max_length=80, blank=True)
    walked_at = models.DateTimeField(_("last shelf reading"), null=True, blank=True, editable=False)
    walked = models.PositiveSmallIntegerField(_("books scanned"), default=0, editable=False)
    wrong = models.PositiveSmallIntegerField(_("misplaced items"), default=0, editable=False)

    class Meta:
        verbose_name = _("bay")
        verbose_name_plural = _("bays")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("floor", "code"), name="catalogue_bay_floor_code_unique"),)

    def __str__(self) -> str:
        return str(self.code)
