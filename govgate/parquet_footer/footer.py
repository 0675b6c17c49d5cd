"""The footer of a Parquet file: which columns are encrypted how, and what stands in clear.

    ... pages ... | footer | length of the footer, 4 bytes little-endian | magic, 4 bytes
    PAR1: the footer is a FileMetaData in clear; some or all columns may be encrypted
    PARE: it is a FileCryptoMetaData in clear, and behind that the encrypted FileMetaData

Source: apache/parquet-format, `parquet.thrift` (numbers of fields) and `Encryption.md`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from govgate.parquet_footer.compact import Wanted, read_struct, refuse

Read = Callable[[int, int], bytes]
"""Gives (offset, size in bytes) of a file."""

TAIL_BYTES = 64 << 10
"""Read first: it holds the whole footer of most files, so that they take one read, not two."""

_MOST_FOOTER_BYTES = 64 << 20
"""A larger one has 500,000 column chunks, or was made to keep us busy."""

_END_BYTES, _MAGIC_BYTES, _DEEPEST = 8, 4, 32
_CLEAR, _HIDDEN = b"PAR1", b"PARE"
_ALGORITHMS = {1: "AES_GCM_V1", 2: "AES_GCM_CTR_V1"}

_SCHEMA, _ROWS, _GROUPS, _ALGORITHM, _SIGNED = 2, 3, 4, 8, 9
_NAME, _CHILDREN, _CHUNKS = 4, 5, 1
_META, _PAGE_INDEX, _LOCK = 3, 6, 8
_STATISTICS, _FILTER = 12, 14
_EXTREMES = (1, 2, 5, 6)
"""Both old fields and both new ones."""

_EITHER: Wanted = {1: {}, 2: {}}
_CHUNK: Wanted = {
    _META: {_STATISTICS: dict.fromkeys(_EXTREMES), _FILTER: None},
    _PAGE_INDEX: None,
    _LOCK: _EITHER,
}
_FILE: Wanted = {
    _SCHEMA: {_NAME: None, _CHILDREN: None},
    _ROWS: None,
    _GROUPS: {_CHUNKS: _CHUNK},
    _ALGORITHM: _EITHER,
    _SIGNED: None,
}


@dataclass(frozen=True)
class Column:
    """One leaf column over all row groups; counts are of its chunks."""

    name: str
    """Its path, with dots."""

    chunks: int
    plain: int
    """Chunks whose values stand in clear."""

    with_footer_key: int
    with_column_key: int
    statistics_in_clear: int
    """Chunks whose least or largest value stands in the footer in clear."""

    pages_in_clear: int
    """Chunks in clear that have an index with the extremes of every page, or a filter."""


@dataclass(frozen=True)
class Footer:
    """How a file is encrypted, as far as it can be told without its keys."""

    hidden: bool
    """True where the footer is encrypted: then columns and rows are unknown."""

    algorithm: str
    """Such as "AES_GCM_V1"; "" where nothing is encrypted."""

    signed: bool
    """True where the footer stands in clear and names the key of its signature."""

    rows: int | None
    columns: tuple[Column, ...]
    body_bytes: int
    """What lies before the footer, magic included."""


def read_footer(read: Read, size_bytes: int) -> Footer:
    """Read the footer of a Parquet file, in two reads at most.

    Args:
        read: Gives (offset, size) of the file.
        size_bytes: Of the whole file.

    Raises:
        EvidenceError: It is not a Parquet file, or a broken or a hostile one.
    """
    if size_bytes < _MAGIC_BYTES + _END_BYTES:
        refuse(f"{size_bytes} bytes are too few")
    held = min(size_bytes, TAIL_BYTES)
    tail = _exactly(read, size_bytes - held, held)
    magic, length = tail[-_MAGIC_BYTES:], int.from_bytes(tail[-8:-4], "little")
    if magic not in {_CLEAR, _HIDDEN}:
        refuse("it does not end with PAR1 or PARE")
    begins = size_bytes - _END_BYTES - length
    if begins < _MAGIC_BYTES or length > _MOST_FOOTER_BYTES:
        refuse(f"its footer says that it is {length} bytes long")
    if length + _END_BYTES <= held:
        data = tail[-_END_BYTES - length : -_END_BYTES]
    else:
        # Of an encrypted footer only the few bytes in front of it can be read.
        data = _exactly(read, begins, length if magic == _CLEAR else TAIL_BYTES)
    try:
        return _hidden(data, begins) if magic == _HIDDEN else _clear(data, begins)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as why:
        return refuse(f"its footer does not parse: {type(why).__name__}")


def _exactly(read: Read, offset: int, size: int) -> bytes:
    data = read(offset, size)
    return data if len(data) == size else refuse(f"{len(data)} of {size} bytes were read")


def _hidden(data: bytes, begins: int) -> Footer:
    algorithm = _algorithm(read_struct(data, {1: _EITHER})[1])
    return Footer(
        hidden=True, algorithm=algorithm, signed=False, rows=None, columns=(), body_bytes=begins
    )


def _algorithm(union: Mapping[int, Any] | None) -> str:
    if union is None:
        return ""
    (kind,) = union  # exactly one of the two
    return _ALGORITHMS[kind]


def _clear(data: bytes, begins: int) -> Footer:
    said = read_struct(data, _FILE)
    names = list(_leaves(said[_SCHEMA]))
    tallies = [[0] * 6 for _ in names]
    for group in said[_GROUPS]:
        for tally, chunk in zip(tallies, group[_CHUNKS], strict=True):
            _count(tally, chunk)
    algorithm = _algorithm(said.get(_ALGORITHM))
    if said[_ROWS] < 0 or not names:
        refuse("it has no columns, or fewer than no rows")
    if not algorithm and any(tally[2] or tally[3] for tally in tallies):
        refuse("columns are encrypted, and no algorithm is named")
    return Footer(
        hidden=False,
        algorithm=algorithm,
        signed=_SIGNED in said,
        rows=said[_ROWS],
        columns=tuple(Column(n, *tally) for n, tally in zip(names, tallies, strict=True)),
        body_bytes=begins,
    )


def _count(tally: list[int], chunk: Mapping[int, Any]) -> None:
    """Add one chunk to the counts of its column, in the order of `Column`."""
    lock, kept = chunk.get(_LOCK), chunk.get(_META, {})
    tally[0] += 1
    if lock is None:
        tally[1] += 1
        tally[5] += bool(_PAGE_INDEX in chunk or _FILTER in kept)
    else:
        (kind,) = lock  # 1: with the footer's key, 2: with its own
        tally[1 + kind] += 1
    statistics = kept.get(_STATISTICS, {})
    tally[4] += any(field in statistics for field in _EXTREMES)


def _leaves(elements: list[Mapping[int, Any]]) -> Iterator[str]:
    """Yield the path of each leaf of a schema, which lists its tree from the root downwards."""
    groups = [("", elements[0].get(_CHILDREN, 0))]
    for element in elements[1:]:
        while groups[-1][1] == 0:
            groups.pop()
        groups[-1] = (groups[-1][0], groups[-1][1] - 1)
        name = element[_NAME].decode()
        if children := element.get(_CHILDREN, 0):
            groups.append((name, children))
            if len(groups) > _DEEPEST:
                refuse("its columns are nested too deeply")
        else:
            yield ".".join([*(group for group, _ in groups[1:]), name])
    if any(left for _, left in groups):
        refuse("its schema is cut short")
