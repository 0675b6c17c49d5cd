"""Tables on this machine: Parquet, CSV, and frames in memory, read in pieces.

Source: Apache Arrow columnar and IPC formats; CSV as RFC 4180 has it.
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from govgate.errors import EvidenceError
from govgate.ports import Table

_PIECE_ROWS = 1 << 18
_CSV_PIECE_BYTES = 16 << 20
_NULLS = ("", "null", "NULL", "NaN", "nan", "N/A")
"""What stands for a missing value in CSV. "NA" is not among them: it is Namibia's code."""
_UNREADABLE = (
    *(OSError, csv.Error, ValueError, TypeError),
    *(KeyError, AttributeError, NotImplementedError),
)
"""What pyarrow's own errors derive from, and what it raises on frames it cannot convert."""


def read_table(source: Any) -> Table:
    """Open a table without reading its rows.

    Args:
        source: Path of a `.parquet`, `.pq` or `.csv` file (comma-separated, with a header); or
            a `pandas.DataFrame` (its index is left out), a `pyarrow.Table`, or a mapping of
            column names to lists.

    Raises:
        EvidenceError: There is no such file, it is empty or broken, or two columns share a name.
    """
    if not isinstance(source, str | Path):
        return _FrameTable(source)
    path = Path(source)
    kinds: dict[str, type[_ParquetTable | _CsvTable]] = {
        ".parquet": _ParquetTable,
        ".pq": _ParquetTable,
        ".csv": _CsvTable,
    }
    if not path.is_file():
        msg = f"there is no file {path}; correct the path of the table"
        raise EvidenceError(msg)
    if path.suffix.lower() not in kinds:
        msg = f"{path} is not a table we can read; write it as .parquet or .csv"
        raise EvidenceError(msg)
    if not path.stat().st_size:
        msg = f"{path} is empty; write its columns and rows again"
        raise EvidenceError(msg)
    return kinds[path.suffix.lower()](path)


class _ParquetTable:
    def __init__(self, path: Path) -> None:
        self._path = path
        with _reading(path), self._open(()) as file:
            self.columns = _unlike(file.schema_arrow.names, path)

    @property
    def digest(self) -> str:
        return _digest_of_file(self._path)

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        wanted = _present(columns, self.columns, self._path)
        with _reading(self._path), self._open(categorical) as file:
            for batch in file.iter_batches(_PIECE_ROWS, columns=wanted):
                yield _encoded(batch.select(wanted), categorical)

    def _open(self, categorical: Sequence[str]) -> Any:
        from pyarrow import parquet

        # without pre_buffer only the pages of one piece are in memory
        return parquet.ParquetFile(self._path, read_dictionary=[*categorical], pre_buffer=False)


class _CsvTable:
    def __init__(self, path: Path) -> None:
        self._path = path
        with _reading(path), path.open(encoding="utf-8-sig", newline="") as file:
            self.columns = _unlike(next(csv.reader(file), []), path)

    @property
    def digest(self) -> str:
        return _digest_of_file(self._path)

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        wanted = _present(columns, self.columns, self._path)
        convert = arrow_csv.ConvertOptions(
            include_columns=wanted,
            null_values=[*_NULLS],
            strings_can_be_null=True,
            # read as it stands, so that group 25 does not become 25.0 further down the file
            column_types={name: pa.dictionary(pa.int32(), pa.string()) for name in categorical},
        )
        # a row of the wrong width is an error; an empty line is a row when there is one column
        parse = arrow_csv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=len(self.columns) > 1
        )
        read = arrow_csv.ReadOptions(block_size=_CSV_PIECE_BYTES)
        with _reading(self._path), arrow_csv.open_csv(self._path, read, parse, convert) as file:
            for batch in file:
                yield _encoded(batch.select(wanted), categorical)


class _FrameTable:
    def __init__(self, frame: Any) -> None:
        import pyarrow as pa

        with _reading("the frame"):
            if isinstance(frame, Mapping):
                frame = pa.table({str(name): [*values] for name, values in frame.items()})
            elif not isinstance(frame, pa.Table):
                frame = pa.Table.from_pandas(frame, preserve_index=False)
        # pandas leaves its version in the metadata, which is no part of the rows
        self._table = frame.replace_schema_metadata(None)
        self.columns = _unlike(self._table.column_names, "the frame")

    @cached_property
    def digest(self) -> str:
        import pyarrow as pa

        hashed = hashlib.sha256()
        table = self._table.combine_chunks()
        with (
            pa.PythonFile(_Hashing(hashed), mode="w") as sink,
            pa.ipc.new_stream(sink, table.schema) as stream,
        ):
            stream.write_table(table)
        return f"sha256:{hashed.hexdigest()}"

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        wanted = _present(columns, self.columns, "the frame")
        for batch in self._table.select(wanted).to_batches(max_chunksize=_PIECE_ROWS):
            yield _encoded(batch, categorical)


class _Hashing:
    """A file that keeps nothing of what is written but its hash."""

    closed = False

    def __init__(self, hashed: Any) -> None:
        self._hashed = hashed

    def write(self, data: Any) -> int:
        self._hashed.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.closed = True


_QUOTED = re.compile(r"'[^']*'")


@contextmanager
def _reading(what: Path | str) -> Iterator[None]:
    """Turn whatever goes wrong while reading into one family of error.

    Raises:
        EvidenceError: The table cannot be read.
    """
    try:
        yield
    except _UNREADABLE as why:
        said = str(why).splitlines() or [type(why).__name__]
        # A reader quotes the cell it stumbled over, which may be somebody's name.
        shown = _QUOTED.sub("'...'", said[0])
        msg = f"{what} cannot be read as a table ({shown}); mend it and write it again"
        raise EvidenceError(msg) from why


def _unlike(names: Sequence[str], what: Path | str) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        msg = f"{what} has {f'two columns named {twice[0]!r}' if twice else 'no columns'}"
        msg += "; write it again with one name for each column"
        raise EvidenceError(msg)
    return tuple(names)


def _present(columns: Sequence[str], there: Sequence[str], what: Path | str) -> list[str]:
    wanted = list(dict.fromkeys(columns))
    if absent := [name for name in wanted if name not in there]:
        msg = f"{what} has no column {absent[0]!r}, only {', '.join(there)}; name one of these"
        raise EvidenceError(msg)
    return wanted


def _encoded(batch: Any, categorical: Sequence[str]) -> Any:
    import pyarrow as pa

    arrays = [
        column.dictionary_encode()
        if name in categorical and not pa.types.is_dictionary(column.type)
        else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _digest_of_file(path: Path) -> str:
    with _reading(path), path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
