"""What form a file has, told from its bytes alone: its name says nothing.

Source: the magic numbers that each format's own specification gives.
"""

import base64
import binascii
import re
from collections.abc import Callable

from govgate.forms.look_alike import SAMPLE_BYTES, looks_random
from govgate.forms.packed import name_packed
from govgate.forms.sealed import name_key, name_sealed

Read = Callable[[int, int], bytes]
"""Gives (offset, size in bytes) of a file."""

WINDOW_BYTES = 64 << 10
"""Read at either end."""

PARQUET, RANDOM, UNKNOWN, TEXT, EMPTY = "parquet", "random-looking", "unknown", "text", "empty"

_PLAIN = {
    b"SQLite format 3\0": "sqlite",
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x93NUMPY": "npy",
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"ARROW1\0\0": "arrow",
    b"FEA1": "feather",
    b"Obj\x01": "avro",
    b"ORC": "orc",
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
}
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_TAR_AT = 257
_BASE64 = re.compile(rb"[A-Za-z0-9+/_\s-]{64,}={0,2}\s*")


def name_form(read: Read, size_bytes: int) -> str:
    """Name the form of a file; reads its ends, and for the last guess 1 MiB from the middle.

    Args:
        read: Gives (offset, size) of the file.
        size_bytes: Of the whole file.

    Returns:
        Such as "age", "csv" or "random-looking", which is not to say encrypted; "unknown" where
        nothing fits; with ", broken" behind it where it begins as one and is none.
    """
    if not size_bytes:
        return EMPTY
    held = min(size_bytes, WINDOW_BYTES)
    tail = read(size_bytes - held, held)
    if tail.endswith((b"PAR1", b"PARE")):
        return PARQUET
    head = tail if held == size_bytes else read(0, held)
    return (
        name_sealed(head, size_bytes)
        or name_key(head)
        or name_packed(read, head, tail, size_bytes)
        or _plain(head, tail)
        or _text(head)
        or _last_guess(read, size_bytes)
    )


def _plain(head: bytes, tail: bytes) -> str:
    for magic, form in _PLAIN.items():
        if head.startswith(magic):
            return form
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return "tar"
    return "pickle" if _PICKLE.match(head) and tail.endswith(b".") else ""


def _text(head: bytes) -> str:
    if b"\0" in head:
        return ""
    try:
        # A character may be cut in two at the end of what was read.
        head[: max(len(head) - 4, 1)].decode()
    except UnicodeDecodeError:
        return ""
    if _BASE64.fullmatch(head) and looks_random(_unwrapped(head)):
        return RANDOM
    return "json" if head.lstrip()[:1] in {b"{", b"["} else TEXT


def _unwrapped(text: bytes) -> bytes:
    plain = re.sub(rb"[\s=]", b"", text).translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(plain[: len(plain) // 4 * 4], validate=True)
    except binascii.Error:
        return b""


def _last_guess(read: Read, size_bytes: int) -> str:
    size = min(size_bytes, SAMPLE_BYTES)
    return RANDOM if looks_random(read((size_bytes - size) // 2, size)) else UNKNOWN
