"""Serve the auditor's pack to an administrator."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from hub.audit import auditor_pack
from hub.core.clock import hub_clock
from hub.staff import formatting
from hub.staff.staff_access import staff_only


@require_POST
@staff_only
def pack(request: HttpRequest) -> HttpResponse:
    """Return the zip as a download."""
    response = HttpResponse(auditor_pack.pack(hub_clock().now()), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="hub-audit-{formatting.today():%Y%m%d}.zip"'
    return response
