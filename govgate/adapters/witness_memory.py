"""What a witness cosigned last, in a file of its own.

Source: C2SP tlog-witness: checking and remembering are one atomic step; flock(2), fsync(2).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from govgate.errors import StoreError


class FileMemory:
    """Implements `ledger.witness.Memory` with one file; `<file>.lock` stands beside it."""

    def __init__(self, path: Path) -> None:
        """Use a file, which is made at the first write."""
        self._path = path

    @contextmanager
    def turn(self) -> Iterator[None]:
        """See `Memory.turn`.

        Raises:
            StoreError: The lock cannot be taken.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = self._beside(".lock").open("ab")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as why:
            raise self._failed(why) from why
        with lock:
            yield

    def read(self) -> bytes | None:
        """See `Memory.read`.

        Raises:
            StoreError: It is there and cannot be read.
        """
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as why:
            raise self._failed(why) from why

    def write(self, note: bytes) -> None:
        """See `Memory.write`: the new file is durable before it takes the old one's name.

        Raises:
            StoreError: It may or may not have been written.
        """
        try:
            new = self._beside(".new")
            with new.open("wb") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as why:
            raise self._failed(why) from why

    def _beside(self, ending: str) -> Path:
        return self._path.with_name(self._path.name + ending)

    def _failed(self, why: OSError) -> StoreError:
        return StoreError(
            f"the witness's memory {self._path} cannot be used ({why.strerror}); "
            "give this user access to its folder, and never delete it"
        )
