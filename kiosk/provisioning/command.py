"""Implement `kiosk provision`: set up a kiosk at a terminal, or from a file written elsewhere."""

from __future__ import annotations

import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from kiosk.config import Config
from kiosk.hardware.camera import cameras
from kiosk.provisioning import boot_config_refusal
from kiosk.provisioning.apply import (
    ProvisioningResult,
    forget_code,
    keep_for_later,
    provision,
    read,
    stamp,
    unfinished_path,
)
from kiosk.provisioning.detected_parts import DetectedParts
from kiosk.provisioning.enrolment_code import ENROLMENT
from kiosk.provisioning.part_checks import try_parts
from kiosk.provisioning.previous_enrolment import NotProvisioned
from kiosk.provisioning.wizard import Terminal, Wizard
from kiosk.sync.enrolment import EnrolmentFailed, EnrolmentResult
from kiosk.system.control_socket import KioskSilent, ask
from kiosk.system.host_info import HostInfo
from kiosk.system.lazy_text import sentence, translate
from kiosk.words import Words
from kiosk.words.terminal import language


class Keyboard:
    """The terminal at which the command was started."""

    def tell(self, text: str) -> None:
        print(text)

    def ask(self, question: str, default: str) -> str:
        return input(f"{question} [{default}]: ").strip() or default

    def ask_secretly(self, question: str) -> str:
        return getpass(f"{question}: ")


def run(file: Path, source: Path | None, terminal: Terminal | None = None, found: DetectedParts | None = None) -> int:
    """Provision: 0 if the kiosk can be started, else 1 with a sentence. With `source` no question is asked."""
    terminal, words = terminal or Keyboard(), Words(language())
    try:
        if source is not None:
            return _from_file(file, source, terminal, words)
        boot_config_refusal.forget(file)
        return _run_wizard(file, terminal, found or DetectedParts(cameras=cameras, speech=words), words)
    except (NotProvisioned, EnrolmentFailed) as failure:
        print(translate(failure, words.say), file=sys.stderr)
        if source is not None:
            boot_config_refusal.keep(file, failure)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\n" + words.say("stopped: only what is listed above was done"), file=sys.stderr)
        return 1


def _from_file(file: Path, source: Path, terminal: Terminal, words: Words) -> int:
    """Provision from a file; settings that it lacks keep their previous values."""
    given = read(source)
    if not given:
        raise NotProvisioned(sentence("{file} does not exist or is empty", file=source))
    done = provision(file, read(file) | given, source)
    code = str(given.get(ENROLMENT, {}).get("code", ""))
    enrolled = done.before.enrol(done.config, code) if code else None
    stamp(file)
    boot_config_refusal.forget(file)
    _tell(done, file, terminal, words)
    if enrolled is not None:
        _tell_enrolled(enrolled, terminal, words)
        _delete_code(source, terminal, words)
    return 0


def _delete_code(source: Path, terminal: Terminal, words: Words) -> None:
    try:
        forget_code(source)
    except OSError as error:
        terminal.tell(
            words.say(
                "The code stays in {file} ({why}). It is used up and enrols no other device.",
                file=source,
                why=error.strerror,
            )
        )


def _run_wizard(file: Path, terminal: Terminal, found: DetectedParts, words: Words) -> int:
    machine = HostInfo()
    if machine.model is not None and not machine.supported:
        terminal.tell(
            words.say("{model} is not supported: take a Raspberry Pi 4 (2 GB or more) or 5.", model=machine.model)
        )
    before = _previous_answers(file, terminal, words)
    terminal.tell(words.say("Press Enter to keep the answer in brackets. Answers are written to {file}.", file=file))
    sections = _answers(file, Wizard(terminal, found, before, words), terminal, words)
    try:
        failed = _carried_out(file, sections, terminal, words, again=bool(before))
    except NotProvisioned:
        _keep(file, sections, terminal, words)
        raise
    unfinished_path(file).unlink(missing_ok=True)
    stamp(file)
    terminal.tell(
        words.say("After enrolment the kiosk starts automatically within seconds. If not, run `systemctl start kiosk`.")
    )
    return int(failed)


def _answers(file: Path, wizard: Wizard, terminal: Terminal, words: Words) -> dict[str, dict[str, Any]]:
    """Ask the questions; if interrupted, keep the answers for the next attempt."""
    try:
        return wizard.sections()
    except (KeyboardInterrupt, EOFError):
        if wizard.answered != read(file):
            _keep(file, wizard.answered, terminal, words)
        raise


def _carried_out(
    file: Path, sections: dict[str, dict[str, Any]], terminal: Terminal, words: Words, again: bool
) -> bool:
    """Apply the answers and return whether a part failed its test. Raises NotProvisioned, EnrolmentFailed."""
    done = provision(file, sections)
    _tell(done, file, terminal, words)
    # Test before the enrolment: afterwards the service may start and take the parts.
    failed = _failed_parts(done.config, terminal, words)
    question = words.say("One-time code from the hub's Kiosks page")
    if again:
        question = words.say("One-time code from the hub's Kiosks page (leave empty if already enrolled)")
    code = terminal.ask(question, "") if done.config.at_hub is not None else ""
    if code:
        _tell_enrolled(done.before.enrol(done.config, code), terminal, words)
    return failed


def _previous_answers(file: Path, terminal: Terminal, words: Words) -> dict[str, dict[str, Any]]:
    """Return the sections of kiosk.toml, or the answers of the last attempt if they were not applied.

    Answers are outdated if kiosk.toml was changed since.
    """
    waiting = {} if _is_newer(file, unfinished_path(file)) else read(unfinished_path(file))
    if waiting:
        terminal.tell(
            words.say("Your unapplied answers from last time are reused from {file}.", file=unfinished_path(file))
        )
    return waiting or read(file)


def _is_newer(file: Path, other: Path) -> bool:
    return file.exists() and other.exists() and file.stat().st_mtime_ns > other.stat().st_mtime_ns


def _keep(file: Path, sections: dict[str, dict[str, Any]], terminal: Terminal, words: Words) -> None:
    try:
        kept = keep_for_later(file, sections)
    except OSError:
        return
    terminal.tell(words.say("Your answers wait in {file} for the next `kiosk provision`.", file=kept))


def _tell(done: ProvisioningResult, file: Path, terminal: Terminal, words: Words) -> None:
    terminal.tell("\n" + words.say("Written: {file}", file=file))
    if done.journal_made:
        terminal.tell(words.say("Journal created: {file}", file=done.config.paths.journal))
    hub = done.config.at_hub
    if hub is not None and hub.in_clear:
        url = hub.address
        terminal.tell(
            words.say("Card numbers and PINs can be intercepted on the way to {url}. Use https for the hub.", url=url)
        )


def _tell_enrolled(enrolled: EnrolmentResult, terminal: Terminal, words: Words) -> None:
    terminal.tell(words.say("Enrolled as {kiosk}, branch {branch}", kiosk=enrolled.kiosk, branch=enrolled.branch))
    if enrolled.clock_is_wrong:
        terminal.tell(words.say("The clock is wrong. Connect to a time server before anyone borrows."))


def _failed_parts(config: Config, terminal: Terminal, words: Words) -> bool:
    """Return whether a part failed. A running kiosk keeps its parts: test them on its technician screen."""
    try:
        ask(config.paths.socket, "health")
    except KioskSilent:
        pass
    else:
        terminal.tell(
            words.say(
                "The kiosk is running. Restart it with `systemctl restart kiosk` and test its parts on the screen."
            )
        )
        return False
    terminal.tell("\n" + words.say("Now each part is tested."))
    failed = try_parts(config, terminal, words)
    if failed:
        parts = ", ".join(words.part(each) for each in failed)
        terminal.tell(words.say("Needs attention: {parts}. Run `kiosk check` for details.", parts=parts))
    return bool(failed)
