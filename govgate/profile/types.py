"""What the columns of a record batch hold, in our words, and their values as numpy has them.

Source: the Apache Arrow columnar format; a logical type counts, not how it is laid out, so that
engines which write the same rows differently are read alike.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from govgate.errors import EvidenceError

Family = Literal[
    "boolean",
    "integer",
    "float",
    "decimal",
    "text",
    "date",
    "timestamp",
    "zoned timestamp",
    "time of day",
    "duration",
    "empty",
]
"""What a column holds, whatever its width or layout; "empty" has no type of its own."""

Numbers = npt.NDArray[Any]

Kind = Literal["number", "time", "category", "text"]
"""How a column is counted: its values on a grid, the same for microseconds, each value by
name, or the lengths of its texts on a grid."""

KINDS: Mapping[Family, tuple[Kind, ...]] = {
    "boolean": ("category", "number"),
    "integer": ("number", "category"),
    "float": ("number",),
    "decimal": ("number", "category"),
    "text": ("category", "text"),
    "date": ("time", "category"),
    "timestamp": ("time",),
    "zoned timestamp": ("time",),
    "time of day": ("time",),
    "duration": ("time",),
    "empty": ("category", "number", "time", "text"),
}
"""How a family may be counted; the first is what is proposed."""


def family_of(kind: Any, name: str) -> Family:
    """Say what a column holds.

    Args:
        kind: A `pyarrow.DataType`.
        name: The column's, for the message.

    Raises:
        EvidenceError: It is nested, or of a type that cannot be counted.
    """
    from pyarrow import types

    if types.is_dictionary(kind):
        return family_of(kind.value_type, name)
    if types.is_timestamp(kind):
        return "zoned timestamp" if kind.tz else "timestamp"
    tests: tuple[tuple[Family, Any], ...] = (
        ("boolean", types.is_boolean),
        ("integer", types.is_integer),
        ("float", types.is_floating),
        ("decimal", types.is_decimal),
        ("text", types.is_string),
        ("text", types.is_large_string),
        ("text", types.is_string_view),
        ("date", types.is_date),
        ("time of day", types.is_time),
        ("duration", types.is_duration),
        ("empty", types.is_null),
    )
    for family, test in tests:
        if test(kind):
            return family
    what = "nested values" if types.is_nested(kind) else f"values of type {kind}"
    msg = f"column {name!r} holds {what}, which have no distribution to count; leave it out, or "
    raise EvidenceError(msg + "write what matters of it into columns of its own")


def viewed(array: Any) -> Numbers:
    """Show numbers to numpy where they are; Arrow's own way imports pandas.

    Args:
        array: A `pyarrow.Array` of numbers, none of them null.
    """
    return np.from_dlpack(array)


def as_numbers(array: Any, family: Family) -> Numbers:
    """Give the values that are not null, in a type that numpy subtracts without loss.

    Args:
        array: A `pyarrow.Array`.
        family: What it holds; no text.

    Returns:
        Integers or floats; moments as whole microseconds since 1970 (UTC, where there is a
        zone), times of day since midnight; true as 1.
    """
    import pyarrow as pa

    array = plain(array)
    if family == "empty":
        return np.empty(0, np.float64)
    if family in {"integer", "float"}:
        return viewed(array)
    if family == "boolean":
        return viewed(array.cast(pa.int8()))
    if family == "decimal":
        return viewed(array.cast(pa.float64()))
    return _microseconds(array)


def as_lengths(array: Any) -> Numbers:
    """Give the length of each text that is not null, in characters."""
    from pyarrow import compute

    return viewed(compute.utf8_length(plain(array)))


def plain(array: Any) -> Any:
    """Give the values that are not null as they are, neither encoded nor in views."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if types.is_string_view(array.type):
        # Arrow takes, compares and counts no views
        array = array.cast(pa.large_string())
    return array.drop_null() if array.null_count else array


def _microseconds(array: Any) -> Numbers:
    """One rounding at most, so that a moment is the same number in every unit."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_date32(array.type):
        return viewed(array.cast(pa.int32())) * 86_400e6
    narrow = types.is_time32(array.type)
    unit = "ms" if types.is_date64(array.type) else array.type.unit
    whole = viewed(array.cast(pa.int32() if narrow else pa.int64()))
    if unit == "ns":
        return whole // np.int64(1000)
    return whole * np.float64({"us": 1.0, "ms": 1e3, "s": 1e6}[unit])
