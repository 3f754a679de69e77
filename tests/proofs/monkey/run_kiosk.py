"""Start a real kiosk with the monkey: `python -m tests.proofs.monkey.run_kiosk JOB OUTCOME`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from kiosk import app
from kiosk.config import load
from kiosk.visit_player.environment import central_address
from kiosk.visit_player.proxy import Proxy
from kiosk.wiring.assembly import Kiosk
from kiosk.wiring.launch_options import LaunchOptions
from tests.proofs.monkey.job import NOTHING, Disk, Hidden, Job, Outcome
from tests.proofs.monkey.operator import Monkey, Wrong
from tests.proofs.monkey.seeded_faults import PLANTED


async def play(job: Job, known: Hidden, outcome: Outcome) -> None:
    """Play the job. Raises Wrong, or the error that ends the kiosk."""
    config = load(Path(job.config))
    real: Callable[..., Iterator[Coroutine[Any, Any, None]]] = app._work
    disk = Disk()
    async with Proxy(central_address(config)) as proxy:

        def work(kiosk: Kiosk, watchdog: Any, leave: Callable[[], None]) -> Iterator[Coroutine[Any, Any, None]]:
            async def at_it() -> None:
                await Monkey(kiosk, proxy, disk, job, known, outcome).run()
                leave()

            yield from real(kiosk, watchdog, leave)
            yield at_it()

        with mock.patch.object(app, "_work", work), disk.fitted():
            await app.serve(config, LaunchOptions(via=proxy.address))


def main(job_file: str, outcome_file: str) -> int:
    job, outcome = Job.read(Path(job_file)), Outcome()
    known, job = job.known.hidden(), replace(job, known=NOTHING)  # Otherwise the search would find its own terms here.
    with PLANTED[job.planted].plant() if job.planted else contextlib.nullcontext():
        try:
            asyncio.run(play(job, known, outcome))
        except* Wrong as wrong:
            outcome.wrong = str(_first(wrong))
        except* Exception as died:
            outcome.wrong = f"the kiosk died of {_first(died)!r}"
            raise
        finally:
            outcome.seconds = time.process_time()
            outcome.write(Path(outcome_file))
    return 0


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
