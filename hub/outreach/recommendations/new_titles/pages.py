"""Serve the staff page of new titles: digest preview, recipients, remarks, settings and sending."""

from __future__ import annotations

from dataclasses import dataclass

from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from hub.outreach.messaging.message_templates import LANGUAGES
from hub.outreach.messaging.reach_estimate import reach
from hub.outreach.messaging.rendering import Renderer
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.new_titles import digest, listing
from hub.outreach.recommendations.new_titles.models import DigestFrequency, DigestSettings, DigestSubscription, Remark

NAMES = {"zh": "中文", "en": "English"}
STOP = "https://library.example/p/stop/"
ROWS = 30


@dataclass(frozen=True, slots=True)
class NewTitleRow:
    """New title in the list. `inside` is True if it is in the previewed digest."""

    title: int
    words: str
    author: str
    when: str
    zh: str
    en: str
    out: bool
    inside: bool


class TermsForm(ModelForm):
    class Meta:
        model = DigestSettings
        fields = ("weekday", "moment", "most", "on")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in ("weekday", "moment", "most"):
            self.fields[name].widget.attrs["class"] = "field"
        self.fields["moment"].widget.format = "%H:%M"


class LineForm(ModelForm):
    class Meta:
        model = Remark
        fields = ("zh", "en")


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Show the new titles, the preview of the digest and its settings."""
    return _render_new_titles(request, TermsForm(instance=DigestSettings.now()))


@staff_action
def terms(request: HttpRequest) -> HttpResponse:
    """Save when the digest is sent and its length."""
    form = TermsForm(request.POST, instance=DigestSettings.now())
    if not form.is_valid():
        return _render_new_titles(request, form, 422)
    form.save()
    return report_success(request, _("Saved. Nothing was sent."), _home())


@staff_action
def send(request: HttpRequest) -> HttpResponse:
    """Send the digest now to all patrons for whom it is due."""
    count = digest.send(hub_clock().now())
    if not count:
        return report_error(request, _("No patron needs a digest now. Nothing was sent."), _home())
    words = ngettext("Digest sent to {count} patron.", "Digest sent to {count} patrons.", count)
    return report_success(request, words.format(count=f"{count:,}"), _home())


@staff_action
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the remark of staff on a title."""
    title = get_object_or_404(Title, pk=pk)
    form = LineForm(request.POST, instance=Remark.objects.filter(title=title).first() or Remark(title=title))
    if not form.is_valid():
        faults = " ".join(each for found in form.errors.values() for each in found)
        return report_error(request, f"{title.title}: {faults}", _home())
    form.save()
    return report_success(request, _("The comment on “{title}” is saved.").format(title=title.title), _home())


@staff_action
def leave_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a title out of the digest and the public list."""
    title = get_object_or_404(Title, pk=pk)
    Remark.objects.update_or_create(title=title, defaults={"out": True})
    undo = reverse("new_titles:put_back", args=(pk,))
    return report_success(request, _("“{title}” is excluded.").format(title=title.title), _home(), undo)


@staff_action
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    title = get_object_or_404(Title, pk=pk)
    Remark.objects.filter(title=title).update(out=False)
    return report_success(request, _("“{title}” is listed again.").format(title=title.title), _home())


@staff_action
def every(request: HttpRequest, pk: int) -> HttpResponse:
    """Save how often the patron wants the digest."""
    person, chosen = get_object_or_404(Person, pk=pk), request.POST.get("every", "")
    if chosen not in DigestFrequency.values:
        raise Http404
    DigestSubscription.objects.update_or_create(person=person, defaults={"every": chosen})
    words = _("Digest of new titles: {every}.").format(every=DigestFrequency(chosen).label)
    return report_success(request, words, reverse("staff:patron_of", args=(person.ref,)))


def panel(request: HttpRequest, ref: str) -> tuple[str, dict[str, object]] | None:
    """Return the digest panel of the patron page; None without consent."""
    person = Person.objects.filter(ref=ref).first()
    if person is None or not consents.has_consented(person, Purpose.DIGEST):
        return None
    reader = DigestSubscription.objects.filter(person=person).first() or DigestSubscription()
    upto = formatting.date_and_time(reader.upto)
    return "new_titles/panel.html", {
        "person": person,
        "choices": DigestFrequency.choices,
        "reader": reader,
        "upto": upto,
    }


def _home() -> str:
    return reverse("new_titles:overview")


def _render_new_titles(request: HttpRequest, form: TermsForm, status: int = 200) -> HttpResponse:
    now, kept = hub_clock().now(), DigestSettings.now()
    new = list(listing.public_arrivals(now - digest.SPAN[DigestFrequency.WEEKLY], now)[: kept.most])
    due = digest.due(now)
    context = {
        "previews": [_preview(each, new) for each in LANGUAGES] if new else [],
        "rows": _rows({each.pk for each in new}),
        "reach": reach((each.person for each in due), MessageKind.DIGEST),
        "agreed": len(consents.all_given(Purpose.DIGEST)),
        "next": formatting.date_and_time(digest.next_usual(now, kept)) if kept.on else "",
        "form": form,
    }
    return page(request, "new_titles", "new_titles/digest.html", context, status)


def _rows(inside: set[int]) -> list[NewTitleRow]:
    now = hub_clock().now()
    titles = list(listing.arrivals(now - listing.DAYS, now)[:ROWS])
    out = set(Remark.objects.filter(title__in=titles, out=True).values_list("title_id", flat=True))
    return [
        NewTitleRow(
            title=each.title,
            words=each.words,
            author=each.author,
            when=formatting.day(each.added_at),
            zh=each.line["zh"],
            en=each.line["en"],
            out=each.title in out,
            inside=each.title in inside,
        )
        for each in listing.with_remarks(titles)
    ]


def _preview(language: str, titles: list[Title]) -> dict[str, object]:
    words = Renderer().words(MessageKind.DIGEST, language, digest.facts(titles), STOP)
    return {"language": language, "name": NAMES[language], "subject": words.subject, "mail": _inside(words.html)}


def _inside(html: str) -> SafeString:
    """Return the body of a message rendered by the hub itself; it is safe to embed for that reason."""
    return mark_safe(html.partition("<body")[2].partition(">")[2].partition("</body>")[0])
