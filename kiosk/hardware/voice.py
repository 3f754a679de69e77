"""Speak phrases in order with espeak-ng or recordings, played by aplay.

A new request replaces the one being spoken.
"""

from __future__ import annotations

import contextlib
import logging
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO, Protocol, assert_never

from kiosk.config import fields, hardware
from kiosk.config.hardware import Espeak, Recordings
from kiosk.hardware.parts import PartFault
from kiosk.hardware.rig import Rig
from kiosk.hardware.simulated import AbsentVoice
from kiosk.words.voice_recordings import languages_recorded, recordings
from lending.languages import languages

log = logging.getLogger(__name__)

LOUDEST = 200
"""Amplitude of espeak-ng at volume 1."""
JOIN_SECONDS = 2.0
MOST_WORDS = 500
"""Maximum bytes of aplay's error text."""

Recorded = Mapping[str, Mapping[str, Path]]
"""Sound files by language and sentence."""


class Voice(Protocol):
    """Speak phrases. Calls come from the desk's loop and return at once."""

    def say(self, language: str, phrases: Sequence[str]) -> None:
        """Speak these phrases now and stop the previous ones."""
        ...

    def hush(self) -> None:
        """Stop speaking."""
        ...

    def check(self) -> None:
        """Raise PartFault if the last phrases could not be played."""
        ...

    def close(self) -> None: ...


class SpokenVoice:
    """Run espeak-ng and aplay while there are phrases.

    The text is passed through a pipe, so it does not appear in process lists.
    """

    def __init__(self, choice: Espeak | Recordings, recorded: Recorded) -> None:
        self._choice = choice
        self._recorded = recorded
        self._changed = threading.Condition()
        self._wish: tuple[str, tuple[str, ...]] | None = None
        self._running: list[subprocess.Popen[bytes]] = []
        self._turn = 0
        self._closing = False
        self._fault = ""
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    def say(self, language: str, phrases: Sequence[str]) -> None:
        self._next((language, tuple(phrases)))

    def hush(self) -> None:
        self._next(None)

    def check(self) -> None:
        if self._fault:
            raise PartFault(self._fault)

    def close(self) -> None:
        self._closing = True
        self._next(None)
        self._thread.join(JOIN_SECONDS)

    def _next(self, wish: tuple[str, tuple[str, ...]] | None) -> None:
        with self._changed:
            self._wish = wish
            self._turn += 1
            for process in self._running:
                process.kill()
            self._changed.notify_all()

    def _run(self) -> None:
        while not self._closing:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._wish is not None)
                wish, self._wish, turn = self._wish, None, self._turn
            if wish is not None:
                self._tell(turn, *wish)
            wish = None  # do not keep one patron's titles for the next

    def _tell(self, turn: int, language: str, phrases: Sequence[str]) -> None:
        for piece in self._pieces(language, phrases):
            if turn != self._turn:
                return
            try:
                self._play(turn, language, piece)
                self._fault = ""
            except OSError as error:
                self._report_failure(
                    "driver_missing" if isinstance(error, FileNotFoundError) else "driver_error", error
                )
                return

    def _pieces(self, language: str, phrases: Sequence[str]) -> list[str | Path]:
        """Return files for recorded phrases, with the phrases between them joined for one synthesis."""
        files = self._recorded.get(language, {})
        pieces: list[str | Path] = []
        for phrase in phrases:
            if phrase in files:
                pieces.append(files[phrase])
            elif isinstance(self._choice, Recordings) or not languages()[language].voice:
                log.debug("a sentence was not recorded")
            elif pieces and isinstance(pieces[-1], str):
                pieces[-1] += f"\n\n{phrase}"
            else:
                pieces.append(phrase)
        return pieces

    def _play(self, turn: int, language: str, piece: str | Path) -> None:
        """Play one piece to its end or interruption. Raises OSError with the program's error text."""
        with contextlib.ExitStack() as until:
            source: IO[bytes]
            speaker = None
            if isinstance(piece, Path):
                source = until.enter_context(piece.open("rb"))
            else:
                speaker = self._start(until, self._espeak(language), PIPE, PIPE)
                assert speaker.stdout is not None
                source = speaker.stdout
            player = self._start(until, ["aplay", "-q", "-D", self._choice.device], source, DEVNULL)
            if not self._register(turn, player, speaker):
                return
            if speaker is not None and isinstance(piece, str):
                _dictate(speaker, piece)
            assert player.stderr is not None
            said = player.stderr.read(MOST_WORDS).decode(errors="replace").strip()
            if player.wait() and turn == self._turn:
                raise OSError(f"aplay ended with code {player.returncode}: {said}")

    def _register(self, turn: int, *processes: subprocess.Popen[bytes] | None) -> bool:
        """Register the processes that the next request must kill; return False if one has already come."""
        with self._changed:
            self._running = [each for each in processes if each is not None]
            return turn == self._turn

    def _start(
        self, until: contextlib.ExitStack, command: Sequence[str], source: int | IO[bytes], to: int
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, stdin=source, stdout=to, stderr=DEVNULL if to == PIPE else PIPE)
        until.callback(self._end, process)
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with self._changed:
            self._running = [each for each in self._running if each is not process]
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _espeak(self, language: str) -> list[str]:
        choice = self._choice
        assert isinstance(choice, Espeak)
        loud, voice = str(round(LOUDEST * choice.volume)), languages()[language].voice
        return ["espeak-ng", "-v", voice, "-s", str(choice.speed), "-a", loud, "--stdin", "--stdout"]

    def _report_failure(self, fault: str, why: OSError) -> None:
        if not self._fault:
            log.warning("the voice is silent: %s", why)
        self._fault = fault


def _dictate(speaker: subprocess.Popen[bytes], text: str) -> None:
    """Write the text, then close the kiosk's end of the sound pipe so that only the player holds it."""
    assert speaker.stdin is not None and speaker.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        speaker.stdin.write(text.encode())
        speaker.stdin.close()
    speaker.stdout.close()


def open_voice(choice: hardware.Voice, rig: Rig) -> Voice:
    """Open the voice of `[voice]` in kiosk.toml."""
    match choice:
        case hardware.Espeak() | hardware.Recordings():
            return SpokenVoice(choice, {each: recordings(choice.recordings, each) for each in languages()})
        case fields.SimulatedPart():
            from kiosk.hardware.simulated import SimulatedVoice

            return SimulatedVoice(rig)
        case fields.Absent():
            return AbsentVoice()
        case _:
            assert_never(choice)


def voice_languages(choice: hardware.Voice) -> frozenset[str]:
    """Return the codes of the languages that the voice speaks."""
    match choice:
        case hardware.Espeak():
            return frozenset({*_synthetic(), *languages_recorded(choice.recordings)})
        case hardware.Recordings():
            return languages_recorded(choice.recordings)
        case fields.SimulatedPart():
            return _synthetic()
        case _:
            return frozenset()


def _synthetic() -> frozenset[str]:
    """Return the codes of the languages for which espeak-ng has a voice."""
    return frozenset(code for code, each in languages().items() if each.voice)
