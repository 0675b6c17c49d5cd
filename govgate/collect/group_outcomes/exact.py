"""Sums of floats that do not depend on the order of the rows.

A float is a whole number of 53 bits times a power of two. The two halves of that number are
added up for each power apart, which floats do exactly; whole numbers of any size do the rest.
"""

from collections import defaultdict
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from govgate.errors import EvidenceError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LOW_BITS = 26
_LEAST = 1074 + 53
"""Every float is a whole number of 2**-1127ths."""

_BLOCK = 1 << 20
"""Rows whose halves, of 27 bits, add up to less than 2**53."""


class ExactSums:
    """Sums of one number a row, by place, as they grow."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._sums: dict[int, int] = defaultdict(int)

    def add(self, places: Integers, values: Floats) -> None:
        """Add each value to the sum of its place.

        Args:
            places: For each row where it belongs, >= 0.
            values: Finite.
        """
        for start in range(0, len(values), _BLOCK):
            self._add(places[start : start + _BLOCK], values[start : start + _BLOCK])

    def of(self, place: int) -> float:
        """Give a place's sum, rounded once; 0 where nothing was added.

        Raises:
            EvidenceError: It is larger than a float can be.
        """
        try:
            return float(Fraction(self._sums.get(place, 0), 1 << _LEAST))
        except OverflowError as why:
            msg = "the numbers add up to more than can be written; use a larger unit"
            raise EvidenceError(msg) from why

    def _add(self, places: Integers, values: Floats) -> None:
        fractions, powers = np.frexp(values)
        whole = np.ldexp(fractions, 53).astype(np.int64)
        least, most = int(powers.min()), int(powers.max())
        width = most - least + 1
        key = places * width
        key += powers
        key -= least
        low = np.bincount(key, (whole & ((1 << _LOW_BITS) - 1)).astype(np.float64))
        high = np.bincount(key, (whole >> _LOW_BITS).astype(np.float64))
        for at in np.flatnonzero((low != 0) | (high != 0)).tolist():
            total = (int(high[at]) << _LOW_BITS) + int(low[at])
            self._sums[at // width] += total << (at % width + least + _LEAST - 53)
