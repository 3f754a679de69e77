"""Define the actions of a patron's own record, page by page."""

from __future__ import annotations

from kiosk.views.action import Action
from kiosk.views.my_details import ON, QUIET_HOURS, ROOMS, WRITTEN, Details, RecordPage, addable, first_of_each, key_of
from lending.display_preferences import OFF
from lending.patron_record import HISTORY, REMINDERS, REMOVED, PatronRecord
from lending.responses import RecordErasure, RecordExport


def details_actions(view: Details) -> tuple[Action, ...]:
    """Return the actions of the page, then back and Finish.

    Finish keeps its position also where an answer is expected, because a touch out of habit must not agree, withdraw or
    erase.
    """
    found = _room(view, view.mine) if view.mine else ()
    return (*found, Action("back"), Action("finish", primary=True))


def _room(view: Details, mine: PatronRecord) -> tuple[Action, ...]:
    match view.room:
        case RecordPage.ALL:
            return tuple(Action("open", choice=each.value) for each in ROOMS)
        case RecordPage.CONTACTS:
            return (*_contacts(mine), *_phone(mine))
        case RecordPage.WAYS:
            first = tuple(Action("first", choice=each.channel) for each in mine.ways[1:])
            test = (Action("send_test", choice=mine.ways[0].channel),) if mine.ways and mine.ways[0].shown else ()
            reminded = tuple(Action("why", choice=each.purpose) for each in mine.consents if each.purpose == REMINDERS)
            return (*test, *first, *reminded, Action("open", choice=RecordPage.QUIET.value), *_phone(mine))
        case RecordPage.QUIET:
            return tuple(Action("quiet", choice=each) for each in QUIET_HOURS if each != mine.quiet)
        case RecordPage.CONSENTS:
            why = tuple(Action("why", choice=each.purpose) for each in mine.consents)
            given = tuple(Action("withdraw", choice=each.purpose) for each in mine.consents if each.given)
            return (*why, *given)
        case RecordPage.WHY:
            given_now = any(each.given for each in mine.consents if each.purpose == view.about)
            if mine.child and not given_now:
                return ()
            return (Action("withdraw" if given_now else "give", choice=view.about),)
        case RecordPage.INTERESTS:
            return _interests(mine)
        case RecordPage.SUBJECTS:
            return tuple(Action("add", choice=each) for each in addable(mine))
        case RecordPage.LETTERS:
            return tuple(Action("seen", choice=each.key) for each in mine.letters)
        case RecordPage.LOOK:
            return (Action("keep_look", choice=OFF if mine.look else ON),)
        case RecordPage.DATA:
            return _data(view, mine)
        case RecordPage.ERASE:
            asked = key_of(RecordErasure) in view.changes
            return () if asked or mine.child else (Action("erase_all"),)
        case RecordPage.HAD:
            return _had(mine)
        case RecordPage.PHONE | RecordPage.FRIEND:
            return ()


def _had(mine: PatronRecord) -> tuple[Action, ...]:
    if not mine.remembers:
        return (Action("open", choice=RecordPage.CONSENTS.value),)
    friends = tuple(Action("recommend", choice=each.key) for each in mine.had if each.link)
    return (*friends, *(Action("drop", choice=each.key) for each in mine.had), Action("withdraw", choice=HISTORY))


def _contacts(mine: PatronRecord) -> tuple[Action, ...]:
    """Return the actions of the contact page: mark an address as right or wrong, allow or stop news per channel.

    An address that is verified is not asked about again.
    """
    right = tuple(Action("right", choice=each.number) for each in mine.contacts if not each.sure)
    wrong = tuple(Action("wrong", choice=each.number) for each in mine.contacts)
    fields = first_of_each(mine)
    off = tuple(Action("no_news", choice=each.channel) for each in fields if each.serves)
    on = tuple(Action("news", choice=each.channel) for each in fields if set(mine.news) - set(each.serves))
    return (*right, *wrong, *off, *on)


def _phone(mine: PatronRecord) -> tuple[Action, ...]:
    return (Action("open", choice=RecordPage.PHONE.value),) if mine.page and not mine.child else ()


def _interests(mine: PatronRecord) -> tuple[Action, ...]:
    if not mine.reads:
        return (Action("open", choice=RecordPage.CONSENTS.value),)
    switch = Action("infer", choice="off" if mine.infers else "on")
    more = (Action("open", choice=RecordPage.SUBJECTS.value),) if addable(mine) else ()
    removed = tuple(Action("restore", choice=each.code) for each in mine.interests if each.source == REMOVED)
    kept = tuple(Action("remove", choice=each.code) for each in mine.interests if each.source != REMOVED)
    return (*kept, *removed, switch, *more)


def _data(view: Details, mine: PatronRecord) -> tuple[Action, ...]:
    writes = view.language in WRITTEN and view.language != mine.language
    other = (Action("speak", choice=view.language),) if writes else ()
    forget = (Action("forget_visit"),) if view.lines else ()
    export = () if key_of(RecordExport) in view.changes else (Action("export"),)
    doors = tuple(Action("open", choice=each.value) for each in (RecordPage.LOOK, RecordPage.ERASE))
    return (*other, *forget, *export, *doors)
