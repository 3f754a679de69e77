"""Select the posters of a day and branch with the URLs that they lead to, and show their staff pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from django.db.models import Q
from django.forms import BooleanField, CheckboxSelectMultiple, FileField, ModelForm, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods
from PIL import Image, ImageOps, UnidentifiedImageError

from hub.core.clock import hub_clock
from hub.core.language import page_code, text_languages
from hub.core.pages import formatting
from hub.core.pages.formatting import qr
from hub.core.pages.page import page, report_success, staff_action, staff_only, staff_page
from hub.core.signed_links import public_url
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.models import Course, Session

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 12
"""Maximum number of posters on a kiosk at a time: further ones would not be seen."""
FORMS = ("JPEG", "PNG", "WEBP")
MOST_BYTES, MOST_PIXELS = 12 * 1024 * 1024, 40_000_000
LEAST, LARGEST = 300, 1600
"""Pixels that the shorter side needs, and that the longer one keeps: the most a kiosk's screen has."""
PAPER = (244, 239, 229)


def posters_on(today: date) -> QuerySet[Poster]:
    """Return the posters of this day without their pictures, the earliest to end first."""
    rows = Poster.objects.filter(first__lte=today, last__gte=today).defer("picture")
    return rows.exclude(event__shown=False).select_related("event").order_by("last", "pk")


def on_kiosks(branch: str, today: date) -> list[Poster]:
    """Return the posters for the kiosks of this branch."""
    here = Q(branches=None) | Q(branches__code=branch)
    return list(posters_on(today).filter(here, on_kiosks=True).distinct()[:MOST])


def dates(posters: list[Poster], now: datetime) -> dict[int, Session]:
    """Return each event's next date that is not over, with its count of places taken."""
    events = [each.event_id for each in posters if each.event_id]
    rows = Session.objects.filter(course__in=events, ends__gte=now, cancelled=False)
    return {each.course_id: each for each in programs.with_counts(rows).order_by("-begins", "-pk")}


def address(poster: Poster) -> str:
    """Return the public page of the poster, to which its QR code leads."""
    return event_address(poster.event_id) if poster.event_id else public_url("portal:poster", poster.pk)


def event_address(event: int) -> str:
    """Return the public URL of an event's page."""
    return public_url("portal:event", event)


def picture_address(poster: Poster) -> str:
    """Return the public URL of its picture; empty without a picture."""
    return f"{public_url('portal:picture', poster.pk)}?{poster.mark[:8]}" if poster.mark else ""


def set_picture(poster: Poster, picture: Picture | None) -> None:
    """Set or remove the picture of a poster."""
    poster.picture = picture.data if picture else None
    poster.mark = picture.mark if picture else ""
    poster.width, poster.height = (picture.width, picture.height) if picture else (0, 0)


def of_event(event: Course, now: datetime, today: date) -> Poster:
    """Return the event's poster, creating one with its texts that is shown until its last date."""
    found = Poster.objects.filter(event=event).first()
    if found is not None:
        return found
    last = Session.objects.filter(course=event, cancelled=False).order_by("-begins").first()
    until = max(today, last.begins.date()) if last else today
    return Poster.objects.create(
        event=event, title=event.name.cut(90), words=event.words.cut(300), first=today, last=until, made_at=now
    )


class BadPicture(ValueError):
    """The picture cannot be used. `args[0]` says why, and what would be right."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG without the metadata that cameras write."""

    data: bytes
    width: int
    height: int

    @property
    def mark(self) -> str:
        """SHA-256 of the JPEG, as hexadecimal digits."""
        return sha256(self.data).hexdigest()


def encode_picture(file: BinaryIO, size: int) -> Picture:
    """Return only the pixels of a picture: upright, on an opaque background and at most `LARGEST` wide or high.

    Raises:
        BadPicture: If it is too large or too small, or its format is not supported.
    """
    if size > MOST_BYTES:
        raise BadPicture(_("The picture is larger than 12 MB. Save a smaller one."))
    try:
        with Image.open(file, formats=FORMS) as found:
            if found.width * found.height > MOST_PIXELS:
                raise BadPicture(_("The picture has more than 40 million pixels. Save a smaller one."))
            if min(found.size) < LEAST:
                raise BadPicture(_("The picture is too small. Each side needs at least 300 pixels."))
            return _flatten(found)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, BadPicture):
            raise
        raise BadPicture(_("This file is not a readable picture. Use JPEG, PNG or WebP.")) from None


def _flatten(found: Image.Image) -> Picture:
    upright = ImageOps.exif_transpose(found).convert("RGBA")
    upright.thumbnail((LARGEST, LARGEST))
    whole = Image.new("RGB", upright.size, PAPER)
    whole.paste(upright, mask=upright.getchannel("A"))
    out = BytesIO()
    whole.save(out, "JPEG", quality=85, optimize=True)
    return Picture(out.getvalue(), whole.width, whole.height)


@dataclass(frozen=True, slots=True)
class PosterRow:
    """A poster in the list."""

    pk: int
    title: str
    words: str
    days: str
    branch: str
    state: str
    tone: str
    picture: str


@dataclass(frozen=True, slots=True)
class PosterText:
    """Content of the poster in one language."""

    language: str
    title: str
    words: str
    dates: str
    place: str
    scan: str


class PosterForm(ModelForm):
    file = FileField(label=gettext_lazy("Picture: JPEG, PNG or WebP"), required=False)
    without = BooleanField(label=gettext_lazy("no picture, text only"), required=False)

    class Meta:
        model = Poster
        fields = ("title", "words", "first", "last", "branches", "on_kiosks")
        widgets: ClassVar = {"branches": CheckboxSelectMultiple}

    def clean_file(self) -> Picture | None:
        given = self.cleaned_data["file"]
        if given is None:
            return None
        try:
            return encode_picture(given, given.size)
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
    return PosterRow(each.pk, str(each), str(each.words), days, where, state, tone, _picture(each))


def _picture(each: Poster) -> str:
    return f"{reverse('portal:picture', args=(each.pk,))}?{each.mark[:8]}" if each.mark else ""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def poster(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Edit a new or existing poster, and show it in each language."""
    today = formatting.today()
    found = get_object_or_404(Poster, pk=pk) if pk else None
    fresh = found or Poster(first=today, last=today, made_at=hub_clock().now())
    form = PosterForm(request.POST or None, request.FILES or None, instance=fresh)
    if request.method == "POST" and form.is_valid():
        row = _keep(form)
        return report_success(request, _("Saved"), reverse("campaigns:edit_poster", args=(row.pk,)))
    drawn = get_object_or_404(Poster, pk=pk) if pk else None
    context = {"poster": drawn, "form": form, **(_poster_context(drawn) if drawn else {})}
    return page(request, "posters", "campaigns/poster.html", context, 422 if form.errors else 200)


def _keep(form: PosterForm) -> Poster:
    row: Poster = form.save(commit=False)
    given = form.cleaned_data["file"]
    if given or form.cleaned_data["without"]:
        set_picture(row, given)
    row.save()
    form.save_m2m()
    return row


def _poster_context(found: Poster) -> dict[str, object]:
    link = address(found)
    date = dates([found], hub_clock().now()).get(found.event_id or 0)
    return {
        "spoken": [_localised_text(found, date, language) for language in text_languages()],
        "picture": _picture(found),
        "address": link,
        "qr": qr(link),
    }


def _localised_text(found: Poster, date: Session | None, language: str) -> PosterText:
    with translation.override(page_code(language)):
        when = formatting.date_and_time(date.begins) if date else ""
        place = ", ".join(part for part in (str(date.branch), date.room) if part) if date else ""
        scan = _("Scan to sign up") if found.event_id else _("Scan to read more")
        return PosterText(page_code(language), str(found.title), str(found.words), when, place, scan)


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
