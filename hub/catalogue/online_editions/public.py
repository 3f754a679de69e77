"""What everybody's phone finds of an e-edition: the way to it, which is counted; never who opens it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from hub.catalogue.online_editions import repository
from hub.catalogue.online_editions.fields import usable
from hub.catalogue.online_editions.models import Edition
from hub.core.clock import hub_clock
from hub.outreach.patron_portal.portal_session import page, patrons_page


@require_safe
@patrons_page
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads to the e-edition, and counts that it was opened; to no address but those of the catalogue."""
    edition = Edition.objects.select_related("title").filter(pk=pk).first()
    if edition is None or not edition.offered or not usable(edition.url):
        title = edition.title if edition else None
        return page(request, "gone", {"title": title}, status=404 if edition is None else 410)
    if request.method == "GET":
        repository.opened(edition, timezone.localtime(hub_clock().now()).date())
    return HttpResponseRedirect(edition.url)
