"""The digest of rows that are in no file: the same for a frame of any library.

Each column is hashed in two streams: what is there (one byte a row, or its length), and the
values. So the digest knows neither pieces nor engines, and one column can be checked alone.

Source: docs/spec/tables.md, "Rows".
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from govgate.canon import canonical
from govgate.errors import EvidenceError


class RowsDigest:
    """Hashes rows as they pass, column by column."""

    def __init__(self, names: Iterable[str]) -> None:
        """Begin with no rows.

        Args:
            names: Names of the columns that will pass.
        """
        self.rows = 0
        self._columns: dict[str, _Column | None] = dict.fromkeys(names)

    def add(self, batch: Any) -> None:
        """Hash the rows of one `pyarrow.RecordBatch` that has some.

        Raises:
            EvidenceError: A column is of a type that has no bytes of its own, or has changed it.
        """
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            column = self._columns[name] or _Column(name, array.type)
            column.add(array)
            self._columns[name] = column
        self.rows += batch.num_rows

    @property
    def columns(self) -> dict[str, tuple[str, str]]:
        """Each column's type and digest; without rows the type is "null"."""
        import pyarrow as pa

        found = {name: column or _Column(name, pa.null()) for name, column in self._columns.items()}
        return {name: (column.kind, column.digest()) for name, column in found.items()}


def digest_of(columns: Mapping[str, tuple[str, str]], rows: int) -> str:
    """Name rows by their columns.

    Args:
        columns: Name to type and digest, in the table's order; see `RowsDigest.columns`.
        rows: How many there are.

    Returns:
        64 lowercase hex characters.
    """
    said = [[name, kind, digest] for name, (kind, digest) in columns.items()]
    return hashlib.sha256(canonical({"columns": said, "rows": rows})).hexdigest()


class _Column:
    """One column, or what is inside of one that is nested."""

    def __init__(self, name: str, kind: Any) -> None:
        self.kind = _word(name, kind)
        self._there, self._values = hashlib.sha256(), hashlib.sha256()
        self._inner = [_Column(name, inner) for inner in _inside(kind)]

    def digest(self) -> str:
        parts = [self._there.digest(), self._values.digest()]
        parts += [bytes.fromhex(inner.digest()) for inner in self._inner]
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def add(self, array: Any) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyarrow import types

        if types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if isinstance(array, pa.ExtensionArray):
            array = array.storage
        if (word := _word("a column", array.type)) != self.kind:
            msg = f"a column is {self.kind} first and {word} later; write it alike throughout"
            raise EvidenceError(msg)
        if types.is_struct(array.type):
            self._note(array.is_valid().cast("uint8"))
            children = array.flatten()
        elif self._inner:
            self._note(pc.list_value_length(array).cast("int64").fill_null(-1))
            children = [array.flatten()]
        elif self.kind in _TEXT:
            self._note(pc.binary_length(array).cast("int64").fill_null(-1))
            self._values.update(_text_bytes(array.drop_null()))
            return
        else:
            self._note(array.is_valid().cast("uint8"))
            self._values.update(_fixed_bytes(array))
            return
        for inner, child in zip(self._inner, children, strict=True):
            inner.add(child)

    def _note(self, numbers: Any) -> None:
        self._there.update(numbers.to_numpy(zero_copy_only=False))


_TEXT = {"string", "binary"}


def _word(name: str, kind: Any) -> str:
    """Name a type alike for all libraries.

    Raises:
        EvidenceError: Its values have no bytes of their own.
    """
    from pyarrow import types

    if types.is_dictionary(kind):
        return _word(name, kind.value_type)
    if types.is_large_string(kind) or types.is_string_view(kind):
        return "string"
    if types.is_large_binary(kind) or types.is_binary_view(kind):
        return "binary"
    if types.is_struct(kind):
        return f"struct<{', '.join(f'{f.name}: {_word(name, f.type)}' for f in kind)}>"
    if _is_list(kind):
        return f"list<{_word(name, kind.value_type)}>"
    if types.is_nested(kind) or types.is_run_end_encoded(kind):
        msg = f"column {name!r} holds {kind}, which has no bytes of its own; leave it out"
        raise EvidenceError(msg)
    return str(kind)


def _inside(kind: Any) -> list[Any]:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _inside(kind.value_type)
    if types.is_struct(kind):
        return [field.type for field in kind]
    return [kind.value_type] if _is_list(kind) else []


def _is_list(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _text_bytes(array: Any) -> Any:
    """Give the bytes of text without nulls, one after the other."""
    array = array.cast("large_binary")
    _, offsets, data = array.buffers()
    if data is None or not len(array):
        return b""
    ends = memoryview(offsets).cast("q")
    return memoryview(data)[ends[array.offset] : ends[array.offset + len(array)]]


def _fixed_bytes(array: Any) -> Any:
    """Give the little-endian bytes of values of one width, zeros where one is missing."""
    import numpy as np
    from pyarrow import types

    if types.is_null(array.type) or not len(array):
        return b""
    if types.is_boolean(array.type):
        return array.fill_null(fill_value=False).cast("uint8").to_numpy(zero_copy_only=False)
    width = array.type.bit_width // 8
    data = np.frombuffer(array.buffers()[1], np.uint8)[array.offset * width :]
    values = data[: len(array) * width].reshape(len(array), width)
    if array.null_count:
        there = array.is_valid().to_numpy(zero_copy_only=False)
        values = values * there[:, None]
    return np.ascontiguousarray(values)
