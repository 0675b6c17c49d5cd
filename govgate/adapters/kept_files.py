"""The files that people keep as evidence, and get back: read and written in blocks.

Source: POSIX link(2): a name is given only where there is none, and only to a whole file.
"""

import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from govgate.errors import EvidenceError, StoreError

_OLD_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def blocks_of(path: Path, block_bytes: int) -> Iterator[bytes]:
    """Read a file in blocks, all of one length but the last.

    Raises:
        EvidenceError: It is no file, or cannot be read.
    """
    try:
        with open(os.open(path, _OLD_FILE), "rb") as file:  # noqa: PTH123 -- a descriptor
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                msg = f"{path} is no file; pack a folder, save a stream, and add that"
                raise EvidenceError(msg)
            while block := file.read(block_bytes):
                yield block
    except OSError as why:
        msg = f"{path} cannot be read ({why.strerror}); name a file of yours"
        raise EvidenceError(msg) from why


def write_new_file(path: Path, blocks: Iterable[bytes]) -> int:
    """Write a file that only its owner can read; it has its name once all of it is durable.

    Args:
        path: Where no file is yet.
        blocks: Its content; where these raise, nothing is left behind.

    Returns:
        Its size, in bytes.

    Raises:
        StoreError: There is a file already, or it cannot be written.
    """
    if path.is_symlink() or path.exists():
        msg = f"{path} exists; name a new file with -o"
        raise StoreError(msg)
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    size = 0
    try:
        with open(os.open(temporary, _NEW_FILE, 0o600), "wb") as file:  # noqa: PTH123
            for block in blocks:
                size += file.write(block)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except OSError as why:
        msg = f"{path} cannot be written ({why.strerror}); name a new file in a folder of yours"
        raise StoreError(msg) from why
    finally:
        with suppress(OSError):
            temporary.unlink()
    return size
