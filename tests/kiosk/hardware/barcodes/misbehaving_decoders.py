"""Provide decoder processes that misbehave, each in its own way."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    print("unexpected greeting", flush=True)
    for _ in sys.stdin:
        signal.pause()


if __name__ == "__main__":
    main()
