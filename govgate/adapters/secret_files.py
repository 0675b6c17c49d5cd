"""Secrets in files that only their owner can read, and that are overwritten before they go.

Source: POSIX link(2), unlink(2) and fsync(2). What a disk, a snapshot or a backup keeps of an
overwritten file is beyond this; docs/how-to/keep-evidence.md says what to do about it.
"""

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from govgate.errors import AuthorityError, StoreError

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD_FILE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_OTHERS = 0o077
"""Permission bits of everybody but the owner."""

_MAX_BYTES = 65_536
"""Guards against a device or a model in a secret's place."""


class FileSecrets:
    """Implements `ports.Secrets` over a folder of mode 0700."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made at the first write."""
        self.folder = folder

    def put(self, name: str, data: bytes) -> None:
        """See `ports.Secrets.put`."""
        with self._opened(name, make=True) as folder:
            temporary = f".{secrets.token_hex(8)}.tmp"
            try:
                with open(os.open(temporary, _NEW_FILE, 0o600, dir_fd=folder), "wb") as file:  # noqa: PTH123
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=folder)
            os.fsync(folder)

    def read(self, name: str) -> bytes | None:
        """See `ports.Secrets.read`."""
        try:
            with (
                self._opened(name) as folder,
                open(os.open(name, os.O_RDONLY | _OLD_FILE, dir_fd=folder), "rb") as file,  # noqa: PTH123
            ):
                self._require_own(name, os.fstat(file.fileno()))
                return file.read(_MAX_BYTES)
        except FileNotFoundError:
            return None

    def destroy(self, name: str) -> None:
        """See `ports.Secrets.destroy`: overwritten, synced, then unlinked."""
        with suppress(FileNotFoundError), self._opened(name) as folder:
            with open(os.open(name, os.O_RDWR | _OLD_FILE, dir_fd=folder), "r+b") as file:  # noqa: PTH123
                file.write(bytes(os.fstat(file.fileno()).st_size))
                file.flush()
                os.fsync(file.fileno())
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)

    def names(self) -> Iterator[str]:
        """See `ports.Secrets.names`."""
        found: list[str] = []
        with (
            suppress(FileNotFoundError),
            self._opened("names") as folder,
            os.scandir(folder) as there,
        ):
            found += [entry.name for entry in there]
        yield from sorted(name for name in found if _NAME.fullmatch(name))

    @contextmanager
    def _opened(self, name: str, *, make: bool = False) -> Iterator[int]:
        """Open the folder, which nobody else may write to.

        Raises:
            FileNotFoundError: There is no folder, or no such secret in it.
            StoreError: The system says no, or the name leads elsewhere.
        """
        if not _NAME.fullmatch(name):
            msg = f"{name!r} cannot be the name of a secret; use letters, digits, '.', '_' and '-'"
            raise StoreError(msg)
        try:
            if make:
                self._make()
            # The folder itself may be a link: people put secrets on other disks.
            folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                self._require_own("", os.fstat(folder))
                yield folder
            finally:
                os.close(folder)
        except FileNotFoundError:
            raise
        except OSError as why:
            msg = f"{self.folder / name} cannot be read or written ({why.strerror}); "
            raise StoreError(msg + "look at the folder, its permissions and its disk") from why

    def _make(self) -> None:
        if not self.folder.exists():
            self.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            parent = os.open(self.folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(parent)
            finally:
                os.close(parent)

    def _require_own(self, name: str, about: os.stat_result) -> None:
        """Refuse what others can read, or put in another's place.

        Raises:
            AuthorityError: Others can, or it is no file.
        """
        path, mode = self.folder / name, stat.S_IMODE(about.st_mode)
        if name and not stat.S_ISREG(about.st_mode):
            msg = f"{path} is no file; move it away and restore the key from a copy"
            raise AuthorityError(msg)
        if mode & _OTHERS:
            right = "600" if name else "700"
            msg = f"{path} has mode {mode:04o}, open to others; run `chmod {right} {path}`"
            raise AuthorityError(msg)
        if about.st_uid not in {os.geteuid(), 0}:
            msg = f"{path} belongs to user {about.st_uid}, not to you; run this as its owner"
            raise AuthorityError(msg)
