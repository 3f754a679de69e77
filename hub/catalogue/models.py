"""Store branches, titles and items, with the floors they stand on, their online editions and the search for covers."""

from enum import StrEnum

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.catalogue.online_editions.fields import LONGEST, WORDS
from hub.core.clock import now
from hub.core.language import local_language, page_language
from hub.core.texts import Texts
from lending.call_numbers import Scheme
from lending.languages import SOURCES
from lending.showcase import parse_week


class BilingualName(models.Model):
    """Has a `name` in the library's first language that is not English, and perhaps one in English."""

    name_en = models.CharField(
        _("name in English"), max_length=200, blank=True, help_text=_("If empty, English pages show the name.")
    )

    class Meta:
        abstract = True

    @property
    def names(self) -> dict[str, str]:
        """Return the name by language, in the library's order, for a reader whose language is not known here."""
        return Texts({SOURCES: self.name_en} | {local_language(): self.name}).in_order()

    def __str__(self) -> str:
        return self.name_in(page_language())

    def name_in(self, language: str) -> str:
        """Return the English name for readers of English, if there is one, and the local one for all others.

        It does not ask in which language `name` is, because imports call it for each row.
        """
        return str((self.name_en if language == SOURCES else "") or self.name)


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
    added_at = models.DateTimeField(_("added to the collection"), default=now, editable=False, db_index=True)
    tagged_parts = models.PositiveSmallIntegerField(_("parts with an RFID tag"), null=True, editable=False)
    """None: no tag was written here. The tags themselves are not kept: their serial numbers would follow readers."""
    tagged_on = models.DateField(_("tag written"), null=True, editable=False, db_index=True)

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


LARGEST_FLOOR = 200
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
        _("column count"), default=24, validators=[MinValueValidator(4), MaxValueValidator(LARGEST_FLOOR)]
    )
    height = models.PositiveSmallIntegerField(
        _("row count"), default=12, validators=[MinValueValidator(4), MaxValueValidator(LARGEST_FLOOR)]
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


DEAD_AFTER = 3
"""Consecutive nights without an answer after which an edition is no longer offered."""


class Edition(models.Model):
    """An address at which a title can be read.

    An edition from a MARC record is deleted when the record no longer contains it. Corrections and removals by staff
    survive a repeated import of the record.
    """

    title = models.ForeignKey("catalogue.Title", models.CASCADE, related_name="editions", verbose_name=_("title"))
    url = models.CharField(_("address"), max_length=LONGEST)
    words = models.CharField(_("link text"), max_length=WORDS, blank=True)
    in_record = models.CharField(_("address in the record"), max_length=LONGEST, blank=True, editable=False)
    """Empty if staff entered the edition; differs from `url` if staff have corrected it."""
    removed = models.BooleanField(_("removed by staff"), default=False)
    added_at = models.DateTimeField(_("added"), default=now, editable=False)
    media_type = models.CharField(_("media type"), max_length=100, blank=True, editable=False)
    checked_at = models.DateTimeField(_("last checked"), null=True, blank=True, editable=False, db_index=True)
    fault = models.CharField(_("fault"), max_length=12, blank=True, editable=False)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(_("nights without response"), default=0, editable=False, db_index=True)
    failing_since = models.DateTimeField(_("unreachable since"), null=True, blank=True, editable=False)
    failed_on = models.DateField(_("last failure"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("e-edition")
        verbose_name_plural = _("e-editions")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("title", "url"), name="catalogue_edition_title_url_unique"),)

    def __str__(self) -> str:
        return str(self.words or self.url)

    @property
    def offered(self) -> bool:
        """Whether the edition is offered to patrons."""
        return bool(self.failures < DEAD_AFTER and not self.removed)


class ReadOn(models.Model):
    """How often a title's online editions were opened on one day, without a patron."""

    title = models.ForeignKey("catalogue.Title", models.CASCADE, related_name="read_on", verbose_name=_("title"))
    day = models.DateField(_("day"), db_index=True)
    count = models.PositiveIntegerField(_("times"), default=0)

    class Meta:
        verbose_name = _("e-loans per day")
        verbose_name_plural = _("e-loans per day")
        ordering = ("-day", "id")
        constraints = (models.UniqueConstraint(fields=("title", "day"), name="catalogue_readon_title_day_unique"),)

    def __str__(self) -> str:
        return f"{self.day} {self.count}"


class CoverResult(StrEnum):
    """Result of a search."""

    FOUND = "found"
    NONE = "none"
    UNUSABLE = "unusable"
    """A provider sent something that is no cover."""
    UNAVAILABLE = "unavailable"
    """A provider did not answer, and no other one has a cover."""
    DROPPED = "dropped"
    """The picture was deleted, because the store was full and it was not used, or it was missing."""


class CoverSearch(models.Model):
    """The last search for the cover of a title. `catalogue.Title.cover` names the picture."""

    title = models.OneToOneField("catalogue.Title", models.CASCADE, primary_key=True, related_name="cover_search")
    result = models.CharField(max_length=12)
    provider = models.CharField(max_length=32, blank=True)
    """Name of the provider of the picture; empty without one."""
    asked_at = models.DateTimeField()
    again_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.title_id} {self.result}"
