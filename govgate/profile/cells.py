"""How many rows hold each combination of some columns' values.

The counts are exact and there is no sampling; a table with more combinations than the limit is
refused, by the name of its columns.

Source: docs/spec/table-profile.md, "Cells".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from govgate.errors import EvidenceError
from govgate.profile.coding import Value, coded, in_order

MOST_CELLS = 1_000_000
_FITS = 1 << 62
Integers = npt.NDArray[np.int64]
_DENSE = 1 << 20
"""Up to so many possible combinations a count for each is the fastest way; 8 MB."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts of the combinations that occur."""

    columns: tuple[str, ...]
    values: tuple[tuple[Value, ...], ...]
    """For each column its values, ascending, None (null or NaN) first; all occur."""

    codes: Integers = field(repr=False)
    """One row a cell, one column a column: places in `values`; ascending row by row."""

    counts: Integers = field(repr=False)
    """Rows of the table in each cell, > 0."""

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return int(self.counts.sum())

    def __len__(self) -> int:
        """Count the cells."""
        return len(self.counts)

    def __iter__(self) -> Iterator[tuple[tuple[Value, ...], int]]:
        """Yield each combination and its rows."""
        for codes, count in zip(self.codes.tolist(), self.counts.tolist(), strict=True):
            pairs = zip(self.values, codes, strict=True)
            yield tuple(values[code] for values, code in pairs), count

    def merged(self, other: "Cells", most: int = MOST_CELLS) -> "Cells":
        """Count two disjoint sets of rows together.

        Args:
            other: Cells of the same columns.
            most: Cells there may be.

        Raises:
            EvidenceError: There are more, or the columns differ.
        """
        if self.columns != other.columns:
            msg = f"cells of {self.columns} and of {other.columns} do not add up; count the same "
            raise EvidenceError(msg + "columns in the same order")
        tally = CellTally(self.columns, most)
        tally.include(self)
        tally.include(other)
        return tally.finished()


def count_cells(batches: Iterable[Any], columns: Sequence[str], *, most: int = MOST_CELLS) -> Cells:
    """Count the rows of each combination of some columns' values.

    Args:
        batches: `pyarrow.RecordBatch` pieces with these columns; fastest where texts come
            dictionary-encoded.
        columns: Which to cross, in order; at least one.
        most: Combinations there may be.

    Raises:
        EvidenceError: There are more, or a column is absent, twice there or cannot be crossed.
    """
    tally = CellTally(columns, most)
    for batch in batches:
        tally.add(batch)
    return tally.finished()


class CellTally:
    """Counts under way."""

    def __init__(self, columns: Sequence[str], most: int) -> None:
        """Start with nothing.

        Args:
            columns: Which to cross.
            most: Combinations there may be.
        """
        self._columns, self._most = tuple(columns), most
        self._places: tuple[dict[Value, int], ...] = tuple({} for _ in columns)
        """For each column: value to code, in the order they were first met."""
        self._codes = np.empty((0, len(self._columns)), np.int64)
        self._counts = np.empty(0, np.int64)
        self._waiting: list[tuple[Integers, Integers]] = []

    def add(self, batch: Any) -> None:
        """Count a batch.

        Raises:
            EvidenceError: A column is absent, twice there or cannot be crossed, or there are
                too many combinations.
        """
        if not batch.num_rows:
            return
        parts = [coded(_column(batch, name), name) for name in self._columns]
        sizes = [len(values) for _, values in parts]
        here, counts = _counted([codes for codes, _ in parts], sizes)
        self._take([values for _, values in parts], here, counts)

    def include(self, cells: Cells) -> None:
        """Count what another tally has counted.

        Raises:
            EvidenceError: There are too many combinations.
        """
        self._take(cells.values, cells.codes, cells.counts)

    def finished(self) -> Cells:
        """Give what was counted, in order.

        Raises:
            EvidenceError: There are too many combinations.
        """
        self._settle()
        values, codes = [], self._codes.copy()
        for column, places in enumerate(self._places):
            ordered = in_order(places)
            rank = np.empty(len(ordered), np.int64)
            rank[[places[value] for value in ordered]] = np.arange(len(ordered))
            codes[:, column] = rank[codes[:, column]]
            values.append(tuple(ordered))
        order = _order(codes, [max(1, len(each)) for each in values])
        return Cells(self._columns, tuple(values), codes[order], self._counts[order])

    def _take(self, values: Sequence[Sequence[Value]], codes: Integers, counts: Integers) -> None:
        ours = np.empty(codes.shape, np.int64)
        for column, (places, here) in enumerate(zip(self._places, values, strict=True)):
            used = np.flatnonzero(np.bincount(codes[:, column], minlength=len(here)))
            renamed = np.zeros(len(here), np.int64)
            renamed[used] = [places.setdefault(here[code], len(places)) for code in used.tolist()]
            ours[:, column] = renamed[codes[:, column]]
        self._waiting.append((ours, counts))
        if sum(len(counts) for _, counts in self._waiting) > self._most:
            self._settle()

    def _settle(self) -> None:
        """Add up what waits.

        Raises:
            EvidenceError: There are too many combinations.
        """
        waiting = [(self._codes, self._counts), *self._waiting]
        self._waiting = []
        codes = np.concatenate([codes for codes, _ in waiting])
        counts = np.concatenate([counts for _, counts in waiting])
        sizes = [max(1, len(places)) for places in self._places]
        self._codes, self._counts = _added_up(codes, counts, sizes)
        if len(self._counts) > self._most:
            msg = f"{' x '.join(self._columns)} has more than {self._most:,} combinations; cross "
            raise EvidenceError(msg + "fewer columns, or coarser ones")


def _column(batch: Any, name: str) -> Any:
    found = batch.schema.get_all_field_indices(name)
    if len(found) != 1:
        what = "has more than one column" if found else "has no column"
        msg = f"the table {what} {name!r}; write it again with each of its columns once"
        raise EvidenceError(msg)
    return batch.column(found[0])


def _counted(
    codes: Sequence[npt.NDArray[np.integer[Any]]], sizes: Sequence[int]
) -> tuple[Integers, Integers]:
    """Count each combination of codes, as one number in mixed radix where that fits.

    Returns:
        The combinations that occur, one a row, and their counts.
    """
    if prod(sizes) >= _FITS:
        return _added_up(np.stack(codes, axis=1), np.ones(len(codes[0]), np.int64), sizes)
    keys = codes[0].astype(np.int64)
    for more, size in zip(codes[1:], sizes[1:], strict=True):
        keys *= size
        keys += more
    if prod(sizes) <= max(_DENSE, 4 * len(keys)):
        dense = np.bincount(keys)
        used = np.flatnonzero(dense)
        counts = dense[used]
    else:
        used, counts = np.unique(keys, return_counts=True)
    return np.stack(np.unravel_index(used, sizes), axis=1), counts


def _added_up(codes: Integers, counts: Integers, sizes: Sequence[int]) -> tuple[Integers, Integers]:
    """Add up the counts of equal combinations; gives them in order."""
    order = _order(codes, sizes)
    codes, counts = codes[order], counts[order]
    begins = np.flatnonzero((np.diff(codes, axis=0, prepend=-1) != 0).any(axis=1))
    return codes[begins], np.add.reduceat(counts, begins) if len(begins) else counts


def _order(codes: Integers, sizes: Sequence[int]) -> Integers:
    """Where each row of codes belongs when they stand in order."""
    if prod(sizes) < _FITS:
        return np.argsort(np.ravel_multi_index(tuple(codes.T), sizes))
    return np.lexsort(codes.T[::-1])
