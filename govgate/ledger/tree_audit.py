"""Checking every committed and published byte of a log, however much of it is wrong.

Source: docs/spec/verify.md, steps 3 to 6. Problems are collected, not raised;
one bundle or commit is in memory at a time.
"""

from collections.abc import Callable, Iterator, Sequence

from govgate.errors import GovgateError, LedgerError, StoreError, TamperedError
from govgate.ledger.chain import walk
from govgate.ledger.commit import COMMITS, Commit, Head, commit_key
from govgate.ledger.edge import Edge, load_tiles
from govgate.ledger.merkle import leaf_hash
from govgate.ledger.reader import TileReader
from govgate.ledger.tiles import (
    ENTRIES,
    HASH_BYTES,
    HEIGHT,
    WIDTH,
    read_tile_path,
    tile_path,
    unpack_entries,
)
from govgate.ports import Store

_RESTORE = "restore it from a copy of the ledger"


class TreeAudit:
    """One pass over commits, bundles and tiles."""

    def __init__(self, store: Store, reader: TileReader | None, edge: Edge) -> None:
        """Begin.

        Args:
            store: Where the log is.
            reader: The published tree, or None when nothing is published or its edge is broken.
            edge: The right edge of the published tree, to grow by what is only committed.
        """
        self.problems: list[GovgateError] = []
        self.quarantined: list[str] = []
        self.committed = 0
        self.tiles = 0
        self._store, self.reader, self._edge = store, reader, edge
        self._size = reader.size if reader else 0
        self._begun: dict[str, bytes] = {}
        self._published_head: Head | None = Head() if not self._size else None

    def check_commits(self) -> None:
        """Walk the chain of commits and compare it with what is published."""
        listed, head = self._store.keys(COMMITS), Head()
        for commit in walk(self._store, head):
            # (1) Keys that the chain passes over are in no chain.
            for key in listed:
                if key == commit.key:
                    break
                self._report(f"{key} is in no chain of commits; find out who wrote it")
            # (2) Its entries are those that were published.
            if not self._matches_published(commit):
                return
            self._take(commit)
            head = commit.head
        # (3) The chain reaches as far as the published tree, and nothing follows its end.
        if head.end < self._size:
            self._report(f"{commit_key(head.end)} is missing; {_RESTORE}")
            return
        for key in listed:
            self._report(f"{key} follows on no commit: one before it is missing; {_RESTORE}")

    def _matches_published(self, commit: Commit) -> bool:
        for index, entry in enumerate(commit.entries, commit.start):
            leaf = self._leaf(index)
            if leaf is not None and leaf_hash(entry) != leaf:
                self._report(
                    f"{commit.key} does not hold entry {index} as it was published; {_RESTORE}"
                )
                return False
        return True

    def _leaf(self, index: int) -> bytes | None:
        """Leaf hash as published, or None where there is none or its tile is broken."""
        if self.reader is None or index >= self._size:
            return None
        try:
            return self.reader.tile(0, index // WIDTH)[index % WIDTH]
        except TamperedError:
            return None  # reading the bundles reports that tile

    def _take(self, commit: Commit) -> None:
        self.committed = commit.head.end
        if commit.quarantined:
            self.quarantined.append(commit.key)
        if commit.head.end == self._size:
            self._published_head = commit.head
        if commit.head.end > self._size:
            full = self._edge.append(commit.entries[max(0, self._size - commit.start) :])
            self._begun |= {p: d for p, d in full.items() if not p.startswith(f"tile/{ENTRIES}/")}

    def entries(self, progress: Callable[[int, int], None]) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry): published ones proven, then those that are only committed.

        Args:
            progress: Called with (entries done, entries in all) after each bundle or commit.
        """
        for n in range(self.reader.bundles if self.reader else 0):
            yield from enumerate(self._bundle(n), n * WIDTH)
            progress(min(self._size, (n + 1) * WIDTH), max(self._size, self.committed))
        if self._published_head is not None:
            for commit in walk(self._store, self._published_head):
                yield from enumerate(commit.entries, commit.start)
                progress(commit.head.end, max(self._size, self.committed))

    def _bundle(self, n: int) -> Sequence[bytes]:
        try:
            return self.reader.bundle(n) if self.reader else ()
        except (LedgerError, StoreError) as why:
            self.problems.append(why)
            return ()

    def check_tiles(self) -> None:
        """Check the tiles that bundles do not lead to: older partial ones, and leftovers."""
        for key in self._store.keys("tile/"):
            self.tiles += 1
            place = read_tile_path(key)
            if place is None:
                self._report(f"{key} is no tile; find out who wrote it")
                continue
            level, n, width = place
            try:
                self._check_tile(key, 0 if isinstance(level, str) else level, n, width)
            except (LedgerError, StoreError) as why:
                self.problems.append(why)

    def _check_tile(self, key: str, level: int, n: int, width: int) -> None:
        published = n < self._size >> HEIGHT * (level + 1)
        if published and width == WIDTH:
            return
        if published and self.reader:
            expected = b"".join(self.reader.tile(level, n))
        else:
            expected = self._begun_tile(level, n)
        data = self._store.read(key) or b""
        if key.startswith(f"tile/{ENTRIES}/"):
            data = b"".join(leaf_hash(e) for e in unpack_entries(data, key))
        if len(data) != HASH_BYTES * width or not expected.startswith(data):
            self._report(f"{key} differs from what was committed; {_RESTORE}")

    def _begun_tile(self, level: int, n: int) -> bytes:
        """Content of a tile that is not full in the published tree, as far as commits go."""
        if n == self._edge.size >> HEIGHT * (level + 1) and level < len(self._edge.tiles):
            return b"".join(self._edge.tiles[level])
        return self._begun.get(tile_path(level, n), b"")

    def _report(self, message: str) -> None:
        self.problems.append(TamperedError(message))


def audit_of(store: Store, size: int, root: bytes) -> TreeAudit:
    """Begin the audit of a log whose newest checkpoint was verified.

    Raises:
        TamperedError: The right edge does not hash to the root: no tile can be proven.
    """
    return TreeAudit(store, TileReader(store, size, root), load_tiles(store, size, root))
