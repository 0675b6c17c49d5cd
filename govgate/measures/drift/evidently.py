"""The very numbers of Evidently, by its own definitions.

Source: Evidently 0.7.23, `legacy/calculations/stattests`, its default method for each column
and the methods it chooses from; tests compare every one with Evidently itself.
"""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from govgate.measures.drift.categories import jensen_shannon
from govgate.measures.drift.sorted_samples import Numbers, distinct, wasserstein

Method = Literal["wasserstein", "jensenshannon", "psi", "ks", "chisquare", "z"]
Counts = Mapping[Any, int]
Shares = NDArray[np.float64]

TITLES: Mapping[Method, str] = {
    "wasserstein": "Wasserstein distance (normed)",
    "jensenshannon": "Jensen-Shannon distance",
    "psi": "PSI",
    "ks": "K-S p_value",
    "chisquare": "chi-square p_value",
    "z": "Z-test p_value",
}
"""Evidently's own names of them."""

P_VALUES: frozenset[Method] = frozenset({"ks", "chisquare", "z"})
"""These fall as the data drift; the others are distances and grow."""

_SMALL_ROWS = 1000
"""Reference rows up to which Evidently tests, and above which it takes distances."""
_FEW_VALUES = 5
"""Different values up to which Evidently takes numbers for categories."""
_BINNED_VALUES = 20
"""Different values in the reference above which it puts numbers into bins."""
_LEAST_STD = 1e-3
_ZERO_SHARE = 1e-4


@dataclass(frozen=True)
class Compared:
    """A method and what it gave; not finite where Evidently's own answer is not."""

    method: Method
    value: float


def compare_numbers(reference: Numbers, current: Numbers, method: Method | None = None) -> Compared:
    """Compare two samples of numbers as Evidently does.

    Args:
        reference: Finite values of their own type, at least one, in any order.
        current: The same.
        method: One of those Evidently allows for numbers; None takes its default.
    """
    # Before sorting: a sum depends on its order, and Evidently's is that of the rows.
    spread = _std(reference)
    reference, current = np.sort(reference), np.sort(current)
    method = method or _default_for_numbers(reference, current)
    if method == "wasserstein":
        return Compared(method, wasserstein(reference, current) / max(spread, _LEAST_STD))
    if method == "ks":
        from scipy.stats import ks_2samp

        return Compared(method, float(ks_2samp(reference, current)[1]))
    if method in {"jensenshannon", "psi"} and distinct(reference) > _BINNED_VALUES:
        return Compared(method, _of_shares(method, *_sturges(reference, current)))
    return compare_counts(_counted(reference), _counted(current), method)


def compare_counts(reference: Counts, current: Counts, method: Method | None = None) -> Compared:
    """Compare two samples of categories as Evidently does.

    Args:
        reference: Value to rows, at least one row; missing values left out.
        current: The same.
        method: One of those Evidently allows for categories; None takes its default.
    """
    keys = [*dict.fromkeys([*reference, *current])]
    if method is None:
        small = sum(reference.values()) <= _SMALL_ROWS
        method = ("z" if len(keys) <= 2 else "chisquare") if small else "jensenshannon"  # noqa: PLR2004 -- two values make a proportion
    before = np.array([reference.get(key, 0) for key in keys], np.float64)
    now = np.array([current.get(key, 0) for key in keys], np.float64)
    if method == "chisquare":
        return Compared(method, _chi_square(before, now))
    if method == "z":
        return Compared(method, _z_test(reference, current, keys))
    return Compared(method, _of_shares(method, before / before.sum(), now / now.sum()))


def _default_for_numbers(reference: Numbers, current: Numbers) -> Method:
    values = distinct(reference)
    if values <= _FEW_VALUES:
        values = len(np.union1d(reference, current))
    if len(reference) > _SMALL_ROWS:
        return "wasserstein" if values > _FEW_VALUES else "jensenshannon"
    if values > _FEW_VALUES:
        return "ks"
    return "chisquare" if values > 2 else "z"  # noqa: PLR2004 -- two values make a proportion


def _std(values: Numbers) -> float:
    variance = np.var(values, dtype=np.float64)
    # pandas keeps the type of floats that are shorter than 64 bits
    kept = variance.astype(values.dtype) if values.dtype.kind == "f" else variance
    return float(np.sqrt(kept))


def _sturges(reference: Numbers, current: Numbers) -> tuple[Shares, Shares]:
    edges = np.histogram_bin_edges(np.concatenate((reference, current)), bins="sturges")

    def shares(values: Numbers) -> Shares:
        below = values.searchsorted(edges[:-1], "left")
        return np.diff(np.append(below, values.searchsorted(edges[-1], "right"))) / len(values)

    return shares(reference), shares(current)


def _counted(values: Numbers) -> Counts:
    seen, counts = np.unique(values, return_counts=True)
    return dict(zip(seen.tolist(), counts.tolist(), strict=True))


def _of_shares(method: Method, reference: Shares, current: Shares) -> float:
    if method == "psi":
        reference, current = _filled(reference), _filled(current)
        return float(np.sum((reference - current) * np.log(reference / current)))
    return jensen_shannon(reference / reference.sum(), current / current.sum())


def _filled(shares: Shares) -> Shares:
    least = shares[shares != 0].min()
    return np.where(shares == 0, least / 1e6 if least <= _ZERO_SHARE else _ZERO_SHARE, shares)


def _chi_square(reference: Shares, current: Shares) -> float:
    from scipy.special import chdtrc

    expected = reference * (current.sum() / reference.sum())
    with np.errstate(divide="ignore"):  # a value that is new makes the statistic infinite
        statistic = ((current - expected) ** 2 / expected).sum()
    return float(chdtrc(len(expected) - 1, statistic))


def _z_test(reference: Counts, current: Counts, keys: list[Hashable]) -> float:
    from scipy.special import ndtr

    if len(keys) == 1:
        return 1.0
    first = min(keys)  # type: ignore[type-var]  # of one column, so of one type
    rows = sum(reference.values()), sum(current.values())
    others = rows[0] - reference.get(first, 0), rows[1] - current.get(first, 0)
    pooled = sum(others) / sum(rows)
    gap = others[0] / rows[0] - others[1] / rows[1]
    z = gap / math.sqrt(pooled * (1 - pooled) * (1 / rows[0] + 1 / rows[1]))
    return float(2 * (1 - ndtr(abs(z))))
