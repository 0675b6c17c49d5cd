"""A counted column cut into a few parts, the same for every column of its plan.

The cuts are ends of bins, so the counts are exact: what is computed of them, such as a population
stability index, is exact for these cuts.
"""

from collections.abc import Sequence

import numpy as np

from govgate.profile import grid
from govgate.profile.numbers import Numbers
from govgate.profile.plan import ColumnPlan
from govgate.profile.segments import supports_of


def quantile_cuts(reference: Numbers, plan: ColumnPlan, parts: int) -> tuple[int, ...]:
    """Cut where about as many of the reference's values lie in each part.

    Args:
        reference: What is to be cut evenly.
        plan: Of the column.
        parts: How many to aim at, >= 1; fewer where a single bin holds more than its share.

    Returns:
        The last bin of each part but the last, ascending.

    Raises:
        EvidenceError: There are no values, or no grid.
    """
    supports_of(plan, (reference,))
    upto = np.cumsum(reference.counts)
    wanted = np.arange(1, parts) * reference.count / parts
    before = np.maximum(np.searchsorted(upto, wanted, side="right") - 1, 0)
    after = np.minimum(before + 1, len(upto) - 1)
    nearer = np.where(wanted - upto[before] <= upto[after] - wanted, before, after)
    ends = np.unique(nearer[nearer < len(upto) - 1])
    return tuple(reference.bins[ends].tolist())


def counts_between(numbers: Numbers, cuts: Sequence[int]) -> tuple[int, ...]:
    """Count the values of each part.

    Args:
        numbers: What was counted.
        cuts: As `quantile_cuts` gives them.

    Returns:
        One count more than there are cuts.
    """
    part = np.searchsorted(np.array(cuts, np.int64), numbers.bins, side="left")
    counts = np.zeros(len(cuts) + 1, np.int64)
    np.add.at(counts, part, numbers.counts)
    return tuple(counts.tolist())


def ends_of(cuts: Sequence[int], plan: ColumnPlan) -> tuple[float, ...]:
    """Say at which values the cuts are, in the column's unit, to label the parts."""
    _, high = grid.edges_of(np.array(cuts, np.int64))
    return tuple((plan.centre + np.ldexp(high, plan.exponent or 0)).tolist())
