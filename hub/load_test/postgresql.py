"""Run a temporary PostgreSQL server on a socket in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from hub.core.django_setup import CannotDo

PATIENCE = 600.0
"""Seconds within which the server has to start or stop."""

USER = "postgres"
"""Account of Debian's package; the server refuses to run as root."""


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Yield the URL of an empty, durable (fsync on) database. Raises CannotDo."""
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
    except CannotDo as failure:
        raise CannotDo(f"{failure}: {log.read_text(encoding='utf-8', errors='replace')[-300:]}") from failure
    try:
        yield f"postgres://kiosk@{quote(str(home), safe='')}/postgres"
    finally:
        _run(programs / "pg_ctl", "-D", data, "-m", "immediate", *patience, "stop")


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise CannotDo("no PostgreSQL server under /usr/lib/postgresql: `apt-get install postgresql`")
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
        raise CannotDo(f"{program.name} ended with code {done.returncode}: {(done.stderr or '')[-300:]}")


def serve(folder: Path) -> None:
    """Print the URL of an empty database, and keep it until the standard input ends. Raises CannotDo."""
    with postgresql(folder) as url:
        print(url, flush=True)
        sys.stdin.read()
