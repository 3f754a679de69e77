"""Implement `kiosk voice`: list the spoken sentences with the file names of their recordings."""

from __future__ import annotations

import os
import sys

from kiosk.words.voice_recordings import sentences


def run(language: str) -> int:
    """Print a line for each sentence: file name and text."""
    try:
        for name, text in sorted(sentences(language).items()):
            print(f"{language}/{name}.wav\t{' '.join(text.split())}")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
