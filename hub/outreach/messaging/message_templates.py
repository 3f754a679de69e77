"""Load the templates of each kind, language and form: shipped or the library's own; and define their fields."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from django.utils.translation import gettext as _

from hub.core.language import text_languages
from hub.outreach.messaging.models import Wording
from hub.outreach.patrons.purposes import MessageKind
from lending.languages import SOURCES, languages

Form = Literal["text", "day", "moment", "items", "link", "code"]


@dataclass(frozen=True, slots=True)
class TemplateField:
    """A field that a template names in braces; a `code` is worded by `rendering.word`, days are ISO 8601.

    A line with an empty or missing field is left out.
    """

    name: str
    form: Form
    sample: object


LINK = TemplateField("link", "link", "https://library.example/p/")
LIBRARY = TemplateField("library", "text", {"zh": "湖滨图书馆", "en": "Lakeside Library"})
TITLE = TemplateField("title", "text", {"zh": "呼兰河传", "en": "Emma"})
DUE = TemplateField("due", "day", "2026-12-20")
ACT = TemplateField("act", "code", "checkout")
CODE = TemplateField("code", "text", "7K2M-4QXD")
BOOKS = (
    {"words": {"zh": "呼兰河传", "en": "Emma"}, "due": "2026-12-20"},
    {"words": {"zh": "平凡的世界", "en": "Utopia"}, "due": "2026-12-23"},
)
NEWS = (
    {"words": {"zh": "额尔古纳河右岸", "en": "The Right Bank"}, "url": "https://library.example/t/1"},
    {"words": {"zh": "边城", "en": "Border Town"}, "url": "https://library.example/t/2"},
)
LIKED = (
    {
        "words": {"zh": "生死场", "en": "Persuasion"},
        "note": {"zh": "因为您对此感兴趣：文学", "en": "because this interests you: Literature"},
    },
    {
        "words": {"zh": "城南旧事", "en": "News from Nowhere"},
        "note": {"zh": "与《平凡的世界》相近", "en": "because it is like “Utopia”"},
    },
)
"""Items: `words`, optionally `due` or `url`; with `loan` it is named only while the loan is open."""

FIELDS: dict[MessageKind, tuple[TemplateField, ...]] = {
    MessageKind.RECEIPT: (TemplateField("items", "items", BOOKS), TemplateField("count", "text", 2), LINK),
    MessageKind.LOAN_CONFIRMED: (TITLE, ACT, DUE, CODE, LINK),
    MessageKind.LOAN_REFUSED: (TITLE, ACT, CODE, LINK),
    MessageKind.DUE_SOON: (
        TemplateField("items", "items", BOOKS),
        DUE,
        TemplateField("count", "text", 2),
        TemplateField("usual", "day", "2026-12-08"),
        LINK,
    ),
    MessageKind.OVERDUE: (
        TemplateField("items", "items", BOOKS),
        TemplateField("count", "text", 2),
        TemplateField("days", "text", 3),
        LINK,
    ),
    MessageKind.LOST: (TemplateField("items", "items", BOOKS), TemplateField("fee", "text", "35.00"), LINK),
    MessageKind.HOLD_READY: (
        TITLE,
        TemplateField("pickup", "text", {"zh": "总馆", "en": "Main library"}),
        TemplateField("until", "day", "2026-12-02"),
        LINK,
    ),
    MessageKind.BACK: (
        TITLE,
        TemplateField("place", "text", {"zh": "总馆 · I246.5/X43", "en": "Main library · 823.7 AUS"}),
        LINK,
    ),
    MessageKind.RECALL: (TITLE, DUE, LINK),
    MessageKind.ANSWER: (
        TemplateField("question", "text", {"zh": "怎样续借？", "en": "How do I renew?"}),
        TemplateField(
            "answer", "text", {"zh": "在自助机上刷读者证即可续借。", "en": "Place your card on the kiosk's reader."}
        ),
        TemplateField("heading", "text", {"zh": "您遗失的书已找到", "en": "Your lost book has been found"}),
        TemplateField("message", "text", {"zh": "请到服务台领取。", "en": "Collect it at the desk."}),
        TemplateField("suggestion", "text", {"zh": "额尔古纳河右岸", "en": "The Right Bank"}),
        TemplateField("state", "code", "arrived"),
        TemplateField("reason", "text", {"zh": "本周上架", "en": "on the shelf this week"}),
        LINK,
    ),
    MessageKind.BOOKING: (
        TemplateField("event", "text", {"zh": "检索入门课", "en": "First steps in searching"}),
        TemplateField("status", "code", "booked"),
        TemplateField("when", "moment", "2026-12-05T10:00:00+08:00"),
        TemplateField("place", "text", {"zh": "二楼报告厅", "en": "Lecture hall, 2nd floor"}),
        LINK,
    ),
    MessageKind.CODE: (TemplateField("code", "text", "402917"), TemplateField("minutes", "text", 10)),
    MessageKind.CONTACT_CHANGED: (
        TemplateField("channel", "code", "mail"),
        TemplateField("what", "code", "replaced"),
        TemplateField("when", "moment", "2026-11-25T14:30:00+08:00"),
        LINK,
    ),
    MessageKind.ERASURE: (TemplateField("until", "moment", "2026-11-28T14:30:00+08:00"), LINK),
    MessageKind.TEST: (LINK,),
    MessageKind.ALERT: (
        TemplateField("search", "text", {"zh": "草原生态", "en": "steppe ecology"}),
        TemplateField("items", "items", NEWS),
        TemplateField("count", "text", 2),
        LINK,
    ),
    MessageKind.DIGEST: (
        TemplateField("items", "items", NEWS),
        TemplateField("heading", "text", {"zh": "本周新书", "en": "New this week"}),
        TemplateField("count", "text", 2),
        LINK,
    ),
    MessageKind.RECOMMENDATION: (TemplateField("items", "items", LIKED), TemplateField("count", "text", 2), LINK),
    MessageKind.CAMPAIGN: (
        TemplateField("heading", "text", {"zh": "亲子读书会", "en": "Family reading afternoon"}),
        TemplateField(
            "body", "text", {"zh": "周六上午十点，童书馆见。", "en": "Saturday at ten, in the children's room."}
        ),
        LINK,
    ),
    MessageKind.QUESTIONNAIRE: (
        TemplateField("name", "text", {"zh": "借还服务", "en": "borrowing and returning"}),
        TemplateField("minutes", "text", 2),
        LINK,
    ),
    MessageKind.THANKS: (
        TemplateField("heading", "text", {"zh": "谢谢您的推荐", "en": "Thank you for recommending us"}),
        TemplateField(
            "body", "text", {"zh": "您推荐的朋友已经办证。", "en": "A friend of yours has joined the library."}
        ),
        LINK,
    ),
}


def fields(kind: MessageKind) -> dict[str, TemplateField]:
    """Return every field that the texts of this kind may use."""
    return {each.name: each for each in (LIBRARY, *FIELDS[kind])}


def samples(kind: MessageKind) -> dict[str, object]:
    """Return invented facts for a preview."""
    return {each.name: each.sample for each in FIELDS[kind]}


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

    def fill(self, values: Mapping[str, str]) -> Iterator[str]:
        """Yield its lines with the names filled in; a line with an empty value is left out."""
        for line in self.text.splitlines():
            names = NAME.findall(line)
            if all(values.get(name) for name in names):
                yield NAME.sub(lambda found: values[found.group(1)], line)


def check_template(kind: MessageKind, text: str, where: str) -> Template:
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


def wording_language(kind: MessageKind, language: str) -> str:
    """Return the language of a message of the kind to readers of `language`.

    Without a wording in it, it is the first language of the library that has one, or English.
    """
    order = (language, *text_languages()) if language not in shipped_languages(kind) else (language,)
    return next((each for each in order if set(templates(kind, each)) == set(FORMS)), SOURCES)


@cache
def shipped_languages(kind: MessageKind) -> frozenset[str]:
    """Return the languages of which the folder `wording` has the kind."""
    return frozenset(path.parent.name for path in SHIPPED.glob(f"*/{kind}.txt"))


@cache
def shipped_texts(kind: MessageKind, language: str) -> dict[str, str]:
    """Return the shipped texts, by form; none in a language that is not shipped."""
    path = SHIPPED / language / f"{kind}.txt"
    if not path.is_file():
        return {}
    parts = HEAD.split(path.read_text(encoding="utf-8"))
    return {form: text.strip() for form, text in zip(parts[1::2], parts[2::2], strict=True)}


def templates(kind: MessageKind, language: str) -> dict[str, Template]:
    """Return the texts in use, by form: a shipped one if the library's own is unusable, none if none is shipped."""
    own = dict(Wording.objects.filter(kind=kind, language=language).values_list("form", "text"))
    usable = {form: text for form, text in own.items() if not _fault(kind, text, form)}
    return {form: Template(kind, text) for form, text in {**shipped_texts(kind, language), **usable}.items()}


def unusable() -> list[tuple[MessageKind, str, str]]:
    """Return the library's own texts that are not used, with language and fault.

    They come from an earlier version with other field names, or were written to the database directly.
    """
    found = []
    for each in Wording.objects.order_by("kind", "language", "form"):
        if each.kind in MessageKind.values and (
            wrong := _fault(MessageKind(each.kind), each.text, str(each.get_form_display()))
        ):
            found.append((MessageKind(each.kind), languages()[each.language].name, wrong))
    return found


def _fault(kind: MessageKind, text: str, where: str) -> str:
    try:
        check_template(kind, text, where)
    except BadWording as wrong:
        return str(wrong)
    return ""
