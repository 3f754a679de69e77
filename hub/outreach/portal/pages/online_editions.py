"""Redirect the public to online editions, and count the uses without a person."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from hub.catalogue.online_editions import repository
from hub.catalogue.online_editions.fields import usable
from hub.catalogue.online_editions.models import Edition
from hub.core.clock import hub_clock
from hub.outreach.portal.portal_session import page, patrons_page


@require_safe
@patrons_page
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Redirect to the edition and count the use; only addresses in the catalogue are possible targets."""
    edition = Edition.objects.select_related("title").filter(pk=pk).first()
    if edition is None or not edition.offered or not usable(edition.url):
        title = edition.title if edition else None
        return page(request, "gone", {"title": title}, status=404 if edition is None else 410)
    if request.method == "GET":
        repository.count_opening(edition, timezone.localtime(hub_clock().now()).date())
    return HttpResponseRedirect(edition.url)
