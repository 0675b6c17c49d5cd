"""How unlike two counts of the same categories are.

Source: Jensen-Shannon distance, Lin 1991, doi:10.1109/18.61115; chi-square test of homogeneity
with rare values taken together, as Cochran 1954, doi:10.2307/3001616, has it.
"""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

_LEAST_EXPECTED = 5
"""Rows a cell of a chi-square test must expect; Cochran's rule."""


@dataclass(frozen=True)
class OneSided:
    """Values that one sample holds and the other does not."""

    names: tuple[Any, ...]
    """The commonest first, then in the order of their text."""

    rows: tuple[int, ...]
    by_chance: float
    """How many such values are expected of two draws from the same people."""


@dataclass(frozen=True)
class Unlike:
    """Two counts, compared."""

    jensen_shannon: float
    chi_square: float
    degrees: int
    new: OneSided
    vanished: OneSided


def compare(reference: Mapping[Any, int], current: Mapping[Any, int]) -> Unlike:
    """Compare two counts of categories.

    Args:
        reference: Value to rows, at least one row.
        current: The same.

    Returns:
        A distance in [0, 1], 0 means alike, and what a test needs; the same whatever the
        order of the arguments' keys.
    """
    keys = sorted({*reference, *current}, key=lambda key: (str(type(key)), str(key)))
    before = np.array([reference.get(key, 0) for key in keys], np.float64)
    now = np.array([current.get(key, 0) for key in keys], np.float64)
    statistic, degrees = _homogeneity(before, now)
    share_now = float(now.sum() / (before.sum() + now.sum()))
    return Unlike(
        jensen_shannon(before / before.sum(), now / now.sum()),
        statistic,
        degrees,
        _one_sided(keys, now, before, share_now),
        _one_sided(keys, before, now, 1 - share_now),
    )


def jensen_shannon(reference: Rows, current: Rows) -> float:
    """Measure how unlike two distributions over the same places are.

    Args:
        reference: Shares that add up to 1.
        current: The same.

    Returns:
        A distance in [0, 1], at most the root of the natural logarithm of 2; 0 means alike.
    """
    middle = (reference + current) / 2
    divergence = relative_entropy(reference, middle) + relative_entropy(current, middle)
    return math.sqrt(max(0.0, divergence) / 2)


def relative_entropy(shares: Rows, others: Rows) -> float:
    """Add up how surprising `shares` are to one who expects `others`, in nats.

    Args:
        shares: Shares that add up to 1.
        others: The same, above 0 wherever `shares` are.
    """
    some = shares > 0
    return float(np.sum(shares[some] * np.log(shares[some] / others[some])))


def _homogeneity(reference: Rows, current: Rows) -> tuple[float, int]:
    both = reference + current
    least = min(reference.sum(), current.sum()) / both.sum()
    order = np.argsort(both, kind="stable")
    rising = both[order] * least
    # The rarest values are one cell: as few of them as leave every other cell large enough.
    rare = int(np.count_nonzero(rising < _LEAST_EXPECTED))
    if rare:
        while rare < len(order) and rising[:rare].sum() < _LEAST_EXPECTED:
            rare += 1
        kept = order[rare:]
        reference, current = (
            np.append(side[kept], side[order[:rare]].sum()) for side in (reference, current)
        )
    weight = math.sqrt(current.sum() / reference.sum())
    gap = reference * weight - current / weight
    statistic = float((gap * gap / (reference + current)).sum())
    return statistic, len(reference) - 1


def _one_sided(keys: list[Hashable], here: Rows, there: Rows, share: float) -> OneSided:
    places = np.flatnonzero((there == 0) & (here > 0))
    falling = places[np.argsort(-here[places], kind="stable")]
    by_chance = float(np.power(share, here + there).sum())
    return OneSided(
        tuple(keys[place] for place in falling),
        tuple(int(here[place]) for place in falling),
        by_chance,
    )
