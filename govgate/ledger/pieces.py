"""Checking entries in pieces that know nothing of each other, so that processes can share them.

Source: docs/spec/verify.md, step 4. A piece says where its entries are, not what they are: it can
be sent to another process, which reads the store itself and sends back what it found.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from govgate.errors import GovgateError
from govgate.ledger.attached import Attached
from govgate.ledger.chain import walk
from govgate.ledger.commit import Head, is_quarantine_entry
from govgate.ledger.disowned import read_or_disown
from govgate.ledger.entry import Entry
from govgate.ledger.reader import TileReader
from govgate.ledger.tiles import WIDTH
from govgate.ledger.trust import Trust
from govgate.ports import Store

MAX_SKEW = timedelta(minutes=10)
"""An entry dated further before the one in front of it is reported: two clocks disagree."""

NAME_BYTES = 16
"""An entry id is remembered by so many bytes of its SHA-256, or a million would not fit."""

INDEX_BYTES = 8


@dataclass(frozen=True)
class Backdated:
    """An entry whose own time is before that of the entry in front of it."""

    index: int
    by: timedelta


@dataclass
class Found:
    """What was found in one piece."""

    entries: int = 0
    """Entries read, whether or not their signatures were checked."""

    kinds: Counter[str] = field(default_factory=Counter)
    names: bytearray = field(default_factory=bytearray)
    """Of each entry checked: 16 bytes that stand for its id, and its index in 8."""

    problems: list[GovgateError] = field(default_factory=list)
    quarantined: list[tuple[int, bytes]] = field(default_factory=list)
    """Entries that say that they stand for an invalid commit; the chain of commits knows."""

    disowned: list[int] = field(default_factory=list)
    """Index of each entry that only keys signed which had ended before it, or were disowned."""

    backdated: list[Backdated] = field(default_factory=list)
    attached: Attached = field(default_factory=Attached)
    """Files in the evidence store that entries are about; not looked at yet."""

    first: tuple[int, datetime] | None = None
    """Index and time of the first entry checked."""

    last: datetime | None = None

    def take(self, entry: Entry, index: int) -> None:
        """Count an entry that verified.

        Raises:
            TamperedError: It is about a file, and cannot be read.
        """
        self.attached.take(entry, index)
        self.kinds[entry.kind] += 1
        self.names += name_of(entry.entry_id) + index.to_bytes(INDEX_BYTES, "big")
        self.first = self.first or (index, entry.time_created)
        self.follow(index, entry.time_created)

    def follow(self, index: int, time: datetime) -> None:
        """Compare an entry's time with that of the one in front of it."""
        if self.last is not None and self.last - time > MAX_SKEW:
            self.backdated.append(Backdated(index, self.last - time))
        self.last = time


class Piece(Protocol):
    """Some neighbouring entries of a log, by where they are."""

    @property
    def to_open(self) -> int:
        """About how many signatures it takes to check them."""

    def found(self) -> Found:
        """Read and check them."""


Spread = Callable[[Callable[[Piece], Found], Iterable[Piece]], Iterable[Found]]
"""Applies a function to pieces, as `map` does: in order, here or in other processes."""


def look(piece: Piece) -> Found:
    """Check one piece; a name that other processes can import."""
    return piece.found()


@dataclass(frozen=True)
class Bundles:
    """The published entries of some bundles, of which those from `unverified` on are opened."""

    store: Store
    trust: Trust
    size: int
    root: bytes
    numbers: range
    unverified: int

    @property
    def to_open(self) -> int:
        """See `Piece.to_open`."""
        end = min(self.size, self.numbers.stop * WIDTH)
        return max(0, end - max(self.unverified, self.numbers.start * WIDTH))

    def found(self) -> Found:
        """See `Piece.found`."""
        found = Found()
        try:
            reader = TileReader(self.store, self.size, self.root)
        except GovgateError as why:
            found.problems.append(why)
            return found
        for n in self.numbers:
            found.entries += min(WIDTH, self.size - n * WIDTH)
            try:
                entries = reader.bundle(n)
            except GovgateError as why:
                found.problems.append(why)
                continue
            if (n + 1) * WIDTH > self.unverified:
                for index, entry in enumerate(entries, n * WIDTH):
                    if index >= self.unverified:
                        open_entry(found, index, entry, self.trust, self.store)
        return found


@dataclass(frozen=True)
class Commits:
    """The entries of some commits that are not published yet."""

    store: Store
    trust: Trust
    head: Head
    """Where the chain stands before the first of them."""

    count: int

    @property
    def to_open(self) -> int:
        """See `Piece.to_open`; a commit holds an entry at least."""
        return self.count

    def found(self) -> Found:
        """See `Piece.found`."""
        found = Found()
        for commit in islice(walk(self.store, self.head), self.count):
            found.entries += len(commit.entries)
            for index, entry in enumerate(commit.entries, commit.start):
                open_entry(found, index, entry, self.trust, self.store)
        return found


def open_entry(found: Found, index: int, envelope: bytes, trust: Trust, store: Store) -> None:
    """Verify one entry and note what it was."""
    if is_quarantine_entry(envelope):
        found.quarantined.append((index, envelope))
        return
    try:
        entry = read_or_disown(envelope, trust, store, index)
        if entry is None:
            found.disowned.append(index)
        else:
            found.take(entry, index)
    except GovgateError as why:
        msg = f"entry {index}: {why}"
        found.problems.append(type(why)(msg))


def name_of(entry_id: str) -> bytes:
    """Stand for an entry id by 16 bytes."""
    return hashlib.sha256(entry_id.encode()).digest()[:NAME_BYTES]


def repeated(names: bytearray) -> Iterator[int]:
    """Yield the index of each entry whose id an earlier one carries.

    Args:
        names: As in `Found.names`, of the whole log.
    """
    width = NAME_BYTES + INDEX_BYTES
    ordered = sorted(bytes(names[at : at + width]) for at in range(0, len(names), width))
    for one, other in zip(ordered, islice(ordered, 1, None), strict=False):
        if one[:NAME_BYTES] == other[:NAME_BYTES]:
            yield int.from_bytes(other[NAME_BYTES:], "big")
