"""What is kept once per hub, however many processes it serves with: each sees it that was forked after it was made."""

import errno
import fcntl
import mmap
import os
import threading
import weakref
from types import TracebackType


class SharedNumber:
    """A whole number, 0 at first. One look and one change are whole; what is between them is not."""

    def __init__(self) -> None:
        self._place = memoryview(mmap.mmap(-1, 8)).cast("q")

    @property
    def value(self) -> int:
        return self._place[0]

    @value.setter
    def value(self, value: int) -> None:
        self._place[0] = value


class InterProcessLock:
    """`with turn:` is for one thread of one process at a time; a process that dies within it gives it back."""

    def __init__(self) -> None:
        self._threads = threading.Lock()  # the system's own lock tells processes apart, and no threads
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
        """Waits for the other processes; False where the system says that they wait for this one in a circle.

        It knows no threads: one may hold this turn while another of the same process waits for ours, and that is no
        circle. fcntl(2), Deadlock detection.
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
    """Bytes of one length under keys of one length. They only grow more; whoever reads or writes has the turn."""

    def __init__(self, key: int, value: int) -> None:
        self.turn = InterProcessLock()
        self._key, self._value = key, value
        self._file = os.memfd_create("records")
        self._places: dict[bytes, int] = {}
        """Where this process has seen the value of each key."""
        self._seen = 0
        weakref.finalize(self, os.close, self._file)

    def __getitem__(self, key: bytes) -> bytes:
        """The value as any process has written it last; zeros at first."""
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
