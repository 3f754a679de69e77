"""Define what judges of a run find, and the result of one proof, as scripts/prove reports it."""

from __future__ import annotations

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

    def add(self, other: Verdict) -> None:
        for name in KINDS:
            getattr(self, name).extend(getattr(other, name))
        self.acts += other.acts
        self.for_staff += other.for_staff

    def findings(self) -> list[str]:
        return [f"{name}: {each}" for name in KINDS for each in getattr(self, name)]
