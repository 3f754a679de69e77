"""Render a message from its facts, in one language and all forms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import dateformat, timezone, translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.outreach.library_system.central import the_central, zone
from hub.outreach.messaging.mail_covers import MailCover
from hub.outreach.messaging.message_templates import Template, TemplateField, fields, templates
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.purposes import MessageKind

SPOKEN = {"zh": "zh-hans", "en": "en"}
LIST = "\N{BULLET}"
"""Placeholder for the list of items in the lines of the HTML form."""
DASHES = "\n-- \n"
"""Separator between a message and the line on how to stop it."""


@dataclass(frozen=True, slots=True)
class RenderedItem:
    """An item of a message's list, as text."""

    words: str
    note: str = ""
    url: str = ""
    cover: MailCover | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the HTML form; `items` marks the place of the list."""

    text: str
    items: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A message in every form. `values` are the filled fields, for providers with templates of their own.

    `stop` is the line on how to stop such messages; the long forms already contain it.
    """

    language: str
    subject: str
    short: str
    long: str
    html: str
    link: str
    values: Mapping[str, str]
    stop: str = ""
    covers: tuple[MailCover, ...] = ()
    """Covers in the HTML form that have a picture."""


class Renderer:
    """Renderer for many messages; shared data are loaded once."""

    def __init__(self) -> None:
        self._zone = zone()
        self._library: dict[str, str] = {}
        self._templates: dict[tuple[MessageKind, str], Mapping[str, Template]] = {}

    def words(
        self,
        kind: MessageKind,
        language: str,
        facts: Mapping[str, Any],
        stop: str = "",
        use: Mapping[str, Template] | None = None,
    ) -> Words:
        """Fill the templates of the kind with the facts.

        Args:
            kind: Kind of message.
            language: `zh` or `en`.
            facts: Values of the kind's fields.
            stop: Link that stops such messages, or empty.
            use: Templates to use instead of the stored ones, for a preview.
        """
        use = use or self._load(kind, language)
        with translation.override(SPOKEN[language]), timezone.override(self._zone):
            given = {"library": self._library_name(language), **facts}
            items = [_item(each, language) for each in given.get("items") or ()]
            values = {name: _value(field, given.get(name), language, items) for name, field in fields(kind).items()}
            short = ("" if language == "zh" else " ").join(use["short"].fill(values))
            subject = " ".join(use["subject"].fill(values))
            long = "\n".join(use["long"].fill(values)) + "\n"
            line = _stops(kind).format(stop=stop) if stop else ""
            if line:
                long += f"{DASHES}{line}\n"
            cover = None if items else given.get("cover")
            html = _html(kind, use["long"], values, subject, items, cover, stop, SPOKEN[language])
        pictures = {each.cid: each for each in (cover, *(item.cover for item in items)) if each and each.cid}
        link = values.get("link", "")
        return Words(language, subject, short, long, html, link, values, line, tuple(pictures.values()))

    def _library_name(self, language: str) -> str:
        if language not in self._library:
            self._library[language] = the_central().library(language)
        return self._library[language]

    def _load(self, kind: MessageKind, language: str) -> Mapping[str, Template]:
        if (kind, language) not in self._templates:
            self._templates[kind, language] = templates(kind, language)
        return self._templates[kind, language]


def _html(
    kind: MessageKind,
    template: Template,
    values: Mapping[str, str],
    subject: str,
    items: list[RenderedItem],
    cover: MailCover | None,
    stop: str,
    language: str,
) -> str:
    body = _paragraphs(template.fill({**values, "link": "", "items": LIST if items else ""}))
    context = {
        "subject": subject,
        "body": body,
        "items": items,
        "cover": cover,
        "link": values.get("link", ""),
        "stop": stop,
        "marketing": kind.marketing,
        "language": language,
        "library": values["library"],
    }
    return render_to_string("messaging/message.html", context)


def _stops(kind: MessageKind) -> str:
    if kind.marketing:
        return _("Useful, fewer, or unsubscribe: {stop}")
    return _("Unsubscribe: {stop}")


def render_message(kind: MessageKind, language: str, facts: Mapping[str, Any], stop: str = "") -> Words:
    """Render a single message."""
    return Renderer().words(kind, language, facts, stop)


def _value(field: TemplateField, fact: Any, language: str, items: list[RenderedItem]) -> str:
    if field.form == "items":
        return "\n".join(_line(each) for each in items)
    text = in_language(fact, language)
    if not text:
        return ""
    match field.form:
        case "day":
            return day(text)
        case "moment":
            return moment(text)
        case "code":
            return word(text)
        case _:
            return text


def in_language(fact: Any, language: str) -> str:
    """Return a fact in the language; a fact without languages as it is."""
    if isinstance(fact, Mapping):
        fact = fact.get(language) or fact.get("zh") or ""
    return "" if fact is None or fact is False else str(fact)


def _item(given: Mapping[str, Any], language: str) -> RenderedItem:
    due = in_language(given.get("due"), language)
    note = _("due {day}").format(day=day(due)) if due else in_language(given.get("note"), language)
    return RenderedItem(
        in_language(given.get("words"), language), note, in_language(given.get("url"), language), given.get("cover")
    )


def _line(item: RenderedItem) -> str:
    text = _("· {title}").format(title=item.words)
    if item.note:
        text = _("{text} ({note})").format(text=text, note=item.note)
    return f"{text}\n  {item.url}" if item.url else text


def _paragraphs(lines: Iterable[str]) -> list[Paragraph]:
    return [Paragraph("", True) if line == LIST else Paragraph(line) for line in lines]


def word(code: str) -> str:
    """Return the text for a code; an unknown code stays as it is."""
    known = {
        "checkout": pgettext("act", "loan"),
        "renew": pgettext("act", "renewal"),
        "checkin": pgettext("act", "return"),
        "booked": _("You have a place"),
        "waiting": _("You are on the waiting list"),
        "moved": _("Time or place changed"),
        "cancelled": _("Cancelled"),
        "tomorrow": _("Tomorrow"),
        "replaced": pgettext("contact", "replaced"),
        "removed": pgettext("contact", "removed"),
        "ordered": pgettext("suggestion", "ordered"),
        "arrived": pgettext("suggestion", "has arrived"),
        "declined": pgettext("suggestion", "not purchased"),
        **{str(each): str(each.label) for each in Channel},
    }
    return known.get(code, code)


def day(text: str) -> str:
    """Format a date, or the date of a time, with its weekday."""
    found = localtime(datetime.fromisoformat(text)).date() if "T" in text else date.fromisoformat(text)
    return dateformat.format(found, pgettext("form of a day", "l j F"))


def moment(text: str) -> str:
    """Format a time in the library's time zone."""
    return dateformat.format(localtime(datetime.fromisoformat(text)), pgettext("form of a moment", "l j F, H:i"))
