"""Load the templates of each kind, language and form: shipped or the library's own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from hub.outreach.messaging.models import Wording
from hub.outreach.messaging.template_fields import fields
from hub.outreach.patrons.message_kinds import MessageKind

LANGUAGES = ("zh", "en")
FORMS = ("subject", "short", "long")
SHIPPED = Path(__file__).parent / "wording"
HEAD = re.compile(r"^\[(\w+)\]$", re.MULTILINE)
NAME = re.compile(r"\{([^{}]*)\}")
LONGEST = 4000


class BadWording(ValueError):
    """An unusable template. `args[0]` says what is wrong, where, and what would be right."""


@dataclass(frozen=True, slots=True)
class Template:
    """Text of one form, with field names in braces."""

    kind: MessageKind
    text: str

    def filled(self, values: Mapping[str, str]) -> Iterator[str]:
        """Yield its lines with the names filled in; a line with an empty value is left out."""
        for line in self.text.splitlines():
            names = NAME.findall(line)
            if all(values.get(name) for name in names):
                yield NAME.sub(lambda found: values[found.group(1)], line)


def checked(kind: MessageKind, text: str, where: str) -> Template:
    """Check a template and return it.

    Raises:
        BadWording: If it is empty, too long, or uses an unknown name.
    """
    known = fields(kind)
    if not text.strip():
        raise BadWording(_("{where} is empty.").format(where=where))
    if len(text) > LONGEST:
        raise BadWording(_("{where} has more than {most} characters.").format(where=where, most=LONGEST))
    for number, line in enumerate(text.splitlines(), 1):
        place = _("{where}, line {number}").format(where=where, number=number)
        for name in NAME.findall(line):
            if name not in known:
                names = ", ".join(f"{{{each}}}" for each in known)
                raise BadWording(
                    _("{place}: unknown placeholder {{{name}}}. Allowed here: {names}").format(
                        place=place, name=name, names=names
                    )
                )
        if re.search(r"[{}]", NAME.sub("", line)):
            raise BadWording(_("{place}: unmatched brace. Write placeholders like {{title}}.").format(place=place))
    return Template(kind, text)


@cache
def shipped(kind: MessageKind, language: str) -> dict[str, str]:
    """Return the shipped texts, by form."""
    path = SHIPPED / language / f"{kind}.txt"
    parts = HEAD.split(path.read_text(encoding="utf-8"))
    return {form: text.strip() for form, text in zip(parts[1::2], parts[2::2], strict=True)}


def templates(kind: MessageKind, language: str) -> dict[str, Template]:
    """Return the texts in use, by form; a shipped one if the library's own is unusable."""
    own = dict(Wording.objects.filter(kind=kind, language=language).values_list("form", "text"))
    usable = {form: text for form, text in own.items() if not _fault(kind, text, form)}
    return {form: Template(kind, text) for form, text in {**shipped(kind, language), **usable}.items()}


def unusable() -> list[tuple[MessageKind, str, str]]:
    """Return the library's own texts that are not used, with language and fault.

    They come from an earlier version with other field names, or were written to the database directly.
    """
    found = []
    for each in Wording.objects.order_by("kind", "language", "form"):
        if each.kind in MessageKind.values and (
            wrong := _fault(MessageKind(each.kind), each.text, str(each.get_form_display()))
        ):
            found.append((MessageKind(each.kind), str(each.get_language_display()), wrong))
    return found


def _fault(kind: MessageKind, text: str, where: str) -> str:
    try:
        checked(kind, text, where)
    except BadWording as wrong:
        return str(wrong)
    return ""
