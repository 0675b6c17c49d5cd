"""Verifying the ledger from where the last verification ended, on several processors.

Source: docs/spec/verify.md, "The last verified head".
"""

import pickle
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import is_dataclass
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from govgate.adapters.files import FileStore
from govgate.canon import digest
from govgate.errors import StoreError
from govgate.ledger import Found, Piece, Trust

WORTH = 8_192
"""Signatures from which on starting processes, about half a second each, is repaid."""

_KEY = "verified"


class VerifiedHead:
    """The checkpoint up to which every signature was checked here, under one set of trusted keys.

    A head that was only seen is another file: what is published here is seen, not verified.
    """

    def __init__(self, folder: Path, trust: Trust) -> None:
        """Use the project's `.govgate` folder; another trust forgets what was verified."""
        self._store = FileStore(folder)
        self._trust = digest(_plain(trust)).encode()

    def read(self) -> bytes | None:
        """Return the signed note, or None when all is to be verified."""
        trust, _, note = (self._store.read(_KEY) or b"").partition(b"\n")
        return note if trust == self._trust else None

    def write(self, note: bytes) -> None:
        """Remember a signed note whose every signature was checked."""
        self._store.replace(_KEY, self._trust + b"\n" + note)


def _plain(value: Any) -> Any:
    """Write whatever a trust holds as JSON types, the same on every run."""
    if is_dataclass(value):
        value = vars(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value.hex() if isinstance(value, bytes) else str(value)


class Processes:
    """A `map` over pieces of a log that shares them among processes, where that is worth it."""

    def __init__(self, count: int) -> None:
        """Use at most so many processes; 1 checks in this one."""
        self._count = count
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _why: BaseException | None,
        _at: TracebackType | None,
    ) -> None:
        """Stop the processes; what they have not begun is dropped."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def __call__(
        self, function: Callable[[Piece], Found], pieces: Iterable[Piece]
    ) -> Iterable[Found]:
        """Apply a function to pieces, in order."""
        waiting = list(pieces)
        if self._count < 2 or sum(p.to_open for p in waiting) < WORTH or not _sendable(waiting[0]):  # noqa: PLR2004
            return map(function, waiting)
        if self._pool is None:
            # Not forked: the threads of whoever calls us would leave their locks behind, held.
            self._pool = ProcessPoolExecutor(
                self._count, mp_context=get_context("spawn"), initializer=_leave_interrupts
            )
        return _answers(self._pool.map(function, waiting))


def _leave_interrupts() -> None:
    """Let the parent alone hear Ctrl-C, and end us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _sendable(piece: Piece) -> bool:
    """Tell whether another process can have this piece's store: an open connection cannot go."""
    try:
        pickle.dumps(piece)
    except (TypeError, AttributeError, pickle.PicklingError):
        return False
    return True


def _answers(found: Iterator[Found]) -> Iterator[Found]:
    try:
        yield from found
    except BrokenProcessPool as why:
        msg = "a process that was checking signatures died; run it with --processes 1"
        raise StoreError(msg) from why
