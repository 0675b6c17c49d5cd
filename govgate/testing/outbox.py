"""An outbox in memory, which outlives the `Sender`s of a test as a disk outlives processes."""

from collections.abc import Iterator

from govgate.errors import StoreError


class MemoryParcel:
    """Implements `ports.Parcel`."""

    def __init__(self, outbox: "MemoryOutbox", name: str) -> None:
        """Hold one batch."""
        self.name, self._outbox = name, outbox
        outbox.held.add(name)

    def read(self) -> bytes:
        """See `ports.Parcel.read`."""
        return self._outbox.batches[self.name]

    def note(self, line: bytes) -> None:
        """See `ports.Parcel.note`.

        Raises:
            StoreError: `full` was set.
        """
        if self._outbox.full:
            msg = f"{self.name} in the outbox cannot be written (full); free some space"
            raise StoreError(msg)
        self._outbox.batches[self.name] += line

    def remove(self) -> None:
        """See `ports.Parcel.remove`."""
        self._outbox.batches.pop(self.name, None)

    def release(self) -> None:
        """See `ports.Parcel.release`."""
        self._outbox.held.discard(self.name)


class MemoryOutbox:
    """Implements `ports.Outbox` over a dict. Set `full` to break what writes to it."""

    def __init__(self) -> None:
        """Start empty."""
        self.batches: dict[str, bytes] = {}
        self.held: set[str] = set()
        self.full = False

    def put(self, name: str, data: bytes) -> MemoryParcel:
        """See `ports.Outbox.put`.

        Raises:
            StoreError: `full` was set, or there is a batch of that name.
        """
        if self.full or name in self.batches:
            msg = f"{name} cannot be put into the outbox; free some space, or use another name"
            raise StoreError(msg)
        self.batches[name] = data
        return MemoryParcel(self, name)

    def left(self) -> Iterator[MemoryParcel]:
        """See `ports.Outbox.left`."""
        for name in sorted(self.batches):
            if name in self.batches and name not in self.held:
                yield MemoryParcel(self, name)
