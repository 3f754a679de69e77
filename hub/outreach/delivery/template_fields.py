"""Define the fields of each kind of message, with samples for the preview."""

from dataclasses import dataclass
from typing import Literal

from hub.outreach.delivery.message_kinds import MessageKind

Form = Literal["text", "day", "moment", "items", "link", "code"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a template names in braces; `code` is a word of `vocabulary`, days are ISO 8601.

    A line with an empty or missing field is left out.
    """

    name: str
    form: Form
    sample: object


LINK = Field("link", "link", "https://library.example/p/")
LIBRARY = Field("library", "text", {"zh": "湖滨图书馆", "en": "Lakeside Library"})
TITLE = Field("title", "text", {"zh": "呼兰河传", "en": "Emma"})
DUE = Field("due", "day", "2026-12-20")
ACT = Field("act", "code", "checkout")
CODE = Field("code", "text", "7K2M-4QXD")
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
        "note": {"zh": "因为与《平凡的世界》相似", "en": "because it is like “Utopia”"},
    },
)
"""Items: `words`, optionally `due` or `url`; with `loan` it is named only while the loan is open."""

FIELDS: dict[MessageKind, tuple[Field, ...]] = {
    MessageKind.RECEIPT: (Field("items", "items", BOOKS), Field("count", "text", 2), LINK),
    MessageKind.LOAN_CONFIRMED: (TITLE, ACT, DUE, CODE, LINK),
    MessageKind.LOAN_REFUSED: (TITLE, ACT, CODE, LINK),
    MessageKind.DUE_SOON: (
        Field("items", "items", BOOKS),
        DUE,
        Field("count", "text", 2),
        Field("usual", "day", "2026-12-08"),
        LINK,
    ),
    MessageKind.OVERDUE: (Field("items", "items", BOOKS), Field("count", "text", 2), Field("days", "text", 3), LINK),
    MessageKind.LOST: (Field("items", "items", BOOKS), Field("fee", "text", "35.00"), LINK),
    MessageKind.HOLD_READY: (
        TITLE,
        Field("pickup", "text", {"zh": "总馆", "en": "Main library"}),
        Field("until", "day", "2026-12-02"),
        LINK,
    ),
    MessageKind.BACK: (
        TITLE,
        Field("place", "text", {"zh": "总馆 · I246.5/X43", "en": "Main library · 823.7 AUS"}),
        LINK,
    ),
    MessageKind.RECALL: (TITLE, DUE, LINK),
    MessageKind.ANSWER: (
        Field("question", "text", {"zh": "怎样续借？", "en": "How do I renew?"}),
        Field("answer", "text", {"zh": "在自助机上刷卡即可。", "en": "Show your card at the kiosk."}),
        Field("suggestion", "text", {"zh": "额尔古纳河右岸", "en": "The Right Bank"}),
        Field("state", "code", "arrived"),
        Field("reason", "text", {"zh": "本周上架", "en": "on the shelf this week"}),
        LINK,
    ),
    MessageKind.BOOKING: (
        Field("event", "text", {"zh": "检索入门课", "en": "First steps in searching"}),
        Field("status", "code", "booked"),
        Field("when", "moment", "2026-12-05T10:00:00+08:00"),
        Field("place", "text", {"zh": "二楼报告厅", "en": "Lecture hall, 2nd floor"}),
        LINK,
    ),
    MessageKind.CODE: (Field("code", "text", "402917"), Field("minutes", "text", 10)),
    MessageKind.CONTACT_CHANGED: (
        Field("channel", "code", "mail"),
        Field("what", "code", "replaced"),
        Field("when", "moment", "2026-11-25T14:30:00+08:00"),
        LINK,
    ),
    MessageKind.ERASURE: (Field("until", "moment", "2026-11-28T14:30:00+08:00"), LINK),
    MessageKind.TEST: (LINK,),
    MessageKind.ALERT: (
        Field("search", "text", {"zh": "草原生态", "en": "steppe ecology"}),
        Field("items", "items", NEWS),
        Field("count", "text", 2),
        LINK,
    ),
    MessageKind.DIGEST: (
        Field("items", "items", NEWS),
        Field("heading", "text", {"zh": "本周新书", "en": "New this week"}),
        Field("count", "text", 2),
        LINK,
    ),
    MessageKind.RECOMMENDATION: (Field("items", "items", LIKED), Field("count", "text", 2), LINK),
    MessageKind.CAMPAIGN: (
        Field("heading", "text", {"zh": "亲子读书会", "en": "Family reading afternoon"}),
        Field("body", "text", {"zh": "周六上午十点，童书馆见。", "en": "Saturday at ten, in the children's room."}),
        LINK,
    ),
    MessageKind.QUESTIONNAIRE: (
        Field("name", "text", {"zh": "借还服务", "en": "borrowing and returning"}),
        Field("minutes", "text", 2),
        LINK,
    ),
    MessageKind.THANKS: (
        Field("heading", "text", {"zh": "谢谢您的推荐", "en": "Thank you for your word"}),
        Field("body", "text", {"zh": "您推荐的朋友已经办证。", "en": "A friend of yours has joined us."}),
        LINK,
    ),
}


def fields(kind: MessageKind) -> dict[str, Field]:
    """Return every field that the texts of this kind may use."""
    return {each.name: each for each in (LIBRARY, *FIELDS[kind])}


def samples(kind: MessageKind) -> dict[str, object]:
    """Return invented facts for a preview."""
    return {each.name: each.sample for each in FIELDS[kind]}
