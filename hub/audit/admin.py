"""Register patrons in the Django admin, behind the same question for a reason as on staff pages."""

from datetime import datetime

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from hub.audit import access_reason
from hub.audit.models import Act
from hub.circulation import pins
from hub.circulation.models import Card, Patron
from hub.core.clock import hub_clock
from hub.core.pages import formatting


class CardInline(admin.TabularInline):
    model = Card
    extra = 0
    fields = ("last4", "status")
    readonly_fields = ("last4",)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Patron)
class PatronAdmin(admin.ModelAdmin):
    """Patrons in the admin: without bulk actions, and each only after a reason."""

    list_display = ("masked_patron", "category", "status", "expires")
    list_filter = ("category", "status")
    list_select_related = ("category",)
    search_fields = ("identifier", "name")
    readonly_fields = ("pin_locked_until",)
    inlines = (CardInline,)
    actions = None

    @admin.display(description=_("PIN locked until"))
    def pin_locked_until(self, patron: Patron) -> datetime | None:
        return pins.locked_until(patron, hub_clock().now())

    @admin.display(description=_("patron"))
    def masked_patron(self, patron: Patron) -> str:
        return f"{formatting.mask_name(patron.name)} {formatting.last4(patron.identifier)}"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        first = self._reason_redirect(request, object_id)
        return first or super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        return self._reason_redirect(request, object_id) or super().delete_view(request, object_id, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        return self._reason_redirect(request, object_id) or super().history_view(request, object_id, extra_context)

    def _reason_redirect(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        """Return the redirect to the question, or None if a reason holds or a new patron is added.

        Raises:
            Http404: If no patron has this key, so that no other reading of the URL shows one without a reason.
        """
        if object_id is None or not self.has_view_permission(request):
            return None
        patron = self.get_object(request, unquote(object_id))
        if patron is None:
            raise Http404
        return access_reason.unless_known(request, patron.ref, Act.RECORD)
