"""The bytes of each cell: a value is written alike whatever type of column held it.

Source: docs/spec/dataset-digest.md, section "A cell".
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from govgate.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa

_MISSING = b"\x00"
_FALSE, _TRUE, _INTEGER, _DOUBLE, _DECIMAL, _TEXT, _BYTES = range(1, 8)
_INSTANT, _LOCAL_TIME, _TIME_OF_DAY, _DURATION = range(8, 12)

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_SECONDS_A_DAY = 86_400


def encoded(array: Any, name: str) -> "pa.LargeBinaryArray":
    """Write every cell of a column.

    Args:
        array: A `pyarrow` array of any type that is not nested.
        name: The column's, for the message.

    Returns:
        As many byte strings, none of them null.

    Raises:
        EvidenceError: The column is nested, so its cells have no agreed bytes.
    """
    import pyarrow as pa

    kind = str(array.type).partition("[")[0].partition("(")[0]
    if pa.types.is_dictionary(array.type):
        return _filled(encoded(array.dictionary, name).take(array.indices))
    if kind not in _WRITERS:
        msg = f"column {name!r} holds {array.type}, whose cells have no agreed bytes; flatten it, "
        raise EvidenceError(msg + "or leave it out")
    return _WRITERS[kind](array)


def joined(cells: "Sequence[pa.LargeBinaryArray]") -> "pa.LargeBinaryArray":
    """Join the byte strings of several arrays, place by place; at least one array."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*cells, pa.scalar(b"", pa.large_binary()))


def _numbers(array: Any) -> "pa.LargeBinaryArray":
    import numpy as np
    import pyarrow as pa

    missing = array.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    values = array.fill_null(0).to_numpy(zero_copy_only=False)
    if pa.types.is_floating(array.type):
        doubles = values.astype(np.float64)
        with np.errstate(invalid="ignore"):
            whole = (doubles == np.trunc(doubles)) & (np.abs(doubles) < 2.0**63)
            integers = np.where(whole, doubles, 0).astype(np.int64)
    else:
        # only an unsigned integer of 64 bits can be too large for a signed one
        large = values.dtype == np.uint64
        whole = values <= np.uint64(2**63 - 1) if large else np.full(len(values), fill_value=True)
        integers = values.astype(np.int64)
        doubles = values.astype(np.float64)
    cells = np.empty((len(values), 9), np.uint8)
    cells[:, 0] = np.where(whole, _INTEGER, _DOUBLE)
    cells[:, 1:] = _big_endian(np.where(whole, integers, doubles.view(np.int64)))
    encoded = _ragged(cells, missing)
    inexact = ~whole & ~missing & (values.dtype == np.uint64)
    return _replaced(encoded, inexact, values) if inexact.any() else encoded


def _replaced(encoded: Any, where: "np.ndarray", values: "np.ndarray") -> "pa.LargeBinaryArray":
    import pyarrow as pa

    cells = encoded.to_pylist()
    for place in where.nonzero()[0]:
        cells[place] = _decimal(Decimal(int(values[place])))
    return pa.array(cells, pa.large_binary())


def _decimal(value: Decimal | None) -> bytes:
    """Write an exact number: as an integer or a double where it is one, else in digits."""
    if value is None:
        return _MISSING
    if value == value.to_integral_value() and -(2**63) <= value < 2**63:
        return bytes([_INTEGER]) + int(value).to_bytes(8, "big", signed=True)
    if Decimal(float(value)) == value:
        import struct

        return bytes([_DOUBLE]) + struct.pack(">d", float(value))
    digits = f"{value:f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return bytes([_DECIMAL]) + len(digits).to_bytes(4, "big") + digits.encode()


def _sized(array: Any, tag: int) -> "pa.LargeBinaryArray":
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = array.is_null().to_numpy(zero_copy_only=False)
    data = array.cast(pa.large_binary()).fill_null(b"")
    heads = np.empty((len(data), 5), np.uint8)
    heads[:, 0] = tag
    lengths = pc.binary_length(data).to_numpy(zero_copy_only=False)
    heads[:, 1:] = lengths.astype(">u4").view(np.uint8).reshape(-1, 4)
    return joined([_ragged(heads, missing), data])


def _nothing(array: Any) -> "pa.LargeBinaryArray":
    import pyarrow as pa

    return pa.array([_MISSING] * len(array), pa.large_binary())


def _booleans(array: Any) -> "pa.LargeBinaryArray":
    import pyarrow as pa

    words = pa.array([bytes([_FALSE]), bytes([_TRUE])], pa.large_binary())
    return _filled(words.take(array.cast(pa.int8())))


def _decimals(array: Any) -> "pa.LargeBinaryArray":
    import pyarrow as pa

    return pa.array([_decimal(value) for value in array.to_pylist()], pa.large_binary())


def _texts(array: Any) -> "pa.LargeBinaryArray":
    import pyarrow as pa

    return _sized(array.cast(pa.large_string()), _TEXT)


def _bytes(array: Any) -> "pa.LargeBinaryArray":
    import pyarrow as pa

    # a fixed size must be forgotten before it may become large
    return _sized(array.cast(pa.binary()), _BYTES)


def _timestamps(array: Any) -> "pa.LargeBinaryArray":
    import pyarrow as pa

    tag = _INSTANT if array.type.tz else _LOCAL_TIME
    return _times(array.cast(pa.int64()), tag, _PER_SECOND[array.type.unit])


def _dates(array: Any) -> "pa.LargeBinaryArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    days = array.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    return _times(pc.multiply(days, _SECONDS_A_DAY), _LOCAL_TIME, 1)


def _clock_times(array: Any) -> "pa.LargeBinaryArray":
    import pyarrow as pa

    width = pa.int32() if pa.types.is_time32(array.type) else pa.int64()
    return _times(array.cast(width).cast(pa.int64()), _TIME_OF_DAY, _PER_SECOND[array.type.unit])


def _durations(array: Any) -> "pa.LargeBinaryArray":
    import pyarrow as pa

    return _times(array.cast(pa.int64()), _DURATION, _PER_SECOND[array.type.unit])


def _times(counts: Any, tag: int, per_second: int) -> "pa.LargeBinaryArray":
    import numpy as np

    missing = counts.is_null().to_numpy(zero_copy_only=False)
    values = counts.fill_null(0).to_numpy(zero_copy_only=False)
    seconds, rest = np.divmod(values, per_second)
    cells = np.empty((len(values), 13), np.uint8)
    cells[:, 0] = tag
    cells[:, 1:9] = _big_endian(seconds)
    nanoseconds = (rest * (10**9 // per_second)).astype(">u4")
    cells[:, 9:] = nanoseconds.view(np.uint8).reshape(-1, 4)
    return _ragged(cells, missing)


def _big_endian(values: "np.ndarray") -> "np.ndarray":
    import numpy as np

    return values.astype(">i8").view(np.uint8).reshape(-1, 8)


def _ragged(cells: "np.ndarray", missing: "np.ndarray") -> "pa.LargeBinaryArray":
    """Give each row of bytes as one string, and one zero byte where the cell is missing."""
    import numpy as np
    import pyarrow as pa

    rows, width = cells.shape
    ends = np.zeros(rows + 1, np.int64)
    if missing.any():
        cells[missing, 0] = _MISSING[0]
        kept = np.broadcast_to(np.arange(width), cells.shape) < np.where(missing, 1, width)[:, None]
        np.cumsum(np.where(missing, 1, width), out=ends[1:])
        cells = cells[kept]
    else:
        ends = np.arange(rows + 1, dtype=np.int64) * width
    data = pa.py_buffer(np.ascontiguousarray(cells))
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), rows, [None, pa.py_buffer(ends), data]
    )


def _filled(cells: Any) -> "pa.LargeBinaryArray":
    return cells.fill_null(_MISSING)


_NUMBERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_FLOATS = ("halffloat", "float", "double")
_WRITERS: dict[str, Callable[[Any], "pa.LargeBinaryArray"]] = {
    "null": _nothing,
    "bool": _booleans,
    **dict.fromkeys((*_NUMBERS, *_FLOATS), _numbers),
    **dict.fromkeys(("decimal32", "decimal64", "decimal128", "decimal256"), _decimals),
    **dict.fromkeys(("string", "large_string", "string_view"), _texts),
    **dict.fromkeys(("binary", "large_binary", "binary_view", "fixed_size_binary"), _bytes),
    "timestamp": _timestamps,
    **dict.fromkeys(("date32", "date64"), _dates),
    **dict.fromkeys(("time32", "time64"), _clock_times),
    "duration": _durations,
}
"""Name of an Arrow type, as `str` gives it without its parameters, to what writes its cells."""
