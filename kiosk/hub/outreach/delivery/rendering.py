"""Makes the words of a message out of its facts, in one language and all forms; knows neither address nor channel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from kiosk.hub.outreach.asking import the_central
from kiosk.hub.outreach.delivery import vocabulary
from kiosk.hub.outreach.delivery.fields import Field, fields
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.wording import Template, template

SPOKEN = {"zh": "zh-hans", "en": "en"}
LIST = "\N{BULLET}"
"""Stands in the HTML form's lines for the list of items."""


@dataclass(frozen=True, slots=True)
class Item:
    words: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    items: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A message in every form. `values` are the filled names, for providers that have templates of their own."""

    language: str
    subject: str
    short: str
    long: str
    html: str
    link: str
    values: Mapping[str, str]


def rendered(
    kind: Kind, language: str, facts: Mapping[str, Any], stop: str = "", own: Mapping[str, Template] | None = None
) -> Words:
    """Fills the words of the kind with the facts. `stop` is the link to stop it, `own` are templates to try out."""
    with translation.override(SPOKEN[language]):
        given = {"library": the_central().library(language), **facts}
        known = fields(kind)
        items = [_item(each, language) for each in given.get("items") or ()]
        values = {name: _value(field, given.get(name), language, items) for name, field in known.items()}
        use = {form: (own or {}).get(form) or template(kind, language, form) for form in ("subject", "short", "long")}
        subject = " ".join(use["subject"].filled(values))
        short = ("" if language == "zh" else " ").join(use["short"].filled(values))
        body = _paragraphs(use["long"].filled({**values, "link": "", "items": LIST if items else ""}))
        context = {"subject": subject, "body": body, "items": items, "link": values.get("link", ""), "stop": stop}
        html = render_to_string(
            "delivery/message.html", {**context, "language": SPOKEN[language], "library": values["library"]}
        )
        text = "\n".join(use["long"].filled(values))
        footer = _("To stop messages of this kind: {stop}").format(stop=stop) if stop else ""
        long = f"{text}\n\n-- \n{footer}\n" if footer else f"{text}\n"
    return Words(language, subject, short, long, html, values.get("link", ""), values)


def _value(field: Field, fact: Any, language: str, items: list[Item]) -> str:
    if field.form == "items":
        return "\n".join(_line(each) for each in items)
    text = spoken(fact, language)
    if not text:
        return ""
    match field.form:
        case "day":
            return vocabulary.day(text)
        case "moment":
            return vocabulary.moment(text)
        case "code":
            return vocabulary.word(text)
        case _:
            return text


def spoken(fact: Any, language: str) -> str:
    """A fact in the language; one that is the same in every language as it is."""
    if isinstance(fact, Mapping):
        fact = fact.get(language) or fact.get("zh") or ""
    return "" if fact is None or fact is False else str(fact)


def _item(given: Mapping[str, Any], language: str) -> Item:
    due = spoken(given.get("due"), language)
    note = _("due {day}").format(day=vocabulary.day(due)) if due else spoken(given.get("note"), language)
    return Item(spoken(given.get("words"), language), note, spoken(given.get("url"), language))


def _line(item: Item) -> str:
    text = _("· {title}").format(title=item.words)
    if item.note:
        text = _("{text} ({note})").format(text=text, note=item.note)
    return f"{text}\n  {item.url}" if item.url else text


def _paragraphs(lines: Iterable[str]) -> list[Paragraph]:
    return [Paragraph("", True) if line == LIST else Paragraph(line) for line in lines]
