"""Hands an administrator the pack for an outside auditor; knows nothing of what is in it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from kiosk.hub.audit import hand_over
from kiosk.hub.clock import hub_clock
from kiosk.hub.staff import shown
from kiosk.hub.staff.door import staff_only


@require_POST
@staff_only
def pack(request: HttpRequest) -> HttpResponse:
    """One zip."""
    response = HttpResponse(hand_over.pack(hub_clock().now()), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="hub-audit-{shown.today():%Y%m%d}.zip"'
    return response
