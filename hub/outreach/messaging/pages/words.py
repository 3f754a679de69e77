"""Show the texts of each kind in both languages as they arrive, and let staff change them."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.core.clock import hub_clock
from hub.core.pages.action_results import report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from hub.outreach.messaging.message_templates import (
    FORMS,
    LANGUAGES,
    BadWording,
    Template,
    check_template,
    fields,
    samples,
    shipped_texts,
    templates,
    unusable,
)
from hub.outreach.messaging.models import Wording
from hub.outreach.messaging.rendering import Renderer, Words
from hub.outreach.messaging.unsubscribe import CANNOT
from hub.outreach.patrons.purposes import MessageKind

NAMES = {"zh": "中文", "en": "English"}
STOP = "https://library.example/p/stop/"


@dataclass(frozen=True, slots=True)
class Preview:
    """One language of a kind: the rendered message, the text behind it, and the faults of the text."""

    language: str
    name: str
    words: Words
    texts: dict[str, str]
    mail: SafeString
    faults: tuple[str, ...] = ()
    own: bool = False


@staff_page
def kinds(request: HttpRequest) -> HttpResponse:
    """List the kinds with their subjects in both languages."""
    speaker = Renderer()
    own = set(Wording.objects.values_list("kind", flat=True))
    rows = [
        {
            "kind": each,
            "name": each.label,
            "subjects": [speaker.words(each, language, samples(each)).subject for language in LANGUAGES],
            "marketing": each.marketing,
            "own": each in own,
        }
        for each in MessageKind
    ]
    return page(request, "messages", "messaging/kinds.html", {"rows": rows, "unusable": unusable()})


@staff_page
def kind(request: HttpRequest, kind: str) -> HttpResponse:
    """Show one kind as it arrives, in both languages."""
    return _render_words(request, _message_kind(kind))


@staff_action
def change(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Save the library's own text after a preview; an unusable text is shown with its faults."""
    found = _message_kind(kind)
    if language not in LANGUAGES:
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
def reset(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Restore the shipped text."""
    Wording.objects.filter(kind=_message_kind(kind), language=language).delete()
    return redirect("messaging:kind", kind=kind)


def _message_kind(kind: str) -> MessageKind:
    if kind not in MessageKind.values:
        raise Http404
    return MessageKind(kind)


def _keep(kind: MessageKind, language: str, texts: dict[str, str], by: str) -> None:
    for form, text in texts.items():
        if text == shipped_texts(kind, language)[form]:
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
        _preview(kind, each, texts if each == changed else None, faults if each == changed else (), use)
        if each == changed
        else _preview(kind, each)
        for each in LANGUAGES
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
) -> Preview:
    now = {form: each.text for form, each in templates(kind, language).items()}
    with override("en" if language == "en" else "zh-hans"):
        words = Renderer().words(kind, language, samples(kind), "" if kind in CANNOT else STOP, use)
    mail = mark_safe(words.html.partition("<body")[2].partition(">")[2].partition("</body>")[0])
    return Preview(language, NAMES[language], words, texts or now, mail, faults, now != shipped_texts(kind, language))
