"""Whether bytes are an encrypted OpenPGP message, by its packets.

    PKESK (tag 1) or SKESK (tag 3), one for each who can read it, then
    SEIPD (tag 18) or AEAD (tag 20, as GnuPG writes it), to the end of the file

Source: RFC 9580, sections 4.2 (headers), 5.1, 5.3, 5.13 and 6 (armour).
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ARMOUR = re.compile(
    rb"-----BEGIN PGP MESSAGE-----\r?\n(?:[A-Za-z-]+: [^\n]*\n)*\r?\n([A-Za-z0-9+/=\r\n]+)"
)
_SESSION_KEYS, _LOCKED = {1: {3, 6}, 3: {4, 5, 6}}, {18: {1, 2}, 20: {1}}
"""Tag to the versions there are."""

_MOST_PACKETS = 1000


@dataclass(frozen=True)
class _Packet:
    tag: int
    version: int
    ends: int | None
    """Offset behind it; None where it is in pieces, whose end is not known yet."""


def is_openpgp(head: bytes, size_bytes: int) -> bool:
    """Tell whether a file is an encrypted OpenPGP message, binary or in armour.

    Args:
        head: Its first bytes; a thousand readers' keys fit in 64 KiB.
        size_bytes: Of the whole file.
    """
    if found := _ARMOUR.match(head):
        text = found[1].replace(b"\r", b"").replace(b"\n", b"").partition(b"=")[0]
        try:
            return _encrypted(base64.b64decode(text[: len(text) // 4 * 4]), None)
        except binascii.Error:
            return False
    return _encrypted(head, size_bytes)


def _encrypted(data: bytes, size_bytes: int | None) -> bool:
    for packet in _packets(data):
        if packet.tag in _LOCKED:
            whole = size_bytes is None or packet.ends in {None, size_bytes}
            return packet.version in _LOCKED[packet.tag] and whole
        if packet.version not in _SESSION_KEYS.get(packet.tag, ()):
            return False
    return False


def _packets(data: bytes) -> Iterator[_Packet]:
    at = 0
    for _ in range(_MOST_PACKETS):
        if not (head := _header(data, at)):
            return
        tag, begins, length = head
        if begins >= len(data):
            return
        ends = None if length is None else begins + length
        yield _Packet(tag, data[begins], ends)
        if ends is None:
            return
        at = ends


def _header(data: bytes, at: int) -> tuple[int, int, int | None] | None:
    """Tag, offset of the body and its length; None where there is no header."""
    first, rest = data[at : at + 1], data[at + 1 : at + 6]
    if not first or not first[0] & 0x80 or not rest:
        return None
    if not first[0] & 0x40:
        tag, size = first[0] >> 2 & 15, (1, 2, 4, 0)[first[0] & 3]
        return tag, at + 1 + size, int.from_bytes(rest[:size], "big") if size else None
    tag, one = first[0] & 63, rest[0]
    if one < 192:  # noqa: PLR2004 -- section 4.2.1: one octet, two, five, or in pieces
        return tag, at + 2, one
    if one < 224:  # noqa: PLR2004
        return (tag, at + 3, (one - 192 << 8) + rest[1] + 192) if len(rest) > 1 else None
    if one == 255:  # noqa: PLR2004
        return tag, at + 6, int.from_bytes(rest[1:5], "big")
    return tag, at + 2, None
