"""Checking every committed and published byte of a log, however much of it is wrong.

Source: docs/spec/verify.md, steps 3, 4 and 6. Problems are collected, not raised;
one tile or commit is in memory at a time.
"""

from govgate.errors import GovgateError, LedgerError, StoreError, TamperedError
from govgate.ledger.chain import walk
from govgate.ledger.commit import COMMITS, MAX_ENTRIES, Commit, Head, commit_key
from govgate.ledger.edge import Edge, load_tiles
from govgate.ledger.merkle import leaf_hashes
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
        self.unpublished: list[tuple[Head, int]] = []
        """Commits after the published tree: where the chain stands before some, and how many."""

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
            self._take(commit, head)
            head = commit.head
        # (3) The chain reaches as far as the published tree, and nothing follows its end.
        if head.end < self._size:
            self._report(f"{commit_key(head.end)} is missing; {_RESTORE}")
            return
        for key in listed:
            self._report(f"{key} follows on no commit: one before it is missing; {_RESTORE}")

    def _matches_published(self, commit: Commit) -> bool:
        leaves = leaf_hashes(commit.entries[: max(0, self._size - commit.start)])
        at = 0
        while at < len(leaves):
            n, first = divmod(commit.start + at, WIDTH)
            here = leaves[at : at + WIDTH - first]
            there = self._published(n, first, first + len(here))
            if there is not None and here != there:
                wrong = next(i for i, leaf in enumerate(here) if leaf != there[i])
                index = commit.start + at + wrong
                self._report(
                    f"{commit.key} does not hold entry {index} as it was published; {_RESTORE}"
                )
                return False
            at += len(here)
        return True

    def _published(self, n: int, first: int, end: int) -> list[bytes] | None:
        """Leaf hashes as published, or None where there is no tree or the tile is broken."""
        if self.reader is None:
            return None
        try:
            return self.reader.tile(0, n)[first:end]
        except TamperedError:
            return None  # reading the bundles reports that tile

    def _take(self, commit: Commit, head: Head) -> None:
        self.committed = commit.head.end
        if commit.start >= self._size:
            self._keep(head)
        elif commit.head.end > self._size:
            self._report(f"{commit.key} is published in part, which no publisher does; {_RESTORE}")
        if commit.quarantined:
            self.quarantined.append(commit.key)
        if commit.head.end > self._size:
            full = self._edge.append(commit.entries[max(0, self._size - commit.start) :])
            self._begun |= {p: d for p, d in full.items() if not p.startswith(f"tile/{ENTRIES}/")}

    def _keep(self, head: Head) -> None:
        """Note where a commit that is not published is; many small ones share a note."""
        if not self.unpublished or head.end - self.unpublished[-1][0].end >= MAX_ENTRIES:
            self.unpublished.append((head, 0))
        first, count = self.unpublished[-1]
        self.unpublished[-1] = (first, count + 1)

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
        data = self._listed(key)
        if data is None:
            return
        if key.startswith(f"tile/{ENTRIES}/"):
            data = b"".join(leaf_hashes(unpack_entries(data, key)))
        if len(data) != HASH_BYTES * width or not expected.startswith(data):
            self._report(f"{key} differs from what was committed; {_RESTORE}")

    def _listed(self, key: str) -> bytes | None:
        """Read a tile that was listed; None where it was cleared away since, the full one there."""
        data = self._store.read(key)
        full = key.partition(".p/")[0]
        if data is None and full != key and self._store.read(full) is not None:
            return None
        return data or b""

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
