"""A store in memory that can fail the two ways networks fail."""

from collections.abc import Callable, Iterator
from enum import Enum, auto

from govgate.errors import ConflictError, StoreError
from govgate.ledger.layout import require_partial


class Fault(Enum):
    """What the next write does before it raises `StoreError`."""

    LOST = auto()
    """Nothing is written: the request never arrived."""

    LANDED = auto()
    """The bytes are written: only the answer was lost."""


class MemoryStore:
    """Implements `ports.Store` over a dict. Set `fault` to break the next write."""

    def __init__(self) -> None:
        """Start empty and healthy."""
        self.objects: dict[str, bytes] = {}
        self.fault: Fault | None = None

    def read(self, key: str) -> bytes | None:
        """See `ports.Store.read`."""
        return self.objects.get(key)

    def create(self, key: str, data: bytes) -> None:
        """See `ports.Store.create`.

        Raises:
            ConflictError: The key exists with other bytes.
        """
        if key in self.objects and self.objects[key] != data:
            msg = f"{key} exists with other bytes"
            raise ConflictError(msg)
        self._write(key, data)

    def replace(self, key: str, data: bytes) -> None:
        """See `ports.Store.replace`."""
        self._write(key, data)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """See `ports.Store.keys`."""
        return iter(sorted(k for k in self.objects if k.startswith(prefix) and k > after))

    def discard(self, key: str) -> int:
        """See `ports.Store.discard`."""
        require_partial(key)
        freed_bytes = len(self.objects.get(key, b""))
        self._change(key, lambda: self.objects.pop(key, None))
        return freed_bytes

    def _write(self, key: str, data: bytes) -> None:
        self._change(key, lambda: self.objects.update({key: data}))

    def _change(self, key: str, change: Callable[[], object]) -> None:
        fault, self.fault = self.fault, None
        if fault is not Fault.LOST:
            change()
        if fault is not None:
            msg = f"the change of {key} failed ({fault.name}); read it back before retrying"
            raise StoreError(msg)
