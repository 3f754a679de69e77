"""Refresh the facts of a message just before it is sent, and look up the titles that it names."""

from datetime import datetime
from math import ceil
from typing import Any

from django.utils import translation

from hub.catalogue.models import Title
from hub.outreach.library_system.central import PatronAccount, the_central
from hub.outreach.messaging import mail_covers
from hub.outreach.messaging.models import Message
from hub.outreach.messaging.rendering import SPOKEN
from hub.outreach.messaging.services import portal_links
from hub.outreach.patrons.purposes import MessageKind


def current_facts(message: Message, now: datetime, language: str) -> dict[str, Any] | None:
    """Return the current facts, or None if there is nothing left to say.

    That is so if the book is back, or borrowed by the patron, its due date is no longer known, or the hold is over. A
    loan or hold among the facts is looked up in the patron's account, a title's number in the catalogue. Values that
    have a name in each language, such as a branch, are given in `language`.
    """
    facts = message.decrypted_facts()
    items = facts.get("items", ())
    looked_up = message.kind == MessageKind.BACK or facts.get("hold") or facts.get("loan")
    if looked_up or any(each.get("loan") for each in items):
        with translation.override(SPOKEN[language]):
            found = _in_account(message, facts, the_central().account(message.person.ref))
        if found is None:
            return None
        facts = found
    named = (facts, *facts.get("items", ()))
    works = {number for each in named if (number := _work(each)) is not None}
    covers = mail_covers.of_titles(works) if works else {}
    for each in named:
        if (cover := covers.get(_work(each) or 0)) is not None:
            each["cover"] = cover
        _title(each)
    if message.kind == MessageKind.CODE and message.until:
        facts.setdefault("minutes", ceil((message.until - now).total_seconds() / 60))
    if message.kind == MessageKind.CONTACT_CHANGED:
        facts.setdefault("when", message.made_at.isoformat())
    if not facts.get("link"):
        facts["link"] = portal_links().link(message)
    return facts


def _in_account(message: Message, facts: dict[str, Any], account: PatronAccount) -> dict[str, Any] | None:
    loans = {each.loan: each for each in account.loans}
    if message.kind == MessageKind.HOLD_READY:
        hold = next((each for each in account.holds if each.hold == str(facts["hold"]) and each.ready), None)
        if hold is None:
            return None
        until = hold.until.isoformat() if hold.until else None
        return {**facts, "title": hold.words, "work": hold.title, "pickup": hold.pickup, "until": until}
    if message.kind == MessageKind.BACK:
        if any(each.title == facts["number"] for each in account.loans):
            return None
        return {**facts, "work": facts["number"]}
    if message.kind == MessageKind.RECALL:
        loan = loans.get(str(facts.get("loan")))
        if loan is None:
            return None
        return {**facts, "title": loan.words, "work": loan.title, "due": loan.due.isoformat()}
    if message.kind in (MessageKind.DUE_SOON, MessageKind.OVERDUE):
        dated = {each.loan for each in account.loans if each.dated}
        still = [each for each in facts.get("items", ()) if not each.get("loan") or str(each["loan"]) in dated]
        for each in still:
            if (loan := loans.get(str(each.get("loan")))) is not None:
                each.update(words=loan.words, due=loan.due.isoformat(), work=loan.title)
        first = min((each["due"] for each in still if each.get("due")), default=None)
        return {**facts, "items": still, "count": len(still), "due": first} if still else None
    return facts


def _work(named: dict[str, Any]) -> int | None:
    """Return the number of the title that a fact or an item is about; None without one."""
    for name in ("work", "title"):
        if isinstance(named.get(name), int):
            return int(named[name])
    return None


def _title(named: dict[str, Any]) -> None:
    number = named.get("title")
    if isinstance(number, int):
        words = Title.objects.filter(pk=number).values_list("title", flat=True).first() or ""
        named["title"] = words
        named.setdefault("words", words)
    elif number:
        named.setdefault("words", number)
