"""Store branches, titles and items."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.catalogue.bilingual_name import BilingualName
from hub.catalogue.online_editions import models as online_editions  # noqa: F401 - registers its tables
from hub.catalogue.shelves import models as shelves  # noqa: F401 - registers its tables
from hub.core.clock import now
from lending.showcase import parse_week


def weekdays(value: object) -> None:
    """Accept a list of numbers from 0 to 6 that leaves at least one day open.

    Raises:
        ValidationError: It is no such list.
    """
    days = set(value) if isinstance(value, list) else None
    if days is None or not days < set(range(7)):
        raise ValidationError(_("Enter a list of numbers from 0 (Monday) to 6 (Sunday) with at least one open day."))


def week_hours(value: object) -> None:
    """Accept seven times such as `09:00-18:00`, from Monday on, empty on a closed day; or an empty list.

    Raises:
        ValidationError: It is no such list.
    """
    try:
        if value != [] and not (isinstance(value, list) and len(value) == 7):
            raise ValueError
        parse_week(value)
    except (AttributeError, TypeError, ValueError) as error:
        raise ValidationError(
            _("Enter seven times such as 09:00-18:00, from Monday to Sunday; empty if closed.")
        ) from error


class Branch(BilingualName):
    """A branch of the library."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=200)
    closed_weekdays = models.JSONField(
        _("closed weekdays"), default=list, blank=True, help_text=_("0 is Monday, 6 is Sunday."), validators=[weekdays]
    )
    opening_hours = models.JSONField(
        _("opening hours"),
        default=list,
        blank=True,
        help_text=_("Seven times from Monday on, such as 09:00-18:00; empty if closed. Kiosks show them."),
        validators=[week_hours],
    )
    return_place = models.CharField(
        _("location for returned items"), max_length=60, blank=True, help_text=_("Shown to patrons: a bin, a shelf.")
    )
    hold_place = models.CharField(_("location for returned items on hold"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ("code",)


class ItemType(BilingualName):
    """A type of item with loan rules of its own."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("item type")
        verbose_name_plural = _("item types")
        ordering = ("code",)


class Title(models.Model):
    """A bibliographic record.

    `record` keeps the MARC record byte for byte; the other fields are read from it.
    """

    control_number = models.CharField(_("control number"), max_length=64, unique=True, null=True, blank=True)
    title = models.CharField(
        _("title"), max_length=500, help_text=_("Title as displayed: every character is in the font.")
    )
    subtitle = models.CharField(_("subtitle"), max_length=500, blank=True)
    author = models.CharField(_("author"), max_length=300, blank=True)
    dewey = models.CharField(_("Dewey class"), max_length=40, blank=True)
    clc = models.CharField(_("Chinese Library Classification"), max_length=40, blank=True)
    subject = models.CharField(
        _("cover class"), max_length=2, blank=True, help_text=_("First digit of Dewey or letter of the CLC.")
    )
    call_number = models.CharField(_("call number"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=3, blank=True, help_text=_("MARC language code."))
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    headings = models.TextField(_("subject headings"), blank=True, help_text=_("One per line."))
    record = models.BinaryField(_("MARC record"), null=True, blank=True)
    added_at = models.DateTimeField(_("added to the catalogue"), default=now, null=True, editable=False, db_index=True)
    """When it entered the catalogue; None for titles older than this field, which are not listed as new."""
    cover = models.CharField(max_length=32, blank=True, editable=False)
    """Name of the stored picture (`lending.cover_store`); empty for a drawn cover."""

    class Meta:
        verbose_name = _("title")
        verbose_name_plural = _("titles")
        ordering = ("title",)
        indexes = (models.Index(fields=("title",)), models.Index(fields=("author",)))

    def __str__(self) -> str:
        return str(self.title)


class Isbn(models.Model):
    """An ISBN of a title, always in its 13-digit form."""

    title = models.ForeignKey(Title, models.CASCADE, related_name="isbns", verbose_name=_("title"))
    isbn13 = models.CharField(_("ISBN"), max_length=13, db_index=True)

    class Meta:
        verbose_name = _("ISBN")
        verbose_name_plural = _("ISBNs")
        constraints = (models.UniqueConstraint(fields=("title", "isbn13"), name="catalogue_isbn_title_isbn13_unique"),)

    def __str__(self) -> str:
        return str(self.isbn13)


class Item(models.Model):
    """A copy of a title with the library's barcode. Circulation keeps its loans."""

    class Condition(models.TextChoices):
        NORMAL = "normal", _("in collection")
        LOST = "lost", _("lost")
        WITHDRAWN = "withdrawn", _("withdrawn")

    barcode = models.CharField(_("barcode"), max_length=32, unique=True)
    title = models.ForeignKey(Title, models.PROTECT, related_name="items", verbose_name=_("title"))
    type = models.ForeignKey(ItemType, models.PROTECT, related_name="items", verbose_name=_("type"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="items", verbose_name=_("branch"))
    call_number = models.CharField(
        _("call number"), max_length=80, blank=True, help_text=_("Only if it differs from the title's.")
    )
    condition = models.CharField(_("condition"), max_length=10, choices=Condition.choices, default=Condition.NORMAL)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ("barcode",)

    def __str__(self) -> str:
        return f"{self.barcode} {self.title}"


class WorksAt(models.Model):
    """A member of staff works at this branch, so lists and tasks show its rows first."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "branch"), name="catalogue_worksat_user_branch_unique"),)

    def __str__(self) -> str:
        return str(self.branch)


class SearchEntry(models.Model):
    """The tokens of a title in order, separated by spaces. A migration creates the index on `words`."""

    title = models.OneToOneField("catalogue.Title", models.CASCADE, primary_key=True, related_name="search_entry")
    words = models.TextField()

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return str(self.words)[:60]
