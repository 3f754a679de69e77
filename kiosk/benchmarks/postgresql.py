"""Run a temporary PostgreSQL server on a socket in a folder.

`python -m kiosk.benchmarks.postgresql FOLDER` prints the URL and runs until its input ends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from kiosk.visit_player.processes import PATIENCE, ProgramFailed, last_words

USER = "postgres"
"""Account of Debian's package; the server refuses to run as root."""


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Yield the URL of an empty, durable (fsync on) database. Raises ProgramFailed."""
    programs = _programs()
    home = folder / "postgresql"
    home.mkdir()
    if os.geteuid() == 0:
        for each in (folder, *folder.parents):
            if each == Path("/tmp") or each == each.parent:
                break
            each.chmod(each.stat().st_mode | 0o011)
        shutil.chown(home, USER)
    data = str(home / "data")
    _run(programs / "initdb", "-D", data, "-U", "kiosk", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories='{home}'"
    patience = ("-w", "-t", f"{PATIENCE:.0f}", "-s")
    log = home / "log"
    try:
        _run(programs / "pg_ctl", "-D", data, "-l", str(log), *patience, "-o", options, "start")
    except ProgramFailed as failure:
        raise ProgramFailed(f"{failure}: {last_words(log)}") from failure
    try:
        yield f"postgres://kiosk@{quote(str(home), safe='')}/postgres"
    finally:
        _run(programs / "pg_ctl", "-D", data, "-m", "immediate", *patience, "stop")


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise ProgramFailed("no PostgreSQL server under /usr/lib/postgresql: `apt-get install postgresql`")
    return found[-1].parent


def _run(program: Path, *arguments: str) -> None:
    runuser = shutil.which("runuser", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or "runuser"
    as_user = (runuser, "-u", USER, "--") if os.geteuid() == 0 else ()
    done = subprocess.run(
        [*as_user, str(program), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if arguments[-1] == "start" else subprocess.PIPE,  # a server would keep a pipe open
        cwd="/",
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    if done.returncode:
        raise ProgramFailed(f"{program.name} ended with code {done.returncode}: {(done.stderr or '')[-300:]}")


def _main(folder: Path) -> int:
    try:
        with postgresql(folder) as url:
            print(url, flush=True)
            sys.stdin.read()
    except ProgramFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
