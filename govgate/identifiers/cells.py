"""Any Arrow column as distinct texts, each with the number of rows that hold it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from govgate.identifiers.clean import clean_all

LONGEST = 1 << 20
"""Bytes of a cell that are looked at; a longer one is counted as cut, never as clean."""

_EXACT = 2.0**53
"""Up to here every integer is a float too."""


@dataclass(frozen=True)
class Distinct:
    """Texts, each once."""

    texts: Any
    """`pyarrow` array of strings, written plainly; none is null."""

    counts: Any
    """numpy array: rows that hold each."""


@dataclass(frozen=True)
class Cells:
    """What one batch holds in one column."""

    spelled: Distinct
    """What may have any form."""

    measured: Distinct
    """Fractions and moments: they have no form to look for, and only a name gives them meaning."""

    rows: int
    nulls: int
    cut: int


def cells_of(array: Any) -> Cells:
    """Read a column of any type.

    Args:
        array: A `pyarrow` array; nested ones are looked at value by value, so that counts
            may add up to more than its rows.
    """
    leaves = [part for leaf in _leaves(array) for part in _parted(leaf)]
    spelled, cut = _distinct([leaf for leaf in leaves if not _is_measure(leaf.type)])
    measured, _ = _distinct([leaf for leaf in leaves if _is_measure(leaf.type)])
    return Cells(spelled, measured, len(array), _nulls(array), cut)


def _distinct(leaves: list[Any]) -> tuple[Distinct, int]:
    """Count each text once; the number is of rows whose cells were cut."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.concat_arrays([pa.array([], pa.large_string()), *map(_texts, leaves)])
    told = pc.value_counts(texts.drop_null())
    distinct, counts = told.field("values"), told.field("counts").to_numpy(zero_copy_only=False)
    long = pc.greater(pc.binary_length(distinct), LONGEST)
    cut = int(counts[long.to_numpy(zero_copy_only=False)].sum())
    if cut:
        short = pc.utf8_slice_codeunits(distinct, 0, LONGEST)
        distinct = pc.if_else(long, short, distinct)
    # two texts may be written plainly alike; a sample of distinct ones must have each once
    plain = clean_all(distinct).dictionary_encode()
    counts = np.bincount(plain.indices.to_numpy(), weights=counts).astype(np.int64)
    return Distinct(plain.dictionary, counts), cut


def _nulls(array: Any) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(array.type):
        return len(array) - int(pc.count(array.dictionary_decode()).as_py())
    return int(pc.sum(pc.is_null(array, nan_is_null=True)).as_py() or 0)


def _leaves(array: Any) -> list[Any]:
    """Take lists, maps and structs apart, down to arrays of plain values."""
    import pyarrow as pa

    kind = array.type
    if isinstance(kind, pa.ExtensionType) or pa.types.is_dictionary(kind):
        inner = array.dictionary_decode() if pa.types.is_dictionary(kind) else array.storage
        return _leaves(inner)
    if pa.types.is_struct(kind) or pa.types.is_map(kind):
        parts = array.flatten() if pa.types.is_struct(kind) else [array.keys, array.items]
        return [leaf for part in parts for leaf in _leaves(part)]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _leaves(array.flatten())
    return [] if pa.types.is_null(kind) or pa.types.is_boolean(kind) else [array]


def _is_measure(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(kind) or pa.types.is_temporal(kind))


def _texts(array: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if _is_bytes(array.type):
        return _decoded(array)
    try:
        texts = pc.cast(array, pa.large_string())
        texts.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError):
        texts = None
    return _decoded(array) if texts is None else texts


def _is_bytes(kind: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _decoded(array: Any) -> Any:
    """Read bytes that need not be UTF-8; what is not stands as U+FFFD."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        raw = pc.cast(array, pa.large_binary()).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # a type that has no text, such as an interval, identifies nobody
        return pa.array([], pa.large_string())
    texts = [None if each is None else each.decode("utf-8", "replace") for each in raw]
    return pa.array(texts, pa.large_string())


def _parted(array: Any) -> list[Any]:
    """Read 5551234567.0 as the number that it was before a missing value made it a float."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(array.type):
        return [array]
    values = pc.cast(array, pa.float64())
    known = values.filter(pc.is_finite(values))
    numbers = known.to_numpy(zero_copy_only=False)
    whole = (numbers == np.floor(numbers)) & (np.abs(numbers) < _EXACT)
    return [pa.array(numbers[whole].astype(np.int64)), known.filter(pa.array(~whole))]
