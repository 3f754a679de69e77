"""Serve the staff pages of online editions: failed links, a title's editions, and usage counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django import forms
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from hub.catalogue.models import Edition, ReadOn, Title
from hub.catalogue.online_editions import link_checker, repository
from hub.catalogue.online_editions.fields import LONGEST, WORDS, usable
from hub.catalogue.online_editions.url_probe import LinkFault
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.formatting import Tone, qr
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page
from hub.core.signed_links import public_url

if TYPE_CHECKING:
    from django.db.models import QuerySet

DAYS = 30


class LinkForm(forms.Form):
    """An address as entered by staff."""

    url = forms.CharField(label=gettext_lazy("Web address"), max_length=LONGEST, strip=True)
    words = forms.CharField(label=gettext_lazy("Link text"), max_length=WORDS, required=False)

    def clean_url(self) -> str:
        found: str = self.cleaned_data["url"]
        if not usable(found):
            raise forms.ValidationError(_("Enter a web address that starts with http:// or https://."))
        return found


@staff_page
def editions(request: HttpRequest) -> HttpResponse:
    """List the failed links, or all titles with online editions and their usage."""
    dead, show, words = repository.dead(), request.GET.get("show", ""), request.GET.get("q", "").strip()
    show = show if show in ("dead", "all") else ("dead" if dead.exists() else "all")
    tabs = (("dead", _("Unreachable")), ("all", _("All e-editions")))
    context: dict[str, object] = {"tabs": tabs, "show": show, "q": words}
    if wants_csv(request):
        return _dead_csv(dead) if show == "dead" else _titles_csv(_titles(words))
    if show == "dead":
        found = paginate(request, dead.select_related("title").order_by("failing_since", "pk"))
        context |= {"found": found, "rows": [OnlineEditionRow.from_edition(each) for each in found]}
    else:
        found = paginate(request, _titles(words))
        counts = dict(_recent().filter(title__in=list(found)).order_by().values_list("title").annotate(Sum("count")))
        context |= {"found": found, "titles": [(each, counts.get(each.pk, 0)) for each in found]}
    read = _recent().aggregate(all=Sum("count"))["all"] or 0
    context |= {"read": read, "offered": repository.offered_editions().count(), "dead": dead.count()}
    return page(request, "editions", "online_editions/editions.html", context)


def _titles(words: str) -> QuerySet[Title]:
    found = Title.objects.filter(Exists(Edition.objects.filter(title=OuterRef("pk"))))
    if words:
        found = found.filter(Q(title__icontains=words) | Q(author__icontains=words) | Q(isbns__isbn13=words)).distinct()
    return found.annotate(links=Count("editions", distinct=True)).order_by("title", "pk")


def _dead_csv(dead: QuerySet[Edition]) -> HttpResponse:
    heading = (_("Title"), _("Link text"), _("Web address"), _("State"), _("Details"))
    links = dead.select_related("title").order_by("failing_since", "pk").iterator()
    found = map(OnlineEditionRow.from_edition, links)
    rows = ((each.edition.title.title, each.edition.words, each.edition.url, each.state, each.note) for each in found)
    return download("e-editions", heading, rows)


def _titles_csv(titles: QuerySet[Title]) -> HttpResponse:
    counts = dict(_recent().order_by().values_list("title").annotate(Sum("count")))
    heading = (_("Title"), pgettext("column", "Author"), _("E-editions"), _("Opened in 30 days"))
    rows = ((each.title, each.author, each.links, counts.get(each.pk, 0)) for each in titles.iterator())
    return download("e-editions", heading, rows)


def _recent() -> QuerySet[ReadOn]:
    """Return the counts of the last `DAYS` days."""
    return ReadOn.objects.filter(day__gt=formatting.today() - timedelta(days=DAYS))


@staff_page
def of_title(request: HttpRequest, pk: int) -> HttpResponse:
    return _render_editions(request, get_object_or_404(Title, pk=pk), LinkForm())


@staff_action
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an address by hand."""
    title, form = get_object_or_404(Title, pk=pk), LinkForm(request.POST)
    if not form.is_valid():
        return _render_editions(request, title, form, 422)
    try:
        with transaction.atomic():
            Edition.objects.create(title=title, **form.cleaned_data)
    except IntegrityError:
        form.add_error("url", _("This title already has this address."))
        return _render_editions(request, title, form, 422)
    return report_success(request, _("Added. Patrons can now open it."), _home(title.pk))


@staff_action
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Replace the address, and check it at once."""
    edition = get_object_or_404(Edition.objects.select_related("title"), pk=pk)
    home, form = _home(edition.title_id), LinkForm({"words": edition.words, **request.POST.dict()})
    if not form.is_valid():
        return report_error(request, " ".join(each for found in form.errors.values() for each in found), home)
    if Edition.objects.filter(title=edition.title_id, url=form.cleaned_data["url"]).exclude(pk=pk).exists():
        return report_error(request, _("This title already has this address."), home)
    edition.url, edition.words, edition.removed = form.cleaned_data["url"], form.cleaned_data["words"], False
    edition.failures, edition.failing_since, edition.failed_on = 0, None, None
    edition.save()
    return _check_edition(request, edition)


@staff_action
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the address now."""
    return _check_edition(request, get_object_or_404(Edition, pk=pk))


@staff_action
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Hide the edition. It is kept, so that the record does not bring it back."""
    edition = get_object_or_404(Edition, pk=pk)
    Edition.objects.filter(pk=pk).update(removed=True)
    return report_success(
        request, _("Removed."), _home(edition.title_id), reverse("online_editions:put_back", args=(pk,))
    )


@staff_action
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    edition = get_object_or_404(Edition, pk=pk)
    Edition.objects.filter(pk=pk).update(removed=False)
    return report_success(request, _("Restored."), _home(edition.title_id))


def _check_edition(request: HttpRequest, edition: Edition) -> HttpResponse:
    link_checker.check([edition], link_checker.the_probe(), hub_clock().now())
    row = OnlineEditionRow.from_edition(edition)
    if edition.fault:
        return report_error(request, f"{edition.url}: {row.state}", _home(edition.title_id))
    return report_success(request, _("Reachable. Patrons can open it."), _home(edition.title_id))


def _home(title: int) -> str:
    return reverse("online_editions:of_title", args=(title,))


def _render_editions(request: HttpRequest, title: Title, form: LinkForm, status: int = 200) -> HttpResponse:
    rows = [OnlineEditionRow.from_edition(each) for each in title.editions.all()]
    days = _recent().filter(title=title)
    return page(request, "editions", "online_editions/title.html", {
        "title": title,
        "rows": rows,
        "codes": [(each.edition, qr(address(each.edition.pk))) for each in rows if each.edition.offered],
        "days": [(formatting.day(each.day), each.count) for each in days],
        "total": sum(each.count for each in days),
        "form": form,
    }, status)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OnlineEditionRow:
    """An online edition as a row of a staff page, with its origin and state in words."""

    edition: Edition
    origin: str
    tone: Tone
    state: str
    note: str

    @staticmethod
    def from_edition(edition: Edition) -> OnlineEditionRow:
        return OnlineEditionRow(edition, _origin(edition), *_state(edition), _note(edition))


def _origin(edition: Edition) -> str:
    if not edition.in_record:
        return _("entered by staff")
    return _("from the record") if edition.url == edition.in_record else _("from the record, corrected by staff")


def address(edition: int) -> str:
    """Return the URL that phones open: at the hub, which counts the use and redirects."""
    return public_url("portal:read_edition", edition)


def _state(edition: Edition) -> tuple[Tone, str]:
    if edition.removed:
        return Tone.STOP, _("Removed")
    if edition.checked_at is None:
        return Tone.CLOCK, _("Not checked yet")
    fault = LinkFault(edition.fault)
    if fault is LinkFault.NONE:
        return Tone.DONE, _("Reachable")
    words = {
        LinkFault.GONE: _("Page not found ({status})").format(status=edition.status),
        LinkFault.STATUS: _("The site returns an error ({status})").format(status=edition.status),
        LinkFault.NO_HOST: _("Site not found"),
        LinkFault.NO_ANSWER: _("No response from the site"),
        LinkFault.TLS: _("The site's certificate is not valid"),
        LinkFault.REDIRECTS: _("Redirect loop"),
        LinkFault.INSIDE: _("Address in a private network not configured in the hub"),
        LinkFault.NO_ADDRESS: _("Redirects to something other than a web address"),
    }[fault]
    return (Tone.LOOK if edition.offered else Tone.STOP), words


def _note(edition: Edition) -> str:
    if edition.checked_at is None or edition.removed:
        return ""
    if not edition.fault:
        return _("Checked {when}").format(when=formatting.date_and_time(edition.checked_at))
    nights = ngettext("{count} night in a row", "{count} nights in a row", edition.failures)
    since = _("unreachable since {when}").format(when=formatting.date_and_time(edition.failing_since))
    parts = (since, nights.format(count=edition.failures), "" if edition.offered else _("hidden from patrons"))
    return " · ".join(each for each in parts if each)
