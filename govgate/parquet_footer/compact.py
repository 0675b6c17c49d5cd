"""A reader of Thrift's compact protocol that keeps what is wanted and cannot be kept busy.

Every step takes at least one byte, every count is set against the bytes that are left, and
nesting has a limit: so time and memory grow with the data and nothing else.

Source: Apache Thrift, doc/specs/thrift-compact-protocol.md.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from govgate.errors import EvidenceError

Wanted = Mapping[int, Any]
"""Number of a field to what is wanted of it in turn; what is absent is passed over."""

_TRUE, _FALSE, _BYTE, _DOUBLE, _BYTES, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS = {4, 5, 6}
_WIDTHS = {_TRUE: 0, _FALSE: 0, _BYTE: 1, _DOUBLE: 8}
_MORE, _LONG = 0x80, 15
_DEEPEST, _MOST_BITS = 32, 70


def refuse(why: str) -> NoReturn:
    """Say what is wrong with a file.

    Raises:
        EvidenceError: Always.
    """
    msg = f"this is no whole Parquet file ({why}); write it again"
    raise EvidenceError(msg)


def read_struct(data: bytes, wanted: Wanted) -> dict[int, Any]:
    """Read the struct that data begin with.

    Args:
        data: A struct, and perhaps more behind it.
        wanted: Its fields to keep; of a list of structs, the fields of each.

    Returns:
        Number of a field to its value, of those that were wanted and there.

    Raises:
        EvidenceError: The data are not such a struct.
        IndexError: They end too early.
    """
    return _struct(data, 0, wanted, 0)[0]


def _struct(data: bytes, at: int, wanted: Wanted, depth: int) -> tuple[dict[int, Any], int]:
    # Every reader below takes the offset it begins at, and gives the one behind what it read:
    # a footer has a hundred thousand fields, and an offset kept elsewhere doubles the time.
    if depth > _DEEPEST:
        refuse("its footer is nested too deeply")
    found: dict[int, Any] = {}
    field = 0
    while head := data[at]:
        at += 1
        kind, step = head & 15, head >> 4
        if step:
            field += step
        else:
            number, at = _varint(data, at)
            field = _zigzag(number)
        if field not in wanted:
            at = _skip(data, at, kind, depth)
        elif field in found:
            refuse("its footer says a thing twice")
        else:
            found[field], at = _value(data, at, kind, wanted[field], depth)
    return found, at + 1


def _varint(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    at += 1
    value, shift = byte & 127, 7
    while byte & _MORE:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if shift > _MOST_BITS:
            refuse("a number in its footer does not end")
    return value, at


def _value(data: bytes, at: int, kind: int, wanted: Any, depth: int) -> tuple[Any, int]:
    if kind in _INTEGERS:
        number, at = _varint(data, at)
        return _zigzag(number), at
    if kind == _BYTES:
        size, at = _size(data, at)
        return data[at : at + size], at + size
    if kind == _STRUCT:
        return _struct(data, at, wanted, depth + 1)
    if kind != _LIST or depth > _DEEPEST:
        refuse(f"its footer has a value of kind {kind} where none can be, or is nested too deeply")
    inner, count, at = _list_head(data, at)
    values = []
    for _ in range(count):
        value, at = _value(data, at, inner, wanted, depth + 1)
        values.append(value)
    return values, at


def _size(data: bytes, at: int) -> tuple[int, int]:
    size, at = _varint(data, at)
    if size > len(data) - at:
        refuse("something in its footer is longer than the footer")
    return size, at


def _list_head(data: bytes, at: int) -> tuple[int, int, int]:
    head = data[at]
    count = head >> 4
    at += 1
    if count == _LONG:
        count, at = _size(data, at)
    return head & 15, count, at


def _skip(data: bytes, at: int, kind: int, depth: int) -> int:
    """Pass over a field; a boolean has its value in the field's head."""
    if kind in _INTEGERS:
        while data[at] & _MORE:
            at += 1
        return at + 1
    if kind == _BYTES:
        size, at = _size(data, at) if data[at] & _MORE else (data[at], at + 1)
        return at + size
    if kind == _STRUCT:
        return _struct(data, at, {}, depth + 1)[1]
    if kind in _WIDTHS:
        return at + _WIDTHS[kind]
    if kind == _MAP:
        count, at = _size(data, at)
        kinds = data[at] if count else 0
        return _skip_all(data, at + (count > 0), (kinds >> 4, kinds & 15), count, depth)
    if kind not in {_LIST, _SET}:
        refuse(f"its footer has a value of the unknown kind {kind}")
    inner, count, at = _list_head(data, at)
    return _skip_all(data, at, (inner,), count, depth)


def _skip_all(data: bytes, at: int, kinds: tuple[int, ...], count: int, depth: int) -> int:
    if depth > _DEEPEST:
        refuse("its footer is nested too deeply")
    for _ in range(count):
        for kind in kinds:
            # In a list a boolean is a byte of its own.
            at = _skip(data, at, _BYTE if kind in {_TRUE, _FALSE} else kind, depth + 1)
            if at > len(data):
                refuse("its footer is cut short")
    return at


def _zigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
