"""The tree digest: one name for all the bytes of a model folder.

Files are read side by side, as far as the machine goes: reading and hashing
let other threads run. Memory is bounded by a few pieces for each thread.

Room: floor. Imports only errors.
Source: docs/spec/tree-digest.md.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from govgate.errors import EvidenceError, StoreError

HEADER = b"govgate-tree-v1\n"
IGNORED = frozenset({"registered_model_meta"})
"""Files at the top that MLflow adds when a model is downloaded; no part of the model."""

Pieces = Iterable[bytes | memoryview]
"""A file's bytes in order; a piece may be overwritten once the next is asked for."""

File = tuple[str, Callable[[], Pieces]]
"""Path below the model's folder, with forward slashes, and what opens the file."""

Sink = Callable[[str, Pieces], object]
"""Takes a file's path and every one of its pieces, such as to copy them."""

_READERS = 4
"""Files read at once: a store far away keeps them waiting, a near one gives 1 GB/s to each."""

_WAITING = 16
"""Files for each reader that are listed and not yet read: what a listing may run ahead."""


@dataclass(frozen=True)
class FileDigest:
    """One file of a model."""

    path: str
    sha256: str
    """64 lowercase hex characters."""

    size: int
    """In bytes."""


@dataclass(frozen=True)
class TreeDigest:
    """What a model's files hash to, one by one and together."""

    files: tuple[FileDigest, ...]
    """In the order of the bytes of their paths."""

    @property
    def content(self) -> str:
        """The tree digest: "sha256:" and 64 lowercase hex characters."""
        whole = hashlib.sha256(HEADER)
        for file in self.files:
            whole.update(f"{file.sha256} {file.size} {file.path}\n".encode())
        return "sha256:" + whole.hexdigest()

    @property
    def signing_root(self) -> str:
        """The root digest of OpenSSF model signing: 64 lowercase hex characters."""
        by_parts = sorted(self.files, key=lambda file: file.path.split("/"))
        return hashlib.sha256(b"".join(bytes.fromhex(f.sha256) for f in by_parts)).hexdigest()


def digest_tree(files: Iterable[File], sink: Sink | None = None) -> TreeDigest:
    """Hash a set of files, each read once.

    Args:
        files: Each once, in any order; at least one.
        sink: Called from several threads, once for each file; None only reads.

    Returns:
        Every file's digest.

    Raises:
        EvidenceError: There is no file, or a path cannot stand in a tree.
    """
    seen: set[str] = set()
    found: list[FileDigest] = []
    running: deque[Future[FileDigest]] = deque()
    with ThreadPoolExecutor(_READERS, thread_name_prefix="govgate-tree") as pool:
        try:
            for path, pieces in files:
                if path in IGNORED:
                    continue
                _require_name(path, seen)
                running.append(pool.submit(_hashed, path, pieces, sink or _drain))
                if len(running) > _READERS * _WAITING:
                    found.append(running.popleft().result())
            found.extend(future.result() for future in running)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if not found:
        msg = "the model holds no file; log it again"
        raise EvidenceError(msg)
    return TreeDigest(tuple(sorted(found, key=lambda file: file.path.encode())))


def tree_digest(files: Iterable[File]) -> str:
    """Name a set of files by their paths and bytes; see `digest_tree`.

    Returns:
        "sha256:" and 64 lowercase hex characters.
    """
    return digest_tree(files).content


def _require_name(path: str, seen: set[str]) -> None:
    parts = path.split("/")
    if {"", ".", ".."} & set(parts) or "\n" in path or "\\" in path or path in seen:
        msg = f"the model holds a file named {path!r}; rename it and register the model again"
        raise EvidenceError(msg)
    seen.add(path)


def _hashed(path: str, pieces: Callable[[], Pieces], sink: Sink) -> FileDigest:
    hashed, size, ended = hashlib.sha256(), 0, False

    def passing() -> Iterator[bytes | memoryview]:
        nonlocal size, ended
        for piece in pieces():
            hashed.update(piece)
            size += len(piece)
            yield piece
        ended = True

    sink(path, passing())
    if not ended:
        msg = f"only a part of {path} was taken; try again"
        raise StoreError(msg)
    return FileDigest(path, hashed.hexdigest(), size)


def _drain(_path: str, pieces: Pieces) -> None:
    deque(pieces, maxlen=0)
