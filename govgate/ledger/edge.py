"""The right edge of the tree: all that is needed to append to it.

Source: C2SP tlog-tiles; docs/spec/tile.md. Holds at most 255 hashes a level
and 255 entries, whatever the size of the log.
"""

from collections.abc import Sequence

from govgate.errors import TamperedError
from govgate.ledger import merkle
from govgate.ledger.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    pack_entries,
    split_hashes,
    tile_path,
    unpack_entries,
)
from govgate.ports import Store


class Edge:
    """The last, partial tile of each level, lowest first."""

    def __init__(self) -> None:
        """Start as the empty tree."""
        self.size = 0
        self.tiles: list[list[bytes]] = [[]]
        self.entries: list[bytes] = []

    def append(self, entries: Sequence[bytes]) -> dict[str, bytes]:
        """Grow by entries.

        Returns:
            Path to content of every tile and bundle this made full.
        """
        full: dict[str, bytes] = {}
        for entry in entries:
            self.entries.append(entry)
            self.tiles[0].append(merkle.leaf_hash(entry))
            self.size += 1
            if len(self.tiles[0]) == WIDTH:
                full[tile_path(ENTRIES, self.size // WIDTH - 1)] = pack_entries(self.entries)
                self.entries = []
                self._carry(full)
        return full

    def _carry(self, full: dict[str, bytes]) -> None:
        """Move each full tile's root one level up."""
        level, n = 0, self.size // WIDTH - 1
        while len(self.tiles[level]) == WIDTH:
            full[tile_path(level, n)] = b"".join(self.tiles[level])
            if len(self.tiles) == level + 1:
                self.tiles.append([])
            self.tiles[level + 1].append(merkle.root(self.tiles[level]))
            self.tiles[level] = []
            level, n = level + 1, n // WIDTH

    def partials(self) -> dict[str, bytes]:
        """Path to content of the partial tiles and bundle of this size."""
        found = {
            tile_path(level, self.size >> HEIGHT * (level + 1), len(tile)): b"".join(tile)
            for level, tile in enumerate(self.tiles)
            if tile
        }
        if self.entries:
            path = tile_path(ENTRIES, self.size // WIDTH, len(self.entries))
            found[path] = pack_entries(self.entries)
        return found

    def root(self) -> bytes:
        """Root of the tree, 32 bytes."""
        running: list[bytes] = []
        for tile in self.tiles:
            row = tile + running
            running = [merkle.root(row)] if row else []
        return running[0] if running else merkle.EMPTY_ROOT


def read_partial(store: Store, level: int | str, n: int, width: int) -> tuple[str, bytes]:
    """Read a tile that was partial, or the full one that took its place.

    Returns:
        The key it was found at, and its bytes: possibly more than `width` hashes or entries.

    Raises:
        TamperedError: Neither is there.
    """
    for path in (tile_path(level, n, width), tile_path(level, n)):
        data = store.read(path)
        if data is not None:
            return path, data
    msg = f"{tile_path(level, n, width)} is missing; restore it from a copy of the ledger"
    raise TamperedError(msg)


def load_tiles(store: Store, size: int, root: bytes) -> Edge:
    """Read the right edge of a published tree, without its entries.

    Args:
        store: Where the log is.
        size: Size of a checkpoint already verified.
        root: Its root.

    Raises:
        TamperedError: A tile is missing, or the tiles do not hash to the root.
    """
    edge, paths = Edge(), []
    edge.size, edge.tiles = size, []
    level = 0
    while size >> HEIGHT * level:
        n, width = divmod(size >> HEIGHT * level, WIDTH)
        edge.tiles.append([])
        if width:
            path, data = read_partial(store, level, n, width)
            held = WIDTH if path == tile_path(level, n) else width
            edge.tiles[-1] = split_hashes(data, held, path)[:width]
            paths.append(path)
        level += 1
    edge.tiles = edge.tiles or [[]]
    if edge.root() != root:
        msg = (
            f"the right edge of the tree of {size} entries ({', '.join(paths)}) does not hash to "
            "the signed root; restore these tiles from a copy of the ledger"
        )
        raise TamperedError(msg)
    return edge


def load_edge(store: Store, size: int, root: bytes) -> Edge:
    """Read the right edge of a published tree, ready to append to.

    Args:
        store: Where the log is.
        size: Size of a checkpoint already verified.
        root: Its root.

    Raises:
        TamperedError: A tile or entry is missing or does not hash to the root.
    """
    edge = load_tiles(store, size, root)
    n, width = divmod(size, WIDTH)
    if width:
        path, data = read_partial(store, ENTRIES, n, width)
        edge.entries = unpack_entries(data, path)[:width]
        check_bundle(edge.entries, edge.tiles[0], path)
    return edge


def check_bundle(entries: Sequence[bytes], leaves: Sequence[bytes], path: str) -> None:
    """Check that entries hash to their leaves.

    Raises:
        TamperedError: One does not, or their number differs.
    """
    if merkle.leaf_hashes(entries) != list(leaves):
        msg = f"{path} does not hold what was published; restore it from a copy of the ledger"
        raise TamperedError(msg)
