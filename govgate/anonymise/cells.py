"""Rows that are alike in some columns, counted once: all that k, l and t need of a table.

Source: the group-by of docs/reference/gates/anonymisation.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from govgate.errors import EvidenceError
from govgate.measures.anonymity import Ints, grouped

_MOST_PENDING = 1 << 22
"""Cells of several pieces that wait to be counted together; bounds memory."""


@dataclass(frozen=True)
class Cells:
    """Combinations of values that occur, and how often."""

    distinct: dict[str, Any]
    """Column to its distinct values, an Arrow array in order; a missing one is not among them."""

    codes: dict[str, Ints]
    """Column to a code for each cell: place in `distinct`, or its length where it is missing."""

    rows: Ints
    """Rows of each cell, >= 1."""

    def rows_of(self, name: str) -> Ints:
        """Rows of each of a column's values, and of missing ones last."""
        size = len(self.distinct[name]) + 1
        return np.bincount(self.codes[name], self.rows, size).astype(np.int64)


class Coder:
    """Numbers one column's values by first sight."""

    def __init__(self, name: str) -> None:
        """Begin with none."""
        self.name = name
        self.values: Any = None

    def codes(self, array: Any) -> Ints:
        """Number each row's value; -1 where it is missing or not a number.

        Raises:
            EvidenceError: The column holds lists or records.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        if not pa.types.is_dictionary(array.type):
            array = self._flat(array, array.type).dictionary_encode()
        found = self._flat(array.dictionary, array.type.value_type)
        if pa.types.is_floating(found.type):
            # -0.0 is 0.0, and NaN is no value
            found = pc.if_else(pc.is_nan(found), None, pc.add(found, 0.0))
        if self.values is None:
            self.values = found.slice(0, 0)
        elif self.values.type != found.type:
            found = self._alike(found)
        place = pc.index_in(found, value_set=self.values)
        fresh = found.filter(pc.and_(pc.is_null(place), pc.is_valid(found))).unique()
        if len(fresh):
            self.values = pa.concat_arrays([self.values, fresh])
            place = pc.index_in(found, value_set=self.values)
        # the last place is for an index that is missing itself
        number = np.append(place.fill_null(-1).to_numpy(zero_copy_only=False), -1)
        at = array.indices.cast(pa.int64()).fill_null(len(found)).to_numpy(zero_copy_only=False)
        number = number.astype(np.int64)
        return np.asarray(number[at])

    def _alike(self, found: Any) -> Any:
        import pyarrow as pa

        try:
            return found.cast(self.values.type)
        except pa.ArrowInvalid:
            # what could not be cast is somebody's value: it is not quoted
            msg = f"column {self.name!r} holds {self.values.type} and then {found.type}; write it "
            raise EvidenceError(msg + "alike everywhere") from None

    def _flat(self, array: Any, kind: Any) -> Any:
        import pyarrow as pa

        if pa.types.is_nested(kind):
            msg = f"column {self.name!r} holds {kind}; write one value a row in columns of its own"
            raise EvidenceError(msg)
        return array.cast(pa.float64()) if pa.types.is_float16(kind) else array


class Counter:
    """The cells of a table as it is read, piece by piece."""

    def __init__(self, columns: Sequence[str]) -> None:
        """Count over these columns; at least one."""
        self.coders = {name: Coder(name) for name in columns}
        self._pending: list[tuple[list[Ints], Ints]] = []
        self._waiting = 0

    def add(self, batch: Any) -> None:
        """Count the rows of one `pyarrow.RecordBatch`."""
        codes = [coder.codes(batch.column(name)) for name, coder in self.coders.items()]
        if batch.num_rows:
            self._keep(codes, np.ones(batch.num_rows, np.int64))
        if self._waiting > _MOST_PENDING:
            self._merge()

    def counted(self) -> Cells:
        """Give the cells, once every row was added."""
        if self._pending:
            self._merge()
        (codes, rows) = self._pending[0] if self._pending else ([], np.zeros(0, np.int64))
        values, ranked = {}, {}
        for column, (name, coder) in zip(codes, self.coders.items(), strict=False):
            values[name], rank = in_order(coder.values)
            ranked[name] = rank[column]
        return Cells(values, ranked, rows)

    def _keep(self, codes: list[Ints], rows: Ints) -> None:
        classes, places = grouped([column + 1 for column in codes], rows)
        kept = [column[places] for column in codes]
        self._pending.append((kept, classes.rows))
        self._waiting += len(classes.rows)

    def _merge(self) -> None:
        pieces, self._pending, self._waiting = self._pending, [], 0
        columns = zip(*(codes for codes, _ in pieces), strict=True)
        together = [np.concatenate(column) for column in columns]
        self._keep(together, np.concatenate([rows for _, rows in pieces]))


def in_order(values: Any) -> tuple[Any, Ints]:
    """Sort distinct values.

    Returns:
        The values, and for each former code its place; -1, the last, is their number.
    """
    import pyarrow.compute as pc

    order = pc.sort_indices(values)
    rank = np.empty(len(values) + 1, np.int64)
    rank[order.to_numpy()] = np.arange(len(values))
    rank[-1] = len(values)
    return values.take(order), rank


def count_cells(batches: Iterable[Any], columns: Sequence[str]) -> Cells:
    """Count all rows of a table over some columns.

    Raises:
        EvidenceError: A column holds lists or records.
    """
    counter = Counter(columns)
    for batch in batches:
        counter.add(batch)
    return counter.counted()


def as_texts(values: Any, name: str) -> list[str | None]:
    """Write distinct values as text.

    Raises:
        EvidenceError: They are bytes that are no text.
    """
    import pyarrow as pa

    try:
        texts: list[str | None] = values.cast(pa.string()).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # what is no text is somebody's value: it is not quoted
        msg = f"{name} holds {values.type}, which cannot be written as text; convert it first"
        raise EvidenceError(msg) from None
    return texts
