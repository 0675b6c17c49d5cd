"""Rows that occur more than once, in one table or in two.

Equal rows have equal hashes, so none is missed; that two unlike rows of a table have one SHA-256
never happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from govgate.rows.hashes import MOST_HASHES, Read, hashes_in_order


@dataclass(frozen=True)
class Repeats:
    """How many rows are there once more."""

    repeated: tuple[int, ...]
    """Of each table, rows that equal an earlier one of the same table."""

    shared: int
    """Rows of the second table that equal a row of the first; 0 where there is no second."""


def count_repeats(
    reads: Sequence[Read], columns: Sequence[str], most: int = MOST_HASHES
) -> Repeats:
    """Count repeated rows exactly.

    Args:
        reads: How to read one table, or two, each with these columns.
        columns: Which cells make two rows equal.
        most: Unlike rows held at a time, > 0.

    Raises:
        EvidenceError: A column is nested, or a table changed while it was read.
    """
    import numpy as np

    repeated, shared = [0] * len(reads), 0
    for found in hashes_in_order([(read, columns) for read in reads], most):
        for place, counted in enumerate(found):
            repeated[place] += _total(counted.counts) - len(counted.counts)
        if len(found) > 1:
            first, second = found
            both = np.isin(second.hashes, first.hashes, assume_unique=True)
            shared += _total(second.counts[both])
    return Repeats(tuple(repeated), shared)


def _total(counts: Any) -> int:
    return int(counts.sum())
