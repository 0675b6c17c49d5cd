"""The hash of every row, in ascending order, in bounded memory.

Where there are more unlike rows than fit, the table is read again: each pass keeps the hashes
of one range, and the ranges follow one another.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from govgate.errors import EvidenceError
from govgate.rows.cells import encoded, joined

if TYPE_CHECKING:
    import numpy as np

MOST_HASHES = 1 << 24
"""Unlike rows held at a time, of all tables together: 512 MiB of hashes, some 1.5 GiB at work."""

Read = Callable[[], Iterator[Any]]
"""Gives the pieces of one table, as `pyarrow.RecordBatch`; called once a pass."""


@dataclass(frozen=True)
class Counted:
    """The unlike rows of one table within a range."""

    hashes: "np.ndarray"
    """Ascending, of 32 bytes each."""

    counts: "np.ndarray"
    """How often each row occurs, >= 1."""


def row_hashes(batch: Any, columns: Sequence[str]) -> "np.ndarray":
    """Hash each row of a piece.

    Args:
        batch: A `pyarrow.RecordBatch`.
        columns: Which columns, in the order their cells are joined.

    Returns:
        An array of 32-byte strings, one a row, in the rows' order.

    Raises:
        EvidenceError: A column is nested.
    """
    import numpy as np

    rows = joined([encoded(batch.column(name), name) for name in columns])
    ends = np.frombuffer(rows.buffers()[1], np.int64, len(rows) + 1, 8 * rows.offset).tolist()
    data, sha256 = memoryview(rows.buffers()[2] or b""), hashlib.sha256
    hashed = b"".join([sha256(data[start:end]).digest() for start, end in pairwise(ends)])
    return np.frombuffer(hashed, "S32")


def hashes_in_order(
    tables: Sequence[tuple[Read, Sequence[str]]], most: int = MOST_HASHES
) -> Iterator[tuple[Counted, ...]]:
    """Yield the row hashes of several tables, range by range, in ascending order.

    Args:
        tables: How to read each table, and which of its columns, in order.
        most: Unlike rows held at a time, > 0.

    Yields:
        What each table has in the range; a range of nothing is yielded too.

    Raises:
        EvidenceError: A column is nested, or a table changed between two passes.
    """
    waiting, rows = [(0, 0)], None
    while waiting:
        ranged = _Range(*waiting.pop(), tuple(_Kept([], 0, 0) for _ in tables))
        for place, (read, columns) in enumerate(tables):
            for batch in read():
                ranged.add(place, row_hashes(batch, columns))
                waiting += ranged.cut(most)
        seen = tuple(kept.rows for kept in ranged.tables)
        if rows not in {None, seen}:
            msg = "a table changed while it was read; hand over what nobody writes to"
            raise EvidenceError(msg)
        rows = seen
        yield tuple(ranged.counted())


@dataclass
class _Kept:
    pieces: "list[tuple[np.ndarray, ...]]"
    """Hashes, and how often each occurs."""

    size: int
    rows: int


@dataclass
class _Range:
    """The hashes whose first `bits` bits are `prefix`."""

    bits: int
    prefix: int
    tables: tuple[_Kept, ...]

    def add(self, place: int, hashes: "np.ndarray") -> None:
        import numpy as np

        kept = self.tables[place]
        kept.rows += len(hashes)
        unlike, counts = np.unique(self._mine(hashes)[0], return_counts=True)
        kept.pieces.append((unlike, counts))
        kept.size += len(unlike)

    def cut(self, most: int) -> list[tuple[int, int]]:
        """Leave upper halves of the range for later until what is left fits; say which."""
        left = []
        if sum(kept.size for kept in self.tables) > most:
            self._merge()
        # a row that is in every table cannot be parted from itself
        while sum(sizes := [kept.size for kept in self.tables]) > most and max(sizes) > 1:
            left.append((self.bits + 1, 2 * self.prefix + 1))
            self.bits, self.prefix = self.bits + 1, 2 * self.prefix
            for kept in self.tables:
                kept.pieces = [self._mine(*piece) for piece in kept.pieces]
                kept.size = sum(len(hashes) for hashes, _ in kept.pieces)
        return left

    def counted(self) -> Iterator[Counted]:
        self._merge()
        for kept in self.tables:
            yield Counted(*kept.pieces[0])

    def _merge(self) -> None:
        import numpy as np

        for kept in self.tables:
            hashes = np.concatenate([h for h, _ in kept.pieces] or [np.empty(0, "S32")])
            counts = np.concatenate([c for _, c in kept.pieces] or [np.empty(0, np.int64)])
            order = np.argsort(hashes)
            hashes, counts = hashes[order], counts[order]
            first = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]][: len(hashes)])
            sums = np.add.reduceat(counts, first) if len(first) else counts
            kept.pieces = [(hashes[first], sums)]
            kept.size = len(first)

    def _mine(self, hashes: "np.ndarray", *counts: "np.ndarray") -> "tuple[np.ndarray, ...]":
        import numpy as np

        if not self.bits:
            return (hashes, *counts)
        leading = np.ascontiguousarray(hashes).view(">u8").reshape(-1, 4)[:, 0]
        inside = (leading >> np.uint64(64 - self.bits)) == self.prefix
        return (hashes[inside], *(c[inside] for c in counts))
