"""Provide the texts after a visit: the optional question, its answers, and the reminder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import assert_never

from kiosk.words.channels import fact
from kiosk.words.localizer import Localizer
from lending.questionnaires import read_form
from lending.questions import PostVisitQuestion, Reminder, ReminderReason


@dataclass(frozen=True, slots=True)
class Question:
    """A question, below it a text of the patron or the library, which may be shortened, and why it is asked."""

    head: str
    below: str = ""
    why: str = ""


def question(speech: Localizer, ask: PostVisitQuestion) -> Question:
    """Return the question and the text it is about."""
    say, facts = speech.say, ask.facts
    match ask.kind:
        case "face":
            return Question(say("How was your visit?"))
        case "contact" if facts.get("why") == "bounced":
            return Question(say("Our last message did not reach you. Is this address correct?"), facts["shown"])
        case "contact":
            return _contact(speech, facts.get("channel", ""), facts["shown"])
        case "questionnaire":
            return Question(title_of(speech, facts.get("form", "")), a_minute(speech, ask))
        case "pick":
            return Question(say("A book for you is on the shelf now"), recommendation_text(speech, ask))
        case "channel":
            return Question(say("Where should we send messages? We send a test message at once."))
        case "message" if facts.get("words") and facts.get("notice"):
            return Question(say("The library has written to you"), facts["words"])
        case "message" if facts.get("words"):
            return Question(say("A librarian has replied"), facts["words"])
        case "message" if facts.get("state"):
            return Question(wish(speech, facts["state"]), facts.get("about", ""))
        case _:
            return Question(say("A librarian has replied to you. Ask at the desk."))


def _contact(speech: Localizer, channel: str, shown: str) -> Question:
    """Return the question for an address or another personal data field."""
    say = speech.say
    match channel:
        case "sms":
            return Question(say("Is this still your mobile number?"), shown, say("We send messages there."))
        case "mail":
            return Question(say("Is this e-mail still correct?"), shown, say("We send messages there."))
        case _:
            named = fact(speech, channel)
            return Question(say("Is this still correct?"), f"{named}: {shown}" if named else shown)


def title_of(speech: Localizer, form: str) -> str:
    """Return the title of a questionnaire; the desk has validated `form` before."""
    return read_form(json.loads(form)).title.in_language(speech.language)


def recommendation_text(speech: Localizer, ask: PostVisitQuestion) -> str:
    """Return the title, its shelf and the library's reason, as far as they are known."""
    say, facts = speech.say, ask.facts
    title, number = facts["title"], facts.get("number", "")
    reasons = {name.removeprefix("why_"): words for name, words in facts.items() if name.startswith("why_")}
    named = say("{title} ({number})", title=title, number=number) if number else title
    return say("{title}, {why}", title=named, why=why) if (why := speech.pick(reasons)) else named


def a_minute(speech: Localizer, ask: PostVisitQuestion) -> str:
    """Return how long the questionnaire takes, and whether it is anonymous."""
    say = speech.say
    if ask.facts.get("so_far", "") not in ("", "{}"):
        return say("You have started: a few questions are left.")
    if ask.facts.get("anonymous"):
        return say("Up to five questions. Your answers are anonymous.")
    return say("Up to five questions. The library can see who answered.")


def wish(speech: Localizer, state: str) -> str:
    """Return the news about a purchase suggestion: `ordered`, `arrived`, `declined` or another state."""
    say = speech.say
    match state:
        case "ordered":
            return say("Your suggestion has been ordered")
        case "arrived":
            return say("Your suggestion has arrived")
        case "declined":
            return say("Your suggestion will not be bought")
        case _:
            return say("News about your suggestion")


def choice(speech: Localizer, ask: PostVisitQuestion, answer: str, short: bool = False) -> str:
    """Return the text of an answer.

    A channel includes the address; `short` leaves only the address of SMS and e-mail.
    """
    say = speech.say
    match (ask.kind, answer):
        case ("face", _):
            faces = (say("Very bad"), say("Bad"), say("So-so"), say("Good"), say("Very good"))
            return faces[int(answer) - 1]
        case (_, "start"):
            return say("Answer now")
        case (_, "right"):
            return say("Yes")
        case ("pick", _):
            return say("I like it") if answer == "like" else say("Not for me")
        case (_, "wrong"):
            return say("No")
        case (_, "later"):
            return say("Not now")
        case (_, "read"):
            return say("Mark as read")
        case (_, "sms" | "mail") if short:
            return ask.facts.get(answer, "")
        case _:
            return f"{channel(speech, answer)} {ask.facts.get(answer, '')}".strip()


def channel(speech: Localizer, name: str) -> str:
    say = speech.say
    names = {"wechat": say("WeChat"), "wecom": say("WeCom"), "sms": say("Text message"), "mail": say("E-mail")}
    return names.get(name, name)


def thanks(speech: Localizer, ask: PostVisitQuestion, answer: str) -> str:
    say = speech.say
    match (ask.kind, answer):
        case (_, "later"):
            return say("Maybe next time")
        case ("questionnaire", "part"):
            return say("Saved. Verify your card to continue.")
        case ("contact", "wrong"):
            return say("We will stop using it. Please give the new one at the desk.")
        case ("pick", _):
            return say("Saved: more like this") if answer == "like" else say("We won't suggest it again")
        case ("channel", _):
            return say("Thank you. A test message is on its way.")
        case _:
            return say("Thank you")


def reminder(speech: Localizer, kept: Reminder) -> str:
    return speech.say("We remind you on {day}", day=speech.date(kept.day))


def reminder_reason(speech: Localizer, kept: Reminder) -> str:
    """Return the reason for the date of a reminder."""
    say = speech.say
    match kept.why:
        case ReminderReason.USUAL:
            return say("when you usually return")
        case ReminderReason.TYPE:
            return say("when books like these are usually returned")
        case ReminderReason.DUE:
            return say("some days before they are due")
        case ReminderReason.CHOSEN:
            return say("on the day you chose")
        case _:
            assert_never(kept.why)
