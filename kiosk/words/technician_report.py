"""Put the kiosk's condition into words, for the technician's screen and for the report that is printed."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.system.health import Condition, Device, PartName
from kiosk.views import Status, Technician
from kiosk.words import Words
from kiosk.words.receipt import HorizontalLine, Print, Receipt, ReceiptLine, Size


def report(view: Technician, status: Status, words: Words) -> Receipt:
    """Lay out the report: kiosk, version and time, then each part with its state and what to do."""
    lines: list[ReceiptLine] = [Print(view.kiosk or status.library, Size.NAME), Print(words.moment(status.now))]
    lines += [Print(each) for each in (release(view, words), view.by) if each]
    lines.append(HorizontalLine())
    parts = sorted(view.parts, key=lambda each: _rank(view, each, words))
    for before, name in zip((None, *parts), parts, strict=False):
        if before and _rank(view, before, words) != _rank(view, name, words):
            lines.append(HorizontalLine())
        lines += _part(view, name, words)
    for device in (each for each in Device if each in view.trials):
        lines.append(Print(_line(words, words.part(device), words.trial(device, view.trials[device]))))
    return Receipt(tuple(lines))


def _rank(view: Technician, name: PartName, words: Words) -> int:
    """Return 0 for a part that needs attention, 2 for one that is not there, otherwise 1."""
    if view.parts[name].condition is Condition.ABSENT:
        return 2
    return 0 if words.mending(name, view.parts[name]) else 1


def _part(view: Technician, name: PartName, words: Words) -> Iterator[ReceiptLine]:
    state, trial, mending = view.parts[name], view.trials.get(name), words.mending(name, view.parts[name])
    yield Print(_line(words, words.part(name), words.part_state(state, name)), Size.TITLE if mending else Size.SMALL)
    # The printer's own test is this report.
    if trial is not None and name is not PartName.RECEIPT_PRINTER:
        yield Print(words.trial(name, trial))
    if name is PartName.BACKLOG and (waiting := queue(view, words)):
        yield Print(waiting)
    if mending:
        yield Print(mending)


def _line(words: Words, name: str, state: str) -> str:
    return words.say("{name}: {state}", name=name, state=state)


def release(view: Technician, words: Words) -> str:
    """Return the version and the day of its installation; empty if unknown."""
    if not view.release.version:
        return ""
    if view.release.installed is None:
        return words.say("Version {version}", version=view.release.version)
    day = words.day_and_year(view.release.installed)
    return words.say("Version {version}, installed {day}", version=view.release.version, day=day)


def queue(view: Technician, words: Words) -> str:
    """Return how many transactions wait or need staff; empty if none does."""
    if not view.queued and not view.exceptions:
        return ""
    waiting = words.say_n("One transaction waiting", "{n} transactions waiting", view.queued)
    if view.queue_age is not None:
        waiting = words.say("{waiting}, the oldest for {span}", waiting=waiting, span=words.span(view.queue_age))
    aside = exceptions(view, words)
    return words.say("{waiting}, {aside}", waiting=waiting, aside=aside) if aside else waiting


def waiting(view: Technician, words: Words) -> str:
    """Return how many transactions wait and since when, in few words; empty if none does."""
    if not view.queued or view.queue_age is None:
        return ""
    return words.say("{n} waiting, oldest {span}", n=view.queued, span=words.span(view.queue_age))


def exceptions(view: Technician, words: Words) -> str:
    """Return how many transactions need staff, as the end of a sentence; empty if none does."""
    if not view.exceptions:
        return ""
    aside = words.say_n("one at the exception desk", "{n} at the exception desk", view.exceptions)
    if PartName.HUB in view.parts:
        aside = words.say_n("one for staff", "{n} for staff", view.exceptions)
        aside = words.say("{cases}: list them with `sudo kiosk exceptions show`", cases=aside)
        if view.parts[PartName.HUB].condition is not Condition.ABSENT:
            aside = words.say("{cases}; {told}", cases=aside, told=_unreported_note(view, words))
    return aside


def _unreported_note(view: Technician, words: Words) -> str:
    """Return how many exceptions were not reported to the companion hub yet."""
    missing = view.exceptions - view.reported_exceptions
    if not missing:
        return words.say("all are at the hub")
    return words.say_n("one is not yet at the hub", "{n} are not yet at the hub", missing)
