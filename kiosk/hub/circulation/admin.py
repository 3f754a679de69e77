"""Circulation in the admin: patrons can be edited, what has happened only read; rules have pages of their own."""

from django.contrib import admin
from django.http import HttpRequest

from kiosk.hub.circulation.models import (
    Card,
    CirculationEvent,
    ClosedDay,
    Edition,
    ExceptionCase,
    Fee,
    HandedIn,
    Hold,
    InHouseUse,
    Kiosk,
    Library,
    Loan,
    Patron,
    PatronCategory,
    Renewal,
    Rule,
    Sighting,
    Transaction,
    Transit,
)


class Record(admin.ModelAdmin):
    """What has happened: it is changed at the desk and by kiosks, never by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Library)
class LibraryAdmin(admin.ModelAdmin):
    list_display = ("name", "name_en", "timezone", "currency")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Library.objects.exists()


@admin.register(PatronCategory)
class PatronCategoryAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "name_en")


@admin.register(Edition)
class EditionAdmin(Record):
    list_display = ("since", "note", "published_at", "published_by")


@admin.register(Rule)
class RuleAdmin(Record):
    list_display = ("__str__", "edition", "days", "hours", "limit", "type_limit", "renewals", "reading_room_only")
    list_filter = ("edition", "category", "item_type", "branch")
    list_select_related = ("edition", "category", "item_type", "branch")


@admin.register(ClosedDay)
class ClosedDayAdmin(admin.ModelAdmin):
    list_display = ("day", "branch", "reason")
    list_filter = ("branch",)
    date_hierarchy = "day"


class CardInline(admin.TabularInline):
    model = Card
    extra = 0
    fields = ("last4", "status")
    readonly_fields = ("last4",)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Patron)
class PatronAdmin(admin.ModelAdmin):
    list_display = ("identifier", "name", "category", "status", "expires")
    list_filter = ("category", "status")
    list_select_related = ("category",)
    search_fields = ("identifier", "name")
    readonly_fields = ("pin_locked_until",)
    inlines = (CardInline,)


@admin.register(Loan)
class LoanAdmin(Record):
    list_display = ("item", "patron", "state", "checked_out_at", "due", "renewals", "unverified")
    list_filter = ("state", "branch", "unverified")
    list_select_related = ("item__title", "patron")
    search_fields = ("item__barcode", "item__title__title", "patron__identifier")


@admin.register(Renewal)
class RenewalAdmin(Record):
    list_display = ("loan", "at", "due_before", "due_after", "undone")
    list_select_related = ("loan__item__title", "loan__patron")


@admin.register(HandedIn)
class HandedInAdmin(Record):
    list_display = ("loan", "at", "kiosk", "state", "closed_at")
    list_filter = ("state", "kiosk")
    list_select_related = ("loan__item__title", "loan__patron", "kiosk")


@admin.register(Transit)
class TransitAdmin(Record):
    list_display = ("item", "origin", "target", "noted_at", "sent_at", "arrived_at")
    list_select_related = ("item__title", "origin", "target")
    date_hierarchy = "noted_at"


@admin.register(Sighting)
class SightingAdmin(Record):
    list_display = ("item", "seen", "at", "kiosk")
    list_filter = ("seen", "kiosk")
    list_select_related = ("item__title", "kiosk")
    search_fields = ("item__barcode",)


@admin.register(InHouseUse)
class InHouseUseAdmin(Record):
    list_display = ("item", "branch", "at")
    list_filter = ("branch",)
    list_select_related = ("item__title", "branch")


@admin.register(Hold)
class HoldAdmin(Record):
    list_display = ("title", "patron", "state", "placed_at", "pickup", "shelf", "until")
    list_filter = ("state", "pickup")
    list_select_related = ("title", "patron", "pickup")


@admin.register(Fee)
class FeeAdmin(Record):
    list_display = ("patron", "kind", "amount", "paid", "charged_at", "settled_at")
    list_filter = ("kind",)
    list_select_related = ("patron",)


@admin.register(Kiosk)
class KioskAdmin(admin.ModelAdmin):
    list_display = ("name", "branch", "seen_at", "max_contiguous_seq", "revoked_at")
    readonly_fields = ("seen_at", "max_contiguous_seq", "revoked_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A kiosk is added on the page Kiosks or by `kiosk-hub add-kiosk`, which tell its one-time code."""
        return False


@admin.register(Transaction)
class TransactionAdmin(Record):
    list_display = ("id", "kiosk", "seq", "kind", "outcome", "no_block", "at", "received_at")
    list_filter = ("kiosk", "kind", "outcome")
    list_select_related = ("kiosk",)
    search_fields = ("id",)


@admin.register(ExceptionCase)
class ExceptionCaseAdmin(Record):
    list_display = ("opened_at", "kind", "reason", "kiosk", "resolved_at", "resolved_by")
    list_filter = ("kind", "kiosk")
    list_select_related = ("kiosk",)


@admin.register(CirculationEvent)
class CirculationEventAdmin(Record):
    list_display = ("id", "at", "kind", "data")
    list_filter = ("kind",)
