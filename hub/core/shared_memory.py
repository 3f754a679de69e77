"""Share numbers, locks and records among all processes that are forked after their creation."""

import errno
import fcntl
import mmap
import os
import threading
import weakref
from types import TracebackType


class SharedNumber:
    """A shared integer, 0 at first. Single reads and writes are atomic; a read followed by a write is not."""

    def __init__(self) -> None:
        self._place = memoryview(mmap.mmap(-1, 8)).cast("q")

    @property
    def value(self) -> int:
        return self._place[0]

    @value.setter
    def value(self, value: int) -> None:
        self._place[0] = value


class InterProcessLock:
    """Mutex across threads and processes; released by the kernel if the holder dies."""

    def __init__(self) -> None:
        self._threads = threading.Lock()  # the kernel's lock separates processes, not threads
        self._processes = os.memfd_create("turn")
        weakref.finalize(self, os.close, self._processes)

    def __enter__(self) -> None:
        self._threads.acquire()
        try:
            while not self._taken():
                os.sched_yield()
        except BaseException:
            self._threads.release()
            raise

    def _taken(self) -> bool:
        """Wait for the other processes; return False if the kernel reports a deadlock.

        The kernel does not distinguish threads: one may hold this lock while another thread of the same process waits
        for a second one, which is no deadlock. Source: fcntl(2), "Deadlock detection".
        """
        try:
            fcntl.lockf(self._processes, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno != errno.EDEADLK:
                raise
            return False
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            fcntl.lockf(self._processes, fcntl.LOCK_UN)
        finally:
            self._threads.release()


class SharedRecords:
    """Shared records of fixed size under keys of fixed size.

    They are never deleted; access requires `turn`.
    """

    def __init__(self, key: int, value: int) -> None:
        self.turn = InterProcessLock()
        self._key, self._value = key, value
        self._file = os.memfd_create("records")
        self._places: dict[bytes, int] = {}
        """Offset of each key's value, as far as this process has read the file."""
        self._seen = 0
        weakref.finalize(self, os.close, self._file)

    def __getitem__(self, key: bytes) -> bytes:
        """Return the value last written by any process; zeros at first."""
        place = self._place(key)
        return bytes(self._value) if place is None else os.pread(self._file, self._value, place)

    def __setitem__(self, key: bytes, value: bytes) -> None:
        place = self._place(key)
        if place is None:
            os.pwrite(self._file, key + value, self._seen)
        else:
            os.pwrite(self._file, value, place)

    def _place(self, key: bytes) -> int | None:
        if key not in self._places:
            length = self._key + self._value
            while len(record := os.pread(self._file, length, self._seen)) == length:
                self._places[record[: self._key]] = self._seen + self._key
                self._seen += length
        return self._places.get(key)
