"""Sample views of a patron's own record and of the registration, with invented people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from kiosk.screens.samples.sample_parts import BOOKS, ByLanguage, guest, line
from kiosk.views import (
    Blocked,
    Board,
    Details,
    Identify,
    LineState,
    OneTimeCode,
    RecordPage,
    Registering,
    Spelling,
    View,
    VisitTask,
)
from kiosk.views.registration import RegistrationStep
from kiosk.views.text_entry import PinyinCandidate
from lending.model import Block, CardRef, Reason
from lending.patron_record import (
    REMOVED,
    Consent,
    Contact,
    ContactChannel,
    HistoryEntry,
    Interest,
    PatronRecord,
    StaffMessage,
)
from lending.registration import InputFault, Registration, RegistrationForm, RegistrationPurpose

PURPOSES = (
    ("reminders", "个性化还书提醒", "personal reminder times", True),
    ("history", "借阅历史", "reading history", True),
    ("recommendations", "图书推荐", "recommendations", True),
    ("digest", "新书快递", "digest of new titles", False),
    ("alerts", "保存的检索", "saved searches", False),
    ("campaign", "活动消息", "events and campaigns", False),
    ("questionnaire", "问卷调查", "questionnaires", False),
)
WORDS = {
    "reminders": {
        "zh": "图书馆可以根据您以往的还书习惯，在合适的时间提醒您还书。只使用各类文献的借阅天数和您通常到馆的星期，"
        "不使用书名。您随时可以关闭。",
        "en": "The library may send reminders at times that fit your habits. We use only how long you keep each type "
        "of item and the weekdays on which you visit, never titles. You can turn this off at any time.",
    },
    "history": {
        "zh": "图书馆可以保留您最近借过的书目，供您自己查看。馆员只在您本人持证到服务台时，"
        "或应您要求导出资料时才能看到这些书名，每次查看都有记录。不同意时，图书归还后，"
        "书名只在图书馆规定的期限内（通常 30 天）为处理争议而保留，之后不再与您关联。您随时可以关闭并删除。",
        "en": "The library may keep your most recently borrowed titles so that you can see them. Staff see them only "
        "while your card is at the desk, or when you ask for a copy of your data. Every access is recorded. If you do "
        "not agree, we keep a title with your name after its return only as long as the library allows for disputes, "
        "usually 30 days. You can turn this off and delete the titles at any time.",
    },
    "digest": {
        "zh": "图书馆可以按您选择的周期向您发送新书快递。每条消息都可以退订。",
        "en": "The library may send you a digest of new titles as often as you choose. You can unsubscribe in every "
        "message.",
    },
    "recommendations": {
        "zh": "图书馆可以根据您最近的借阅和兴趣为您推荐图书，并说明推荐理由。您随时可以修改兴趣或关闭推荐。",
        "en": "The library may recommend books based on your recent loans and your interests, and tells you why. You "
        "can change your interests or turn this off at any time.",
    },
    "alerts": {
        "zh": "图书馆可以保存您的检索词，在相符的新书到馆时通知您，每种书只通知一次。每条消息都可以退订，"
        "检索词可以随时删除。",
        "en": "The library may save your search words and notify you about new titles that match them, once per "
        "title. You can unsubscribe in every message and delete the words at any time.",
    },
    "campaign": {
        "zh": "图书馆可以向您发送讲座、展览等活动的消息。每条消息都可以退订。",
        "en": "The library may send you messages about talks, exhibitions and other events. You can unsubscribe in "
        "every message.",
    },
    "questionnaire": {
        "zh": "图书馆可以不时邀请您填写一份简短的问卷。您可以匿名填写，也可以不填写。",
        "en": "The library may occasionally invite you to answer a short questionnaire. You may answer anonymously, "
        "or not at all.",
    },
}
"""The consent texts as the hub ships them, in `hub.outreach.patrons.consents`."""
LETTERS = ByLanguage(
    {
        "zh": ("有安静的自习室吗？", "有，在三楼期刊旁边，每天八点半开放。"),
        "zh_TW": ("有安靜的自習室嗎？", "有，在三樓期刊旁邊，每天八點半開放。"),
        "en": ("Is there a quiet room?", "Yes: on the third floor, beside the periodicals."),
        "mn": ("Чимээгүй танхим бий юу?", "Бий: гуравдугаар давхарт, тогтмол хэвлэлийн хажууд."),
    }
)
"""A patron's question, and a librarian's answer."""
MINE = PatronRecord(
    contacts=(
        Contact("1", "sms", "•••5678", sure=False, kept=True),
        Contact("2", "mail", "a•••@example.org", serves=("recommendations",)),
        Contact("institution", "institution", "F•••", sure=False, address=False),
    ),
    ways=(ContactChannel("sms", "•••5678"), ContactChannel("mail", "a•••@example.org"), ContactChannel("paper")),
    quiet="21:00-08:00",
    consents=tuple(
        Consent(
            each,
            {"zh": zh, "en": en},
            WORDS[each],
            "2026-1",
            given,
            news=each not in ("reminders", "history"),
        )
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
    languages=("zh", "en"),
    letters=(StaffMessage("answer-1", *LETTERS["en"]),),
    stays=("open_loans",),
    page=True,
    look=True,
)
HAD = tuple(
    HistoryEntry(str(n), title, author, date(2026, 11, 20 - n), f"https://hub.example.org/p/titles/{n}/")
    for n, (title, author) in enumerate(
        (
            ("红楼梦", "曹雪芹"),
            ("The wind-up bird chronicle", "Haruki Murakami"),
            ("Монголын нууц товчоо", ""),
            ("How buildings learn: what happens after they're built", "Stewart Brand"),
            ("听取自然", "林心如"),
            ("Dune", "Frank Herbert"),
        )
    )
)
LINK = "https://hub.example.org/p/from-kiosk/" + "gAAAAABnQ3Jv" * 16 + "/"


def words_of_records() -> Iterator[str]:
    """Yield the texts in the samples that the library or the patron wrote."""
    yield from (text for each in MINE.consents for text in (*each.name.values(), *each.words.values()))
    yield from (text for each in (*MINE.interests, *MINE.classes) for text in each.name.values())
    yield from (text for letter in LETTERS.values() for text in letter)
    yield from (each.shown for each in MINE.contacts)
    yield from (text for each in HAD for text in (each.title, each.author))


def records(language: str) -> Iterator[tuple[str, View]]:
    known = guest(language, 2, verified=True)
    done = (line(BOOKS[language][0], LineState.DONE, 0),)
    mine = replace(MINE, letters=(StaffMessage("answer-1", *LETTERS[language]),))
    full = replace(mine, had=HAD)
    for room in RecordPage:
        about, link = ("history", "") if room is RecordPage.WHY else ("", LINK if room is RecordPage.PHONE else "")
        about = HAD[0].key if room is RecordPage.FRIEND else about
        yield f"Details-{room}", Details(known, full, room=room, about=about, link=link, lines=done)
    outcomes = {"contact 1": LineState.DONE, "consent history": LineState.SAVED, "quiet": LineState.CHECKING}
    yield "Details-said-contacts", Details(known, mine, room=RecordPage.CONTACTS, changes=outcomes)
    yield "Details-said-consents", Details(known, mine, room=RecordPage.CONSENTS, changes=outcomes)
    yield "Details-erased", Details(known, mine, room=RecordPage.ERASE, changes={"erase": LineState.SAVED})
    yield "Details-looking", Details(known)
    yield "Details-missing", Details(known, missing=True)
    yield "Details-had-none", Details(known, mine, room=RecordPage.HAD)
    yield "Details-had-dropped", Details(known, full, room=RecordPage.HAD, changes={"had 9": LineState.SAVED})
    bare = PatronRecord(consents=MINE.consents, ways=(ContactChannel("screen"), ContactChannel("paper")))
    for room in (RecordPage.CONTACTS, RecordPage.WAYS, RecordPage.INTERESTS, RecordPage.LETTERS, RecordPage.DATA):
        yield f"Details-bare-{room}", Details(known, bare, room=room)
    child = replace(bare, child=True)
    yield "Details-had-off", Details(known, PatronRecord(), room=RecordPage.HAD)
    yield "Details-child", Details(known, child, room=RecordPage.ERASE)
    yield "Details-child-why", Details(known, child, room=RecordPage.WHY, about="history")
    yield from _proofs(language)


def _proofs(language: str) -> Iterator[tuple[str, View]]:
    known, account = guest(language, 2), VisitTask.ACCOUNT
    yield "Identify-code-or-pin", Identify(account, pin=True, guest=known, code=OneTimeCode("sms"))
    yield "Identify-code-only", Identify(account, pin=True, guest=known, code=OneTimeCode("mail", only=True))
    yield (
        "Identify-code-sent",
        Identify(account, pin=True, guest=known, code=OneTimeCode("sms", sent=True), typed="•••"),
    )
    wrong = Block(Reason.CODE_WRONG)
    sent = OneTimeCode("sms", sent=True)
    yield "Identify-code-wrong", Identify(account, pin=True, guest=known, code=sent, problem=wrong, tries_left=2)
    failed = OneTimeCode("sms", only=True, failed=True)
    yield "Identify-code-failed", Identify(account, pin=True, guest=known, code=failed)
    yield "Blocked-no-proof", Blocked(Block(Reason.NO_PROOF), known, (), (VisitTask.BORROW, account))


GROUPS = {
    "adult": {"zh": "成人读者", "en": "Adult"},
    "child": {"zh": "少儿读者", "en": "Child"},
    "teacher": {"zh": "教师读者", "en": "Teacher"},
}
ASKED = tuple(
    RegistrationPurpose(code, {"zh": zh, "en": en}, WORDS[code], "2026-1") for code, zh, en, _given in PURPOSES[:4:3]
)
FORM = RegistrationForm(GROUPS, ASKED, languages=("zh", "en"))
JOIN_LINK = "https://hub.example.org/p/join/"
NAMES = ByLanguage({"zh": "林小满", "zh_TW": "林小滿", "en": "Lin Sample", "mn": "Болд Жишээ"})
NUMBER = "T204817736"


def registering(language: str) -> Iterator[tuple[str, View]]:
    """Yield the pages that differ most; `other_pages` has the rest."""
    way = _way()
    filled = replace(way, entered=_answers(language))
    yield "Identify-registers", way.under
    yield "Registering-way", way
    yield "Registering-phone", replace(way, step=RegistrationStep.PHONE)
    yield "Registering-name", replace(way, step=RegistrationStep.NAME)
    digits = replace(filled, step=RegistrationStep.BORN, board=Board.NUMBERS)
    yield (
        "Registering-born-wrong",
        replace(digits, entered=replace(digits.entered, born="990"), fault=InputFault.NO_YEAR),
    )
    yield "Registering-group", replace(way, step=RegistrationStep.GROUP)
    yield "Registering-consent", replace(filled, step=RegistrationStep.CONSENT)
    yield (
        "Registering-check",
        replace(filled, step=RegistrationStep.CHECK, answers={"reminders": True, "digest": False}),
    )
    yield "Registering-card", replace(filled, step=RegistrationStep.CARD)
    yield "Registering-done", replace(_registered_view(), state=LineState.DONE, number=NUMBER)


def other_pages(language: str) -> Iterator[tuple[str, View]]:
    """Yield the pages that differ from those of `registering` by a word or two."""
    way, name = _way(), NAMES[language]
    filled = replace(way, entered=_answers(language))
    yield "name-typed", replace(filled, step=RegistrationStep.NAME)
    offered = tuple(PinyinCandidate(words, 3) for words in ("林", "临", "邻", "淋", "琳", "霖"))
    spelling = Spelling("lin", "lin", offered)
    yield "name-spelt", replace(way, step=RegistrationStep.NAME, board=Board.PINYIN, spelling=spelling)
    child = replace(filled, entered=replace(filled.entered, born="2020", guardian=name, contact=""))
    yield "guardian", replace(child, step=RegistrationStep.GUARDIAN)
    yield (
        "guardians-number",
        replace(child, step=RegistrationStep.CONTACT, board=Board.ADDRESS, fault=InputFault.MISSING),
    )
    address = replace(filled, step=RegistrationStep.CONTACT, board=Board.ADDRESS)
    yield "contact", replace(address, entered=replace(filled.entered, contact=""))
    yield (
        "contact-wrong",
        replace(address, entered=replace(filled.entered, contact="lin@"), fault=InputFault.NO_ADDRESS),
    )
    yield "language", replace(filled, step=RegistrationStep.LANGUAGE)
    yield "consent-given", replace(filled, step=RegistrationStep.CONSENT, purpose=1, answers={"digest": True})
    yield (
        "check-child",
        replace(child, entered=replace(child.entered, contact="13900000001"), step=RegistrationStep.CHECK),
    )
    sent = _registered_view()
    yield "checking", replace(sent, state=LineState.CHECKING)
    yield "saved", replace(sent, state=LineState.SAVED, number=NUMBER, card=None, child=True)
    yield "card-taken", replace(sent, state=LineState.REFUSED, block=Block(Reason.CARD_TAKEN))
    yield "not-taken", replace(sent, state=LineState.REFUSED)


def _way() -> Registering:
    return Registering(Identify(VisitTask.BORROW, registers=True), FORM, JOIN_LINK, 2026, reads=True)


def _answers(language: str) -> Registration:
    return Registration(NAMES[language], "1990", "", "adult", "lin@example.org", "zh")


def _registered_view() -> Registering:
    return replace(_way(), step=RegistrationStep.SENT, card=CardRef("card"))


def words_of_registering() -> Iterator[str]:
    """Yield the texts in the samples that the library or the patron wrote."""
    yield from NAMES.values()
    yield from (name for each in GROUPS.values() for name in each.values())
