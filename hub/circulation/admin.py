"""Register circulation's settings in the Django admin.

Patrons are registered in `audit.admin`. Loans, holds, fees and kiosks' transactions are shown on staff pages only,
because those pages write the access log.
"""

from django.contrib import admin
from django.http import HttpRequest

from hub.circulation.models import (
    ClosedDay,
    FeeRule,
    InHouseUse,
    Kiosk,
    Library,
    NumberSeries,
    PatronCategory,
    Rule,
    RuleVersion,
    Sighting,
)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Read-only admin of rows that only the staff desk and kiosks may write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Library)
class LibraryAdmin(admin.ModelAdmin):
    list_display = ("name", "name_en", "timezone", "currency")
    readonly_fields = ("languages",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Library.objects.exists()


@admin.register(PatronCategory)
class PatronCategoryAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "name_en")


@admin.register(RuleVersion)
class EditionAdmin(ReadOnlyAdmin):
    list_display = ("since", "note", "published_at", "published_by")


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "edition", "days", "hours", "limit", "type_limit", "renewals", "reading_room_only")
    list_filter = ("edition", "category", "item_type", "branch")
    list_select_related = ("edition", "category", "item_type", "branch")


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    """Numbering; it is changed on the staff page, which gives no number twice."""

    list_display = ("kind", "is_on", "prefix", "length", "check_digit", "next_number")


@admin.register(FeeRule)
class FeeRuleAdmin(admin.ModelAdmin):
    list_display = ("kind", "category", "item_type", "amount", "grace_days", "cap")


@admin.register(ClosedDay)
class ClosedDayAdmin(admin.ModelAdmin):
    list_display = ("day", "branch", "reason")
    list_filter = ("branch",)
    date_hierarchy = "day"


@admin.register(Sighting)
class SightingAdmin(ReadOnlyAdmin):
    list_display = ("item", "seen", "at", "kiosk")
    list_filter = ("seen", "kiosk")
    list_select_related = ("item__title", "kiosk")
    search_fields = ("item__barcode",)


@admin.register(InHouseUse)
class InHouseUseAdmin(ReadOnlyAdmin):
    list_display = ("item", "branch", "at")
    list_filter = ("branch",)
    list_select_related = ("item__title", "branch")


@admin.register(Kiosk)
class KioskAdmin(admin.ModelAdmin):
    list_display = ("name", "branch", "seen_at", "max_contiguous_seq", "revoked_at")
    readonly_fields = ("seen_at", "max_contiguous_seq", "revoked_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False.

        Kiosks are added on the page Kiosks or by `kiosk-hub add-kiosk`, which issue the enrolment code.
        """
        return False
