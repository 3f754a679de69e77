"""Define the state marks of staff pages."""

from enum import StrEnum


class Tone(StrEnum):
    """Shape and colour of a state mark."""

    DONE = "done"
    STOP = "stop"
    WAITS = "waits"
    CLOCK = "clock"
    LOOK = "look"
