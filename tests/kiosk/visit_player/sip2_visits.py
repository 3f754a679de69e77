"""Play the built-in visits with a simulated SIP2 system, and list those that cannot pass, with the reason.

Run as a program, it compares every visit in every dialect with this list.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.sip2_simulator.dialects import LENDING
from kiosk.visit_player import player

PAGE = Path(__file__).resolve().parents[3] / "docs/sip2.md"
AFTER = "no message carries questions or notices after a visit: a companion hub does that"
EXPIRY = "PA in 64, the date on which a card expires, is not in the standard: only the block is known"
COUNTS = "64 has blanks for the number of loans and omits CB, the loan limit: the limit has no number"
TITLES = "SIP2 carries no titles, and a kiosk searches its own copy: a companion hub supplies it"
SAID = "no message carries an opinion, a wish, a question or a recommendation: the kiosk does not offer it"
RECORD = "no message carries a consent, an address or an interest: a companion hub does that"
REGISTERS = "no message registers a patron: the kiosk does not offer it"
KEEPS = "the ILS that keeps the loans registers the patrons: the kiosk does not offer it"
PROVED = "the PIN is the ILS's, and the hub shows a record only to patrons whom it has verified itself"
LATER = "the hub receives it after the visit: the place is requested, and a message says whether the patron has it"
SHOWN = "no message carries a poster, a new title, a course or a lesson: a companion hub does that"
LISTS = "AU in 64 holds titles, and 29 requires a barcode: loans in a list cannot be renewed"
FROM_DUE = "a renewal adds its period to the old due date, and the visit expects the date of the hub's rules"
HEARD = "its last steps wait for the word Offline, and the hub, from which their content comes, is reachable"
ENDED = "the screen lacks '您的读者证已于2026年10月25日到期'"


@dataclass(frozen=True, slots=True)
class Cannot:
    """Reason why a visit cannot pass; `message` is part of its failure message."""

    missing: str
    message: str
    dialects: Sequence[str] = LENDING
    also: Cannot | None = None
    """Reason for dialects in which another feature is missing."""

    def at(self, dialect: str) -> Cannot | None:
        return self if dialect in self.dialects else self.also.at(dialect) if self.also else None

    @property
    def words(self) -> str:
        if self.also is None:
            return self.missing
        return "; ".join(f"{', '.join(each.dialects)}: {each.missing}" for each in (self, self.also))


CANNOT: Mapping[str, Cannot] = {
    "blocked-by-an-expired-card": Cannot(EXPIRY, ENDED, ("folio", "strict")),
    "f01-register": Cannot(REGISTERS, "the screen lacks 'No card yet?'"),
    "f01-register-child": Cannot(REGISTERS, "register is not on the screen"),
    "f01-register-offline": Cannot(REGISTERS, "'Scan to save to your phone'"),
    "f02-contact-check": Cannot(AFTER, "Is this e-mail still correct?"),
    "f04-interests": Cannot(RECORD, "details is not on the screen"),
    "f05-welcome-guide": Cannot(AFTER, "How it works here"),
    "f05-win-back": Cannot(AFTER, "您上次来馆后的新书"),
    "f06-a-code-for-a-friend": Cannot(AFTER, "A friend can join with your code."),
    "f06-what-i-have-read": Cannot(SAID, "for_you is not on the screen"),
    "f07-ask-a-librarian": Cannot(SAID, "for_you is not on the screen"),
    "f08-find": Cannot(TITLES, "find is not on the screen"),
    "f09-channels": Cannot(RECORD, "details is not on the screen"),
    "f09-preferred-channel": Cannot(AFTER, "Where should we send messages?"),
    "f10-wish-by-isbn": Cannot(SAID, "tell is not on the screen"),
    "f11-for-you": Cannot(SAID, "the screen lacks 'For you'"),
    "f12-posters-and-new-titles": Cannot(SHOWN, "'Scan to save to your phone'"),
    "f13-read-now": Cannot(TITLES, "find is not on the screen"),
    "f15-reminder-date": Cannot(AFTER, "answer 4 is not on the screen"),
    "f16-in-another-house": Cannot(TITLES, "find is not on the screen"),
    "f16-the-way-to-the-shelf": Cannot(TITLES, "find is not on the screen"),
    "f17-events": Cannot(SHOWN, "'Stories from the steppe'"),
    "f18-blocked-by-the-limit": Cannot(COUNTS, "allows 3 at a time", ("strict",)),
    "f20-my-details": Cannot(RECORD, "the screen lacks 'My details'"),
    "f22-learn": Cannot(SHOWN, "'Scan to save to your phone'"),
    "f23-renew-one-and-all": Cannot(
        LISTS, "the screen lacks '22 Dec'", ("evergreen",), Cannot(FROM_DUE, "the screen lacks '29 Dec'", ("koha",))
    ),
    "f24-how-it-was": Cannot(SAID, "the screen lacks '这本书怎么样？'"),
    "f24-one-face": Cannot(AFTER, "How was your visit?"),
    "f25-questionnaire": Cannot(SAID, "'Scan to save to your phone'"),
    "feedback-without-a-card": Cannot(SAID, "tell is not on the screen"),
    "librarians-answer": Cannot(AFTER, "A librarian has replied to you"),
    "look-remembered": Cannot(RECORD, "the screen lacks '我的资料'"),
}

WITH_HUB: Mapping[str, Cannot] = {
    "a-week-without-the-hub": Cannot(
        "a visit cuts only the line to the ILS: the hub is reachable all week, and checkouts continue by its snapshot",
        "expected Blocked and saw Borrowing",
    ),
    "f01-register": Cannot(KEEPS, "the screen lacks 'No card yet?'"),
    "f01-register-child": Cannot(KEEPS, "register is not on the screen"),
    "f01-register-offline": Cannot(KEEPS, "register is not on the screen"),
    "f04-interests": Cannot(PROVED, "details is not on the screen"),
    "f06-what-i-have-read": Cannot(PROVED, "had is not on the screen"),
    "f08-find": Cannot(
        "the ILS would not be notified of a hold: the kiosk does not offer it",
        "hold is not on the screen",
    ),
    "f09-channels": Cannot(PROVED, "details is not on the screen"),
    "f12-posters-and-new-titles": Cannot(HEARD, "the screen lacks 'Offline'"),
    "f13-read-now": Cannot(HEARD, "the screen lacks 'Offline'"),
    "f17-events": Cannot(LATER, "the screen lacks 'You are signed up'"),
    "f20-my-details": Cannot(PROVED, "the screen lacks 'My details'"),
    "f23-renew-one-and-all": Cannot(FROM_DUE, "the screen lacks '29 Dec'"),
    "look-remembered": Cannot(PROVED, "the screen lacks '我的资料'"),
}
"""Visits that cannot pass with a companion hub and a system in the Koha dialect."""


FUNCTIONS = (1, 2, 7, 9, 11, 15, 16, 24)
"""Functions that a companion hub provides to a library with its own system."""


def functions() -> str:
    """Return the table of docs/sip2.md that lists these functions with their visits."""
    rows = ["| function | passes | cannot pass, and why |", "|---|---|---|"]
    for number in FUNCTIONS:
        visits = [file.stem for file in player.built_in_visits() if file.stem.startswith(f"f{number:02}-")]
        passes = ", ".join(f"`{each}`" for each in visits if each not in WITH_HUB)
        why: dict[str, list[str]] = {}
        for each in visits:
            if each in WITH_HUB:
                why.setdefault(WITH_HUB[each].missing, []).append(f"`{each}`")
        failing = "; ".join(f"{', '.join(names)}: {missing}" for missing, names in why.items())
        rows.append(f"| F{number} | {passes or '-'} | {failing or '-'} |")
    return "\n".join(rows) + "\n"


def named(name: str) -> Path:
    return next(file for file in player.built_in_visits() if file.stem == name)


def played(dialect: str, files: Sequence[Path], out: Path, companion_hub: bool = False) -> Mapping[str, str]:
    """Return why each visit failed, or ""."""
    player.play(files, out=out, dialect=dialect, companion_hub=companion_hub)
    facts = (json.loads((out / file.stem / "visit.json").read_text(encoding="utf-8")) for file in files)
    return {each["visit"]: each.get("why", "") for each in facts}


def judged(dialect: str, visit: str, why: str, cannot: Mapping[str, Cannot] = CANNOT) -> str:
    """Return the difference from this table in a sentence, or ""."""
    known = cannot[visit].at(dialect) if visit in cannot else None
    if known is None:
        return f"{dialect}: {visit} should pass, and {why}" if why else ""
    if not why:
        return f"{dialect}: {visit} passes, and docs/sip2.md says that it cannot: {known.missing}"
    return "" if known.message in why else f"{dialect}: {visit} fails for another reason:  {why}"


def rendered() -> str:
    """Return the table of docs/sip2.md."""
    rows = [f"| visit | {' | '.join(LENDING)} | what is missing |", f"|---|{'---|' * len(LENDING)}---|"]
    for name in sorted(CANNOT):
        cannot = CANNOT[name]
        marks = " | ".join("no" if cannot.at(each) else "yes" for each in LENDING)
        rows.append(f"| `{name}` | {marks} | {cannot.words} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    wrong = []
    files = player.built_in_visits()
    with tempfile.TemporaryDirectory() as folder:
        for dialect in LENDING:
            whys = played(dialect, files, Path(folder) / dialect)
            wrong += [difference for visit, why in whys.items() if (difference := judged(dialect, visit, why))]
        whys = played("koha", files, Path(folder) / "with-hub", companion_hub=True)
        wrong += [
            f"with a hub, {difference}"
            for visit, why in whys.items()
            if (difference := judged("koha", visit, why, WITH_HUB))
        ]
    cannot = sum(1 for each in CANNOT.values() for dialect in LENDING if each.at(dialect))
    count = len(files) * len(LENDING)
    print(f"{count} visits at {len(LENDING)} dialects: {count - cannot} pass, {cannot} cannot; otherwise: {len(wrong)}")
    print(f"{len(files)} visits with a companion hub:  {len(files) - len(WITH_HUB)} pass, {len(WITH_HUB)} cannot")
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
