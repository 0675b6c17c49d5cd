"""A store whose writers take turns on this machine.

Source: flock(2). For stores that refuse no second write, and only where one machine writes.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from govgate.errors import StoreError
from govgate.ports import Store


class SingleWriterStore:
    """Implements `ports.Store` over another; one process of this machine writes at a time."""

    def __init__(self, store: Store, lock: Path) -> None:
        """Guard a store.

        Args:
            store: Where the bytes are.
            lock: A file that all writers share; made when absent, and never removed.
        """
        self._store, self._lock = store, lock

    def read(self, key: str) -> bytes | None:
        """See `ports.Store.read`."""
        return self._store.read(key)

    def create(self, key: str, data: bytes) -> None:
        """See `ports.Store.create`."""
        with self._turn():
            self._store.create(key, data)

    def replace(self, key: str, data: bytes) -> None:
        """See `ports.Store.replace`."""
        with self._turn():
            self._store.replace(key, data)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """See `ports.Store.keys`."""
        return self._store.keys(prefix, after)

    def discard(self, key: str) -> int:
        """See `ports.Store.discard`."""
        with self._turn():
            return self._store.discard(key)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for this process's turn.

        Raises:
            StoreError: The file cannot be made or locked.
        """
        try:
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            file = self._lock.open("ab")
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as why:
            msg = f"{self._lock} cannot be locked ({why.strerror}); give this user access to it"
            raise StoreError(msg) from why
        with file:
            yield
