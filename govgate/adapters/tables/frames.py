"""Rows that are in no file: they can be read again and again, and must be the same each time.

Source: docs/spec/tables.md, "Rows".
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from govgate.adapters.tables.plain import PIECE_ROWS, plain, present, reading, unlike
from govgate.adapters.tables.rows import RowsDigest, digest_of
from govgate.errors import EvidenceError
from govgate.ports import Done, Part
from govgate.tree import FileDigest

Stream = Callable[[Sequence[str]], Iterator[Any]]
"""Gives `pyarrow.RecordBatch` pieces with just these columns, from the first row each time."""


class FrameTable:
    """Implements `ports.Table` over one frame.

    Every reading of a query is hashed: one that gives other rows the second time is refused.
    """

    def __init__(
        self,
        where: str,
        columns: Sequence[str],
        stream: Stream,
        *,
        steady: bool = False,
        raises: tuple[type[Exception], ...] = (),
    ) -> None:
        """Take a frame.

        Args:
            where: What it is, for people.
            columns: Names of its columns, in order.
            stream: Reads it.
            steady: Whether its rows are in memory, where nobody changes them.
            raises: What its library raises.

        Raises:
            EvidenceError: Two columns are alike, or there are none.
        """
        self.where, self._stream, self._steady, self._raises = where, stream, steady, raises
        self.columns = unlike([*columns], where)
        self._seen: dict[str, tuple[str, str]] = {}
        """Column to type and digest, of those read to the end so far."""

        self.rows: int | None = None
        """As many as were read to the end."""

    @property
    def digest(self) -> str:
        """The digest of its rows."""
        return f"sha256:{self.named()}"

    def named(self) -> str:
        """Give the digest of its rows: 64 lowercase hex characters; read once, then remembered."""
        if self._seen.keys() != {*self.columns}:
            for _ in self._hashed(self.columns):
                pass
        ordered = {name: self._seen[name] for name in self.columns}
        return digest_of(ordered, self.rows or 0)

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        """See `ports.Table.batches`."""
        wanted = present(columns, self.columns, self.where)
        for batch in self._picked(wanted) if self._steady else self._hashed(wanted):
            yield from plain(batch, categorical)

    def each(self, job: Callable[[Part], Done]) -> Iterator[Done]:
        """See `ports.Table.each`; a frame is one part, and stays in this process."""
        yield job(FramePart(self))

    def _picked(self, wanted: Sequence[str]) -> Iterator[Any]:
        with reading(self.where, self._raises):
            for batch in self._stream(wanted):
                if batch.num_rows:
                    yield batch.select([*wanted])

    def _hashed(self, wanted: Sequence[str]) -> Iterator[Any]:
        """Yield what is read, and hold it against what was read before.

        Raises:
            EvidenceError: They are other rows.
        """
        hashed = RowsDigest(wanted)
        for batch in self._picked(wanted):
            hashed.add(batch)
            yield batch
        found = hashed.columns
        other = any(self._seen.get(name, seen) != seen for name, seen in found.items())
        if other or self.rows not in {None, hashed.rows}:
            msg = f"{self.where} gave other rows, or another order, when it was read again; write "
            raise EvidenceError(msg + "it to a file, and hand over the file")
        self._seen |= found
        self.rows = hashed.rows


class FramePart:
    """Implements `ports.Part` for a frame that is one part."""

    def __init__(self, table: FrameTable, name: str = "frame") -> None:
        """Take the frame.

        Args:
            table: Its rows.
            name: Its name among the parts of a larger one.
        """
        self._table, self.name = table, name

    @property
    def rows(self) -> int | None:
        """See `ports.Part.rows`."""
        return self._table.rows

    @property
    def size(self) -> int:
        """See `ports.Part.size`."""
        return self._table.rows or 0

    def digest(self) -> FileDigest:
        """See `ports.Part.digest`; the size is in rows."""
        sha256 = self._table.named()
        return FileDigest(self.name, sha256, self.size)

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        """See `ports.Part.batches`."""
        return self._table.batches(columns, categorical=categorical)


def held(table: Any, where: str) -> FrameTable:
    """Take a `pyarrow.Table`, which is in memory."""

    def stream(columns: Sequence[str]) -> Iterator[Any]:
        yield from table.select([*columns]).to_batches(max_chunksize=PIECE_ROWS)

    return FrameTable(where, table.column_names, stream, steady=True)
