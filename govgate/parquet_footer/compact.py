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
_MORE, _LONG = 0x80, 15
_DEEPEST, _MOST_BITS = 32, 70


def refuse(why: str) -> NoReturn:
    """Say what is wrong with a file.

    Raises:
        EvidenceError: Always.
    """
    msg = f"this is no whole Parquet file ({why}); write it again"
    raise EvidenceError(msg)


class Compact:
    """Data, and how far they were read."""

    def __init__(self, data: bytes) -> None:
        """Start at the first byte."""
        self._data = data
        self._at = 0

    def struct(self, wanted: Wanted, depth: int = 0) -> dict[int, Any]:
        """Read a struct.

        Args:
            wanted: Its fields to keep; of a list of structs, the fields of each.
            depth: In how many others it is.

        Returns:
            Number of a field to its value, of those that were wanted and there.

        Raises:
            EvidenceError: The data are not such a struct.
            IndexError: They end too early.
        """
        _require_shallow(depth)
        found: dict[int, Any] = {}
        field, data = 0, self._data
        while True:
            head = data[self._at]
            self._at += 1
            if head == 0:
                return found
            kind, step = head & 15, head >> 4
            field = field + step if step else _zigzag(self._varint())
            if field not in wanted:
                self._skip(kind, depth)
            elif field in found:
                refuse("its footer says a thing twice")
            else:
                found[field] = self._value(kind, wanted[field], depth)

    def _varint(self) -> int:
        data, at = self._data, self._at
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
        self._at = at
        return value

    def _value(self, kind: int, wanted: Any, depth: int) -> Any:
        if kind in _INTEGERS:
            return _zigzag(self._varint())
        if kind == _BYTES:
            size = self._size()
            self._at += size
            return self._data[self._at - size : self._at]
        if kind == _LIST:
            _require_shallow(depth)
            inner, count = self._list_head()
            return [self._value(inner, wanted, depth + 1) for _ in range(count)]
        if kind == _STRUCT:
            return self.struct(wanted, depth + 1)
        return refuse(f"its footer has a value of kind {kind} where none can be")

    def _size(self) -> int:
        size = self._varint()
        if size > len(self._data) - self._at:
            refuse("something in its footer is longer than the footer")
        return size

    def _list_head(self) -> tuple[int, int]:
        head = self._data[self._at]
        self._at += 1
        count = head >> 4
        return head & 15, self._size() if count == _LONG else count

    def _skip(self, kind: int, depth: int) -> None:
        """Pass over a field; a boolean has its value in the field's head."""
        if kind in _INTEGERS:
            self._varint()
        elif kind == _BYTES:
            size = self._size()
            self._at += size
        elif kind == _STRUCT:
            self.struct({}, depth + 1)
        elif kind in {_BYTE, _DOUBLE}:
            self._at += 1 if kind == _BYTE else 8
        elif kind in {_LIST, _SET}:
            inner, count = self._list_head()
            self._skip_all([inner], count, depth)
        elif kind == _MAP:
            if count := self._size():
                kinds = self._data[self._at]
                self._at += 1
                self._skip_all([kinds >> 4, kinds & 15], count, depth)
        elif kind not in {_TRUE, _FALSE}:
            refuse(f"its footer has a value of the unknown kind {kind}")

    def _skip_all(self, kinds: list[int], count: int, depth: int) -> None:
        _require_shallow(depth)
        for _ in range(count):
            for kind in kinds:
                # In a list a boolean is a byte of its own.
                self._skip(_BYTE if kind in {_TRUE, _FALSE} else kind, depth + 1)
                if self._at > len(self._data):
                    refuse("its footer is cut short")


def _require_shallow(depth: int) -> None:
    if depth > _DEEPEST:
        refuse("its footer is nested too deeply")


def _zigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
