"""How many different texts there are, from a few hundred bytes that merge.

Source: Flajolet et al. 2007, HyperLogLog; Ertl 2017, arXiv:1702.01284 (the estimator without
tables); Steele et al. 2014 (the SplitMix64 finaliser). The hash is ours to be the same on every
machine: docs/spec/table-profile.md, "Distinct values".
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

PRECISION = 10
REGISTERS = 1 << PRECISION
"""One standard error is 1.04 / sqrt(1024), 3.3 %."""

_REST = 53
"""Bits of a hash that depth is read from: as many as a float holds exactly."""
DEEPEST = _REST + 1
_ROWS = 1 << 14
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))

Hashes = npt.NDArray[np.uint64]
Registers = npt.NDArray[np.uint8]


def empty_registers() -> Registers:
    """Give the sketch of nothing."""
    return np.zeros(REGISTERS, np.uint8)


def registers_of(texts: Any) -> Registers:
    """Sketch texts.

    Args:
        texts: A `pyarrow.Array` of strings without nulls.

    Returns:
        1,024 registers; the sketch of two arrays together is the larger of each.
    """
    registers = empty_registers()
    for start in range(0, len(texts), _ROWS):
        hashes = hashes_of(texts.slice(start, _ROWS))
        place = (hashes >> np.uint64(64 - PRECISION)).astype(np.int64)
        _, length = np.frexp((hashes & np.uint64((1 << _REST) - 1)).astype(np.float64))
        np.maximum.at(registers, place, (DEEPEST - length).astype(np.uint8))
    return registers


def hashes_of(texts: Any) -> Hashes:
    """Hash each text: a polynomial in its UTF-8 bytes, then mixed.

    Args:
        texts: A `pyarrow.Array` of strings without nulls.
    """
    import pyarrow as pa

    texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    if not len(texts) or data is None:
        ends = starts = np.zeros(len(texts), np.int64)
        octets = np.empty(0, np.uint64)
    else:
        bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        octets = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]].astype(np.uint64)
        starts, ends = bounds[:-1] - bounds[0], bounds[1:] - bounds[0]
    sums = np.zeros(len(octets) + 1, np.uint64)
    np.cumsum((octets + np.uint64(1)) * _powers(_BASE, len(octets)), out=sums[1:])
    hashes = (sums[ends] - sums[starts]) * _powers(_INVERSE, len(octets) + 1)[starts]
    return _mixed(hashes + (ends - starts + 1).astype(np.uint64) * np.uint64(_BASE))


def estimated(registers: Registers) -> float:
    """Estimate how many different texts were sketched; infinite for a sketch that is full."""
    counts = np.bincount(registers, minlength=DEEPEST + 1).tolist()
    if counts[0] == REGISTERS:
        return 0.0
    total = REGISTERS * _tau(1 - counts[DEEPEST] / REGISTERS)
    for depth in range(_REST, 0, -1):
        total = (total + counts[depth]) / 2
    total += REGISTERS * _sigma(counts[0] / REGISTERS)
    return REGISTERS * REGISTERS / (2 * math.log(2) * total) if total else math.inf


def _powers(base: int, count: int) -> Hashes:
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, out=powers)


def _mixed(hashes: Hashes) -> Hashes:
    for shift, factor in _MIX:
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * np.uint64(factor)
    return hashes ^ (hashes >> np.uint64(31))


def _sigma(share: float) -> float:
    """Ertl's correction for empty registers; `share` in [0, 1)."""
    power, total, weight = share, share, 1.0
    while True:
        power *= power
        before, total = total, total + power * weight
        if total == before:
            return total
        weight *= 2


def _tau(share: float) -> float:
    """Ertl's correction for full registers; `share` in [0, 1]."""
    if share in {0.0, 1.0}:
        return 0.0
    power, total, weight = share, 1 - share, 1.0
    while True:
        power = math.sqrt(power)
        weight /= 2
        before, total = total, total - (1 - power) ** 2 * weight
        if total == before:
            return total / 3
