"""An outbox in a local folder.

Source: POSIX link(2), fsync(2) and flock(2). A batch is one file. Whoever has it
open and locked holds it; the system lets go of it when that process dies.
"""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from govgate.errors import StoreError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD_FILE = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC

_NEXT_STEP = {
    errno.ENOSPC: "free some space and try again",
    errno.EDQUOT: "free some space and try again",
    errno.EROFS: "mount the file system for writing",
    errno.EACCES: "give this user access to the outbox",
    errno.EPERM: "give this user access to the outbox",
    errno.ELOOP: "remove the symbolic link: an outbox follows none",
    errno.ENOTDIR: "remove the file or link that stands where the outbox belongs",
    errno.EEXIST: "give each batch a name of its own",
}


class FileParcel:
    """Implements `ports.Parcel` over one open and locked file."""

    def __init__(self, folder: int, name: str, file: int) -> None:
        """Take over the descriptors of a folder and of the locked file in it."""
        self.name = name
        self._folder, self._file = folder, file
        self._end = os.fstat(file).st_size

    def read(self) -> bytes:
        """See `ports.Parcel.read`."""
        with _said(self.name):
            return os.pread(self._file, self._end, 0)

    def note(self, line: bytes) -> None:
        """See `ports.Parcel.note`; what a failed call left is cut off first."""
        with _said(self.name):
            os.ftruncate(self._file, self._end)
            _write(self._file, line, self._end)
            os.fsync(self._file)
            self._end += len(line)

    def remove(self) -> None:
        """See `ports.Parcel.remove`."""
        with _said(self.name):
            os.unlink(self.name, dir_fd=self._folder)

    def release(self) -> None:
        """See `ports.Parcel.release`."""
        os.close(self._file)
        os.close(self._folder)


class FileOutbox:
    """Implements `ports.Outbox` over a folder; several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made at the first write."""
        self.folder = folder

    def put(self, name: str, data: bytes) -> FileParcel:
        """See `ports.Outbox.put`."""
        with _said(name):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = os.open(self.folder, _FOLDER)
            try:
                return FileParcel(folder, name, _create(folder, name, data))
            except BaseException:
                os.close(folder)
                raise

    def left(self) -> Iterator[FileParcel]:
        """See `ports.Outbox.left`; unfinished files of the dead are swept away."""
        with _said("the outbox"):
            names = self._names()
        for name in names:
            with _said(name):
                parcel = self._hold(name)
            if parcel is not None and name.startswith("."):
                with suppress(StoreError):
                    parcel.remove()
                parcel.release()
            elif parcel is not None:
                yield parcel

    def _names(self) -> list[str]:
        try:
            folder = os.open(self.folder, _FOLDER)
        except FileNotFoundError:
            return []
        try:
            return sorted(os.listdir(folder))  # noqa: PTH208 -- a descriptor
        finally:
            os.close(folder)

    def _hold(self, name: str) -> FileParcel | None:
        """Lock a file; None when another process holds it, or has removed it meanwhile."""
        folder = os.open(self.folder, _FOLDER)
        file = -1
        try:
            file = os.open(name, _OLD_FILE, dir_fd=folder)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file).st_nlink:
                return FileParcel(folder, name, file)
        except (FileNotFoundError, BlockingIOError):
            pass
        except BaseException:
            _close(folder, file)
            raise
        _close(folder, file)
        return None


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        if descriptor >= 0:
            os.close(descriptor)


def _create(folder: int, name: str, data: bytes) -> int:
    """Make a file that has its name only once it is locked, whole and durable."""
    while True:
        temporary = f".{secrets.token_hex(8)}.tmp"
        file = os.open(temporary, _NEW_FILE, 0o600, dir_fd=folder)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not os.fstat(file).st_nlink:  # swept away before it was locked
                os.close(file)
                continue
            _write(file, data, 0)
            os.fsync(file)
            os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.close(file)
            raise
        finally:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
        return _named(folder, name, file)


def _named(folder: int, name: str, file: int) -> int:
    """Make the name durable, or take it back."""
    try:
        os.fsync(folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        os.close(file)
        raise
    return file


def _write(file: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(file, view, at)
        view, at = view[done:], at + done


@contextmanager
def _said(name: str) -> Iterator[None]:
    """Turn the system's errors into ours.

    Raises:
        StoreError: With the next step.
    """
    try:
        yield
    except OSError as why:
        step = _NEXT_STEP.get(why.errno or 0, "look at the folder and its disk")
        msg = f"{name} in the outbox cannot be read or written ({why.strerror}); {step}"
        raise StoreError(msg) from why
