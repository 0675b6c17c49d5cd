"""Counts people by rank of score, as finely as there is room.

A score's rank is its float's bits, turned so that they rise with it. A bin is a rank without its
last bits: none are left out while there are few different scores, and then as many as it takes.
How many that is follows from the rows alone, and not from their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_MOST_BINS = 1024
_MOST_COUNTS = 1 << 17
"""Bins times combinations of groups, so that a body stays below a few megabytes."""

_FEWEST_BINS = 16
_ALL_BITS = 63
_ENDS = np.iinfo(np.int64)


@dataclass(frozen=True)
class Ranks:
    """People by bin of score."""

    shift: int
    """Bits left out of a rank."""

    bins: Integers
    """Those that hold somebody, ascending."""

    counts: Integers
    """One row a kind of people, one column a bin."""

    least: Integers
    """The lowest rank in each bin."""

    most: Integers

    def alike(self) -> list[bool]:
        """Tell for each bin whether all its scores are one and the same."""
        return [bool(one) for one in self.least == self.most]


def ranks_of(kinds: Integers, scores: Floats, count: int, shift: int) -> Ranks:
    """Count a piece.

    Args:
        kinds: For each row what kind of people it is of, in [0, count).
        scores: Finite; of one row at least.
        count: How many kinds there are, two for each combination of groups.
        shift: Bits that are left out anyway.
    """
    rank = _ranked(scores)
    shift = _enough(rank, shift, count)
    bins, place = np.unique(rank >> shift, return_inverse=True)
    counts = np.bincount(kinds * len(bins) + place, minlength=count * len(bins))
    least, most = np.full(len(bins), _ENDS.max), np.full(len(bins), _ENDS.min)
    np.minimum.at(least, place, rank)
    np.maximum.at(most, place, rank)
    return Ranks(shift, bins, counts.reshape(count, -1), least, most)


def together(pieces: Sequence[Ranks]) -> Ranks:
    """Count disjoint sets of people together.

    Args:
        pieces: One at least, whose kinds have the same numbers.
    """
    kinds = max(len(piece.counts) for piece in pieces)
    shift = max(piece.shift for piece in pieces)
    own = [piece.bins >> (shift - piece.shift) for piece in pieces]
    more = _enough(np.unique(np.concatenate(own)), 0, kinds)
    own, shift = [bins >> more for bins in own], shift + more
    bins = np.unique(np.concatenate(own))
    counts = np.zeros((kinds, len(bins)), np.int64)
    least, most = np.full(len(bins), _ENDS.max), np.full(len(bins), _ENDS.min)
    for piece, of_piece in zip(pieces, own, strict=True):
        place = np.searchsorted(bins, of_piece)
        np.add.at(counts, (np.arange(len(piece.counts))[:, None], place[None, :]), piece.counts)
        np.minimum.at(least, place, piece.least)
        np.maximum.at(most, place, piece.most)
    return Ranks(shift, bins, counts, least, most)


def _enough(ranks: Integers, shift: int, kinds: int) -> int:
    """Give the fewest bits from `shift` on to leave out, so that there is room."""
    limit = max(_FEWEST_BINS, min(_MOST_BINS, _MOST_COUNTS // max(1, kinds // 2)))
    ranks = np.unique(ranks >> shift)
    if len(ranks) <= limit:
        return shift
    low, high = 1, _ALL_BITS - shift
    while low < high:
        middle = (low + high) // 2
        fits = len(np.unique(ranks >> middle)) <= limit
        low, high = (low, middle) if fits else (middle + 1, high)
    return shift + low


def _ranked(scores: Floats) -> Integers:
    """Turn floats into whole numbers that rise with them; 0.0 and -0.0 are one."""
    bits = (scores + 0.0).view(np.int64)
    return np.where(bits < 0, bits ^ _ENDS.max, bits)
