"""A model folder on this machine, read for its tree digest."""

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from govgate.errors import EvidenceError
from govgate.tree import File, Near, digest_tree

_PIECE_BYTES = 1 << 18


def content_of_folder(folder: Path) -> str:
    """Name a model folder by its bytes.

    Args:
        folder: As MLflow saves a model; holds no symbolic link.

    Returns:
        Its tree digest.

    Raises:
        EvidenceError: It is absent, empty, holds a link, or cannot be read.
    """
    if not folder.is_dir():
        msg = f"there is no model folder {folder}; pass the folder that holds MLmodel"
        raise EvidenceError(msg)
    try:
        return digest_tree(files_of(folder)).content
    except OSError as why:
        msg = f"the model folder {folder} cannot be read ({why}); mend its permissions"
        raise EvidenceError(msg) from why


def files_of(folder: Path) -> Iterator[File]:
    """Yield the files below a folder, in no order that matters.

    Raises:
        EvidenceError: There is a link or a device below it.
        OSError: It cannot be read.
    """
    waiting = [("", folder)]
    while waiting:
        at, place = waiting.pop()
        with os.scandir(place) as found:
            for entry in found:
                path = f"{at}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{path}/", Path(entry.path)))
                elif entry.is_file(follow_symlinks=False):
                    size = entry.stat(follow_symlinks=False).st_size
                    yield path, Near(size, partial(_pieces, entry.path))
                else:
                    _refuse(entry.path)


def _pieces(path: str) -> Iterator[memoryview]:
    # One buffer for the whole file: a fresh megabyte for each piece costs more than its hash.
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            _refuse(path)
        buffer = memoryview(bytearray(max(1, min(_PIECE_BYTES, about.st_size))))
        while read := os.readv(file, [buffer]):
            yield buffer[:read]
    finally:
        os.close(file)


def _refuse(path: str) -> None:
    msg = f"{path} is a link or a device, which can change unseen; replace it by a file"
    raise EvidenceError(msg)
