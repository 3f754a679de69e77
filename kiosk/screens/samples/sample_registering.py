"""Sample views of registration, page by page, with an invented library's questions and answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.screens.samples.sample_details import PURPOSES, WORDS
from kiosk.screens.samples.sample_parts import ByLanguage
from kiosk.views import Board, Identify, LineState, Registering, Spelling, View, VisitTask
from kiosk.views.registration import RegistrationStep
from kiosk.views.text_entry import PinyinCandidate
from lending.model import Block, CardRef, Reason
from lending.registration import InputFault, Purpose, Registration, RegistrationForm

GROUPS = {
    "adult": {"zh": "成人读者", "en": "Adult"},
    "child": {"zh": "少儿读者", "en": "Child"},
    "teacher": {"zh": "教师读者", "en": "Teacher"},
}
ASKED = tuple(Purpose(code, {"zh": zh, "en": en}, WORDS[code], "2026-1") for code, zh, en, _given in PURPOSES[:4:3])
FORM = RegistrationForm(GROUPS, ASKED)
LINK = "https://hub.example.org/p/join/"
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
    return Registering(Identify(VisitTask.BORROW, registers=True), FORM, LINK, 2026, reads=True)


def _answers(language: str) -> Registration:
    return Registration(NAMES[language], "1990", "", "adult", "lin@example.org", "zh")


def _registered_view() -> Registering:
    return replace(_way(), step=RegistrationStep.SENT, card=CardRef("card"))


def words_of_registering() -> Iterator[str]:
    """Yield the texts in the samples that the library or the patron wrote."""
    yield from NAMES.values()
    yield from (name for each in GROUPS.values() for name in each.values())
