"""Render a message from its facts, in one language and all forms, after refreshing the facts.

The cover of a title travels with the mail, so that opening it contacts no server. Mail programs do not show SVG, and
some of them no WebP: a drawn cover is a table of coloured cells, and a picture is sent as JPEG.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from math import ceil
from typing import Any

from django.template.loader import render_to_string
from django.utils import dateformat, timezone, translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext
from PIL import Image

from hub.catalogue.covers.drawn import ShownCover, covers_by_title, hub_store
from hub.catalogue.models import Title
from hub.core.language import page_code
from hub.core.texts import Texts
from hub.outreach.library_system.central import PatronAccount, the_central, zone
from hub.outreach.messaging.message_templates import Template, TemplateField, fields, templates, wording_language
from hub.outreach.messaging.models import Message
from hub.outreach.messaging.services import portal_links
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import LibraryLook
from hub.outreach.patrons.purposes import MessageKind

LIST = "\N{BULLET}"
"""Placeholder for the list of items in the lines of the HTML form."""
DASHES = "\n-- \n"
"""Separator between a message and the line on how to stop it."""
WIDTH, HEIGHT = 58, 82
"""Pixels of a cover in a list."""
SHARPNESS = 2
"""Pixels of the picture for one of the page."""
LOGO_CID = "logo@library"
"""Names the attachment with the library's logo."""
QUALITY = 72


@dataclass(frozen=True, slots=True)
class MailCover:
    """Colours of the drawn cover, and the picture as JPEG; `cid` names its attachment and is empty without one."""

    field: str
    band: str
    binding: str
    cid: str = ""
    jpeg: bytes = b""

    @classmethod
    def from_cover(cls, cover: ShownCover) -> MailCover:
        """Return the cover of a title, with its picture if the hub has one."""
        design, jpeg = cover.design, _jpeg(cover.picture) if cover.picture else b""
        field, band, binding = (str(design[name]) for name in ("field", "band", "binding"))
        return cls(field, band, binding, f"{cover.picture}@covers" if jpeg else "", jpeg)


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
class RenderedMessage:
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
    logo: bytes = b""
    """The library's logo in the HTML form, as PNG; empty without one."""


BUTTONS = {
    MessageKind.RECEIPT: gettext_noop("See my loans"),
    MessageKind.LOAN_CONFIRMED: gettext_noop("See my loans"),
    MessageKind.LOAN_REFUSED: gettext_noop("See my loans"),
    MessageKind.DUE_SOON: gettext_noop("See my loans"),
    MessageKind.OVERDUE: gettext_noop("See my loans"),
    MessageKind.LOST: gettext_noop("See my loans"),
    MessageKind.RECALL: gettext_noop("See my loans"),
    MessageKind.HOLD_READY: gettext_noop("See my loans and holds"),
    MessageKind.ANSWER: gettext_noop("Read the reply"),
    MessageKind.BOOKING: gettext_noop("See my booking"),
    MessageKind.ALERT: gettext_noop("See my saved searches"),
    MessageKind.RECOMMENDATION: gettext_noop("See the recommendations"),
    MessageKind.QUESTIONNAIRE: gettext_noop("Answer the questions"),
    MessageKind.CONTACT_CHANGED: gettext_noop("Check my contact details"),
    MessageKind.ERASURE: gettext_noop("See the request"),
}
"""What the button of a mail opens, by kind; the others say "Open". The fact `opens` names another kind than its own."""


class Renderer:
    """Renderer for many messages; shared data are loaded once."""

    def __init__(self) -> None:
        self._zone = zone()
        self._library: dict[str, str] = {}
        self._templates: dict[tuple[MessageKind, str], Mapping[str, Template]] = {}
        self._look = LibraryLook.now()

    def words(
        self,
        kind: MessageKind,
        language: str,
        facts: Mapping[str, Any],
        stop: str = "",
        use: Mapping[str, Template] | None = None,
    ) -> RenderedMessage:
        """Fill the templates of the kind with the facts.

        Args:
            kind: Kind of message.
            language: Language of the reader; see `wording_language` if the kind has no wording in it.
            facts: Values of the kind's fields.
            stop: Link that stops such messages, or empty.
            use: Templates to use instead of the stored ones, for a preview.
        """
        language = wording_language(kind, language)
        use = use or self._load(kind, language)
        with translation.override(page_code(language)), timezone.override(self._zone):
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
            button = BUTTONS.get(given.get("opens", kind), "")
            html = _html(
                kind, use["long"], values, subject, items, cover, button, stop, page_code(language), self._look
            )
        pictures = {each.cid: each for each in (cover, *(item.cover for item in items)) if each and each.cid}
        link = values.get("link", "")
        covers, logo = tuple(pictures.values()), bytes(self._look.logo)
        return RenderedMessage(language, subject, short, long, html, link, values, line, covers, logo)

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
    button: str,
    stop: str,
    language: str,
    look: LibraryLook,
) -> str:
    body = _paragraphs(template.fill({**values, "link": "", "items": LIST if items else ""}))
    context = {
        "subject": subject,
        "body": body,
        "items": items,
        "cover": cover,
        "link": values.get("link", ""),
        "button": _(button) if button else _("Open"),
        "stop": stop,
        "marketing": kind.marketing,
        "language": language,
        "library": values["library"],
        "light": look.tone("light"),
        "dark": look.tone("dark"),
        "logo": LOGO_CID if look.logo else "",
    }
    return render_to_string("messaging/message.html", context)


def _stops(kind: MessageKind) -> str:
    if kind.marketing:
        return _("Useful, fewer, or unsubscribe: {stop}")
    return _("Unsubscribe: {stop}")


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
    """Return a fact in the language, else in the library's first; a fact without languages as it is."""
    if isinstance(fact, Mapping):
        fact = Texts(fact).in_language(language)
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


def covers_for_mail(keys: Iterable[int]) -> Mapping[int, MailCover]:
    """Return the covers of these titles by id; titles that no longer exist are left out."""
    return {key: MailCover.from_cover(cover) for key, cover in covers_by_title(keys).items()}


@lru_cache(maxsize=256)
def _jpeg(mark: str) -> bytes:
    """Return the stored picture as JPEG; empty if it is gone."""
    data = hub_store().read(mark)
    if data is None:
        return b""
    out = BytesIO()
    with Image.open(BytesIO(data), formats=("WEBP",)) as found:
        whole = found.convert("RGB")
    whole.thumbnail((WIDTH * SHARPNESS, HEIGHT * SHARPNESS), Image.Resampling.LANCZOS)
    whole.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def current_facts(message: Message, now: datetime, language: str) -> dict[str, Any] | None:
    """Return the current facts, or None if there is nothing left to say.

    That is so if the book is back, or borrowed by the patron, its due date is no longer known, or the hold is over. A
    loan or hold among the facts is looked up in the patron's account, a title's number in the catalogue. Values that
    have a name in each language, such as a branch, are given in `language`.
    """
    language = wording_language(MessageKind(message.kind), language)
    facts = message.decrypted_facts()
    items = facts.get("items", ())
    looked_up = message.kind == MessageKind.BACK or facts.get("hold") or facts.get("loan")
    if looked_up or any(each.get("loan") for each in items):
        with translation.override(page_code(language)):
            found = _in_account(message, facts, the_central().account(message.person.ref))
        if found is None:
            return None
        facts = found
    named = (facts, *facts.get("items", ()))
    works = {number for each in named if (number := _work(each)) is not None}
    covers = covers_for_mail(works) if works else {}
    for each in named:
        if (cover := covers.get(_work(each) or 0)) is not None:
            each["cover"] = cover
        _title(each)
    if message.kind == MessageKind.CODE and message.until:
        facts.setdefault("minutes", ceil((message.until - now).total_seconds() / 60))
    if message.kind == MessageKind.CONTACT_CHANGED:
        facts.setdefault("when", message.made_at.isoformat())
    if not facts.get("link"):
        facts["link"] = portal_links().link(message)
    return facts


def _in_account(message: Message, facts: dict[str, Any], account: PatronAccount) -> dict[str, Any] | None:
    loans = {each.loan: each for each in account.loans}
    if message.kind == MessageKind.HOLD_READY:
        hold = next((each for each in account.holds if each.hold == str(facts["hold"]) and each.ready), None)
        if hold is None:
            return None
        until = hold.until.isoformat() if hold.until else None
        return {**facts, "title": hold.words, "work": hold.title, "pickup": hold.pickup, "until": until}
    if message.kind == MessageKind.BACK:
        if any(each.title == facts["number"] for each in account.loans):
            return None
        return {**facts, "work": facts["number"]}
    if message.kind == MessageKind.RECALL:
        loan = loans.get(str(facts.get("loan")))
        if loan is None:
            return None
        return {**facts, "title": loan.words, "work": loan.title, "due": loan.due.isoformat()}
    if message.kind in (MessageKind.DUE_SOON, MessageKind.OVERDUE):
        dated = {each.loan for each in account.loans if each.dated}
        still = [each for each in facts.get("items", ()) if not each.get("loan") or str(each["loan"]) in dated]
        for each in still:
            if (loan := loans.get(str(each.get("loan")))) is not None:
                each.update(words=loan.words, due=loan.due.isoformat(), work=loan.title)
        first = min((each["due"] for each in still if each.get("due")), default=None)
        return {**facts, "items": still, "count": len(still), "due": first} if still else None
    return facts


def _work(named: dict[str, Any]) -> int | None:
    """Return the number of the title that a fact or an item is about; None without one."""
    for name in ("work", "title"):
        if isinstance(named.get(name), int):
            return int(named[name])
    return None


def _title(named: dict[str, Any]) -> None:
    number = named.get("title")
    if isinstance(number, int):
        words = Title.objects.filter(pk=number).values_list("title", flat=True).first() or ""
        named["title"] = words
        named.setdefault("words", words)
    elif number:
        named.setdefault("words", number)
