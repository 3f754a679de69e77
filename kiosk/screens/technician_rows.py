"""Build the rows of the technician screen: faulty parts first, missing ones last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.screens.components.states import State
from kiosk.screens.draw_context import DrawContext
from kiosk.system.health import Condition, Device, PartName, PartState
from kiosk.views import OutOfOrder, Technician, Trial
from kiosk.words import technician_report

ORDER = tuple(PartName)


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part, or all missing parts in one row; those have no mark."""

    name: str
    state: str = ""
    mark: State | None = None
    details: tuple[str, ...] = ()
    part: PartName | None = None


def rows_of(view: Technician, scene: DrawContext) -> list[PartRow]:
    """Return tested devices first, to be seen at once; then parts, faulty ones before others."""
    devices = [_device(scene, each, view.trials[each]) for each in Device if each in view.trials]
    there = [each for each in ORDER if each in view.parts and view.parts[each].condition is not Condition.ABSENT]
    there.sort(key=lambda name: _rank(view, name))
    return [*_command(view, scene), *devices, *(_part(view, scene, each) for each in there), *_not_there(view, scene)]


def _command(view: Technician, scene: DrawContext) -> Iterator[PartRow]:
    """Yield the command that brings back a kiosk that is out of order."""
    if isinstance(view.under, OutOfOrder) and view.under.command:
        yield PartRow(scene.say("Out of order"), view.under.command, State.LOOK)


def needs_technician(state: PartState) -> bool:
    """Return True if a part needs the technician."""
    return state.condition is Condition.FAULTY or state.reason in ("near_end", "waits_long")


def _rank(view: Technician, name: PartName) -> int:
    state = view.parts[name]
    if state.condition is Condition.FAULTY:
        return 0
    return 1 if state.reason or view.trials.get(name) is Trial.FAILED else 2


def _device(scene: DrawContext, device: Device, trial: Trial) -> PartRow:
    return PartRow(scene.words.part(device), scene.words.trial(device, trial), _trial_mark(trial))


def _part(view: Technician, scene: DrawContext, name: PartName) -> PartRow:
    state, trial = view.parts[name], view.trials.get(name)
    if trial is not None and state.condition is Condition.READY:
        condition, mark = scene.words.trial(name, trial), _trial_mark(trial)
    else:
        condition, mark = scene.words.part_state(state, name), State.DONE
    if needs_technician(state):
        mark = State.REFUSED if name is PartName.BACKLOG and state.condition is Condition.FAULTY else State.LOOK
    if name is PartName.CENTRAL and state.condition is Condition.READY and view.delay is not None:
        condition = scene.say("{state}, answered in {n} ms", state=condition, n=round(1000 * view.delay))
    queue = technician_report.queue(view, scene.words) if name is PartName.BACKLOG else ""
    details = filter(None, (queue, scene.words.mending(name, state)))
    return PartRow(scene.words.part(name), condition, mark, tuple(details), name)


def _trial_mark(trial: Trial) -> State:
    return {Trial.RUNNING: State.CHECKING, Trial.FAILED: State.LOOK}.get(trial, State.DONE)


def _not_there(view: Technician, scene: DrawContext) -> Iterator[PartRow]:
    """Yield one row per reason, for all parts that share it."""
    named: dict[str, list[str]] = {}
    for each in ORDER:
        state = view.parts.get(each)
        if state is not None and state.condition is Condition.ABSENT:
            named.setdefault(scene.words.part_state(state, each), []).append(scene.words.part(each))
    for why, names in named.items():
        yield PartRow(why, details=(scene.say(", ").join(names),))
