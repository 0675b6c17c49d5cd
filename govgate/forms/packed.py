"""Containers that may be encrypted inside: ZIP, 7z, PDF and Microsoft Office.

Source: APPNOTE.TXT 6.3.10 (ZIP, 4.3.12, 4.3.16, 4.4.4) and WinZip AES; 7zFormat.txt; ISO
32000-2, 7.5.5 and 7.6; [MS-CFB] 2.2 and 2.6, [MS-OFFCRYPTO] 2.3.4.4.
"""

import re
import struct
from collections.abc import Callable

Read = Callable[[int, int], bytes]
"""Gives (offset, size in bytes) of a file."""

_MOST_DIRECTORY_BYTES = 16 << 20
_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_AES_METHOD, _LOCKED_BIT, _FOLDER = 99, 1, b"/"
_AES_CODER = b"\x06\xf1\x07\x01"
_PDF_LOCK = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R\b|/Encrypt\s*<<")
_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def name_packed(read: Read, head: bytes, tail: bytes, size_bytes: int) -> str:
    """Name the form of a container; "" where it is none.

    Args:
        read: Gives (offset, size) of the file.
        head: Its first bytes.
        tail: Its last 64 KiB, or all of it.
        size_bytes: Of the whole file.

    Returns:
        Such as "zip, aes", where every file inside is encrypted, or "zip".
    """
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(read, tail, size_bytes)
    if head.startswith(b"7z\xbc\xaf\x27\x1c"):
        return _seven(read, head, size_bytes)
    if head.startswith(b"%PDF-"):
        return "pdf, encrypted" if _PDF_LOCK.search(tail) else "pdf"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _office(read, head, size_bytes)
    return ""


def _zip(read: Read, tail: bytes, size_bytes: int) -> str:
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return "zip, broken"
    _, _, _, _, entries, size, offset, _ = _END.unpack_from(tail, at)
    if size > _MOST_DIRECTORY_BYTES or offset + size > size_bytes:
        return "zip"  # one so large has another directory, and is not looked into
    directory, at = read(offset, size), 0
    locked, strong, files = 0, 0, 0
    for _ in range(entries):
        if len(directory) - at < _ENTRY.size:
            return "zip, broken"
        magic, _, _, flags, method, *_, name, extra, note, _, _, _, _ = _ENTRY.unpack_from(
            directory, at
        )
        if magic != b"PK\x01\x02":
            return "zip, broken"
        at += _ENTRY.size
        if not directory[at : at + name].endswith(_FOLDER):
            files, locked = files + 1, locked + (flags & _LOCKED_BIT)
            strong += method == _AES_METHOD
        at += name + extra + note
    if not files or locked < files:
        return "zip"
    return "zip, aes" if strong == files else "zip, zipcrypto"


def _seven(read: Read, head: bytes, size_bytes: int) -> str:
    offset, size = struct.unpack_from("<2Q", head.ljust(32, b"\0"), 12)
    if size > _MOST_DIRECTORY_BYTES or 32 + offset + size > size_bytes:
        return "7z, broken"
    header = read(32 + offset, size)
    # 0x17: the header is packed itself; then its own coders stand in clear.
    return "7z, aes" if header[:1] == b"\x17" and _AES_CODER in header else "7z"


def _office(read: Read, head: bytes, size_bytes: int) -> str:
    shift, first = struct.unpack_from("<H16xL", head.ljust(64, b"\0"), 30)
    if shift not in {9, 12}:
        return "ole, broken"
    at = (first + 1) << shift
    directory = read(at, 1 << shift) if at < size_bytes else b""
    return "office, encrypted" if _PACKAGE in directory else "ole"
