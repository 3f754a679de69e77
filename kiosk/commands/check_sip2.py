"""Check a SIP2 server for `kiosk check`: which product it resembles, and which functions it lacks."""

from __future__ import annotations

from kiosk.commands.check_screen import Finding
from kiosk.config.central import Sip2Central
from kiosk.sync.sip2.requests import login
from kiosk.sync.sip2.server_probe import ProbeResult, look
from kiosk.system.health import Condition
from kiosk.wiring.sip2_connections import account_of, peer_of, speech_of
from kiosk.words import Words


async def probe_server(section: Sip2Central) -> ProbeResult:
    """Probe the server over one connection. Raises CentralUnavailable, ConfigError."""
    return await look(peer_of(section, None), speech_of(section), login(account_of(section)))


def sip2(words: Words, section: Sip2Central, seen: ProbeResult) -> Finding:
    text = words.say("Looks like {profile}", profile=seen.looks_like)
    faults = [*_another(words, section, seen), *_forbids(words, seen), *_denies(words, seen)]
    hints = [*_differs(words, section, seen), *faults]
    if section.in_clear:
        hints.append(words.say("Card numbers, names and PINs can be intercepted. Put TLS in front of the system."))
    return Finding("sip2", Condition.FAULTY if faults else Condition.READY, text, " ".join(hints))


def _another(words: Words, section: Sip2Central, seen: ProbeResult) -> list[str]:
    """Report an institution id other than kiosk.toml's: patrons and items may be looked up in another library."""
    there = (seen.status.first("AO") or "").strip()
    if not section.institution or not there or there == section.institution:
        return []
    text = words.say(
        "Wrong institution: kiosk.toml says {here}, the system says {there}. Set institution = {there}.",
        here=section.institution,
        there=there,
    )
    return [text]


def _differs(words: Words, section: Sip2Central, seen: ProbeResult) -> list[str]:
    habits = {
        "end": words.say("how a response ends"),
        "resend": words.say("the response to 97"),
        "unknown": words.say("the response to unknown messages"),
    }
    stop = words.say("; ")
    found = stop.join(
        words.say("{habit}: {here}, there {there}", habit=habits[name], here=here, there=there)
        for name, here, there in seen.differs(section.profile)
    )
    if not found:
        return []
    return [words.say("kiosk.toml says {profile}, but this differs: {found}.", profile=section.profile, found=found)]


def _forbids(words: Words, seen: ProbeResult) -> list[str]:
    names = {"checkout": words.say("borrowing"), "checkin": words.say("returning"), "renewal": words.say("renewing")}
    forbidden = [names[each] for each in seen.forbids()]
    if not forbidden:
        return []
    text = words.say(
        "The system does not offer: {what}. Ask the library to allow it for this kiosk's account.",
        what=words.say(", ").join(forbidden),
    )
    return [text]


def _denies(words: Words, seen: ProbeResult) -> list[str]:
    names = {"patron": words.say("63 (Patron Information)"), "item": words.say("17 (Item Information)")}
    denied = words.say(", ").join(names[each] for each in seen.denies())
    if not denied:
        return []
    text = words.say(
        "Its field BX does not list: {what}. The kiosk needs these messages. Enable them in the system.", what=denied
    )
    return [text]
