"""Ask a technician for the settings that cannot be detected; previous answers are the defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from kiosk.config.central import THIS_MACHINE, in_clear
from kiosk.provisioning.detected_parts import DetectedParts, DriverChoice
from kiosk.sync.sip2.requests import PROFILES
from kiosk.system.opening_hours import OPEN, Hours
from kiosk.words.localizer import Localizer
from lending import atomic_file
from lending.languages import SOURCES, languages, usual
from lending.technician_codes import hash_code

Table = dict[str, Any]
Sections = dict[str, Table]

PARTS = (
    "card_reader", "barcode_scanner", "receipt_printer", "lights", "keys", "bin", "security_gate", "item_pad", "sound",
)  # fmt: skip
RAW_PORT = 9100
"""TCP port of a printer for raw data."""
DOTS = {"58": 384, "80": 576}
"""Dots per line by the paper's width in millimetres, as typed."""
SIP2_PORT, DAYS = 6001, 28
PASSWORD = "sip2-password"
KEPT_BY_ANY = ("patience",)
"""Settings of [central] that fit every library system."""
SECURITY = ("afi", "eas", "both", "none")
NO_HOURS = "none"
"""As typed, in every language."""


class Terminal(Protocol):
    """Dialogue with the technician."""

    def tell(self, text: str) -> None: ...

    def ask(self, question: str, default: str) -> str:
        """Return the answer; `default` if it is empty."""
        ...

    def ask_secretly(self, question: str) -> str: ...


class Wizard:
    """Questions of `kiosk provision`; the answers become sections of kiosk.toml."""

    def __init__(
        self, terminal: Terminal, found: DetectedParts, before: Mapping[str, Mapping[str, Any]], speech: Localizer
    ) -> None:
        """Prepare the questions; `before` is the present kiosk.toml, or empty."""
        self._terminal = terminal
        self.say = speech.say
        self._found = found
        self._sections: Sections = {name: dict(table) for name, table in before.items()}

    def sections(self) -> Sections:
        """Ask, and return all sections of kiosk.toml, including those without a question."""
        self._library()
        found = self.say("Detected parts are listed, the most likely first.")
        unseen = self.say("Lights, keys, bin and gate cannot be detected: their first option is none.")
        self._terminal.tell(f"\n{found} {unseen}")
        for part in PARTS:
            self._part(part, self._name(part))
        self._hours()
        self._technician()
        return self._sections

    @property
    def answered(self) -> Sections:
        """The answers so far."""
        return self._sections

    def _name(self, part: str) -> str:
        return {
            "card_reader": self.say("Card reader"),
            "barcode_scanner": self.say("Barcode scanner"),
            "receipt_printer": self.say("Receipt printer"),
            "lights": self.say("Lights"),
            "keys": self.say("Hardware keys"),
            "bin": self.say("Return bin with a drop sensor"),
            "security_gate": self.say("Security gate"),
            "item_pad": self.say("Item pad (reads RFID book tags)"),
            "sound": self.say("Loudspeaker (its tone helps to aim a book)"),
        }[part]

    def _library(self) -> None:
        library = self._section("library")
        self._ask(library, "language", self.say("Default language: {codes}", codes=", ".join(usual())), "zh")
        names, first = dict(library.get("names", {})), library["language"]
        for code in dict.fromkeys((first, SOURCES)):
            language = languages()[code].name if code in languages() else code
            question = self.say("Name of the library in {language}", language=language)
            names[code] = self._terminal.ask(question, str(names.get(code) or names.get(first, "")))
        library["names"] = names
        self._ask(library, "branch", self.say("Code of the branch at the hub"), "main")
        self._ask(library, "timezone", self.say("Time zone"), "Asia/Shanghai")
        self._ask(self._section("kiosk"), "name", self.say("Name of this kiosk"), "Kiosk 1")
        self._sections.setdefault("paths", {"state": "/var/lib/kiosk", "runtime": "/run/kiosk"})
        self._central()

    def _central(self) -> None:
        central = self._sections.setdefault("central", {})
        before = str(central.get("driver", "hub"))
        question = self.say("System that keeps the loans: hub, or sip2 for the library system")
        driver = self._one_of(question, ("hub", "sip2"), before)
        if driver != before:
            for key in [each for each in central if each not in KEPT_BY_ANY]:
                del central[key]
        central["driver"] = driver
        if driver == "hub":
            for name in ("hub", "policy"):
                self._sections.pop(name, None)
            self._hub(central, self.say("Address of the hub, such as https://hub.example.org"))
        else:
            self._sip2(central)
            self._companion_hub()

    def _sip2(self, central: Table) -> None:
        self._ask(central, "host", self.say("Name or address of the system that speaks SIP2"), "")
        central["port"] = self._number(self.say("Its SIP2 port"), int(central.get("port", SIP2_PORT)), 65535)
        question = self.say("Which system: {names}", names=", ".join(PROFILES))
        central["profile"] = self._one_of(question, tuple(PROFILES), str(central.get("profile", "koha")))
        self._ask(central, "institution", self.say("Institution there (AO, optional)"), "")
        self._ask(central, "user", self.say("The kiosk's login there (leave empty if none is needed)"), "")
        if central["user"]:
            self._password(central)
        else:
            del central["user"]
            central.pop("password_file", None)
        if central["host"] not in THIS_MACHINE:
            self._ask_encryption(central)

    def _password(self, central: Table) -> None:
        """Store the password in a file of its own, as kiosk.toml may be shown to others."""
        state = Path(str(self._sections.get("paths", {}).get("state", "/var/lib/kiosk")))
        file = Path(str(central.get("password_file", state / PASSWORD)))
        central["password_file"] = str(file)
        word = self._terminal.ask_secretly(self.say("Its password (leave empty if it is in {file})", file=file))
        if not word:
            return
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            atomic_file.write(file, f"{word}\n".encode())
        except OSError as error:
            message = self.say("Cannot write {file}: {why}", file=file, why=error.strerror)
            self._terminal.tell(message)

    def _ask_encryption(self, central: Table) -> None:
        question = self.say("Does it accept TLS, itself or through a proxy (y or n)")
        if self._yes(question, not central.pop("clear_text", False)):
            return
        self._terminal.tell(
            self.say("Card numbers, names and PINs can be intercepted. Put TLS in front of the system.")
        )
        central["clear_text"] = True

    def _companion_hub(self) -> None:
        hub = dict(self._sections.get("hub", {}))
        question = self.say("Address of the companion hub, or - for none")
        self._hub(hub, question)
        if hub["url"] not in ("", "-"):
            self._sections["hub"] = hub
            self._sections.pop("policy", None)
            return
        self._sections.pop("hub", None)
        policy = self._sections.setdefault("policy", {})
        question = self.say("Loan period in days while the system is offline")
        policy["days"] = self._number(question, int(policy.get("days", DAYS)), 365)

    def _hub(self, central: Table, asked: str) -> None:
        """Ask for the hub's address; one without TLS must be confirmed."""
        while True:
            self._ask(central, "url", asked, "")
            allowed = central.pop("clear_text", False)
            if not _in_clear(central["url"]):
                return
            self._terminal.tell(
                self.say(
                    "The card key, card numbers and PINs can be intercepted on the way to {url}.", url=central["url"]
                )
            )
            if self._yes(self.say("Use it anyway (y or n)"), allowed):
                central["clear_text"] = True
                return
            central["url"] = ""

    def _part(self, part: str, name: str) -> None:
        choices = self._choices(part)
        lines = [f"  {number} {choice.what}" for number, choice in enumerate(choices, 1)]
        self._terminal.tell("\n".join([f"\n{name}", *lines]))
        choice = choices[self._number(self.say("Which"), 1, len(choices)) - 1]
        before = self._sections.get(part, {})
        chosen = {**choice.section, **self._ask_part(choice, before)}
        self._sections[part] = {**before, **chosen} if _is_same(before, chosen) else dict(chosen)
        if part == "item_pad" and {chosen["driver"], self._sections["security_gate"]["driver"]} == {"none"}:
            self._terminal.tell(self.say("Without a relay or an item pad, books with a security tag set off the gate."))

    def _ask_part(self, choice: DriverChoice, before: Mapping[str, Any]) -> Table:
        """Ask for the settings of a part that cannot be detected."""
        answers: Table = {}
        if "host" in choice.asks:
            answers["host"] = self._terminal.ask(self.say("Its name or address"), str(before.get("host", "")))
        if "port" in choice.asks:
            answers["port"] = self._number(
                self.say("Its port"), int(before.get("port", choice.section.get("port", RAW_PORT))), 65535
            )
        if "security" in choice.asks:
            question = self.say("What the library's gates detect: afi, eas, both, or none")
            answers["security"] = self._one_of(question, SECURITY, str(before.get("security", SECURITY[0])))
        if "width" in choice.asks:
            answers["width"] = self._paper(int(before.get("width", min(DOTS.values()))))
        return answers

    def _paper(self, dots: int) -> int:
        """Ask for the paper's width: a printer cannot be queried, and silently cuts off what is too wide."""
        usual = next(paper for paper, wide in DOTS.items() if wide == dots)
        while True:
            answer = self._terminal.ask(self.say("Width of its paper in mm, 58 or 80"), usual)
            if answer in DOTS:
                return DOTS[answer]
            self._terminal.tell(self.say("Enter 58 or 80. A receipt that is too wide loses its right side."))

    def _choices(self, part: str) -> Sequence[DriverChoice]:
        """Return the choices; the present one comes first, and is not repeated."""
        before = self._sections.get(part)
        found = self._found.choices(part)
        if before is None:
            return found
        kept = DriverChoice(self.say("unchanged: {driver}", driver=before["driver"]), before, _asks(before))
        return [kept, *(each for each in found if not _is_same(before, each.section))]

    def _hours(self) -> None:
        """Ask for the hours outside which an idle screen goes dark."""
        screen = self._sections.get("screen", {})
        question = self.say("Opening hours, such as 07:30-21:00 (otherwise the screen is dark), or none")
        while True:
            answer = self._terminal.ask(question, str(screen.get("awake", NO_HOURS)))
            if answer == NO_HOURS:
                screen.pop("awake", None)
                return
            try:
                if answer != OPEN:
                    Hours.parse(answer)
            except ValueError:
                self._terminal.tell(self.say("Enter two times, such as 07:30-21:00, or none."))
            else:
                self._section("screen")["awake"] = answer
                return

    def _technician(self) -> None:
        known = self._section("technicians")
        if known:
            self._terminal.tell("\n" + self.say("Technicians: {names}", names=", ".join(known)))
        name = self._terminal.ask(self.say("Name of a technician to add (optional)"), "")
        while name:
            self._add_technician(known, name)
            name = self._terminal.ask(self.say("Another technician (optional)"), "")
        if not known:
            del self._sections["technicians"]

    def _add_technician(self, known: Table, name: str) -> None:
        """Ask for the code; without one the technician is not added."""
        while code := self._terminal.ask_secretly(self.say("Code of {name}, 6 to 12 digits", name=name)):
            try:
                known[name] = hash_code(code)
            except ValueError:
                self._terminal.tell(self.say("Use 6 to 12 digits, at least three of them different."))
            else:
                return

    def _yes(self, question: str, default: bool) -> bool:
        return self._terminal.ask(question, "y" if default else "n").lower().startswith("y")

    def _one_of(self, question: str, choices: tuple[str, ...], default: str) -> str:
        while (answer := self._terminal.ask(question, default).strip().lower()) not in choices:
            self._terminal.tell(self.say("Enter one of these: {names}", names=", ".join(choices)))
        return answer

    def _number(self, question: str, default: int, most: int) -> int:
        while True:
            answer = self._terminal.ask(question, str(default))
            if answer.isdecimal() and 1 <= int(answer) <= most:
                return int(answer)
            self._terminal.tell(self.say("Enter a number from 1 to {n}.", n=most))

    def _ask(self, section: Table, key: str, question: str, default: str) -> None:
        section[key] = self._terminal.ask(question, str(section.get(key, default)))

    def _section(self, name: str) -> Table:
        return self._sections.setdefault(name, {})


def _in_clear(url: str) -> bool:
    try:
        return in_clear(url)
    except ValueError:
        return False


def _asks(before: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what to ask again: a device in the network may have moved, a printer may have new paper."""
    address = ("host", "port") if "host" in before else ()
    return (*address, "width") if "width" in before else address


def _is_same(before: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Return whether both are the same part, so that manual settings are kept."""
    which = ("driver", "device", "camera", "vendor", "product", "bus")
    return bool(before) and all(before.get(key, found.get(key)) == found.get(key) for key in which)
