"""Sample views of a patron's own record, room by room, and of how she shows that it is hers; with invented people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from kiosk.domain.mine import REMOVED, Consent, Contact, Had, Interest, Letter, Mine, Way
from kiosk.domain.model import Block, Reason
from kiosk.screens.sample_parts import BOOKS, ByLanguage, guest, line
from kiosk.views import Blocked, CodeWay, Details, Errand, Identify, LineState, Room, View

PURPOSES = (
    ("reminders", "个性化还书提醒", "reminders at your own time", True),
    ("history", "借阅历史", "reading history", True),
    ("recommendations", "图书推荐", "recommendations", True),
    ("digest", "新书快递", "digest of new titles", False),
    ("alerts", "检索提醒", "saved searches", False),
    ("campaign", "活动消息", "events and campaigns", False),
    ("questionnaire", "问卷", "questionnaires", False),
)
WORDS = {
    "zh": "图书馆可以保留您最近借过的书目，供您自己查看。馆员只在您本人持证到服务台时，或应您要求导出资料时才能看到"
    "这些书名，每次查看都有记录。不同意时，图书归还后不再保留书名。您随时可以关闭并删除。",
    "en": "The library may keep the titles that you borrowed last, for you to look at. Staff see them only while your "
    "card is at the desk, or when you ask for a copy of your data; each look is recorded. Without this no title is "
    "kept after its return. You can switch it off and have them deleted at any time.",
}
LETTERS = ByLanguage(
    {
        "zh": ("有安静的自习室吗？", "有，在三楼期刊旁边，每天八点半开放。"),
        "zh_TW": ("有安靜的自習室嗎？", "有，在三樓期刊旁邊，每天八點半開放。"),
        "en": ("Is there a quiet room?", "Yes: on the third floor, beside the periodicals."),
        "mn": ("Чимээгүй танхим бий юу?", "Бий: гуравдугаар давхарт, тогтмол хэвлэлийн хажууд."),
    }
)
"""What she asked, and what a librarian answered."""
MINE = Mine(
    contacts=(
        Contact("1", "sms", "•••5678", sure=False, kept=True),
        Contact("2", "mail", "a•••@example.org", serves=("recommendations",)),
        Contact("institution", "institution", "F•••", sure=False, address=False),
    ),
    ways=(Way("sms", "•••5678"), Way("mail", "a•••@example.org"), Way("paper")),
    quiet="21:00-08:00",
    consents=tuple(
        Consent(each, {"zh": zh, "en": en}, WORDS, "2026-1", given, news=each not in ("reminders", "history"))
        for each, zh, en, given in PURPOSES
    ),
    interests=(
        Interest("I247", {"zh": "I247 小说", "en": "I247 Novels"}, "inferred"),
        Interest("K", {"zh": "K 历史、地理", "en": "K History and geography"}),
        Interest("TP", {"zh": "TP 计算机", "en": "TP Computers"}, REMOVED),
    ),
    classes=tuple(
        Interest(code, {"zh": f"{code} {zh}", "en": f"{code} {en}"})
        for code, zh, en in (("B", "哲学", "Philosophy"), ("J", "艺术", "Art"), ("Q", "生物科学", "Biology"))
    ),
    infers=True,
    reads=True,
    language="zh",
    letters=(Letter("answer-1", *LETTERS["en"]),),
    stays=("open_loans",),
    page=True,
    look=True,
)
HAD = tuple(
    Had(str(n), title, author, date(2026, 11, 20 - n), f"https://hub.example.org/p/titles/{n}/")
    for n, (title, author) in enumerate(
        (
            ("红楼梦", "曹雪芹"),
            ("The wind-up bird chronicle", "Murakami, Haruki"),
            ("Монголын нууц товчоо", ""),
            ("How buildings learn: what happens after they're built", "Brand, Stewart"),
            ("听取自然", "林心如"),
            ("Dune", "Herbert, Frank"),
        )
    )
)
LINK = "https://hub.example.org/p/from-kiosk/" + "gAAAAABnQ3Jv" * 16 + "/"


def words_of_records() -> Iterator[str]:
    """What stands in them that the library or she herself wrote."""
    yield from (text for each in MINE.consents for text in (*each.name.values(), *each.words.values()))
    yield from (text for each in (*MINE.interests, *MINE.classes) for text in each.name.values())
    yield from (text for letter in LETTERS.values() for text in letter)
    yield from (each.shown for each in MINE.contacts)
    yield from (text for each in HAD for text in (each.title, each.author))


def records(language: str) -> Iterator[tuple[str, View]]:
    known = guest(language, 2, verified=True)
    done = (line(BOOKS[language][0], LineState.DONE, 0),)
    mine = replace(MINE, letters=(Letter("answer-1", *LETTERS[language]),))
    hers = replace(mine, had=HAD)
    for room in Room:
        about, link = ("history", "") if room is Room.WHY else ("", LINK if room is Room.PHONE else "")
        about = HAD[0].key if room is Room.FRIEND else about
        yield f"Details-{room}", Details(known, hers, room=room, about=about, link=link, language="en", lines=done)
    told = {"contact 1": LineState.DONE, "consent history": LineState.SAVED, "quiet": LineState.CHECKING}
    yield "Details-said-contacts", Details(known, mine, room=Room.CONTACTS, said=told)
    yield "Details-said-consents", Details(known, mine, room=Room.CONSENTS, said=told)
    yield "Details-erased", Details(known, mine, room=Room.ERASE, said={"erase": LineState.SAVED})
    yield "Details-looking", Details(known)
    yield "Details-missing", Details(known, missing=True)
    yield "Details-had-none", Details(known, mine, room=Room.HAD)
    yield "Details-had-dropped", Details(known, hers, room=Room.HAD, said={"had 9": LineState.SAVED})
    bare = Mine(consents=MINE.consents, ways=(Way("screen"), Way("paper")))
    for room in (Room.CONTACTS, Room.WAYS, Room.INTERESTS, Room.LETTERS, Room.DATA):
        yield f"Details-bare-{room}", Details(known, bare, room=room)
    child = replace(bare, child=True)
    yield "Details-had-off", Details(known, Mine(), room=Room.HAD)
    yield "Details-child", Details(known, child, room=Room.ERASE)
    yield "Details-child-why", Details(known, child, room=Room.WHY, about="history")
    yield from _proofs(language)


def _proofs(language: str) -> Iterator[tuple[str, View]]:
    known, account = guest(language, 2), Errand.ACCOUNT
    yield "Identify-code-or-pin", Identify(account, pin=True, guest=known, code=CodeWay("sms"))
    yield "Identify-code-only", Identify(account, pin=True, guest=known, code=CodeWay("mail", only=True))
    yield "Identify-code-sent", Identify(account, pin=True, guest=known, code=CodeWay("sms", sent=True), typed="•••")
    wrong = Block(Reason.CODE_WRONG)
    sent = CodeWay("sms", sent=True)
    yield "Identify-code-wrong", Identify(account, pin=True, guest=known, code=sent, problem=wrong, tries_left=2)
    failed = CodeWay("sms", only=True, failed=True)
    yield "Identify-code-failed", Identify(account, pin=True, guest=known, code=failed)
    yield "Blocked-no-proof", Blocked(Block(Reason.NO_PROOF), known, (), (Errand.BORROW, account))
