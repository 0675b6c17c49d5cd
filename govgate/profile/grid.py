"""A frozen grid for numbers: fine near the middle, never out of range, the same for all data.

A value x becomes y = (x - centre) / 2**exponent, and its bin is read off y's bits: the sign, the
power of two and the next eight bits. Rounding keeps order, so a bin is an interval of values, and
as the grid does not depend on the data, histograms of partitions add up.

Source: docs/spec/table-profile.md, "The grid"; IEEE 754 binary64.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

BITS = 8
"""Of the fraction: a bin is at most 1/256 of its distance from the centre wide."""

LOWEST, HIGHEST = -8, 40
"""Powers of two with bins of their own; nearer the centre than 2**-8 is bin 0."""

FINE = (HIGHEST - LOWEST + 1) << BITS
"""Bins on either side of bin 0, without the last: 12,544."""

LAST = FINE + 1
"""Bins run from -LAST to LAST; beyond 2**41 spreads everything is in the last."""

BINS = 2 * LAST + 1
_SHIFT = 52 - BITS
_BELOW = ((LOWEST + 1023) << BITS) - 1
"""The bits of a y just below 2**LOWEST, shifted down: what becomes bin 0."""
_SIDE = LAST + 1
_SIGN = 11 + BITS


@cache
def _places() -> npt.NDArray[np.int64]:
    """Where the sign and 19 other bits of a value are counted: one look in place of six steps."""
    places = np.full((2, 1 << _SIGN), LAST, np.int64)
    places[:, :_BELOW] = 0
    places[:, _BELOW : _BELOW + LAST] = np.arange(LAST)
    places[1] += _SIDE
    return places.ravel()


@dataclass(frozen=True)
class Scratch:
    """Arrays that are used again for each block, so that they stay in the processor's cache."""

    y: npt.NDArray[np.float64]
    steps: npt.NDArray[np.float64]
    bits: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]

    @classmethod
    def of(cls, rows: int) -> "Scratch":
        """Make room for blocks of up to `rows` values."""
        whole = np.empty((2, rows), np.int64)
        return cls(np.empty(rows), np.empty(rows), whole[0], whole[1])


def count_bins(y: npt.NDArray[np.float64], scratch: Scratch, sides: npt.NDArray[np.int64]) -> None:
    """Count one block of scaled values.

    Args:
        y: Scaled values; infinite where scaling overflowed, never NaN.
        scratch: Room for as many.
        sides: Added to: bins 0 to LAST of values >= +0.0, then the same of those < 0.
    """
    bits, places = scratch.bits[: len(y)], scratch.places[: len(y)]
    np.right_shift(y.view(np.uint64), _SHIFT, out=bits.view(np.uint64))
    # none is out of range; checking each would cost as much again
    np.take(_places(), bits, out=places, mode="clip")
    sides += np.bincount(places, minlength=2 * _SIDE)


def bins_of(y: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Give the bin of each of a few scaled values, in [-LAST, LAST]."""
    size: npt.NDArray[np.int64] = (np.abs(y).view(np.int64) >> _SHIFT) - _BELOW
    size = size.clip(0, LAST)
    return np.where(np.signbit(y), -size, size)


def empty_sides() -> npt.NDArray[np.int64]:
    """Give what `count_bins` adds to."""
    return np.zeros(2 * _SIDE, np.int64)


def sparse(sides: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Turn counts by side into the bins that hold something, ascending, and their counts."""
    dense = np.concatenate((sides[:_SIDE:-1], sides[:_SIDE]))
    dense[LAST] += sides[_SIDE]
    used = np.flatnonzero(dense)
    return used - LAST, dense[used]


def edges_of(bins: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float64], ...]:
    """Give the scaled values between which each bin lies.

    Returns:
        Lowest and highest y, in spreads from the centre; the last bins end at infinity.
    """
    outward = np.abs(bins)
    inner, outer = _magnitude(outward), _magnitude(outward + 1)
    low = np.where(bins > 0, inner, -outer)
    high = np.where(bins < 0, -inner, outer)
    return low, high


def _magnitude(outward: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Where bin `outward` begins, seen from the centre; bin 0 at 0, LAST + 1 at infinity."""
    bits = (np.minimum(outward, LAST).astype(np.int64) + _BELOW) << _SHIFT
    begins = bits.view(np.float64).copy()
    begins[outward == 0] = 0.0
    begins[outward > LAST] = np.inf
    return begins
