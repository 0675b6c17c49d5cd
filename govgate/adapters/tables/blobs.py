"""Bytes of a file of this machine, which must stay as they were listed.

Source: POSIX, stat: a file that is written to has another size, time or inode.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from govgate.adapters.tables.plain import reading
from govgate.errors import EvidenceError


class Blob(Protocol):
    """Bytes that can be read at an offset, and tell when they are others than before; pickles."""

    @property
    def where(self) -> str:
        """Its path or address, for people."""

    @property
    def size(self) -> int:
        """In bytes, when it was listed."""

    def open(self) -> AbstractContextManager[Any]:
        """Open it as a `pyarrow.NativeFile`.

        Raises:
            EvidenceError: It changed since it was listed, or while it was open.
        """

    def sha256(self) -> str:
        """Hash all its bytes: 64 lowercase hex characters.

        Raises:
            EvidenceError: It changed since it was listed.
        """


@dataclass(frozen=True)
class LocalBlob:
    """One file."""

    path: Path
    size: int
    changed_ns: int
    inode: int

    @property
    def where(self) -> str:
        """See `Blob.where`."""
        return str(self.path)

    @contextmanager
    def open(self) -> Iterator[Any]:
        """See `Blob.open`."""
        import pyarrow as pa

        with reading(self.where):
            self._require_same()
            with pa.OSFile(self.where) as file:
                yield file
            self._require_same()

    def sha256(self) -> str:
        """See `Blob.sha256`."""
        with reading(self.where):
            self._require_same()
            with self.path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            self._require_same()
        return found

    def _require_same(self) -> None:
        """Compare the file with what was listed.

        Raises:
            EvidenceError: It is another one now, or gone.
        """
        try:
            now = blob_of(self.path)
        except FileNotFoundError:
            now = None
        if now != self:
            msg = f"{self.path} {'changed' if now else 'vanished'} while it was read; hand over "
            raise EvidenceError(msg + "what nobody writes to")


def blob_of(path: Path) -> LocalBlob:
    """Take note of a file as it is now.

    Raises:
        FileNotFoundError: It is gone.
    """
    found = path.stat()
    return LocalBlob(path, found.st_size, found.st_mtime_ns, found.st_ino)
