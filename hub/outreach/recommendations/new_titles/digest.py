"""Compile and queue the digest of new titles, and show its staff page and panel.

The page has a preview, the recipients, remarks on the titles, the settings, and sending at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.language import in_text_languages, text_languages
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.core.signed_links import public_url
from hub.core.texts import TextInput
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.enqueue import Fact, queue_messages, queued_keys
from hub.outreach.messaging.models import Unsubscription
from hub.outreach.messaging.reach_estimate import reach
from hub.outreach.messaging.rendering import Renderer
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.new_titles import listing
from hub.outreach.recommendations.new_titles.models import DigestFrequency, DigestSettings, DigestSubscription, Remark
from hub.outreach.recommendations.reading_profiles import recommendation_picker, subjects
from hub.outreach.recommendations.reading_profiles.models import Interest
from lending.languages import languages

SPAN = {DigestFrequency.WEEKLY: timedelta(days=7), DigestFrequency.MONTHLY: timedelta(days=31)}
"""Period that a first digest covers, and validity of a digest message."""
CHOSEN_FROM = 500
"""Newest titles from which those matching a patron's interests are chosen."""
BATCH = 200
"""Persons per database transaction."""
STOP = "https://library.example/p/stop/"
ROWS = 30


@dataclass(frozen=True, slots=True)
class Due:
    """Digest that is due for a person. `titles` has 1 to `DigestSettings.most` entries."""

    person: Person
    every: DigestFrequency
    key: str
    titles: tuple[Title, ...]


def period(every: DigestFrequency, day: date) -> str:
    """Return the key of the week or month, in which a person gets at most one digest."""
    if every == DigestFrequency.MONTHLY:
        return f"{day:%Y-%m}"
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def usual_day(every: DigestFrequency, day: date, weekday: int) -> date:
    """Return the usual sending day of the week or month of `day`."""
    if every == DigestFrequency.MONTHLY:
        first = day.replace(day=1)
        return first + timedelta(days=(weekday - first.weekday()) % 7)
    return day + timedelta(days=weekday - day.weekday())


def next_usual(now: datetime, terms: DigestSettings) -> datetime:
    """Return when the next weekly digest is sent automatically."""
    zone = ZoneInfo(the_central().time_zone())
    today = now.astimezone(zone).date()
    at = datetime.combine(usual_day(DigestFrequency.WEEKLY, today, terms.weekday), terms.moment, zone)
    return at if at > now else datetime.combine(at.date() + timedelta(days=7), terms.moment, zone)


def due(now: datetime, *, by_itself: bool = False) -> list[Due]:
    """Return the digests due now: consent, none sent in this week or month, and new titles.

    `by_itself` leaves out persons whose usual day has not come yet.
    """
    agreed = consents.all_given(Purpose.DIGEST)
    agreed -= set(Unsubscription.objects.filter(kind=MessageKind.DIGEST).values_list("person_id", flat=True))
    keys = sorted(agreed)
    found: list[Due] = []
    for at in range(0, len(keys), BATCH):
        found += _due(keys[at : at + BATCH], now, by_itself)
    return found


def _due(keys: Sequence[int], now: datetime, by_itself: bool) -> list[Due]:
    terms, today = DigestSettings.now(), now.astimezone(ZoneInfo(the_central().time_zone())).date()
    readers = {each.person_id: each for each in DigestSubscription.objects.filter(person__in=keys)}
    asked = []
    for person in Person.objects.filter(pk__in=keys).select_related("guardian").order_by("pk"):
        reader = readers.get(person.pk) or DigestSubscription(person=person)
        every = DigestFrequency(reader.every)
        if not by_itself or today >= usual_day(every, today, terms.weekday):
            asked.append((person, every, reader.upto or now - SPAN[every], f"{period(every, today)} {person.pk}"))
    sent = queued_keys(MessageKind.DIGEST, (each[3] for each in asked))
    asked = [each for each in asked if each[3] not in sent]
    if not asked:
        return []
    new = list(listing.public_arrivals(min(each[2] for each in asked), now)[:CHOSEN_FROM])
    classes = {each: subjects.codes(each) for each in new}
    liked = _interests_of([person.pk for person, _every, _after, _key in asked])
    found = []
    for person, every, after, key in asked:
        titles = _choose({each: classes[each] for each in new if each.added_at > after}, liked[person.pk], terms.most)
        if titles:
            found.append(Due(person, every, key, titles))
    return found


def _interests_of(people: Iterable[int]) -> Mapping[int, Mapping[str, float]]:
    """Return by person the interests with weights; none without consent to history and recommendations."""
    found: dict[int, dict[str, float]] = defaultdict(dict)
    rows = Interest.objects.filter(person__in=recommendation_picker.all_allowed(set(people)))
    for person, subject, weight in rows.exclude(source=Interest.Source.REMOVED).values_list(
        "person_id", "subject", "weight"
    ):
        found[person][subject] = weight
    return found


def _choose(new: Mapping[Title, tuple[str, ...]], liked: Mapping[str, float], most: int) -> tuple[Title, ...]:
    """Return up to `most` titles, given with their classes: those of the strongest interests first, then the newest."""
    order = sorted(new, key=lambda title: -sum(liked.get(code, 0.0) for code in new[title])) if liked else new
    return tuple(islice(order, most))


def facts(titles: Iterable[Title]) -> dict[str, Fact]:
    """Return the data for the text of a digest."""
    new = listing.with_remarks(titles)
    return {
        "items": [{"work": each.title, "words": each.named, "note": each.line, "url": each.url} for each in new],
        "heading": in_text_languages(lambda: _("New titles")),
        "count": len(new),
        "link": public_url("portal:new"),
    }


def send(now: datetime, at: datetime | None = None, *, by_itself: bool = False) -> int:
    """Queue the digests that are due, once per week or month; return how many."""
    found = due(now, by_itself=by_itself)
    for begin in range(0, len(found), BATCH):
        _send(found[begin : begin + BATCH], now, at)
    return len(found)


@atomic
def _send(batch: Sequence[Due], now: datetime, at: datetime | None) -> None:
    for every, span in SPAN.items():
        digests = [(each.person, each.key, facts(each.titles)) for each in batch if each.every == every]
        queue_messages(MessageKind.DIGEST, digests, at=at, until=(at or now) + span)
    DigestSubscription.objects.bulk_create(
        (DigestSubscription(person=each.person, every=each.every, upto=now) for each in batch),
        update_conflicts=True,
        unique_fields=("person",),
        update_fields=("upto",),
    )


def nightly(now: datetime) -> int:
    """Queue the digests due today for the usual time. A missed night is caught up on."""
    terms = DigestSettings.now()
    if not terms.on:
        return 0
    zone = ZoneInfo(the_central().time_zone())
    at = datetime.combine(now.astimezone(zone).date(), terms.moment, zone)
    return send(now, max(now, at), by_itself=True)


@dataclass(frozen=True, slots=True)
class NewTitleRow:
    """New title in the list. `inside` is True if it is in the previewed digest."""

    title: int
    words: str
    author: str
    date: str
    line: list[TextInput]
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
        fields = ("words",)


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Show the new titles, the preview of the digest and its settings; with `send`, who would receive it now."""
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
def send_now(request: HttpRequest) -> HttpResponse:
    """Send the digest now to all patrons for whom it is due."""
    count = send(hub_clock().now())
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
    now, digest = hub_clock().now(), DigestSettings.now()
    new = list(listing.public_arrivals(now - SPAN[DigestFrequency.WEEKLY], now)[: digest.most])
    context = {
        "previews": [_preview(each, new) for each in text_languages()] if new else [],
        "rows": _rows({each.pk for each in new}),
        "reach": reach((each.person for each in due(now)), MessageKind.DIGEST) if "send" in request.GET else None,
        "agreed": len(consents.all_given(Purpose.DIGEST)),
        "next": formatting.date_and_time(next_usual(now, digest)) if digest.on else "",
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
            date=formatting.day(each.added_at),
            line=LineForm(instance=Remark(words=each.line))["words"].inputs,
            out=each.title in out,
            inside=each.title in inside,
        )
        for each in listing.with_remarks(titles)
    ]


def _preview(language: str, titles: list[Title]) -> dict[str, object]:
    words = Renderer().words(MessageKind.DIGEST, language, facts(titles), STOP)
    return {
        "language": language,
        "name": languages()[language].name,
        "subject": words.subject,
        "mail": _inside(words.html),
    }


def _inside(html: str) -> SafeString:
    """Return the body of a message rendered by the hub itself; it is safe to embed for that reason."""
    return mark_safe(html.partition("<body")[2].partition(">")[2].partition("</body>")[0])
