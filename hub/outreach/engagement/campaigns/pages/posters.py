"""Show the pages of posters: the list, a poster with its picture and QR code, and an A4 sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.forms import BooleanField, CheckboxSelectMultiple, FileField, ModelForm, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_success
from hub.core.pages.page import page
from hub.core.pages.qr_code import qr
from hub.core.pages.staff_access import staff_action, staff_only, staff_page
from hub.outreach.engagement.campaigns import image_encoding
from hub.outreach.engagement.campaigns import posters as known
from hub.outreach.engagement.campaigns.image_encoding import BadPicture, Picture
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback.models import Session
from hub.outreach.messaging.rendering import SPOKEN


@dataclass(frozen=True, slots=True)
class PosterRow:
    """A poster in the list."""

    pk: int
    title: str
    words: str
    days: str
    where: str
    state: str
    tone: str
    picture: str


@dataclass(frozen=True, slots=True)
class PosterText:
    """Content of the poster in one language."""

    language: str
    title: str
    words: str
    when: str
    place: str
    scan: str


class PosterForm(ModelForm):
    file = FileField(label=gettext_lazy("picture: JPEG, PNG or WebP"), required=False)
    without = BooleanField(label=gettext_lazy("no picture, text only"), required=False)

    class Meta:
        model = Poster
        fields = ("title", "title_en", "words", "words_en", "first", "last", "branches", "on_kiosks")
        widgets: ClassVar = {"branches": CheckboxSelectMultiple}

    def clean_file(self) -> Picture | None:
        given = self.cleaned_data["file"]
        if given is None:
            return None
        try:
            return image_encoding.encode_picture(given, given.size)
        except BadPicture as bad:
            raise ValidationError(str(bad)) from None

    def clean_last(self) -> date:
        first, last = self.cleaned_data.get("first"), self.cleaned_data["last"]
        if first and last < first:
            raise ValidationError(_("The last day must not be before the first day."))
        return last


@staff_page
def posters(request: HttpRequest) -> HttpResponse:
    """List current and future posters, or past ones."""
    over, today = request.GET.get("show") == "over", formatting.today()
    found = Poster.objects.defer("picture").prefetch_related("branches")
    rows = found.filter(last__lt=today)[:50] if over else found.filter(last__gte=today)
    return page(request, "posters", "campaigns/posters.html", {
        "show": "over" if over else "now",
        "tabs": (("now", _("Current and upcoming")), ("over", _("Ended"))),
        "rows": [_row(each, today) for each in rows],
    })  # fmt: skip


def _row(each: Poster, today: date) -> PosterRow:
    names = [str(branch) for branch in each.branches.all()] or [_("all branches")]
    if each.has_ended(today):
        state, tone = _("Ended"), "look"
    else:
        state, tone = (_("Showing now"), "done") if each.has_begun(today) else (_("Not yet shown"), "clock")
    where = pgettext("list", ", ").join(names) if each.on_kiosks else _("not on kiosks")
    days = f"{formatting.day(each.first)} – {formatting.day(each.last)}"
    return PosterRow(each.pk, str(each), each.text_in_language("words"), days, where, state, tone, _picture(each))


def _picture(each: Poster) -> str:
    return f"{reverse('portal:picture', args=(each.pk,))}?{each.mark[:8]}" if each.mark else ""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def poster(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Edit a new or existing poster, and show it in both languages."""
    today = formatting.today()
    found = get_object_or_404(Poster, pk=pk) if pk else None
    fresh = found or Poster(first=today, last=today, made_at=hub_clock().now())
    form = PosterForm(request.POST or None, request.FILES or None, instance=fresh)
    if request.method == "POST" and form.is_valid():
        kept = _keep(form)
        return report_success(request, _("Saved"), reverse("campaigns:edit_poster", args=(kept.pk,)))
    drawn = get_object_or_404(Poster, pk=pk) if pk else None
    context = {"poster": drawn, "form": form, **(_poster_context(drawn) if drawn else {})}
    return page(request, "posters", "campaigns/poster.html", context, 422 if form.errors else 200)


def _keep(form: PosterForm) -> Poster:
    kept: Poster = form.save(commit=False)
    given = form.cleaned_data["file"]
    if given or form.cleaned_data["without"]:
        known.set_picture(kept, given)
    kept.save()
    form.save_m2m()
    return kept


def _poster_context(found: Poster) -> dict[str, object]:
    address = known.address(found)
    date = known.dates([found], hub_clock().now()).get(found.event_id or 0)
    return {
        "spoken": [_localised_text(found, date, language) for language in SPOKEN],
        "picture": _picture(found),
        "address": address,
        "qr": qr(address),
    }


def _localised_text(found: Poster, date: Session | None, language: str) -> PosterText:
    with translation.override(SPOKEN[language]):
        when = formatting.date_and_time(date.begins) if date else ""
        place = ", ".join(part for part in (str(date.branch), date.room) if part) if date else ""
        scan = _("Scan to sign up") if found.event_id else _("Scan to read more")
        return PosterText(
            SPOKEN[language], found.text_in_language("title"), found.text_in_language("words"), when, place, scan
        )


@staff_page
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an A4 page to print, with the QR code of the poster's page."""
    found = get_object_or_404(Poster, pk=pk)
    return page(request, "posters", "campaigns/sheet.html", {"poster": found, **_poster_context(found)})


@staff_action
def take_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete the poster and its public page; its event remains."""
    found = get_object_or_404(Poster, pk=pk)
    found.delete()
    return report_success(request, _("“{title}” is removed.").format(title=str(found)), reverse("campaigns:posters"))
