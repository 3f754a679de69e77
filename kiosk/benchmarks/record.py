"""What one proof counted, as scripts/prove tells it; counts nothing itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the table; the fields of `scripts/prove --json`."""

    name: str
    n: int
    seed: int
    lost: int
    doubled: int
    corrupt: int
    bound: float | None
    """0 of n: at 95 % the true share is below this. None where there is no such claim."""
    control: bool
    failed_as_it_must: bool
    seconds: float
    """Of one core, whatever else runs beside it."""

    @property
    def held(self) -> bool:
        return self.failed_as_it_must if self.control else not (self.lost or self.doubled or self.corrupt)
