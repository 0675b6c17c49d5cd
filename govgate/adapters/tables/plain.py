"""What every source of rows shares: plain types, one family of error, columns by name.

Source: Apache Arrow columnar format, "Variable-size Binary View" and "Dictionary-encoded".
"""

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from govgate.errors import EvidenceError

PIECE_ROWS = 1 << 18
"""Rows in memory at once, whatever the source's own pieces are."""

_UNREADABLE = (
    *(OSError, csv.Error, ValueError, TypeError, EOFError),
    *(KeyError, AttributeError, NotImplementedError, RuntimeError),
)
"""What pyarrow's own errors derive from, and what engines raise on what they cannot convert."""

_QUOTED = re.compile(r"'[^']*'")


@contextmanager
def reading(what: str, more: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Turn whatever goes wrong while reading into one family of error.

    Args:
        what: What is read, for people.
        more: What else its library raises, whose words are not repeated.

    Raises:
        EvidenceError: The table cannot be read.
    """
    try:
        yield
    except _UNREADABLE as why:
        said = str(why).splitlines() or [type(why).__name__]
        # A reader quotes the cell it stumbled over, which may be somebody's name.
        raise EvidenceError(_unread(what, _QUOTED.sub("'...'", said[0]))) from why
    except more as why:
        # An engine quotes cells in ways of its own.
        raise EvidenceError(_unread(what, type(why).__name__)) from why


def _unread(what: str, why: str) -> str:
    return f"{what} cannot be read as a table ({why}); mend it and write it again"


def unlike(names: Sequence[str], what: str) -> tuple[str, ...]:
    """Return the names of a table's columns.

    Raises:
        EvidenceError: Two are alike, or there are none.
    """
    twice = sorted({name for name in names if names.count(name) > 1}) if _alike(names) else []
    if twice or not names:
        msg = f"{what} has {f'two columns named {twice[0]!r}' if twice else 'no columns'}"
        msg += "; write it again with one name for each column"
        raise EvidenceError(msg)
    return tuple(names)


def _alike(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)


def present(columns: Sequence[str], there: Sequence[str], what: str) -> list[str]:
    """Return the columns that are asked for, each once.

    Raises:
        EvidenceError: One is not there.
    """
    wanted = list(dict.fromkeys(columns))
    known = set(there)
    if absent := [name for name in wanted if name not in known]:
        msg = f"{what} has no column {absent[0]!r}, only {', '.join(there)}; name one of these"
        raise EvidenceError(msg)
    return wanted


def plain_type(found: Any) -> Any:
    """Give the type that a column of this Arrow type comes in: text and bytes have one each."""
    import pyarrow as pa

    is_type = pa.types
    if is_type.is_large_string(found) or is_type.is_string_view(found):
        return pa.string()
    if is_type.is_large_binary(found) or is_type.is_binary_view(found):
        return pa.binary()
    if is_type.is_dictionary(found):
        return pa.dictionary(pa.int32(), plain_type(found.value_type), found.ordered)
    return found


def plain(batch: Any, categorical: Collection[str] = ()) -> Iterator[Any]:
    """Yield a batch's rows with plain types, and no more at once than anybody should hold.

    Args:
        batch: A `pyarrow.RecordBatch`.
        categorical: Columns to give dictionary-encoded.
    """
    import pyarrow as pa

    for start in range(0, batch.num_rows, PIECE_ROWS):
        piece = batch.slice(start, PIECE_ROWS)
        arrays = [
            _encoded(_plain(column)) if name in categorical else _plain(column)
            for name, column in zip(piece.schema.names, piece.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, names=piece.schema.names)


def _encoded(array: Any) -> Any:
    import pyarrow as pa

    return array if pa.types.is_dictionary(array.type) else array.dictionary_encode()


def _plain(array: Any) -> Any:
    import pyarrow as pa

    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    wanted = plain_type(array.type)
    if wanted == array.type:
        return array
    if not pa.types.is_dictionary(wanted):
        return array.cast(wanted)
    return pa.DictionaryArray.from_arrays(
        array.indices.cast(pa.int32()),
        array.dictionary.cast(wanted.value_type),
        ordered=wanted.ordered,
    )
