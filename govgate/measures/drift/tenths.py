"""Population stability index over the tenths of a reference, from counts in fine bins.

Source: Siddiqi 2006, "Credit Risk Scorecards", chapter 9; an empty tenth is filled as Evidently
fills it, so that a place only one table has counts and does not count without end.
"""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Binned = tuple[Integers, Integers]
"""Numbers of the bins that hold something, ascending, and how many values each holds."""

_PARTS = 10
_ZERO_SHARE = 1e-4


def tenths(reference: Binned, current: Binned) -> tuple[Integers, Integers]:
    """Count both in the tenths of the reference; a bin is never cut.

    Args:
        reference: With at least one value.
        current: In bins of the same grid.

    Returns:
        Counts of both; up to ten parts, fewer where one bin holds several tenths.
    """
    bins, counts = reference
    below = np.cumsum(counts)
    # in whole numbers, so that a share exactly on a tenth is in it
    cuts = np.searchsorted(below * _PARTS, np.arange(1, _PARTS) * below[-1])
    edges = np.unique(bins[cuts])
    edges = edges[edges < bins[-1]]
    return tuple(  # type: ignore[return-value]  # one for each of two
        pooled(np.searchsorted(edges, side[0]), side[1], len(edges) + 1)
        for side in (reference, current)
    )


def pooled(places: NDArray[np.intp], counts: Integers, parts: int) -> Integers:
    """Add up counts by the place each belongs to.

    Args:
        places: Of each count, in [0, parts).
        counts: Values.
        parts: How many places there are.
    """
    added = np.zeros(parts, np.int64)
    np.add.at(added, places, counts)
    return added


def psi(reference: Integers, current: Integers) -> float:
    """Measure how far counts in the same parts differ.

    Args:
        reference: Counts, at least one above 0.
        current: The same.

    Returns:
        An index >= 0; 0 means alike.
    """
    before, now = (np.maximum(side / side.sum(), _ZERO_SHARE) for side in (reference, current))
    return float(np.sum((before - now) * np.log(before / now)))
