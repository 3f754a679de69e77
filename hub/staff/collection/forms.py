"""Enter a title and an item by form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.catalogue import display
from hub.catalogue.items_csv import BARCODE
from hub.catalogue.models import Isbn, Item, Title
from hub.catalogue.search import index
from hub.circulation import numbering
from hub.circulation.models import NumberSeries
from hub.core.retrying_transaction import atomic

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TEXTS = ("title", "subtitle", "author")
LONG = (*TEXTS, "isbns")
LANGUAGES = {"chi": gettext_lazy("Chinese"), "eng": gettext_lazy("English"), "mon": gettext_lazy("Mongolian")}
"""Languages by MARC code that the form offers; a title keeps another one that it has."""


def is_isbn(text: str) -> bool:
    """Return whether the text is a whole ISBN, as scanned from the back of a book."""
    return display.isbn13(text) is not None and len(text.replace("-", "").replace(" ", "")) in (10, 13)


class CollectionForm(forms.ModelForm):
    """A form drawn with the fields of the staff pages."""

    texts: ClassVar[Mapping[str, tuple[_StrPromise | str, _StrPromise | str]]] = {}
    """Label and help text by field."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            each.widget.attrs["class"] = "field"
        for name, (label, help_text) in self.texts.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text


class TitleForm(CollectionForm):
    """What staff enter of a title; the cover class follows from its classification."""

    isbns = forms.CharField(
        label=gettext_lazy("ISBN"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Several are separated by spaces."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    texts: ClassVar[Mapping[str, tuple[_StrPromise | str, _StrPromise | str]]] = {
        "title": (gettext_lazy("Title"), ""),
        "subtitle": (gettext_lazy("Subtitle"), ""),
        "author": (gettext_lazy("Author"), gettext_lazy("Several are separated by commas.")),
        "call_number": (gettext_lazy("Call number"), gettext_lazy("As on the label of the book.")),
        "clc": (gettext_lazy("Chinese Library Classification"), ""),
        "dewey": (gettext_lazy("Dewey class"), ""),
        "year": (gettext_lazy("Year of publication"), ""),
    }

    class Meta:
        model = Title
        fields = ("title", "subtitle", "author", "isbns", "call_number", "clc", "dewey", "language", "year")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].error_messages["required"] = _("Enter the title.")
        known = dict(LANGUAGES)
        if (own := self.instance.language) and own not in known:
            known[own] = own
        self.fields["language"].choices = [("", "–"), *known.items()]
        if self.instance.pk is not None:
            numbers = self.instance.isbns.order_by("pk").values_list("isbn13", flat=True)
            self.initial["isbns"] = " ".join(numbers)

    @property
    def names(self) -> list[forms.BoundField]:
        """Return the fields with long texts."""
        return [self[name] for name in LONG]

    @property
    def marks(self) -> list[forms.BoundField]:
        """Return the fields with short texts."""
        return [each for each in self if each.name not in LONG]

    def clean_isbns(self) -> list[str]:
        """Return the ISBNs as 13 digits each; refuse one of another title."""
        found = []
        for each in self.cleaned_data["isbns"].replace(",", " ").split():
            if not is_isbn(each):
                raise forms.ValidationError(_("{isbn} is not an ISBN: its check digit is wrong.").format(isbn=each))
            found.append(str(display.isbn13(each)))
        other = Isbn.objects.filter(isbn13__in=found).exclude(title=self.instance.pk).select_related("title").first()
        if other is not None:
            words = _("“{title}” has this ISBN already. Add an item to that title instead.")
            raise forms.ValidationError(words.format(title=other.title.title))
        return list(dict.fromkeys(found))

    def clean(self) -> dict[str, Any]:
        """Rewrite texts with the characters that every kiosk can display."""
        values: dict[str, Any] = super().clean()
        for name in TEXTS:
            if values.get(name):
                values[name] = display.display_text(values[name])
        if not values.get("title") and "title" not in self.errors:
            self.add_error("title", _("Enter the title."))
        return values

    @atomic
    def save(self, commit: bool = True) -> Title:
        """Save the title with its ISBNs and its entry in the search index."""
        title: Title = self.instance
        title.subject = display.subject(title.dewey, title.clc, "") or title.subject
        title.save()
        set_isbns(title, self.cleaned_data["isbns"])
        return title


def set_isbns(title: Title, numbers: Sequence[str]) -> None:
    """Replace the title's ISBNs, and write its entry in the search index."""
    title.isbns.exclude(isbn13__in=numbers).delete()
    known = set(title.isbns.values_list("isbn13", flat=True))
    Isbn.objects.bulk_create(Isbn(title=title, isbn13=each) for each in numbers if each not in known)
    index.write([title])


class ItemForm(CollectionForm):
    """An item's record. The barcode comes last, because a scanner ends it with the Enter key."""

    texts: ClassVar[Mapping[str, tuple[_StrPromise | str, _StrPromise | str]]] = {
        "type": (gettext_lazy("Item type"), ""),
        "branch": (gettext_lazy("Branch"), ""),
        "call_number": (gettext_lazy("Call number"), gettext_lazy("Only if it differs from the title's.")),
        "barcode": (gettext_lazy("Barcode"), gettext_lazy("Scan the library's label.")),
    }

    class Meta:
        model = Item
        fields = ("type", "branch", "call_number", "barcode")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in ("type", "branch"):
            self.fields[name].empty_label = None
        self.fields["barcode"].widget.attrs["autocomplete"] = "off"
        self.fields["barcode"].error_messages["required"] = _("Scan or enter the barcode.")
        series = NumberSeries.objects.filter(kind=NumberSeries.Kind.ITEM, is_on=True).first()
        self.next_number = numbering.upcoming_number(series) if series and self.instance.pk is None else ""
        if self.next_number:
            self.fields["barcode"].required = False
            self.fields["numbered"] = forms.BooleanField(
                label=_("Without a label: give it the next number"),
                help_text=_("Then leave the barcode empty. Next: {number}").format(number=self.next_number),
                required=False,
            )
            self.order_fields(("type", "branch", "call_number", "numbered", "barcode"))

    def clean_barcode(self) -> str:
        """Return the barcode; refuse an ISBN, and a barcode of another item."""
        barcode = str(self.cleaned_data["barcode"]).strip()
        if not barcode and self.next_number:
            if self.cleaned_data["numbered"]:
                return ""
            raise forms.ValidationError(_("Scan or enter the barcode."))
        if is_isbn(barcode):
            raise forms.ValidationError(_("This is an ISBN. Scan the library's own label."))
        if not BARCODE.fullmatch(barcode):
            raise forms.ValidationError(_("Use letters, digits and . + / $ - only, at most 32."))
        other = Item.objects.filter(barcode=barcode).exclude(pk=self.instance.pk).select_related("title").first()
        if other is not None:
            words = _("“{title}” has this barcode already. Scan another label.")
            raise forms.ValidationError(words.format(title=other.title.title))
        return barcode

    def save(self, commit: bool = True) -> Item:
        """Save the item; a new one without a label takes the next number."""
        if self.instance.pk is None and not self.instance.barcode:
            self.instance.barcode = numbering.take(NumberSeries.Kind.ITEM)
        item: Item = super().save(commit)
        return item

    def _post_clean(self) -> None:
        """Leave the instance as it is: an edit compares it with the entered values under the item's lock."""
        if self.instance.pk is None:
            super()._post_clean()
