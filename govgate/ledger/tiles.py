"""How the tree is cut into files that never change once they are full.

Source: C2SP tlog-tiles (https://c2sp.org/tlog-tiles); docs/spec/tile.md.

    tile/<level>/<n>[.p/<width>]     256 hashes of 32 bytes, or `width` of them
    tile/entries/<n>[.p/<width>]     the entries under the level-0 tile of that number
"""

import re
import struct
from collections.abc import Iterable

from govgate.errors import EvidenceError, TamperedError

WIDTH = 256
"""Hashes in a full tile."""

HEIGHT = 8
"""Levels of the tree that one tile spans: 2**8 is WIDTH."""

HASH_BYTES = 32

MAX_ENTRY_BYTES = 65_535
"""What the two length bytes before an entry can say."""

ENTRIES = "entries"

_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


def tile_path(level: int | str, n: int, width: int = WIDTH) -> str:
    """Name a tile: number 1234067 is written x001/x234/067.

    Args:
        level: 0 and up, or "entries" for the bundle of entries.
        n: Number of the tile on its level, from 0.
        width: Hashes in it, 1 to 256.
    """
    rest, last = divmod(n, 1000)
    groups = [f"{last:03d}"]
    while rest:
        rest, group = divmod(rest, 1000)
        groups.insert(0, f"x{group:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def read_tile_path(path: str) -> tuple[int | str, int, int] | None:
    """Return (level, number, width), or None when `tile_path` never writes such a name."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    level = match[1] if match[1] == ENTRIES else int(match[1])
    n, width = int(re.sub(r"[x/]", "", match[2])), int(match[3] or WIDTH)
    written = width <= WIDTH and tile_path(level, n, width) == path
    return (level, n, width) if written else None


_LENGTH = struct.Struct(">H")


def pack_entries(entries: Iterable[bytes]) -> bytes:
    """Frame entries: for each its length as big-endian uint16, then its bytes.

    Raises:
        EvidenceError: An entry is longer than 65,535 bytes.
    """
    packed = bytearray()
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            msg = (
                f"an entry of {len(entry):,} bytes is over the {MAX_ENTRY_BYTES:,} that the "
                "ledger can hold; keep large content in a file and record its digest"
            )
            raise EvidenceError(msg)
        packed += len(entry).to_bytes(2, "big") + entry
    return bytes(packed)


def unpack_entries(data: bytes, key: str) -> list[bytes]:
    """Take framed entries apart.

    Args:
        data: What `pack_entries` wrote.
        key: Where it was read, for the message.

    Raises:
        TamperedError: A frame is cut short.
    """
    entries, at, end = [], 0, len(data)
    while at < end:
        first = at + _LENGTH.size
        after = first + _LENGTH.unpack_from(data, at)[0] if first <= end else first
        if after > end:
            msg = f"{key} is cut short at byte {at}; restore it from a copy of the ledger"
            raise TamperedError(msg)
        entries.append(data[first:after])
        at = after
    return entries


def split_hashes(data: bytes, width: int, key: str) -> list[bytes]:
    """Take a tile of hashes apart.

    Raises:
        TamperedError: It does not hold `width` hashes.
    """
    if len(data) != HASH_BYTES * width:
        msg = f"{key} holds {len(data)} bytes where {HASH_BYTES * width} belong; restore it"
        raise TamperedError(msg)
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]
