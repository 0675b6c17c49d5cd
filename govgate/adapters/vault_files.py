"""A vault in a local folder: files of mode 0444 in folders of mode 0555, synced before they count.

Source: POSIX open(2) with O_EXCL, link(2), fsync(2); docs/spec/sealed-models.md.
"""

import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from govgate.errors import EvidenceError, StoreError
from govgate.tree import File, Pieces

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ_ONLY_FILE, _READ_ONLY_FOLDER, _FOLDER = 0o444, 0o555, 0o755


class FileVault:
    """Implements `ports.Vault` over a folder; several processes may use it at once."""

    def __init__(self, root: Path, files_of: Callable[[Path], Iterator[File]]) -> None:
        """Use a folder, which is made at the first write.

        Args:
            root: The folder.
            files_of: Yields the files below a folder of this machine.
        """
        self._root, self._files_of = root, files_of

    def files(self, folder: str) -> Iterator[File]:
        """See `ports.Vault.files`."""
        with _said(folder):
            yield from self._files_of(self._at(folder))

    def folders(self, folder: str) -> Iterator[str]:
        """See `ports.Vault.folders`."""
        with _said(folder), suppress(FileNotFoundError), os.scandir(self._at(folder)) as found:
            yield from sorted(entry.name for entry in found if entry.is_dir(follow_symlinks=False))

    def write(self, path: str, pieces: Pieces) -> None:
        """See `ports.Vault.write`."""
        with _said(path):
            place = self._at(path)
            place.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(place, _NEW, _READ_ONLY_FILE), "wb", buffering=0) as file:  # noqa: PTH123 -- a descriptor
                for piece in pieces:
                    _write_all(file.fileno(), memoryview(piece))
                os.fsync(file.fileno())

    def lock(self, folder: str) -> None:
        """See `ports.Vault.lock`."""
        with _said(folder):
            place = self._at(folder)
            for at, _, _ in os.walk(place, topdown=False):
                _sync(Path(at))
                Path(at).chmod(_READ_ONLY_FOLDER)
            _sync_up(place.parent, self._root)

    def stamps(self, folder: str) -> Mapping[str, str]:
        """See `ports.Vault.stamps`."""
        found = {}
        with _said(folder):
            waiting = [("", os.fspath(self._at(folder)))]
            while waiting:
                below, place = waiting.pop()
                with os.scandir(place) as entries:
                    for entry in entries:
                        path = f"{below}{entry.name}"
                        # A link to a folder has a stamp too: nothing that lies here goes unseen.
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append((f"{path}/", entry.path))
                        else:
                            found[path] = _stamp(entry.stat(follow_symlinks=False))
        return found

    def stamp(self, path: str) -> str:
        """See `ports.Vault.stamp`."""
        with _said(path):
            try:
                return _stamp(self._at(path).lstat())
            except (FileNotFoundError, NotADirectoryError):
                return ""

    def read(self, path: str) -> bytes | None:
        """See `ports.Vault.read`."""
        with _said(path):
            try:
                return self._at(path).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def create(self, path: str, data: bytes) -> None:
        """See `ports.Vault.create`."""
        with _said(path):
            place = self._at(path)
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = place.with_name(f".{secrets.token_hex(8)}.tmp")
            try:
                with open(os.open(temporary, _NEW, _READ_ONLY_FILE), "wb") as file:  # noqa: PTH123 -- a descriptor
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                with suppress(FileExistsError):
                    os.link(temporary, place)
            finally:
                temporary.unlink(missing_ok=True)
            _sync_up(place.parent, self._root)

    def exists(self, path: str) -> bool:
        """See `ports.Vault.exists`."""
        with _said(path):
            try:
                return stat.S_ISREG(self._at(path).stat().st_mode)
            except (FileNotFoundError, NotADirectoryError):
                return False

    def holds(self, folder: str) -> bool:
        """See `ports.Vault.holds`."""
        with _said(folder):
            try:
                with os.scandir(self._at(folder)) as found:
                    return next(iter(found), None) is not None
            except (FileNotFoundError, NotADirectoryError):
                return False

    def discard(self, folder: str) -> None:
        """See `ports.Vault.discard`."""
        with _said(folder), suppress(FileNotFoundError):
            shutil.rmtree(self._at(folder))

    def _at(self, path: str) -> Path:
        """Return the place on disk.

        Raises:
            StoreError: It would be outside the folder.
        """
        parts = path.strip("/").split("/") if path.strip("/") else []
        if any(part in {"", ".", ".."} or "\0" in part for part in parts):
            msg = f"{path!r} names no place in the artifact store; register the model again"
            raise StoreError(msg)
        return self._root.joinpath(*parts)


@contextmanager
def _said(path: str) -> Iterator[None]:
    """Turn the system's errors into ours.

    Raises:
        StoreError: With the next step.
    """
    try:
        yield
    except OSError as why:
        msg = f"{path or 'the artifact store'} cannot be read or written ({why.strerror}); "
        raise StoreError(msg + "look at the folder, its disk and its owner") from why
    except EvidenceError as why:
        raise StoreError(str(why)) from why


def _stamp(about: os.stat_result) -> str:
    # Who rewrites a file can put its mtime back, and not its ctime.
    return f"{about.st_mode:o}.{about.st_size}.{about.st_ctime_ns}"


def _write_all(file: int, piece: memoryview) -> None:
    while piece:
        piece = piece[os.write(file, piece) :]


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _sync_up(folder: Path, root: Path) -> None:
    """Make the names of new folders durable, up to the root."""
    for place in (folder, *folder.parents):
        _sync(place)
        if place == root:
            return
