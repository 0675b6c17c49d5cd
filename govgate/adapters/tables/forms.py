"""The three forms of a file of rows, read from anything that can be read at an offset.

Source: Apache Parquet; Apache Arrow IPC file format; CSV as RFC 4180 has it.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from govgate.adapters.tables.plain import PIECE_ROWS, plain, unlike
from govgate.errors import EvidenceError
from govgate.parquet_footer import read_footer

_CSV_PIECE_BYTES = 16 << 20
_CSV_HEADER_BYTES = 1 << 20
"""More columns than fit are no table anybody names."""

_NULLS = ("", "null", "NULL", "NaN", "nan", "N/A")
"""What stands for a missing value in CSV. "NA" is not among them: it is Namibia's code."""


@dataclass(frozen=True)
class Wanted:
    """What to read of a file."""

    columns: Sequence[str]
    """Each is in the file."""

    categorical: Sequence[str] = ()
    types: Mapping[str, Any] = field(default_factory=dict)
    """Name to the type that a column without types of its own is read as; CSV alone needs it."""


class Form(Protocol):
    """How rows are written in a file."""

    def schema(self, file: Any, what: str) -> tuple[Any, int | None]:
        """Give the `pyarrow.Schema`, and how many rows there are, where the file tells."""

    def names(self, file: Any, what: str) -> tuple[str, ...]:
        """Give the names of the columns, and look at no row."""

    def pieces(self, file: Any, wanted: Wanted) -> Iterator[Any]:
        """Yield `pyarrow.RecordBatch` pieces in the order of the file."""


class Parquet:
    """Columns in row groups; their footer is read first."""

    def schema(self, file: Any, what: str) -> tuple[Any, int | None]:
        """See `Form.schema`."""
        _refuse_encrypted(file, what)
        with self._open(file, ()) as opened:
            unlike(opened.schema_arrow.names, what)
            return opened.schema_arrow, opened.metadata.num_rows

    def names(self, file: Any, what: str) -> tuple[str, ...]:
        """See `Form.names`."""
        return tuple(self.schema(file, what)[0].names)

    def pieces(self, file: Any, wanted: Wanted) -> Iterator[Any]:
        """See `Form.pieces`."""
        with self._open(file, wanted.categorical) as opened:
            every = range(opened.num_row_groups)
            # What is fetched ahead is one group's columns and no more.
            for groups in [[one] for one in every] if _is_far(file) else [[*every]]:
                yield from opened.iter_batches(
                    PIECE_ROWS, row_groups=groups, columns=[*wanted.columns]
                )

    def _open(self, file: Any, categorical: Sequence[str]) -> Any:
        from pyarrow import parquet

        # Near files are read page by page; far ones group by group, in few requests.
        return parquet.ParquetFile(file, read_dictionary=[*categorical], pre_buffer=_is_far(file))


class Arrow:
    """Arrow's IPC file, which is Feather version 2 too."""

    def schema(self, file: Any, what: str) -> tuple[Any, int | None]:
        """See `Form.schema`."""
        import pyarrow as pa

        schema = pa.ipc.open_file(file).schema
        unlike(schema.names, what)
        return schema, None

    def names(self, file: Any, what: str) -> tuple[str, ...]:
        """See `Form.names`."""
        return tuple(self.schema(file, what)[0].names)

    def pieces(self, file: Any, wanted: Wanted) -> Iterator[Any]:
        """See `Form.pieces`."""
        import pyarrow as pa

        whole = pa.ipc.open_file(file)
        fields = sorted(whole.schema.get_field_index(name) for name in wanted.columns)
        file.seek(0)
        some = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=fields))
        for number in range(some.num_record_batches):
            yield some.get_batch(number)


class Csv:
    """Lines of text: comma-separated, with a header."""

    def schema(self, file: Any, what: str) -> tuple[Any, int | None]:
        """See `Form.schema`; types are those of the first piece."""
        names = self.names(file, what)
        file.seek(0)
        with self._open(file, Wanted(names), len(names)) as opened:
            return opened.schema, None

    def names(self, file: Any, what: str) -> tuple[str, ...]:
        """See `Form.names`."""
        head = file.read(_CSV_HEADER_BYTES).decode("utf-8-sig", errors="replace")
        return unlike(next(csv.reader(io.StringIO(head, newline="")), []), what)

    def pieces(self, file: Any, wanted: Wanted) -> Iterator[Any]:
        """See `Form.pieces`.

        Raises:
            ValueError: Text is not in UTF-8.
        """
        width = len(self.names(file, "the file"))
        file.seek(0)
        with self._open(file, wanted, width) as opened:
            # What is not UTF-8 is taken for bytes, and bytes have no place in text.
            if odd := [f.name for f in opened.schema if f.type == "binary"]:
                msg = f"column {odd[0]!r} is not written in UTF-8"
                raise ValueError(msg)
            yield from opened

    def _open(self, file: Any, wanted: Wanted, width: int) -> Any:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        # read as it stands, so that group 25 does not become 25.0 further down the file
        raw = {name: pa.dictionary(pa.int32(), pa.string()) for name in wanted.categorical}
        convert = arrow_csv.ConvertOptions(
            include_columns=[*wanted.columns],
            null_values=[*_NULLS],
            strings_can_be_null=True,
            column_types={**wanted.types, **raw},
        )
        # a row of the wrong width is an error; an empty line is a row when there is one column
        parse = arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=width > 1)
        read = arrow_csv.ReadOptions(block_size=_CSV_PIECE_BYTES)
        return arrow_csv.open_csv(file, read, parse, convert)


FORMS: Mapping[str, Form] = {
    ".parquet": Parquet(),
    ".pq": Parquet(),
    ".csv": Csv(),
    ".arrow": Arrow(),
    ".feather": Arrow(),
    ".ipc": Arrow(),
}
"""Suffix of a file's name, in small letters, to its form."""


def form_of(name: str) -> Form | None:
    """Tell a file's form by the end of its name; None for one that is no table."""
    return FORMS.get("." + name.lower().rpartition(".")[2])


def pieces_of(form: Form, file: Any, wanted: Wanted) -> Iterator[Any]:
    """Yield the wanted columns in the order asked for, with plain types; see `Form.pieces`."""
    for batch in form.pieces(file, wanted):
        yield from plain(batch.select([*wanted.columns]), wanted.categorical)


def _is_far(file: Any) -> bool:
    import pyarrow as pa

    return isinstance(file, pa.PythonFile)


def _refuse_encrypted(file: Any, what: str) -> None:
    """Look before pyarrow does: it ends the whole process over what it cannot decrypt.

    Raises:
        EvidenceError: The footer or a column is encrypted, or the footer is broken.
    """
    try:
        footer = read_footer(lambda offset, size: file.read_at(size, offset), file.size())
    except EvidenceError as why:
        msg = f"{what} cannot be read as a table: {why}"
        raise EvidenceError(msg) from why
    file.seek(0)
    if footer.hidden or footer.algorithm:
        msg = f"{what} is an encrypted Parquet file; decrypt it where the gates may see it, and "
        raise EvidenceError(msg + "hand over the copy")
