"""Play the tone by which a patron aims an item at the camera, by streaming samples to aplay (ALSA).

The pitch rises with the number of stripes in view.
"""

from __future__ import annotations

import logging
import math
import subprocess
import tempfile
import threading
import time
from array import array
from collections.abc import Callable
from typing import IO, Protocol

from kiosk.config.hardware import Alsa
from kiosk.hardware.parts import PartFault

LOWEST, HIGHEST = 220.0, 880.0
"""Pitch range in hertz: two octaves that small loudspeakers reproduce and older people hear."""
FAINT = 0.1
"""Smallest stripe share that sounds: below it the camera sees a table or a sleeve."""
EVERY = 0.1
"""Minimum seconds between two changes of the tone."""


class Tone(Protocol):
    """Play one tone. Calls come from the scanner's thread, at most ten a second, and return at once."""

    def sound(self, hertz: float | None) -> None:
        """Play a tone of `hertz` until the next call; None is silence."""
        ...


class Speaker(Tone, Protocol):
    """Tone output that can be checked and closed."""

    def check(self) -> None:
        """Raise PartFault if the last requested tone was not played."""
        ...

    def close(self) -> None:
        """Stop the sound and end the speaker."""
        ...


class Aim:
    """Set the aiming tone from what the camera sees; only changes are passed on."""

    def __init__(self, tone: Tone, clock: Callable[[], float]) -> None:
        self._tone = tone
        self._clock = clock
        self._sounding: float | None = None
        self._since = float("-inf")

    def see(self, stripes: float) -> None:
        """Update the tone: `stripes` is 0 with no bars in view and 1 if bars fill the view."""
        hertz = pitch(stripes) if stripes >= FAINT else None
        if hertz == self._sounding or self._clock() - self._since < EVERY:
            return
        self._since = self._clock()
        self._tell(hertz)

    def rest(self) -> None:
        """Silence the tone: scanning has stopped."""
        if self._sounding is not None:
            self._tell(None)

    def _tell(self, hertz: float | None) -> None:
        self._sounding = hertz
        self._tone.sound(hertz)


def pitch(stripes: float) -> float:
    """Return the tone in hertz for a stripe share from 0 to 1, in steps of equal musical interval."""
    return float(LOWEST * (HIGHEST / LOWEST) ** min(stripes, 1.0))


log = logging.getLogger(__name__)

RATE = 24000
"""Samples per second: one channel, signed 16 bits."""
CHUNK = 240
"""Samples generated at a time: 10 ms."""
AHEAD = 0.06
"""Seconds by which samples are written before they are due."""
BUFFER = 100_000
"""Microseconds that aplay buffers. AHEAD plus this is the delay of a change."""
LINGER = 2.0
"""Seconds of silence after which the sound card is released."""
AGAIN = 1.0
"""Seconds between two attempts to play."""
LOUDEST = 32767


class Wave:
    """Generate a sine wave that changes pitch and volume without clicks."""

    def __init__(self, volume: float) -> None:
        self._volume = volume
        self._phase = 0.0
        self._loud = 0.0
        self._step = 0.0

    @property
    def silent(self) -> bool:
        return self._loud == 0.0

    def chunk(self, hertz: float | None) -> bytes:
        wanted = self._volume if hertz is not None else 0.0
        if hertz is not None:
            self._step = 2 * math.pi * hertz / RATE
        rise = (wanted - self._loud) / CHUNK
        samples = array("h")
        for number in range(1, CHUNK + 1):
            self._phase += self._step
            samples.append(round(LOUDEST * (self._loud + rise * number) * math.sin(self._phase)))
        self._phase %= 2 * math.pi
        self._loud = wanted
        return samples.tobytes()


class AlsaSpeaker:
    """Run aplay while a tone is requested.

    aplay ends at the end of its input, and so also when the kiosk is killed.
    """

    def __init__(self, choice: Alsa) -> None:
        self._command = ["aplay", "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(RATE)]
        self._command += ["-B", str(BUFFER), "-D", choice.device]
        self._wave = Wave(choice.volume)
        self._changed = threading.Condition()
        self._hertz: float | None = None
        self._closing = False
        self._fault = ""
        self._written = 0.0
        self._player: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)
        self._thread.start()

    def sound(self, hertz: float | None) -> None:
        with self._changed:
            self._hertz = hertz
            self._changed.notify_all()

    def check(self) -> None:
        """Raise PartFault if the requested tone is not being played."""
        if self._fault:
            raise PartFault(self._fault)
        if time.monotonic() - self._written > AGAIN:
            raise PartFault("time_out")

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._hertz = None
            player = self._player
            self._changed.notify_all()
        if player is not None:
            player.kill()
        self._thread.join(2 * AGAIN)

    def _run(self) -> None:
        while self._wait():
            try:
                self._play()
            except OSError as error:
                self._report_failure(
                    "driver_missing" if isinstance(error, FileNotFoundError) else "driver_error", str(error)
                )

    def _wait(self) -> bool:
        """Wait for a tone to play; return False once the speaker is closed."""
        with self._changed:
            if self._fault and not self._closing:
                self._changed.wait_for(lambda: self._closing, AGAIN)
            self._changed.wait_for(lambda: self._closing or self._hertz is not None)
            return not self._closing

    def _play(self) -> None:
        """Run one aplay, from the first tone to the silence after the last.

        Raises OSError with aplay's error text.
        """
        with tempfile.TemporaryFile() as words:
            player = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words)
            with self._changed:
                self._player = player
            assert player.stdin is not None
            try:
                self._feed(player.stdin)
            except BrokenPipeError:
                if not self._closing:
                    player.wait()
                    words.seek(0)
                    said = "; ".join(words.read(500).decode(errors="replace").splitlines())
                    raise OSError(f"aplay ended with code {player.returncode}: {said}") from None
            finally:
                self._end(player)

    def _end(self, player: subprocess.Popen[bytes]) -> None:
        with self._changed:
            self._player = None
        player.kill()
        player.wait()
        try:
            player.stdin.close()  # type: ignore[union-attr]
        except BrokenPipeError:
            log.debug("aplay did not take the last of it")

    def _feed(self, pipe: IO[bytes]) -> None:
        at = began = time.monotonic()
        quiet = at
        while not self._closing and (self._hertz is not None or not self._wave.silent or at - quiet < LINGER):
            if self._hertz is not None:
                quiet = at
            pipe.write(self._wave.chunk(self._hertz))
            pipe.flush()
            self._written = time.monotonic()
            at += CHUNK / RATE
            if at - began > BUFFER / 1e6 + 2 * AHEAD:
                self._well()
            with self._changed:
                self._changed.wait_for(lambda: self._closing, max(at - AHEAD - time.monotonic(), 0.0))

    def _well(self) -> None:
        """Clear the fault: aplay has consumed more than it can buffer, so it plays."""
        if self._fault:
            log.info("the speaker plays again")
            self._fault = ""

    def _report_failure(self, fault: str, why: str) -> None:
        if not self._fault:
            log.warning("the speaker is silent: %s", why)
        self._fault = fault
