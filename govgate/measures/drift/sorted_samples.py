"""Exact distances between two samples of numbers, read off their sorted values.

Source: Kolmogorov-Smirnov distance as in Smirnov 1939; Wasserstein distance of order one as
the area between two quantile functions, Vallender 1974, doi:10.1137/1118101.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]


def distinct(values: Numbers) -> int:
    """Count the different values of a sorted sample.

    Args:
        values: In rising order, finite, at least one.
    """
    return 1 + int(np.count_nonzero(values[1:] != values[:-1]))


def wasserstein(first: Numbers, second: Numbers) -> float:
    """Measure how far the mass of one sample must be moved to give the other.

    Args:
        first: In rising order, finite, at least one value.
        second: The same.

    Returns:
        A distance >= 0 in the unit of the values; 0 means alike.
    """
    first, second = first.astype(np.float64), second.astype(np.float64)
    if len(first) == len(second):
        return float(np.abs(first - second).mean())
    # Both quantile functions are flat between multiples of 1/n and 1/m. In units of
    # 1/(n m / gcd) these are whole numbers, so no break is missed or met twice by rounding.
    common = math.gcd(len(first), len(second))
    step_first, step_second = len(second) // common, len(first) // common
    breaks = np.concatenate(
        (
            np.arange(1, len(first) + 1, dtype=np.int64) * step_first,
            np.arange(1, len(second) + 1, dtype=np.int64) * step_second,
        )
    )
    breaks.sort(kind="stable")
    left = np.concatenate((np.zeros(1, np.int64), breaks[:-1]))
    at_first = np.minimum(left // step_first, len(first) - 1)
    at_second = np.minimum(left // step_second, len(second) - 1)
    moved = np.abs(first[at_first] - second[at_second]) * (breaks - left)
    return float(moved.sum() / (len(first) * step_first))


def kolmogorov_smirnov(first: Numbers, second: Numbers) -> float:
    """Find the largest difference between the two shares at or below any value.

    Args:
        first: In rising order, finite, at least one value.
        second: The same.

    Returns:
        A distance in [0, 1]; 0 means alike.
    """
    return max(_gap_at(first, first, second), _gap_at(second, first, second))


def _gap_at(places: Numbers, first: Numbers, second: Numbers) -> float:
    below_first = first.searchsorted(places, "right") / len(first)
    below_second = second.searchsorted(places, "right") / len(second)
    return float(np.abs(below_first - below_second).max())
