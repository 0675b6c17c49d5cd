"""Whole numbers in few bytes, always the same ones.

A general compressor would be smaller still, but its bytes depend on its version.

Source: docs/spec/table-profile.md, "Packed numbers"; frame-of-reference coding, Lemire and
Boytsov 2015, doi:10.1002/spe.2203.
"""

import base64
import binascii

import numpy as np
import numpy.typing as npt

from govgate.errors import EvidenceError

Integers = npt.NDArray[np.int64]
BLOCK = 64
_HEAD = 4
_WIDEST = 63


def pack(values: Integers) -> str:
    """Write numbers as text.

    Args:
        values: Each >= 0.

    Returns:
        Base64 of: how many, in four bytes, the lowest first; then for each block of 64 numbers
        the bits the greatest takes, in a byte, and all 64 in so many bits each, the lowest first.
        The last block ends with the byte that holds its last number.
    """
    blocks = np.zeros((-(-len(values) // BLOCK), BLOCK), np.int64)
    blocks.reshape(-1)[: len(values)] = values
    widths = np.array([most.bit_length() for most in blocks.max(axis=1).tolist()], np.int64)
    ends = np.cumsum(1 + BLOCK // 8 * widths)
    octets = np.zeros(int(ends[-1]) if len(ends) else 0, np.uint8)
    begins = ends - (1 + BLOCK // 8 * widths)
    octets[begins] = widths
    for width in np.unique(widths[widths > 0]).tolist():
        mine = widths == width
        bits = (blocks[mine][:, :, None] >> np.arange(width)) & 1
        packed = np.packbits(
            bits.astype(np.uint8).reshape(len(bits), -1), axis=1, bitorder="little"
        )
        octets[begins[mine][:, None] + 1 + np.arange(packed.shape[1])] = packed
    written = octets[: len(octets) - (_spare(len(values), int(widths[-1])) if len(widths) else 0)]
    return base64.b64encode(len(values).to_bytes(_HEAD, "little") + written.tobytes()).decode()


def unpack(text: str, most: int) -> Integers:
    """Read numbers that `pack` has written.

    Args:
        text: What it gave.
        most: How many numbers there may be.

    Raises:
        EvidenceError: There are more, or these are not such numbers.
    """
    try:
        octets = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except (binascii.Error, ValueError) as why:
        msg = "numbers of this profile are not written in base64; make the profile again"
        raise EvidenceError(msg) from why
    count = int.from_bytes(octets[:_HEAD].tobytes(), "little")
    if len(octets) < _HEAD or count > most:
        msg = f"this profile holds {count:,} numbers where at most {most:,} belong; make it again"
        raise EvidenceError(msg)
    begins, widths = _blocks(octets, count)
    octets = np.concatenate((octets, np.zeros(BLOCK // 8 * _WIDEST, np.uint8)))
    values = np.zeros((len(begins), BLOCK), np.int64)
    for width in np.unique(widths[widths > 0]).tolist():
        mine = widths == width
        packed = octets[begins[mine][:, None] + 1 + np.arange(BLOCK // 8 * width)]
        bits = np.unpackbits(packed, axis=1, bitorder="little").reshape(-1, BLOCK, width)
        values[mine] = (bits.astype(np.int64) << np.arange(width)).sum(axis=2)
    return values.reshape(-1)[:count]


def _spare(count: int, width: int) -> int:
    """Bytes of the last block of so many numbers that hold none of them."""
    return (-count % BLOCK * width) // 8


def _blocks(octets: npt.NDArray[np.uint8], count: int) -> tuple[Integers, Integers]:
    """Find where each block begins, and its width.

    Raises:
        EvidenceError: The blocks are not as long as they say.
    """
    begins, place, width = [], _HEAD, 0
    for _ in range(-(-count // BLOCK)):
        width = int(octets[place]) if place < len(octets) else _WIDEST + 1
        if width > _WIDEST:
            break
        begins.append(place)
        place += 1 + BLOCK // 8 * width
    if width > _WIDEST or place - _spare(count, width) != len(octets):
        msg = "numbers of this profile end too early or too late; make the profile again"
        raise EvidenceError(msg)
    found = np.array(begins, np.int64)
    return found, octets[found].astype(np.int64)
