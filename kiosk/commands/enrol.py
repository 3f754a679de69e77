"""Implement `kiosk enrol`: enrol this device at the hub, and report differing settings."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from kiosk.commands.prompts import secret
from kiosk.config import Config, load
from kiosk.provisioning import enrolment
from kiosk.provisioning.enrolment import enrol_kiosk
from kiosk.sync.enrolment import EnrolmentResult
from kiosk.words import Words
from kiosk.words.terminal import language


def run(file: Path, code: str | None) -> int:
    """Enrol, and ask for the code if none is given. Raises ConfigError, EnrolmentFailed."""
    config, words = load(file), Words(language())
    try:
        code = code or secret(words.say("One-time code from the hub's Kiosks page"))
    except (KeyboardInterrupt, EOFError):
        print("\n" + words.say("stopped: nothing was changed"), file=sys.stderr)
        return 1
    done = enrol_kiosk(config, code)
    enrolment.forget_refusal(file)
    enrolled = words.say(
        "enrolled at {url} as {kiosk}, branch {branch}",
        url=config.central.address,
        kiosk=done.kiosk,
        branch=done.branch,
    )
    print(enrolled)
    for each in _doubts(done, config, words):
        print(each, file=sys.stderr)
    return 0


def _doubts(done: EnrolmentResult, config: Config, words: Words) -> Iterator[str]:
    """Yield the settings that differ at the hub."""
    branch = config.library.branch
    if done.branch != branch:
        yield words.say("kiosk.toml says library.branch = {branch}: one of the two is wrong", branch=repr(branch))
    ahead = done.ahead.total_seconds()
    if done.clock_is_wrong and ahead > 0:
        minutes = f"{ahead / 60:.0f}"
        yield words.say("this machine's clock is {n} minutes ahead of the hub's: set the one that is wrong", n=minutes)
    elif done.clock_is_wrong:
        minutes = f"{-ahead / 60:.0f}"
        yield words.say("this machine's clock is {n} minutes behind the hub's: set the one that is wrong", n=minutes)
