"""Define the result of one proof, as scripts/prove reports it."""

from __future__ import annotations

from dataclasses import dataclass


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
