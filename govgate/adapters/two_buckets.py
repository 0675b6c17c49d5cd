"""A store in two, for stores that cannot both refuse a second write and lock what is written.

Source: docs/spec/s3-keys.md, "Two buckets".
"""

from collections.abc import Iterator
from heapq import merge

from govgate.errors import StoreError, TamperedError
from govgate.ledger.layout import require_partial
from govgate.ports import Store

_COMMITS = "commits/"
_CHECKPOINTS = "checkpoints/"
_HINT = "checkpoint"


class TwoBucketStore:
    """Implements `ports.Store`: commits are settled in one store and kept in the other.

    What is kept is always the commits from the first on, with no gap: whoever copies,
    copies in order, and no size is signed before its commits are kept.
    """

    def __init__(self, settling: Store, keeping: Store) -> None:
        """Join two stores.

        Args:
            settling: Holds commits and the hint; refuses a second write of a key.
            keeping: Holds all else, and a copy of every commit; need not refuse one.
        """
        self._settling, self._keeping = settling, keeping
        self._kept: str | None = None

    def read(self, key: str) -> bytes | None:
        """See `ports.Store.read`.

        Raises:
            TamperedError: It is a commit that was settled before and is gone.
        """
        data = self._of(key).read(key)
        if data is not None or not key.startswith(_COMMITS) or self._keeping.read(key) is None:
            return data
        data = self._settling.read(key)  # it may have been settled just now
        if data is None:
            msg = f"{key} is gone from the mutable bucket; copy {_COMMITS} back from the other"
            raise TamperedError(msg)
        return data

    def create(self, key: str, data: bytes) -> None:
        """See `ports.Store.create`; a commit whose copy failed is copied by the next write."""
        if key.startswith(_CHECKPOINTS):
            self._keep_commits()
        if key.startswith(_COMMITS):
            self.read(key)  # never settled anew where it is gone
        self._of(key).create(key, data)
        if key.startswith(_COMMITS):
            self._keep_commits()

    def replace(self, key: str, data: bytes) -> None:
        """See `ports.Store.replace`."""
        self._of(key).replace(key, data)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """See `ports.Store.keys`."""
        if prefix.startswith(_COMMITS):
            return self._settling.keys(prefix, after)
        return merge(
            *(self._own(store, prefix, after) for store in (self._settling, self._keeping))
        )

    def discard(self, key: str) -> int:
        """See `ports.Store.discard`."""
        require_partial(key)
        return self._keeping.discard(key)

    def _own(self, store: Store, prefix: str, after: str) -> Iterator[str]:
        return (key for key in store.keys(prefix, after) if self._of(key) is store)

    def _of(self, key: str) -> Store:
        return self._settling if key.startswith(_COMMITS) or key == _HINT else self._keeping

    def _keep_commits(self) -> None:
        """Copy what is settled and not yet kept.

        Raises:
            StoreError: A commit that was listed cannot be read.
        """
        if self._kept is None:
            self._kept = max(self._keeping.keys(_COMMITS), default="")
        for key in self._settling.keys(_COMMITS, self._kept):
            data = self._settling.read(key)
            if data is None:
                msg = f"{key} is listed in the mutable bucket and not there; try again"
                raise StoreError(msg)
            self._keeping.create(key, data)
            self._kept = key
