"""What everybody's phone finds of an e-edition: the way to it, which is counted; never who opens it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from kiosk.hub.catalogue.editions import keeping
from kiosk.hub.catalogue.editions.fields import usable
from kiosk.hub.catalogue.editions.models import Edition
from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.phone.door import page, patrons_page


@require_safe
@patrons_page
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads to the e-edition, and counts that it was opened; to no address but those of the catalogue."""
    edition = Edition.objects.select_related("title").filter(pk=pk).first()
    if edition is None or not edition.offered or not usable(edition.url):
        title = edition.title if edition else None
        return page(request, "gone", {"title": title}, status=404 if edition is None else 410)
    if request.method == "GET":
        keeping.opened(edition, timezone.localtime(hub_clock().now()).date())
    return HttpResponseRedirect(edition.url)
