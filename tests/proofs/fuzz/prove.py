"""Fuzz every parser, and one with a seeded defect that must be found."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from kiosk.benchmarks.record import Record
from tests.proofs.fuzz.sip2 import careless, sip2_targets
from tests.proofs.fuzz.targets import Target, targets
from tests.support import proof_command
from tests.support.workers import workers

LONGEST = 400
Change = tuple[Literal["set", "cut", "add", "double", "nest"], int, bytes]

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["set", "cut", "add", "double", "nest"]),
        st.integers(0, 10_000),
        st.binary(min_size=1, max_size=6),
    ),
    max_size=6,
)


def mangled(samples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Draw inputs; two in three are a valid one that was changed."""
    changed = st.builds(_changed, st.sampled_from(list(samples)), CHANGES)
    swapped = st.builds(_joined, st.sampled_from(list(samples)), st.sampled_from(list(samples)), st.integers(0, 10_000))
    return st.one_of(changed, swapped, st.binary(max_size=LONGEST))


def _changed(sample: bytes, changes: Sequence[Change]) -> bytes:
    text = bytearray(sample)
    for what, where, piece in changes:
        at = where % (len(text) + 1)
        match what:
            case "set":
                text[at : at + len(piece)] = piece
            case "cut":
                del text[at : at + 1 + where % 40]
            case "add":
                text[at:at] = piece
            case "double":
                text[at:at] = text[at : at + 1 + where % 40]
            case "nest":
                text[at:at] = piece[:1] * (where % 3000)
    return bytes(text)


def _joined(one: bytes, other: bytes, where: int) -> bytes:
    return one[: where % (len(one) + 1)] + other[where % (len(other) + 1) :]


INPUTS, RELEASE = 100_000, 10_000_000
SIP2_RELEASE = 1_000_000
"""Most SIP2 messages of a release; otherwise there are as many as inputs of all other parsers together."""
SIP2_TOGETHER = 5
"""Least number of SIP2 messages in one input."""
CONTROL_INPUTS = 2000
PROCESSES = 2
CONTROL = "control: a parser with a planted defect"


@dataclass(frozen=True, slots=True)
class Fed:
    """One parser and its defect; `fault` is empty if there was none."""

    name: str
    inputs: int
    fault: str
    seconds: float


def defective(raw: bytes) -> None:
    """Parse a number carelessly: a field without a value raises an exception."""
    for field in raw.decode(errors="replace").split("|"):
        name, value = field[:2], field[2:]
        if name == "AB" and value[0] == " ":
            raise ValueError("an item's number begins with a blank")


def planted() -> Target:
    return Target(CONTROL, defective, [b"AB30001000000018|AA2000|AC"])


def feed(target: Target, inputs: int, first: int) -> Fed:
    """Feed a parser; the fault contains the smallest input that breaks it."""
    began, count, last, fault = time.process_time(), 0, b"", ""

    @seed(first)
    @settings(
        max_examples=inputs, database=None, deadline=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink), report_multiple_bugs=False, print_blob=False,
    )  # fmt: skip
    @given(mangled(target.samples))
    def fed(raw: bytes) -> None:
        nonlocal count, last
        count, last = count + target.counts(raw), raw
        target.check(raw)

    try:
        fed()
    except Exception as error:  # noqa: BLE001 - whatever comes out of a parser is what is looked for
        fault = f"{type(error).__name__}: {error} out of {last!r}"[:500]
    return Fed(target.name, count, fault, time.process_time() - began)


def _one(job: tuple[int, int, int]) -> Fed:
    number, inputs, first = job
    logging.disable()
    try:
        return feed([*targets(), *sip2_targets()][number], inputs, first)
    finally:
        logging.disable(logging.NOTSET)


def prove(first: int, inputs: int, processes: int) -> tuple[list[Record], list[str]]:
    """Feed this many inputs to all parsers, and as many SIP2 messages; `corrupt` counts parsers with a defect."""
    others, of_sip2 = len(targets()), len(sip2_targets())
    each = [-(-inputs // others)] * others + [-(-min(inputs, SIP2_RELEASE) // (of_sip2 * SIP2_TOGETHER))] * of_sip2
    jobs = [(place, each[place], first) for place in reversed(range(others + of_sip2))]  # The longest first.
    if processes == 1:
        fed = [_one(job) for job in jobs]
    else:
        with workers(processes) as pool:
            fed = list(pool.map(_one, jobs))
    records = [
        _held(f"parsers ({others})", fed[of_sip2:], first),
        _caught(CONTROL, feed(planted(), CONTROL_INPUTS, first), first),
        _held("SIP2 messages", fed[:of_sip2], first),
        _caught(careless().name, feed(careless(), CONTROL_INPUTS, first), first),
    ]
    return records, [f"{each.name}: {each.fault}" for each in fed if each.fault]


def _held(name: str, fed: Sequence[Fed], first: int) -> Record:
    total, faults = sum(each.inputs for each in fed), sum(bool(each.fault) for each in fed)
    return Record.count(name, total, first, sum(each.seconds for each in fed), {"corrupt": faults})


def _caught(name: str, fed: Fed, first: int) -> Record:
    found = bool(fed.fault)
    return Record.count(name, fed.inputs, first, fed.seconds, {"corrupt": int(found)}, control=True)


def main(argv: Sequence[str]) -> int:
    options = proof_command.options("fuzz", __doc__, "hypothesis's seed", INPUTS, "inputs", RELEASE)
    chosen = options.parse_args(argv)
    inputs = RELEASE if chosen.release else chosen.images
    records, said = prove(chosen.seed, inputs, PROCESSES)
    for sentence in said:
        print(sentence)
    if said:
        print(f"  again: scripts/prove --only fuzz --seed {chosen.seed} --images {inputs}")
    return proof_command.ended(records, chosen.figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
