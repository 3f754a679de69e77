"""Let programs that a test starts heed Ctrl+C, also where the tests run in the background of a shell."""

import signal


def heeds_interrupts() -> None:
    """Undo what a shell does to a job in the background: it ignores SIGINT, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
