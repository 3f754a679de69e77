"""Show recommended titles that are on the shelf here, submit feedback on them, and send questions to a librarian."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kiosk.desk.effects import AskForYou, AskTitle, submit
from kiosk.desk.session import Context, Session, guest_of, on_visit
from kiosk.events import ForYouKnown
from kiosk.views import AskLibrarian, ForYou, Learn, PickKind, PickLine, TitlePage
from lending import shelves
from lending.model import AvailableRecommendation, ItemId
from lending.responses import WITHDRAW, LibrarianQuestion, RecommendationFeedback
from lending.shelves import Stand

SAYS = {"like": "like", "not_for_me": "not"}
MOST_ALIKE = 2
"""Recommendations shown for the same reason."""
QUOTES = (("“", "”"), ("《", "》"), ("«", "»"))
"""Quotation marks around a title in a reason."""
WITHOUT_WORDS = "call"
"""Answer for "a librarian should write to me", without text."""
OTHER = "other"


def open_list(session: Session, ctx: Context) -> Session:
    """Open the list from the account, after proof of identity."""
    guest, card = guest_of(session, ctx), session.visit.card
    assert guest is not None and card is not None, "recommendations open after the card"
    events = bool(ctx.showcase.dates(ctx.now))
    view = ForYou(guest, record=ctx.rules.record, events=events, finds=ctx.finds, lines=session.lines)
    return session.show(view).want(AskForYou(card))


def on_recommendations(session: Session, ctx: Context, event: ForYouKnown) -> Session:
    """Show the recommendations, if still awaited, without copies at other branches."""
    view = session.ground
    if not isinstance(view, ForYou) or view.picks is not None or session.visit.card != event.card:
        return session
    here = [each for each in event.offers if each.item.branch in ("", ctx.rules.branch)]
    picks = tuple(
        _line(each, _reaction(session, each.pick.about), shelves.stand(each.item.call_number, ctx.floors))
        for each in _vary(sorted(here, key=_order))
    )
    return session.on_ground(replace(view, picks=picks or _new_here(ctx)))


def _vary(offers: Iterable[AvailableRecommendation]) -> Iterator[AvailableRecommendation]:
    """Yield each title once, none because of itself, and at most MOST_ALIKE for the same reason."""
    titles, reasons = set[str](), Counter[frozenset[tuple[str, str]]]()
    for each in offers:
        why, title = {} if each.pick.again else each.pick.why, each.pick.title
        reason = frozenset(why.items())
        names_itself = any(f"{left}{title}{right}" in words for words in why.values() for left, right in QUOTES)
        if title in titles or names_itself or (why and reasons[reason] == MOST_ALIKE):
            continue
        titles.add(title)
        reasons[reason] += 1
        yield each


def _new_here(ctx: Context) -> tuple[PickLine, ...]:
    """Return the library's new titles, shown if nothing is recommended to the patron; the same for everyone."""
    return tuple(
        PickLine(
            ItemId(f"new {at}"),
            PickKind.NEW,
            each.title,
            each.author,
            each.subject,
            each.call_number,
            cover=each.cover,
            id=each.id,
        )
        for at, each in enumerate(ctx.showcase.news)
    )


def _order(offer: AvailableRecommendation) -> int:
    return list(PickKind).index(_kind(offer))


def _kind(offer: AvailableRecommendation) -> PickKind:
    return PickKind.AGAIN if offer.pick.again else PickKind.NEW if offer.pick.new else PickKind.LIKE


def _line(offer: AvailableRecommendation, said: str, stand: Stand | None) -> PickLine:
    pick, item = offer.pick, offer.item
    number = item.call_number or pick.call_number
    return PickLine(
        item.id,
        _kind(offer),
        pick.title,
        pick.author,
        item.subject,
        number,
        pick.why,
        pick.about,
        said,
        stand,
        item.cover,
    )


def submit_feedback(session: Session, view: ForYou, name: str, item: ItemId) -> Session:
    """Submit the patron's feedback, or take it back if it is given again; its effect arrives with a later snapshot."""
    line = _pick(view, item)
    if line is None or not line.about or session.visit.card is None:
        return session
    answer = WITHDRAW if line.feedback == SAYS[name] else SAYS[name]
    session = _note_answers(session, line.about, (*session.visit.pick_feedback.get(line.about, ()), answer))
    return session.want(submit(RecommendationFeedback(answer, line.about, session.visit.card)))


def not_written(session: Session, act: RecommendationFeedback) -> Session:
    """Show the feedback before the one that could not be written."""
    answers = session.visit.pick_feedback.get(act.about, ())
    at = max((n for n, each in enumerate(answers) if each == act.answer), default=len(answers))
    return _note_answers(session, act.about, (*answers[:at], *answers[at + 1 :]))


def _note_answers(session: Session, about: str, answers: tuple[str, ...]) -> Session:
    """Keep the answers on a recommendation for the visit, and show the last one in the list, also below a page."""
    session = on_visit(session, pick_feedback={**session.visit.pick_feedback, about: answers})
    said = _reaction(session, about)

    def with_reaction(view: ForYou) -> ForYou:
        lines = (replace(each, feedback=said) if each.about == about else each for each in view.picks or ())
        return replace(view, picks=view.picks and tuple(lines))

    match session.ground:
        case ForYou() as view:
            return session.on_ground(with_reaction(view))
        case TitlePage(recommended=ForYou() as view) as page:
            return session.on_ground(replace(page, recommended=with_reaction(view)))
        case Learn(under=ForYou() as view) as page:
            return session.on_ground(replace(page, under=with_reaction(view)))
        case _:
            return session


def _reaction(session: Session, about: str) -> str:
    """Return the patron's last answer in this visit; empty if there is none or it was taken back."""
    last = session.visit.pick_feedback.get(about, ())[-1:]
    return "" if last == (WITHDRAW,) else "".join(last)


def _pick(view: ForYou, item: ItemId) -> PickLine | None:
    return next((each for each in view.picks or () if each.item == item), None)


def look_up_title(session: Session, view: ForYou, item: ItemId) -> Session:
    """Look up the title of a touched cover."""
    line = _pick(view, item)
    return session if line is None else session.want(AskTitle(item, line.id))


def ask_librarian(session: Session, view: ForYou) -> Session:
    return session.show(AskLibrarian(view.guest, lines=view.lines))


def send_question(session: Session, view: AskLibrarian, words: str) -> Session:
    """Send the text that the patron wrote."""
    question = LibrarianQuestion(words, OTHER, session.visit.card)
    return session.show(replace(view, about=OTHER)).want(submit(question))


def send_topic(session: Session, view: AskLibrarian, about: str) -> Session:
    question = LibrarianQuestion(WITHOUT_WORDS, about, session.visit.card)
    return session.show(replace(view, about=about)).want(submit(question))
