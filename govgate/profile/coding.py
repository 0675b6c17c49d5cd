"""Columns as small numbers, one for each different value."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from govgate.errors import EvidenceError
from govgate.profile.types import Family, family_of, viewed

Value = int | float | str | None
"""What a cell may hold. Booleans, decimals, dates, moments and integers of 2**53 and more are
written as texts, whole floats as integers; None is null or NaN."""

_NARROW = 1 << 16
_INEXACT = 1 << 53
"""From here on JSON has no integers."""


def coded(array: Any, name: str) -> tuple[npt.NDArray[np.integer[Any]], list[Value]]:
    """Number a column's values.

    Args:
        array: A `pyarrow.Array`, not empty.
        name: The column's, for messages.

    Returns:
        For each row a place in the list that follows; some of the list may not occur.

    Raises:
        EvidenceError: It holds infinities, or what cannot be compared.
    """
    from pyarrow import types

    family = family_of(array.type, name)
    if family == "empty":
        return np.zeros(len(array), np.int64), [None]
    if narrow := _narrow(array, family):
        return narrow
    if not types.is_dictionary(array.type):
        array = array.dictionary_encode()
    values = [_value(value, name) for value in array.dictionary.to_pylist()]
    codes = array.indices
    if codes.null_count:
        codes = codes.fill_null(len(values))
        values.append(None)
    return viewed(codes), values


def in_order(values: Iterable[Value]) -> list[Value]:
    """Sort values: None, then numbers, then texts."""
    rank = {type(None): 0, str: 2}
    return sorted(values, key=lambda value: (rank.get(type(value), 1), value))


def _narrow(array: Any, family: Family) -> tuple[npt.NDArray[np.integer[Any]], list[Value]] | None:
    """Number integers by their distance from the least, where that is short."""
    import pyarrow as pa
    from pyarrow import types

    if family not in {"integer", "boolean"} or array.null_count:
        return None
    if types.is_dictionary(array.type):
        return None
    if family == "boolean":
        return viewed(array.cast(pa.int8())), ["false", "true"]
    values = viewed(array)
    low, high = int(values.min()), int(values.max())
    if high - low >= _NARROW or max(-low, high) >= _INEXACT:
        return None
    return np.subtract(values, low, dtype=np.int64, casting="unsafe"), [*range(low, high + 1)]


def _value(value: Any, name: str) -> Value:
    if value is None or value != value:  # noqa: PLR0124 -- NaN alone differs from itself
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value in {float("inf"), float("-inf")}:
            msg = f"column {name!r} holds infinities, which belong to no group; replace them"
            raise EvidenceError(msg)
        return int(value) if value.is_integer() and abs(value) < _INEXACT else value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, int) and abs(value) < _INEXACT:
        return value
    return str(value)
