"""Ask which system keeps the loans: the hub, or an ILS with or without a companion hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.config.central import THIS_MACHINE
from kiosk.provisioning.terminal import Terminal
from kiosk.words.localizer import Localizer
from lending import atomic_file

Table = dict[str, Any]
PROFILES = ("koha", "evergreen", "folio", "polaris", "generic")
PORT, DAYS = 6001, 28
PASSWORD = "sip2-password"
KEPT_BY_ANY = ("patience",)


class LibrarySystemQuestions:
    """The questions. `at` asks for a hub's address and whether it may be unencrypted."""

    def __init__(
        self, terminal: Terminal, speech: Localizer, sections: dict[str, Table], at: Callable[[Table, str], None]
    ) -> None:
        self._terminal = terminal
        self.say = speech.say
        self._sections = sections
        self._at = at

    def ask(self) -> None:
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
            self._at(central, self.say("Address of the hub, such as https://hub.example.org"))
        else:
            self._own(central)
            self._ask_for_hub()

    def _own(self, central: Table) -> None:
        self._ask(central, "host", self.say("Name or address of the system that speaks SIP2"), "")
        central["port"] = self._number(self.say("Its SIP2 port"), int(central.get("port", PORT)), 65535)
        question = self.say("Which system: {names}", names=", ".join(PROFILES))
        central["profile"] = self._one_of(question, PROFILES, str(central.get("profile", "koha")))
        self._ask(central, "institution", self.say("Institution there (AO, optional)"), "")
        self._ask(central, "user", self.say("The kiosk's login there (leave empty if none is needed)"), "")
        if central["user"]:
            self._password(central)
        else:
            del central["user"]
            central.pop("password_file", None)
        if central["host"] not in THIS_MACHINE:
            self._encrypted(central)

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

    def _encrypted(self, central: Table) -> None:
        question = self.say("Does it accept TLS, itself or through a proxy (y or n)")
        default = "n" if central.pop("clear_text", False) else "y"
        if self._terminal.ask(question, default).lower().startswith("y"):
            return
        self._terminal.tell(
            self.say("Card numbers, names and PINs can be intercepted. Put TLS in front of the system.")
        )
        central["clear_text"] = True

    def _ask_for_hub(self) -> None:
        hub = dict(self._sections.get("hub", {}))
        question = self.say("Address of the companion hub, or - for none")
        self._at(hub, question)
        if hub["url"] not in ("", "-"):
            self._sections["hub"] = hub
            self._sections.pop("policy", None)
            return
        self._sections.pop("hub", None)
        policy = self._sections.setdefault("policy", {})
        question = self.say("Loan period in days while the system is offline")
        policy["days"] = self._number(question, int(policy.get("days", DAYS)), 365)

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
