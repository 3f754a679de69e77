"""Encrypt backups to a public key whose private half the hub does not have.

Source: age-encryption.org/v1, by the library pyrage.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import BinaryIO

import pyrage

from hub.core.backup_files import PUBLIC_KEY
from hub.core.progress import reading
from lending import atomic_file

BEGINS = b"age-encryption.org/v1"


class NoKey(Exception):
    """The key file does not decrypt the backup. `args[0]` says why and what to do."""


def new_key(path: Path, directory: Path) -> str:
    """Write a new private key to a new file, and the public key into the state directory.

    Returns:
        The public key.

    Raises:
        FileExistsError: The file exists already.
        OSError: A file cannot be written.
    """
    identity = pyrage.x25519.Identity.generate()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"# opens the hub's backups; keep it away from the hub\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    public = str(identity.to_public())
    atomic_file.write(directory / PUBLIC_KEY, f"{public}\n".encode("ascii"))
    return public


@contextmanager
def encrypting_writer(raw: BinaryIO, public: str) -> Iterator[BinaryIO]:
    """Yield a file whose content is written encrypted to `raw`, never in clear to the disk."""
    ends = os.pipe()
    reading, writing = os.fdopen(ends[0], "rb"), os.fdopen(ends[1], "wb")
    failed: list[Exception] = []

    def encrypt() -> None:
        with reading:
            try:
                pyrage.encrypt_io(reading, raw, [pyrage.x25519.Recipient.from_str(public)])
            except Exception as error:  # noqa: BLE001 - raised again in the writing thread
                failed.append(error)

    worker = Thread(target=encrypt)
    worker.start()
    try:
        with writing:
            yield writing
    finally:
        worker.join()
    if failed:
        raise OSError(f"the backup cannot be encrypted to {public}: {failed[0]}")


@contextmanager
def decrypted_backup(path: Path, key: Path | None, directory: Path) -> Iterator[Path]:
    """Yield the backup in clear: the file itself, or a copy decrypted with the key file.

    Args:
        path: The backup.
        key: File of the private key; None for an unencrypted backup.
        directory: The folder whose disk holds the copy. It has no name there, so that a kill leaves none behind.

    Raises:
        NoKey: The backup is encrypted and the key is missing or wrong.
        OSError: A file cannot be read or written.
    """
    with path.open("rb") as file:
        if file.read(len(BEGINS)) != BEGINS:
            yield path
            return
    if key is None:
        raise NoKey(f"{path} is encrypted: name the file of its key with --key")
    with tempfile.TemporaryFile(dir=directory) as clear:
        try:
            with reading("decrypt", path) as sealed_file:
                pyrage.decrypt_io(sealed_file, clear, [pyrage.x25519.Identity.from_str(_secret(key))])
        except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as error:
            raise NoKey(f"{key} does not open {path}: {error}") from None
        clear.flush()
        yield Path(f"/proc/self/fd/{clear.fileno()}")


def _secret(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((each.strip() for each in lines if each.strip() and not each.startswith("#")), "")
