"""Show and change the patron's own record, area by area; each change is sent as a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kiosk.desk import account, display_preferences, for_you
from kiosk.desk.effects import AskMine, AskPage, submit
from kiosk.desk.session import Context, Session, guest_of, on_visit
from kiosk.desk.visit_lines import shown_outcome
from kiosk.events import PageKnown, PatronRecordKnown, Settled
from kiosk.views import Details, LineState, RecordPage, VisitLine, key_of
from lending import patron_record
from lending.display_preferences import OFF
from lending.responses import (
    AddressUse,
    AnyPatronResponse,
    ConsentChange,
    ContactCheck,
    HistoryErasure,
    InferenceChange,
    InterestChange,
    MessageLanguage,
    MessageRead,
    MessageTest,
    PreferredChannel,
    QuietHours,
    RecordErasure,
    RecordExport,
    StoredPreferences,
    VisitErasure,
    in_parts,
)

PLEASE = "please"
UNDER = {
    RecordPage.QUIET: RecordPage.WAYS,
    RecordPage.SUBJECTS: RecordPage.INTERESTS,
    RecordPage.ERASE: RecordPage.DATA,
    RecordPage.LOOK: RecordPage.DATA,
    RecordPage.PHONE: RecordPage.CONTACTS,
    RecordPage.FRIEND: RecordPage.HAD,
}
"""Parent of each nested area."""
BY_CHOICE: Mapping[str, tuple[type[AnyPatronResponse], str]] = {
    "right": (ContactCheck, "right"),
    "wrong": (ContactCheck, "wrong"),
    "withdraw": (ConsentChange, patron_record.WITHDRAW),
    "no_news": (AddressUse, patron_record.WITHDRAW),
    "news": (AddressUse, patron_record.GIVE),
    "add": (InterestChange, patron_record.ADD),
    "remove": (InterestChange, patron_record.REMOVE),
    "restore": (InterestChange, patron_record.RESTORE),
    "seen": (MessageRead, "read"),
    "drop": (HistoryErasure, patron_record.REMOVE),
}
"""Touches whose choice is the subject (`about`), with their response and answer."""
AS_ANSWER: Mapping[str, type[AnyPatronResponse]] = {
    "first": PreferredChannel,
    "quiet": QuietHours,
    "infer": InferenceChange,
    "speak": MessageLanguage,
}
"""Touches whose choice is the answer."""


def open_up(session: Session, ctx: Context, room: RecordPage = RecordPage.ALL) -> Session:
    """Open the record; identity is proved already."""
    guest, card = guest_of(session, ctx), session.visit.card
    assert guest is not None and card is not None, "the record opens after the card"
    view = Details(guest, room=room, changes=session.visit.record_changes, lines=session.lines)
    return session.show(view).want(AskMine(card))


def on_record(session: Session, event: PatronRecordKnown) -> Session:
    """Show the record, if still awaited."""
    view = session.ground
    if not isinstance(view, Details) or view.record is not None or session.visit.card != event.card:
        return session
    record = event.record
    if record is not None and session.visit.look:  # changed at this kiosk, and not in the record yet
        record = replace(record, look=True)
    return session.on_ground(replace(view, record=record, missing=record is None))


def page_known(session: Session, event: PageKnown) -> Session:
    view = session.ground
    if not isinstance(view, Details) or view.room is not RecordPage.PHONE or session.visit.card != event.card:
        return session
    return session.on_ground(replace(view, link=event.url))


def on_press(session: Session, view: Details, name: str, choice: str) -> Session:
    match name:
        case "open":
            return _open_page(session, view, RecordPage(choice))
        case "recommend":
            return session.show(replace(view, room=RecordPage.FRIEND, about=choice))
        case "why":
            return session.show(replace(view, room=RecordPage.WHY, about=choice, before=view.room))
        case "give":
            return _say(session, view, ConsentChange, f"{patron_record.GIVE} {_version(view, choice)}", choice)
        case "send_test":
            return _say(session, view, MessageTest, choice, choice)
        case "keep_look":
            return _look(session, view, choice)
        case "forget_visit":
            return forget(on_visit(session, forgets=True), view.lines)
        case "export":
            return _say(session, view, RecordExport, PLEASE)
        case "erase_all":
            return _erase(session, view)
        case _ if name in BY_CHOICE:
            kind, answer = BY_CHOICE[name]
            return _say(session, view, kind, answer, choice)
        case _ if name in AS_ANSWER:
            return _say(session, view, AS_ANSWER[name], choice)
        case _:
            return session


def _look(session: Session, view: Details, choice: str) -> Session:
    """Store the current display preferences, or delete them."""
    assert session.visit.card is not None, "the record opens after the card"
    text = OFF if choice == OFF else display_preferences.text_of(session)
    return display_preferences.store_preferences(_say(session, view, StoredPreferences, text), session.visit.card, text)


def _erase(session: Session, view: Details) -> Session:
    """Request erasure; display preferences are dropped at this kiosk at once."""
    assert session.visit.card is not None, "the record opens after the card"
    return display_preferences.store_preferences(_say(session, view, RecordErasure, PLEASE), session.visit.card, OFF)


def _version(view: Details, purpose: str) -> str:
    """Return the version of the consent wording on the screen."""
    consents = view.record.consents if view.record else ()
    return next(each.version for each in consents if each.purpose == purpose)


def _open_page(session: Session, view: Details, room: RecordPage) -> Session:
    shown = replace(view, room=room, link="")
    if room is RecordPage.PHONE and session.visit.card is not None:
        return session.show(shown).want(AskPage(session.visit.card))
    return session.show(shown)


def back(session: Session, ctx: Context, view: Details) -> Session:
    if view.room is RecordPage.ALL:
        return account.open_list(session, ctx)
    if view.room is RecordPage.HAD:
        return for_you.open_list(session, ctx)
    under = view.before if view.room is RecordPage.WHY else UNDER.get(view.room, RecordPage.ALL)
    return session.show(replace(view, room=under, about="", link=""))


def _say(session: Session, view: Details, kind: type[AnyPatronResponse], answer: str, about: str = "") -> Session:
    """Show a change at once and submit it; its outcome is shown when known."""
    change = kind(answer, about, session.visit.card)
    record = patron_record.apply_response(view.record, change) if view.record else None
    session = on_visit(
        session, record_changes={**session.visit.record_changes, key_of(kind, about): LineState.CHECKING}
    )
    shown = replace(view, record=record, changes=session.visit.record_changes)
    return session.show(shown).want(submit(change))


def on_settled(session: Session, event: Settled, act: AnyPatronResponse) -> Session:
    """Apply the courier's result; after a refusal, load the library's record again."""
    if not _awaited(session, act):
        return session
    state, _block = shown_outcome(event.outcome)
    if state is LineState.REFUSED:
        session = display_preferences.unheard(session, act)
    return _with_outcome(session, key_of(type(act), act.about), state)


def not_written(session: Session, act: AnyPatronResponse) -> Session:
    """Revert the change, because the journal write failed."""
    key = key_of(type(act), act.about)
    return (
        _with_outcome(display_preferences.unheard(session, act), key, LineState.REFUSED)
        if _awaited(session, act)
        else session
    )


def _awaited(session: Session, act: AnyPatronResponse) -> bool:
    """Return whether the response is from the current patron; an earlier one may have sent the same."""
    return act.card == session.visit.card and key_of(type(act), act.about) in session.visit.record_changes


def _with_outcome(session: Session, key: str, state: LineState) -> Session:
    session = on_visit(session, record_changes={**session.visit.record_changes, key: state})
    view = session.ground
    if not isinstance(view, Details):
        return session
    view = replace(view, changes=session.visit.record_changes)
    if state is LineState.REFUSED and session.visit.card is not None:
        return session.on_ground(replace(view, record=None)).want(AskMine(session.visit.card))
    return session.on_ground(view)


def forget(session: Session, lines: tuple[VisitLine, ...]) -> Session:
    """Exclude this visit's loans, also later ones, from the patron's history."""
    done = tuple(dict.fromkeys(line.item for line in lines if line.state in (LineState.DONE, LineState.SAVED)))
    visit, view = session.visit, session.ground
    if not visit.forgets or done in ((), visit.forgotten) or visit.card is None:
        return session
    deliveries = [submit(VisitErasure(part, card=visit.card)) for part in in_parts(done)]
    states = {**visit.record_changes, key_of(VisitErasure, ""): LineState.CHECKING}
    session = on_visit(session, record_changes=states, forgotten=done).want(*deliveries)
    return session.on_ground(replace(view, changes=states)) if isinstance(view, Details) else session
