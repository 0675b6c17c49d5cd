"""Clearing away partial tiles and bundles that full ones have made needless.

Source: C2SP tlog-tiles, "Partial Tiles"; docs/spec/tile.md, "Clearing". Readers of an older
checkpoint find the full tile in their place, so a racing reader or publisher needs no warning.

Laws:
    1. Only a partial tile goes, and only where the full one is there, is part of the published
       tree, and hashes to its parent.
    2. It goes only when its bytes are the beginning of the full one: a difference is evidence
       of tampering, and stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from govgate.errors import GovgateError, LedgerError, TamperedError
from govgate.ledger.checkpoint import Checkpoint
from govgate.ledger.reader import TileReader
from govgate.ledger.report import raise_first
from govgate.ledger.tiles import ENTRIES, HEIGHT, WIDTH, pack_entries, read_tile_path
from govgate.ports import Store


@dataclass(frozen=True)
class Cleared:
    """What was cleared away, and what was left where it is for a reason."""

    removed: int
    """Partial tiles and bundles."""

    freed_bytes: int
    problems: tuple[GovgateError, ...]
    """What does not hold; nothing of it was touched."""

    def raise_if_bad(self) -> None:
        """Raise the first problem, and say how many more there are.

        Raises:
            GovgateError: TamperedError or another LedgerError.
        """
        raise_first(self.problems)


def clear_partials(store: Store, newest: Checkpoint, *, dry_run: bool = False) -> Cleared:
    """Remove the partial tiles and bundles that nothing needs any more; again is harmless.

    Args:
        store: Where the log is.
        newest: Its newest checkpoint, verified.
        dry_run: Only look.

    Raises:
        StoreError: The store did not answer, or lets nobody remove anything.
        TamperedError: The right edge of the tree does not hash to the root.
    """
    full = _Full(store, newest)
    removed = freed_bytes = 0
    problems: list[GovgateError] = []
    for key, level, n, width in _needless(store, newest.size):
        # (1) The full one is there and proven, and this is its beginning.
        try:
            wanted = full.beginning(level, n, width)
            held = store.read(key)
            _require_same(key, held, wanted)
        except LedgerError as why:
            problems.append(why)
            continue
        if held is None:
            continue  # another was faster
        # (2) Then, and only then, it goes.
        freed_bytes += len(held) if dry_run else store.discard(key)
        removed += 1
    return Cleared(removed, freed_bytes, tuple(problems))


def _needless(store: Store, size: int) -> Iterator[tuple[str, int | str, int, int]]:
    """Yield key and place of each partial tile whose full one is part of a tree of that size."""
    for key in store.keys("tile/"):
        level, n, width = read_tile_path(key) or (0, 0, WIDTH)
        height = 0 if isinstance(level, str) else level
        if width < WIDTH and n < size >> HEIGHT * (height + 1):
            yield key, level, n, width


def _require_same(key: str, held: bytes | None, wanted: bytes) -> None:
    """Check a partial tile against the full one.

    Raises:
        TamperedError: It is no beginning of that.
    """
    if held not in {None, wanted}:
        msg = (
            f"{key} is not the beginning of the full one and was left there; find out who wrote "
            "it, and run `govgate ledger verify`"
        )
        raise TamperedError(msg)


class _Full:
    """The full tiles and bundles of a published tree; the last bundle read is kept."""

    def __init__(self, store: Store, newest: Checkpoint) -> None:
        self._reader = TileReader(store, newest.size, newest.root)
        self._bundle: tuple[int, list[bytes]] = (-1, [])

    def beginning(self, level: int | str, n: int, width: int) -> bytes:
        """First hashes of a full tile, or entries of a full bundle, as a partial one holds them.

        Raises:
            TamperedError: The full one is missing, or does not hash to its parent.
        """
        if level != ENTRIES:
            return b"".join(self._reader.tile(int(level), n)[:width])
        if self._bundle[0] != n:
            self._bundle = (n, self._reader.bundle(n))
        return pack_entries(self._bundle[1][:width])
