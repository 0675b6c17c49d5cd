"""The tree digest: one name for all the bytes of a model folder.

Files are read side by side, as far as the machine goes: reading and hashing
let other threads run. Small files of this machine go to a thread many at a
time, as handing one over costs more than its hash. Memory is bounded by a few
pieces for each thread.

Room: floor. Imports only errors.
Source: docs/spec/tree-digest.md.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from govgate.errors import EvidenceError, StoreError

HEADER = b"govgate-tree-v1\n"
IGNORED = frozenset({"registered_model_meta"})
"""Files at the top that MLflow adds when a model is downloaded; no part of the model."""

Pieces = Iterable[bytes | memoryview]
"""A file's bytes in order; a piece may be overwritten once the next is asked for."""

File = tuple[str, Callable[[], Pieces]]
"""Path below the model's folder, with forward slashes, and what opens the file; see `Near`."""

Sink = Callable[[str, Pieces], object]
"""Takes a file's path and every one of its pieces, such as to copy them."""

_READERS = 4
"""Files read at once: a store far away keeps them waiting, a near one gives 1 GB/s to each."""

_WAITING = 16
"""Batches for each reader that are listed and not yet read: what a listing may run ahead."""

_BATCH_BYTES = 1 << 19
"""Half a millisecond of hashing, beside which handing it to a thread, 20 us, counts little."""

_BATCH_FILES = 64
"""However small they are: opening this many takes half a millisecond too."""


@dataclass(frozen=True, slots=True)
class Near:
    """Opens a file of this machine; tells beforehand how large it seems to be."""

    size: int
    """In bytes, when it was listed; what is read counts."""

    pieces: Callable[[], Pieces]

    def __call__(self) -> Pieces:
        """Open it."""
        return self.pieces()


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

    @cached_property
    def content(self) -> str:
        """The tree digest: "sha256:" and 64 lowercase hex characters."""
        whole = hashlib.sha256(HEADER)
        for file in self.files:
            whole.update(f"{file.sha256} {file.size} {file.path}\n".encode())
        return "sha256:" + whole.hexdigest()

    @cached_property
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
    found: list[FileDigest] = []
    running: deque[Future[list[FileDigest]]] = deque()
    with ThreadPoolExecutor(_READERS, thread_name_prefix="govgate-tree") as pool:
        try:
            # A copy waits for its disk or bucket, so each file has a thread of its own.
            for batch in _batches(_named(files), 0 if sink else _BATCH_BYTES):
                running.append(pool.submit(_hashed, batch, sink))
                if len(running) > _READERS * _WAITING:
                    found += running.popleft().result()
            for future in running:
                found += future.result()
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


def _named(files: Iterable[File]) -> Iterator[File]:
    """Yield the files that are part of the model.

    Raises:
        EvidenceError: A path cannot stand in a tree.
    """
    seen: set[str] = set()
    for file in files:
        path = file[0]
        if path in IGNORED:
            continue
        parts = path.split("/")
        if {"", ".", ".."} & set(parts) or "\n" in path or "\\" in path or path in seen:
            msg = f"the model holds a file named {path!r}; rename it and register the model again"
            raise EvidenceError(msg)
        seen.add(path)
        yield file


def _batches(files: Iterable[File], most_bytes: int) -> Iterator[list[File]]:
    """Yield small near files together, and every other file at once and alone."""
    batch: list[File] = []
    size = 0
    for file in files:
        pieces = file[1]
        if not isinstance(pieces, Near) or pieces.size >= most_bytes:
            yield [file]
            continue
        batch.append(file)
        size += pieces.size
        if size >= most_bytes or len(batch) == _BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _hashed(files: Iterable[File], sink: Sink | None) -> list[FileDigest]:
    if sink is None:
        return [_read(path, pieces) for path, pieces in files]
    return [_passed(path, pieces, sink) for path, pieces in files]


def _read(path: str, pieces: Callable[[], Pieces]) -> FileDigest:
    hashed, size = hashlib.sha256(), 0
    for piece in pieces():
        hashed.update(piece)
        size += len(piece)
    return FileDigest(path, hashed.hexdigest(), size)


def _passed(path: str, pieces: Callable[[], Pieces], sink: Sink) -> FileDigest:
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
