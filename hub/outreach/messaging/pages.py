"""Serve the staff pages of messages: their delivery without the texts, the channels, and the texts of each kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.core.clock import hub_clock
from hub.core.language import language_names, page_code, page_text_language, text_languages
from hub.core.pages import formatting
from hub.core.pages.csv_download import batches, download, wants_csv
from hub.core.pages.page import page, paginate, report_success, staff_action, staff_page
from hub.outreach.messaging.channels import registry
from hub.outreach.messaging.channels.registry import SENT_OUT
from hub.outreach.messaging.message_templates import (
    FORMS,
    BadWording,
    Template,
    check_template,
    fields,
    samples,
    shipped_texts,
    templates,
    unusable,
)
from hub.outreach.messaging.models import Delivery, Message, Pause, Rating, Wording
from hub.outreach.messaging.reasons import reason
from hub.outreach.messaging.rendering import RenderedMessage, Renderer
from hub.outreach.messaging.settings import FILE, BadChannels, Channels, channels
from hub.outreach.messaging.unsubscribe import CANNOT
from hub.outreach.patrons.channels import BadAddress, Channel
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons, masked_text
from hub.outreach.patrons.purposes import MessageKind
from lending.languages import SOURCES, languages

State = Message.State
SHOWN: dict[str, tuple[object, ...]] = {
    "open": (State.WAITING, State.UNDERWAY),
    "failed": (State.GIVEN_UP,),
    "said": (State.SAID,),
    "withheld": (State.WITHHELD,),
}
TONES = {
    State.WAITING: "clock",
    State.UNDERWAY: "ring",
    State.SAID: "done",
    State.GIVEN_UP: "stop",
    State.WITHHELD: "look",
}
MOST = 8
QUARTER = timedelta(days=91)
STOP = "https://library.example/p/stop/"


@dataclass(frozen=True, slots=True)
class MessageRow:
    kind: str
    patron: MaskedPatron | None
    tone: str
    state: str
    reason: str
    advice: str
    way: str
    tries: str
    time: str


@staff_page
def log(request: HttpRequest) -> HttpResponse:
    """List messages by state, newest first: by completion, or by creation if they are open."""
    show = request.GET.get("show", "open")
    show = show if show in SHOWN else "open"
    order = ("-id",) if show == "open" else ("-done_at", "-id")
    asked = Message.objects.filter(state__in=SHOWN[show]).select_related("person").order_by(*order)
    if wants_csv(request):
        return _messages_csv(asked)
    found = paginate(request, asked)
    tabs = (
        ("open", _("Sending")),
        ("failed", _("Not delivered")),
        ("said", _("Delivered")),
        ("withheld", _("Withheld")),
    )
    context = {
        "found": found,
        "ratings": _ratings(),
        "rows": _message_rows(list(found)),
        "tabs": tabs,
        "show": show,
    }
    return page(request, "messages", "messaging/log.html", context)


def _messages_csv(messages: "QuerySet[Message]") -> HttpResponse:
    """Return the messages as CSV, as the page shows them: without their texts, and with patrons masked."""
    heading = (_("Message"), _("Patron"), _("State"), _("Reason"), _("Channel"), _("Time"))
    rows = (
        (row.kind, masked_text(row.patron), row.state, row.reason, row.way, row.time)
        for some in batches(messages)
        for row in _message_rows(some)
    )
    return download("messages", heading, rows)


def _ratings() -> list[tuple[str, list[tuple[str, int]]]]:
    """Return the patrons' ratings of the last quarter as counts by kind."""
    since = hub_clock().now() - QUARTER
    found = Rating.objects.filter(at__gt=since).values_list("message__kind", "says").order_by()
    counts = {(kind, says): count for kind, says, count in found.annotate(count=Count("pk"))}
    kinds = [each for each in MessageKind if any(kind == each for kind, _says in counts)]
    return [
        (str(kind.label), [(str(says.label), counts.get((kind, says), 0)) for says in Rating.Says]) for kind in kinds
    ]


def panel(request: HttpRequest, ref: str) -> tuple[str, Mapping[str, object]] | None:
    """Return a patron's latest messages as a panel; None if there are none."""
    found = list(Message.objects.filter(person__ref=ref).select_related("person").order_by("-id")[:MOST])
    return ("messaging/panel.html", {"rows": _message_rows(found)}) if found else None


def _message_rows(messages: list[Message]) -> list[MessageRow]:
    """Build the rows of the messages for a list."""
    attempts: dict[int, list[Delivery]] = {}
    for each in Delivery.objects.filter(message__in=[message.pk for message in messages]).order_by("number"):
        attempts.setdefault(each.message_id, []).append(each)
    patrons = masked_patrons(each.person for each in messages)
    return [_message_row(each, patrons.get(each.person.ref), attempts.get(each.pk, [])) for each in messages]


def _message_row(message: Message, patron: MaskedPatron | None, attempts: list[Delivery]) -> MessageRow:
    last = attempts[-1] if attempts else None
    code = message.why or (last.code if last and message.state != State.SAID else "")
    if code in ("again", "all_failed") and last and last.code:
        code = last.code
    text = reason(code) if code else None
    return MessageRow(
        kind=str(message.get_kind_display()),
        patron=patron,
        tone=TONES[State(message.state)],
        state=str(message.get_state_display()),
        reason=text.summary if text else "",
        advice=text.advice if text else "",
        way=str(last.get_channel_display()) if last else "",
        tries=_("{count} attempts").format(count=len(attempts)) if len(attempts) > 1 else "",
        time=formatting.date_and_time(message.done_at or message.next_at),
    )


@dataclass(frozen=True, slots=True)
class ChannelRow:
    code: str
    name: str
    tone: str
    state: str
    note: str
    advice: str
    waiting: int
    is_on: bool


@staff_page
def channels_page(request: HttpRequest) -> HttpResponse:
    """List the channels."""
    return _render_channels(request)


@staff_action
def test_channel(request: HttpRequest, channel: str) -> HttpResponse:
    """Send a test message to the posted address, and show the result."""
    address = request.POST.get("address", "").strip()
    try:
        tested = registry.send_test(channel, address, page_text_language(), channels())
    except (BadAddress, BadChannels) as error:
        return _render_channels(request, registry.ChannelTestResult(False, str(error)), channel, 422)
    return _render_channels(request, tested, channel)


def _render_channels(
    request: HttpRequest, tested: registry.ChannelTestResult | None = None, channel: str = "", status: int = 200
) -> HttpResponse:
    fault, found = "", Channels()
    try:
        found = channels()
    except BadChannels as error:
        fault = str(error)
    on = registry.enabled_channels(found)
    context = {
        "rows": [_channel_row(each, each in on) for each in SENT_OUT],
        "tested": tested,
        "tested_channel": str(Channel(channel).label) if channel in Channel.values else "",
        "fault": fault,
        "file": FILE,
        "quiet": f"{found.quiet_from:%H:%M}–{found.quiet_to:%H:%M}",
        "most": found.marketing_most,
        "days": found.marketing_days,
    }
    return page(request, "messages", "messaging/channels.html", context, status=status)


def _channel_row(channel: str, on: bool) -> ChannelRow:
    pause = Pause.objects.filter(channel=channel, until__gt=hub_clock().now()).first() if on else None
    waiting = Delivery.objects.filter(channel=channel, state=Delivery.State.PENDING).count()
    name = str(Channel(channel).label)
    if pause is not None:
        text = reason(pause.code)
        state = _("Paused until {when}").format(when=formatting.date_and_time(pause.until))
        return ChannelRow(
            channel, name, "stop", state, f"{text.summary}. {pause.words}".strip(), text.advice, waiting, on
        )
    state = _("Available") if on else _("Off")
    return ChannelRow(channel, name, "done" if on else "ring", state, "", "", waiting, on)


@dataclass(frozen=True, slots=True)
class TemplatePreview:
    """One language of a kind: the rendered message, the text behind it, and the faults of the text."""

    language: str
    name: str
    words: RenderedMessage
    texts: dict[str, str]
    mail: SafeString
    faults: tuple[str, ...] = ()
    is_own: bool = False


@staff_page
def kinds_page(request: HttpRequest) -> HttpResponse:
    """List the kinds with their subjects in each language of the library."""
    renderer = Renderer()
    own = set(Wording.objects.values_list("kind", flat=True))
    rows = [
        {
            "kind": each,
            "name": each.label,
            "subjects": [renderer.words(each, language, samples(each)).subject for language in text_languages()],
            "marketing": each.marketing,
            "own": each in own,
        }
        for each in MessageKind
    ]
    return page(
        request,
        "messages",
        "messaging/kinds.html",
        {
            "rows": rows,
            "languages": language_names(text_languages()),
            "unusable": unusable(),
        },
    )


@staff_page
def kind_page(request: HttpRequest, kind: str) -> HttpResponse:
    """Show one kind as it arrives, in each language of the library."""
    return _render_words(request, _message_kind(kind))


@staff_action
def change_texts(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Save the library's own text after a preview; an unusable text is shown with its faults."""
    found = _message_kind(kind)
    if language not in text_languages():
        raise Http404
    texts = {form: request.POST.get(form, "").replace("\r\n", "\n").strip() for form in FORMS}
    faults, read = [], {}
    for form, text in texts.items():
        try:
            read[form] = check_template(found, text, str(Wording.Form(form).label))
        except BadWording as error:
            faults.append(str(error))
    if faults:
        return _render_words(request, found, language, texts, tuple(faults))
    if "keep" not in request.POST:
        return _render_words(request, found, language, texts, use=read)
    _keep(found, language, texts, request.user.get_username())
    return report_success(request, _("Text saved."), reverse("messaging:kind", args=(kind,)))


@staff_action
def reset_texts(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Restore the shipped text."""
    Wording.objects.filter(kind=_message_kind(kind), language=language).delete()
    return redirect("messaging:kind", kind=kind)


def _message_kind(kind: str) -> MessageKind:
    if kind not in MessageKind.values:
        raise Http404
    return MessageKind(kind)


def _keep(kind: MessageKind, language: str, texts: dict[str, str], by: str) -> None:
    for form, text in texts.items():
        if text == shipped_texts(kind, language).get(form):
            Wording.objects.filter(kind=kind, language=language, form=form).delete()
            continue
        values = {"text": text, "by": by, "at": hub_clock().now()}
        Wording.objects.update_or_create(kind=kind, language=language, form=form, defaults=values)


def _render_words(
    request: HttpRequest,
    kind: MessageKind,
    changed: str = "",
    texts: dict[str, str] | None = None,
    faults: tuple[str, ...] = (),
    use: dict[str, Template] | None = None,
) -> HttpResponse:
    previews = [
        _preview(kind, each, texts, faults, use) if each == changed else _preview(kind, each)
        for each in text_languages()
    ]
    context = {
        "kind": kind,
        "name": kind.label,
        "previews": previews,
        "trying": changed if use else "",
        "names": [f"{{{each}}}" for each in fields(kind)],
    }
    return page(request, "messages", "messaging/kind.html", context, status=422 if faults else 200)


def _preview(
    kind: MessageKind,
    language: str,
    texts: dict[str, str] | None = None,
    faults: tuple[str, ...] = (),
    use: dict[str, Template] | None = None,
) -> TemplatePreview:
    own = {form: each.text for form, each in templates(kind, language).items()}
    now = own or {form: each.text for form, each in templates(kind, SOURCES).items()}
    with override(page_code(language)):
        words = Renderer().words(kind, language, samples(kind), "" if kind in CANNOT else STOP, use)
    mail = mark_safe(words.html.partition("<body")[2].partition(">")[2].partition("</body>")[0])
    return TemplatePreview(
        language, languages()[language].name, words, texts or now, mail, faults, own != shipped_texts(kind, language)
    )
