"""Implement `kiosk tag`: read, write, secure, unsecure and erase the item tags on the pad, for technicians."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kiosk.config import load
from kiosk.config.hardware import FeigPad, Pn5180Pad
from kiosk.events import PadTag, PileSeen
from kiosk.hardware.item_pad.pile import PadOnAir
from kiosk.hardware.item_pad.readers import opening_of
from kiosk.hardware.parts import PartFault, TagFault, TagGone, TagVerifyFailed, TagWriteFailed
from kiosk.system.control_socket import KioskRunning, KioskSilent, ask
from kiosk.system.health import Condition, PartName, PartState
from kiosk.words import Words
from kiosk.words.terminal import language
from lending import atomic_file
from lending.tags import TagData, TagTrouble, Usage

LOOKS = 6
"""Rounds within which the pile becomes steady."""


@dataclass(frozen=True, slots=True)
class TagRequest:
    """What the command line asks for."""

    what: str
    item: str = ""
    part: int = 1
    parts: int = 1
    usage: Usage = Usage.CIRCULATING
    owner: str = ""
    replace: bool = False
    """True: a tag that names another item may be overwritten."""
    dump: Path | None = None
    as_json: bool = False


def run(file: Path, request: TagRequest) -> int:
    """Run a subcommand: 0 if it was done, 1 with a sentence if not. Raises ConfigError, KioskRunning."""
    config, words = load(file), Words(language())
    choice = config.item_pad
    if not isinstance(choice, Pn5180Pad | FeigPad):
        print(words.say("kiosk.toml names no item pad: set [item_pad], or run `kiosk provision`."), file=sys.stderr)
        return 1
    try:
        ask(config.paths.socket, "health")
    except KioskSilent:
        pass
    else:
        raise KioskRunning(words.say("The kiosk is using the item pad. Stop it first: systemctl stop kiosk"))
    try:
        with opening_of(choice)() as pad:
            return _Tags(pad, words).do(request)
    except PartFault as fault:
        state = PartState(Condition.FAULTY, str(fault.args[0]))
        detail = str(fault.args[1]) if len(fault.args) > 1 else words.mending(PartName.ITEM_PAD, state)
        print(f"{words.part_state(state)}. {detail}", file=sys.stderr)
    except TagFault as fault:
        print(f"{_failure(words, fault)} {fault}", file=sys.stderr)
    except (ValueError, OSError) as error:
        print(str(error), file=sys.stderr)
    return 1


def _failure(words: Words, fault: TagFault) -> str:
    match fault:
        case TagGone():
            return words.say("The tag does not answer any more.")
        case TagWriteFailed():
            return words.say("The tag cannot be written.")
        case TagVerifyFailed():
            return words.say("The tag did not keep what was written.")
        case _:
            return ""


class _Tags:
    """The tags on the pad, for one command."""

    def __init__(self, pad: PadOnAir, words: Words) -> None:
        self._pad = pad
        self._words = words

    def do(self, request: TagRequest) -> int:
        pile = self._steady_pile()
        if request.what == "read":
            return self._read(pile, request)
        tags = self._choose(pile, request)
        if not tags:
            return 1
        for tag in tags:
            match request.what:
                case "secure":
                    self._pad.switch(tag.handle, True)
                case "unsecure":
                    self._pad.switch(tag.handle, False)
                case "erase":
                    self._pad.erase(tag.handle)
                case _:
                    data = TagData(request.item, request.parts, request.part, request.owner, request.usage)
                    self._pad.write(tag.handle, data)
        print(self._words.say_n("Done: 1 tag.", "Done: {n} tags.", len(tags)))
        return 0

    def _steady_pile(self) -> PileSeen:
        pile = self._pad.look()
        for _ in range(LOOKS):
            if pile.steady:
                break
            pile = self._pad.look()
        return pile

    def _choose(self, pile: PileSeen, request: TagRequest) -> Sequence[PadTag]:
        """Return the tags that are meant; none, with a sentence, if that is not clear."""
        say = self._words.say
        if request.what in ("secure", "unsecure") and request.item:
            tags = [tag for tag in pile.tags if isinstance(tag.content, TagData) and tag.content.item == request.item]
            if not tags:
                print(say("No tag on the item pad names {item}.", item=request.item), file=sys.stderr)
            return tags
        if len(pile.tags) != 1 or pile.crowded:
            print(say("Place exactly 1 tag on the item pad. It has {n} now.", n=len(pile.tags)), file=sys.stderr)
            return ()
        content = pile.tags[0].content
        if request.what == "write" and content is TagTrouble.FOREIGN and not request.replace:
            print(say("This tag has another use. Add --replace to overwrite it."), file=sys.stderr)
            return ()
        known = content.item if isinstance(content, TagData) else request.item
        if request.what == "write" and known != request.item and not request.replace:
            print(say("This tag names {item}. Add --replace to overwrite it.", item=known), file=sys.stderr)
            return ()
        return pile.tags

    def _read(self, pile: PileSeen, request: TagRequest) -> int:
        rows = [self._row(tag, is_dumped=request.dump is not None) for tag in pile.tags]
        if request.dump is not None:
            atomic_file.write(request.dump, json.dumps(rows, ensure_ascii=False, indent=2).encode() + b"\n")
            print(self._words.say("Written: {file}", file=request.dump))
        elif request.as_json:
            print(json.dumps(rows, ensure_ascii=False, indent=2))
        else:
            for row in rows:
                print("  ".join(f"{key}={value}" for key, value in row.items() if value not in ("", [])))
            print(self._words.say_n("1 tag on the item pad", "{n} tags on the item pad", len(rows)))
        if pile.crowded:
            print(self._words.say("There are more: take some off."), file=sys.stderr)
        return 0

    def _row(self, tag: PadTag, *, is_dumped: bool) -> dict[str, Any]:
        """Return what is known of a tag, without its UID. Of a patron card only that it is one."""
        if isinstance(tag.content, TagData) and tag.content.usage is Usage.PATRON_CARD:
            return {"usage": Usage.PATRON_CARD.name.lower()}
        if isinstance(tag.content, TagTrouble):
            row: dict[str, Any] = {"trouble": tag.content.value}
        else:
            row = asdict(tag.content) | {"usage": tag.content.usage.name.lower()}
            row["deviations"] = [each.value for each in tag.content.deviations]
        try:
            row["secured"] = self._pad.is_secured(tag.handle)
            if is_dumped:
                dump = self._pad.dump(tag.handle)
                row |= asdict(dump) | {"memory": dump.memory.hex(" ", 4).upper()}
        except TagGone:
            row["secured"] = None
        return row
