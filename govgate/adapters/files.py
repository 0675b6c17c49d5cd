"""A store in a local folder.

Source: POSIX link(2) and fsync(2): a link fails when the name exists, and a
name is durable once its folder is synced. Every folder on the way is opened
by hand without following links, so no key leads outside.
"""

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from govgate.errors import ConflictError, StoreError
from govgate.ledger.layout import require_partial

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
"""No name begins with a dot: that keeps ".." out, and leaves such names to unfinished writes."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC

_NEXT_STEP = {
    errno.ENOSPC: "free some space and try again",
    errno.EDQUOT: "free some space and try again",
    errno.EROFS: "mount the file system for writing",
    errno.EACCES: "give this user access to the folder",
    errno.EPERM: "give this user access to the folder",
    errno.ELOOP: "remove the symbolic link: a store follows none",
    errno.ENOTDIR: "remove the file or link that stands where a folder belongs",
    errno.EISDIR: "remove the folder that stands where a file belongs",
}


class FileStore:
    """Implements `ports.Store` over a folder; several processes may use it at once."""

    def __init__(self, folder: Path | str) -> None:
        """Use a folder, which is made at the first write."""
        self.folder = Path(folder)

    def read(self, key: str) -> bytes | None:
        """See `ports.Store.read`."""
        with _said(self._checked(key)):
            try:
                with _open_folder(self.folder, key, make=False) as (folder, name):
                    return _read(folder, name)
            except FileNotFoundError:
                return None

    def create(self, key: str, data: bytes) -> None:
        """See `ports.Store.create`.

        Raises:
            ConflictError: The key exists with other bytes.
        """
        with (
            _said(self._checked(key)),
            _open_folder(self.folder, key, make=True) as (folder, name),
        ):
            # (1) The content is durable before it has a name.
            with _unfinished(folder, data) as temporary:
                # (2) A link is made only where there is no such name.
                there = _link(folder, temporary, name)
            # (3) The name is durable, whoever made it.
            os.fsync(folder)
            if there not in {None, data}:
                msg = f"{key} exists with other bytes; read it, and use another key"
                raise ConflictError(msg)

    def replace(self, key: str, data: bytes) -> None:
        """See `ports.Store.replace`."""
        with (
            _said(self._checked(key)),
            _open_folder(self.folder, key, make=True) as (folder, name),
            _unfinished(folder, data) as temporary,
        ):
            os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """See `ports.Store.keys`."""
        with _said(prefix or "the folder"):
            yield from _walk(self.folder, "", prefix, after)

    def discard(self, key: str) -> int:
        """See `ports.Store.discard`; its folder stays, for another may be writing there."""
        require_partial(key)
        with _said(self._checked(key)):
            try:
                with _open_folder(self.folder, key, make=False) as (folder, name):
                    size_bytes = os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
                    os.unlink(name, dir_fd=folder)
                    os.fsync(folder)
            except FileNotFoundError:
                return 0
            return size_bytes

    def _checked(self, key: str) -> str:
        """Return the key when it names a place inside the folder.

        Raises:
            StoreError: It does not.
        """
        if not _KEY.fullmatch(key):
            msg = f"{key!r} cannot be a key; use letters, digits, '.', '_', '-' between slashes"
            raise StoreError(msg)
        return key


@contextmanager
def _said(key: str) -> Iterator[None]:
    """Turn the system's errors into ours.

    Raises:
        StoreError: With the next step.
    """
    try:
        yield
    except OSError as why:
        step = _NEXT_STEP.get(why.errno or 0, "look at the folder and its disk")
        msg = f"{key} cannot be read or written ({why.strerror}); {step}"
        raise StoreError(msg) from why


@contextmanager
def _open_folder(root: Path, key: str, *, make: bool) -> Iterator[tuple[int, str]]:
    """Open the folder a key is in, one step at a time, and yield it with the last name."""
    *folders, name = key.split("/")
    if make and not root.exists():
        root.mkdir(parents=True, exist_ok=True)
    # The root itself may be a link: people put stores on other disks.
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step in folders:
            if make:
                _make_folder(current, step)
            inner = os.open(step, _FOLDER, dir_fd=current)
            os.close(current)
            current = inner
        yield current, name
    finally:
        os.close(current)


def _link(folder: int, temporary: str, name: str) -> bytes | None:
    """Give a file its name; where there is one of that name, return what that holds."""
    while True:
        try:
            os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:
            # A partial tile may be cleared away between the two.
            with suppress(FileNotFoundError):
                return _read(folder, name)
        else:
            return None


def _make_folder(parent: int, name: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=parent)
        os.fsync(parent)


def _read(folder: int, name: str) -> bytes:
    with open(os.open(name, _OLD_FILE, dir_fd=folder), "rb") as file:  # noqa: PTH123 -- a descriptor
        return file.read()


@contextmanager
def _unfinished(folder: int, data: bytes) -> Iterator[str]:
    """Write a synced file under a name that `keys` never shows; it is gone afterwards."""
    name = f".{secrets.token_hex(8)}.tmp"
    try:
        with open(os.open(name, _NEW_FILE, 0o644, dir_fd=folder), "wb") as file:  # noqa: PTH123
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield name
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)


def _walk(folder: Path, at: str, prefix: str, after: str) -> Iterator[str]:
    """Yield keys in the order of whole keys: a folder sorts with the slash that follows it."""
    try:
        with os.scandir(folder) as found:
            names = sorted(
                f"{e.name}/" if e.is_dir(follow_symlinks=False) else e.name
                for e in found
                if not e.name.startswith(".")
            )
    except FileNotFoundError:
        return
    for name in names:
        key = at + name
        if not name.endswith("/"):
            if key.startswith(prefix) and key > after:
                yield key
        elif _may_hold(key, prefix, after):
            yield from _walk(folder / name, key, prefix, after)


def _may_hold(folder_key: str, prefix: str, after: str) -> bool:
    """Tell whether a folder can hold a key that is wanted."""
    wanted = folder_key.startswith(prefix) or prefix.startswith(folder_key)
    return wanted and (folder_key > after or after.startswith(folder_key))
