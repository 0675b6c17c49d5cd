"""A bounded choice of distinct values that no order of reading changes.

Source: Bar-Yossef et al. 2002, RANDOM (keep the k smallest hashes): the k smallest of a union
are the k smallest of its parts' k smallest, so what is kept adds up, and so do its counts.
"""

import hashlib
import heapq
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_BITS = 32
_MIX = 0x9E3779B1
"""Odd, so that multiplying modulo 2**32 loses nothing (Knuth, TAOCP 3, section 6.4)."""


def cheap_hashes(texts: Iterable[bytes]) -> Any:
    """Hash each text to 32 bits; the whole hash is made only for the few that may be kept."""
    found = np.fromiter(map(zlib.crc32, texts), np.uint32)
    return found * np.uint32(_MIX)


def whole_hash(text: bytes, cheap: int) -> int:
    """Hash a text to 64 bits, which sort as their first half, the cheap hash, does."""
    rest = hashlib.blake2b(text, digest_size=_BITS // 8).digest()
    return cheap << _BITS | int.from_bytes(rest)


@dataclass
class Sample:
    """Hash to rows and to what was seen of a value; the value itself is not kept."""

    limit: int
    kept: dict[int, tuple[int, int]] = field(default_factory=dict, repr=False)
    """Hash to (rows that hold the value, what was seen as bits)."""

    @property
    def full(self) -> bool:
        """Whether there may be more values than were kept."""
        return len(self.kept) >= self.limit

    def wanted(self, cheap: Any) -> Iterator[int]:
        """Yield places of the values that may be kept, given their cheap hashes."""
        places = np.arange(len(cheap))
        if self.full:
            places = places[cheap <= max(self.kept) >> _BITS]
        if len(places) > self.limit:
            bound = np.partition(cheap[places], self.limit - 1)[self.limit - 1]
            places = places[cheap[places] <= bound]
        yield from map(int, places)

    def add(self, other: Mapping[int, tuple[int, int]]) -> None:
        """Take in what was seen elsewhere."""
        for key, (rows, seen) in other.items():
            before = self.kept.get(key, (0, 0))
            self.kept[key] = (before[0] + rows, before[1] | seen)
        if len(self.kept) > self.limit:
            smallest = heapq.nsmallest(self.limit, self.kept)
            self.kept = {key: self.kept[key] for key in smallest}
