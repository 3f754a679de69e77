"""Register the catalogue in the Django admin; MARC records are read-only there."""

from collections.abc import Sequence

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from hub.catalogue.marc import of_bytes
from hub.catalogue.models import Branch, Isbn, Item, ItemType, Title
from hub.catalogue.search import index


@admin.register(Branch)
class BranchAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "name_en", "return_place", "hold_place")


@admin.register(ItemType)
class ItemTypeAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "name_en")


class IsbnInline(admin.TabularInline):
    model = Isbn
    extra = 0


@admin.register(Title)
class TitleAdmin(admin.ModelAdmin):
    list_display = ("title", "author", "call_number", "language", "year")
    list_filter = ("language",)
    search_fields = ("title", "author", "isbns__isbn13", "control_number")
    readonly_fields = ("marc",)
    inlines = (IsbnInline,)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Sequence[object], change: bool) -> None:
        """Index the title after its ISBNs are saved, so that deleted ones are not found any more."""
        super().save_related(request, form, formsets, change)
        index.write([form.instance])

    @admin.display(description=_("MARC record"))
    def marc(self, title: Title) -> SafeString | str:
        """Return the record field by field, as cataloguers read it."""
        if not title.record:
            return "-"
        return format_html("<pre>{}</pre>", str(of_bytes(bytes(title.record))))


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin):
    list_display = ("barcode", "title", "type", "branch", "condition")
    list_filter = ("type", "branch", "condition")
    list_select_related = ("title", "type", "branch")
    search_fields = ("barcode", "title__title", "title__author")
    autocomplete_fields = ("title",)
