"""Implement `kiosk voice`: list the spoken sentences with the file names of their recordings."""

from __future__ import annotations

import argparse
import os
import sys

from kiosk.words.voice_recordings import sentences
from lending.languages import languages


def add_voice(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("voice", help="list the sentences that can be recorded, with their file names")
    parser.add_argument("language", choices=sorted(code for code, each in languages().items() if not each.kin))
    parser.set_defaults(run=_list)


def _list(arguments: argparse.Namespace) -> int:
    language: str = arguments.language
    try:
        for name, text in sorted(sentences(language).items()):
            print(f"{language}/{name}.wav\t{' '.join(text.split())}")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
