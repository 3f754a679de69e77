"""Define what judges of a run find, and the result of one proof, as scripts/prove reports it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = ("lost", "doubled", "renewed", "corrupt")
"""Kinds of faults, as `Verdict` names them."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the table; the fields of `scripts/prove --json`."""

    name: str
    n: int
    seed: int
    lost: int
    doubled: int
    corrupt: int
    bound: float | None
    """Upper bound of the true failure share at 95 % confidence after 0 failures in n; None if not claimed."""
    control: bool
    failed_as_it_must: bool
    seconds: float
    """Seconds of one core, whatever else is running."""

    @classmethod
    def count(
        cls,
        name: str,
        n: int,
        seed: int,
        seconds: float,
        harms: Mapping[str, int],
        *,
        control: bool = False,
        caught: bool | None = None,
    ) -> Record:
        """Build a record with the bound that its harms allow.

        `harms` may count lost, doubled and corrupt. `caught` says whether the proof found what a control does. By
        default, any harm counts.
        """
        lost, doubled, corrupt = (harms.get(kind, 0) for kind in ("lost", "doubled", "corrupt"))
        harm = bool(lost or doubled or corrupt)
        bound = 3 / n if n and not control and not harm else None
        fails = control and (harm if caught is None else caught)
        return cls(name, n, seed, lost, doubled, corrupt, bound, control, fails, round(seconds, 1))

    @property
    def held(self) -> bool:
        return self.failed_as_it_must if self.control else not (self.lost or self.doubled or self.corrupt)


@dataclass
class Verdict:
    """Sentences about faults, by their kind."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    """Renewals that no patron requested."""
    corrupt: list[str] = field(default_factory=list)
    """Transactions out of order, or data in the wrong place."""
    acts: int = 0
    """Number of statements that were compared."""
    for_staff: int = 0
    """Number of saved transactions that were not executed and are exceptions with a reason."""

    @property
    def fine(self) -> bool:
        return not self.findings()

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of a Record; an unrequested renewal counts as a duplicate."""
        return {
            "lost": len(self.lost),
            "doubled": len(self.doubled) + len(self.renewed),
            "corrupt": len(self.corrupt),
        }

    def add(self, other: Verdict) -> None:
        for name in KINDS:
            getattr(self, name).extend(getattr(other, name))
        self.acts += other.acts
        self.for_staff += other.for_staff

    def findings(self) -> list[str]:
        return [f"{name}: {each}" for name in KINDS for each in getattr(self, name)]
