"""Reading a published tree so that nothing unproven is ever returned.

Source: RFC 9162, sections 2.1.3 and 2.1.4; C2SP tlog-tiles.

Laws:
    1. The right edge hashes to the root the caller trusts, or nothing can be read.
    2. A full tile is returned only when its root stands in its parent tile.
    3. A bundle is returned only when its entries hash to its level-0 tile.
"""

from govgate.errors import LedgerError, RollbackError, TamperedError
from govgate.ledger import merkle
from govgate.ledger.checkpoint import Checkpoint
from govgate.ledger.edge import check_bundle, load_tiles, read_partial
from govgate.ledger.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    split_hashes,
    tile_path,
    unpack_entries,
)
from govgate.ports import Store


class TileReader:
    """Proofs and entries of one published tree; keeps one tile a level in memory."""

    def __init__(self, store: Store, size: int, root: bytes) -> None:
        """Read the right edge.

        Args:
            store: Where the log is.
            size: Size of a checkpoint already verified.
            root: Its root.
        """
        self.size = size
        self._store = store
        self._edge = load_tiles(store, size, root)
        self._kept: dict[int, tuple[int, list[bytes]]] = {}

    @property
    def bundles(self) -> int:
        """Number of bundles, the last of them possibly partial."""
        return -(-self.size // WIDTH)

    def tile(self, level: int, n: int) -> list[bytes]:
        """Return the hashes of one tile of this tree.

        Raises:
            TamperedError: It is missing, or does not hash to its parent.
        """
        if n == self.size >> HEIGHT * (level + 1):
            return self._edge.tiles[level]
        if self._kept.get(level, (-1,))[0] != n:
            self._kept[level] = (n, self._full_tile(level, n))
        return self._kept[level][1]

    def _full_tile(self, level: int, n: int) -> list[bytes]:
        path = tile_path(level, n)
        data = self._store.read(path)
        if data is None:
            msg = f"{path} is missing; restore it from a copy of the ledger"
            raise TamperedError(msg)
        hashes = split_hashes(data, WIDTH, path)
        if merkle.root(hashes) != self.tile(level + 1, n // WIDTH)[n % WIDTH]:
            msg = f"{path} does not hash to its parent tile; restore it from a copy of the ledger"
            raise TamperedError(msg)
        return hashes

    def bundle(self, n: int) -> list[bytes]:
        """Return the entries under level-0 tile `n`.

        Raises:
            TamperedError: The bundle is missing, or does not hash to its tile.
        """
        width = min(WIDTH, self.size - n * WIDTH)
        path, data = read_partial(self._store, ENTRIES, n, width)
        entries = unpack_entries(data, path)[:width]
        check_bundle(entries, self.tile(0, n), path)
        return entries

    def entry(self, index: int) -> bytes:
        """Return one published entry.

        Raises:
            LedgerError: There is no such entry.
            TamperedError: Its bundle is missing, or does not hash to its tile.
        """
        self._require_published(index)
        return self.bundle(index // WIDTH)[index % WIDTH]

    def _require_published(self, index: int) -> None:
        if not 0 <= index < self.size:
            msg = f"entry {index} is not among the {self.size} published; publish, then ask again"
            raise LedgerError(msg)

    def root_at(self, size: int) -> bytes:
        """Root of the tree of the first `size` entries.

        Raises:
            LedgerError: This tree is smaller.
        """
        if size > self.size:
            msg = f"a tree of {self.size} entries has no root at {size}; publish first"
            raise LedgerError(msg)
        return self._range(0, size)

    def _range(self, low: int, high: int) -> bytes:
        """Root of entries low..high, cut as the RFC cuts a tree."""
        size = high - low
        if size == 0:
            return merkle.EMPTY_ROOT
        if size & (size - 1) == 0:
            tile_level, up = divmod(size.bit_length() - 1, HEIGHT)
            n, at = divmod(low >> HEIGHT * tile_level, WIDTH)
            return merkle.root(self.tile(tile_level, n)[at : at + (1 << up)])
        middle = low + _split(size)
        return merkle.node_hash(self._range(low, middle), self._range(middle, high))

    def inclusion(self, index: int) -> list[bytes]:
        """Sibling hashes from leaf `index` up to the root, lowest first.

        Raises:
            LedgerError: There is no such leaf.
        """
        self._require_published(index)
        path, low, high = [], 0, self.size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, size: int) -> list[bytes]:
        """Hashes that prove the tree of `size` to be the beginning of this one.

        Raises:
            LedgerError: This tree is smaller.
        """
        if not 0 <= size <= self.size:
            msg = f"a tree of {self.size} entries cannot begin with one of {size}; publish first"
            raise LedgerError(msg)
        if size in {0, self.size}:
            return []
        path, low, high = [], 0, self.size
        while size != high:
            middle = low + _split(high - low)
            if size <= middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        # The verifier knows the earlier root already when it is this very subtree.
        last = [] if low == 0 else [self._range(low, high)]
        return (path + last)[::-1]


def require_continuation(pinned: Checkpoint, size: int, reader: TileReader | None) -> None:
    """Check that the log still begins as it did when a checkpoint was taken.

    Args:
        pinned: The checkpoint seen before, its signature checked.
        size: Size of the log now.
        reader: Its tiles, or None where they cannot be read or there are none.

    Raises:
        RollbackError: The log is shorter now.
        TamperedError: It begins otherwise now.
    """
    if pinned.size > size:
        msg = (
            f"the log had {pinned.size} entries when the pinned checkpoint was taken and has "
            f"{size} now; restore it from a copy of the ledger"
        )
        raise RollbackError(msg)
    if reader and reader.root_at(pinned.size) != pinned.root:
        msg = (
            f"the log's first {pinned.size} entries are not those of the pinned checkpoint: it "
            "was forked; keep both checkpoints as proof and distrust the log key"
        )
        raise TamperedError(msg)


def _split(size: int) -> int:
    """Largest power of two below `size`, for size > 1."""
    return 1 << (size - 1).bit_length() - 1
