"""What outreach does every night, in order; knows nobody who runs it."""

from collections.abc import Callable
from datetime import datetime

Job = tuple[str, Callable[[datetime], object]]

JOBS: tuple[Job, ...] = ()
"""Each part's own: its name, and a function of the moment. Each can be run again after it was cut short."""
