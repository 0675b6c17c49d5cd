"""What the numbers of a column are like: counts on the grid, exact sums, extremes.

Source: docs/spec/table-profile.md, "Numbers".
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from govgate.profile import grid
from govgate.profile.plan import ColumnPlan

BLOCK = 1 << 16
"""Values at a time, so that all that is made of them stays in the processor's cache."""

STEPS = 1 << 16
"""Sums are of y rounded to whole 65,536ths of a spread, so that they are exact integers."""

_NEAR = 8.0
"""Spreads from the centre within which 32,768 squares add up exactly in a float: 2**(19+19+15)
is 2**53."""
_EXACT = 1 << 15
_LIMB = 20
"""Farther out, a number of steps has up to 57 bits; the products of its pieces of 20 bits have 40,
and a block's sum of them less than 63."""

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Sparse = tuple[Integers, Integers]


@dataclass(frozen=True, eq=False)
class Numbers:
    """What was counted of finite numbers."""

    lowest: float | None
    """The least value, in the column's unit; None where there is none."""

    highest: float | None
    bins: Integers
    """The bins that hold something, ascending, in [-grid.LAST, grid.LAST]; none without grid."""

    counts: Integers
    """Values in each of these bins, > 0."""

    atoms: tuple[int, ...]
    """Values equal to each of the plan's atoms; they are in the bins as well."""

    fractions: int
    """Values that are not whole, where the plan expects whole ones."""

    steps: int
    """Sum of the values' distances from the centre, in 65,536ths of a spread, each rounded;
    values in the last bins are left out."""

    squares: int
    """Sum of the squares of these."""

    @property
    def count(self) -> int:
        """Values on the grid."""
        return int(self.counts.sum())

    @property
    def beyond(self) -> int:
        """Values in the last bins, of which the sums know nothing."""
        return int(self.counts[np.abs(self.bins) == grid.LAST].sum())

    def merged(self, other: "Numbers") -> "Numbers":
        """Count two disjoint sets of values together."""
        bins, counts = _added((self.bins, self.counts), (other.bins, other.counts))
        lows = [low for low in (self.lowest, other.lowest) if low is not None]
        highs = [high for high in (self.highest, other.highest) if high is not None]
        return Numbers(
            lowest=min(lows, default=None),
            highest=max(highs, default=None),
            bins=bins,
            counts=counts,
            atoms=tuple(a + b for a, b in zip(self.atoms, other.atoms, strict=True)),
            fractions=self.fractions + other.fractions,
            steps=self.steps + other.steps,
            squares=self.squares + other.squares,
        )


def _added(one: Sparse, two: Sparse) -> Sparse:
    dense = np.zeros(grid.BINS, np.int64)
    for bins, counts in (one, two):
        dense[bins + grid.LAST] += counts
    used = np.flatnonzero(dense)
    return used - grid.LAST, dense[used]


class NumberTally:
    """Counts under way."""

    def __init__(self, plan: ColumnPlan, spare: deque[grid.Scratch] | None = None) -> None:
        """Start with nothing.

        Args:
            plan: Of the column.
            spare: Scratch arrays that no tally is using; new memory costs more than counting.
        """
        self._plan = plan
        self._spare = deque() if spare is None else spare
        self._counted = grid.sparse(grid.empty_sides())
        self._atoms = np.zeros(len(plan.atoms), np.int64)
        self._lowest, self._highest = np.inf, -np.inf
        self._fractions = self._steps = self._squares = 0

    def add(self, values: npt.NDArray[Any]) -> tuple[int, int, int]:
        """Count a piece of the column.

        Args:
            values: Integers or floats; what is not finite is not counted on the grid.

        Returns:
            How many were NaN, +infinity and -infinity.
        """
        scratch = self._spare.pop() if self._spare else grid.Scratch.of(BLOCK)
        sides, unlike = grid.empty_sides(), [0, 0, 0]
        for start in range(0, len(values), BLOCK):
            block = values[start : start + BLOCK]
            ends = float(block.min()), float(block.max())
            if not np.isfinite(ends).all():
                alike = np.isnan(block), block == np.inf, block == -np.inf
                unlike = [n + int(np.count_nonzero(a)) for n, a in zip(unlike, alike, strict=True)]
                block = block[np.isfinite(block)]
                if not len(block):
                    continue
                ends = float(block.min()), float(block.max())
            self._lowest, self._highest = min(self._lowest, ends[0]), max(self._highest, ends[1])
            if self._plan.counts_numbers:
                with np.errstate(over="ignore", under="ignore"):
                    self._count(block, ends, sides, scratch)
        self._spare.append(scratch)
        # between pieces only the bins that hold something are kept: wide tables fit
        self._counted = _added(self._counted, grid.sparse(sides))
        return unlike[0], unlike[1], unlike[2]

    def finished(self) -> Numbers:
        """Give what was counted."""
        bins, counts = self._counted
        found = self._lowest <= self._highest
        return Numbers(
            # -0.0 and 0.0 are one value, and which comes first is chance
            lowest=self._lowest + 0.0 if found else None,
            highest=self._highest + 0.0 if found else None,
            bins=bins,
            counts=counts,
            atoms=tuple(self._atoms.tolist()),
            fractions=self._fractions,
            steps=self._steps,
            squares=self._squares,
        )

    def _count(
        self,
        block: npt.NDArray[Any],
        ends: tuple[float, float],
        sides: Integers,
        scratch: grid.Scratch,
    ) -> None:
        plan, rows = self._plan, len(block)
        for place, atom in enumerate(plan.atoms):
            self._atoms[place] += np.count_nonzero(block == atom)
        if plan.whole and block.dtype.kind == "f":
            self._fractions += int(np.count_nonzero(block != np.floor(block)))
        is_near = bool((np.abs(scaled(np.array(ends), plan)) < _NEAR).all())
        y = scaled(block, plan, scratch.y[:rows])
        grid.count_bins(y, scratch, sides)
        self._add_up(y, scratch.steps[:rows], is_near=is_near)

    def _add_up(self, y: Floats, steps: Floats, *, is_near: bool) -> None:
        np.multiply(y, STEPS, out=steps)
        np.rint(steps, out=steps)
        if not is_near:
            far = np.flatnonzero(np.abs(y) >= _NEAR)
            self._add_far(steps[far[np.abs(y[far]) < 2.0 ** (grid.HIGHEST + 1)]])
            steps[far] = 0
        self._steps += int(steps.sum())
        np.multiply(steps, steps, out=steps)
        for start in range(0, len(steps), _EXACT):
            self._squares += int(steps[start : start + _EXACT].sum())

    def _add_far(self, steps: Floats) -> None:
        whole = steps.astype(np.int64)
        self._steps += _total(whole)
        size = np.abs(whole)
        limbs = [(size >> (_LIMB * i)) & ((1 << _LIMB) - 1) for i in range(3)]
        for i, one in enumerate(limbs):
            for j, two in enumerate(limbs):
                self._squares += int((one * two).sum()) << (_LIMB * (i + j))


def scaled(values: npt.NDArray[Any], plan: ColumnPlan, out: Floats | None = None) -> Floats:
    """Give each value's distance from the centre, in spreads; infinite where it is too large.

    Args:
        values: Finite integers or floats.
        plan: Of a column with a grid.
        out: Written to, where it is to be used again.
    """
    out = np.empty(len(values)) if out is None else out
    with np.errstate(over="ignore", under="ignore"):
        np.subtract(values, plan.centre, out=out, dtype=np.float64)
        return np.multiply(out, 2.0 ** -(plan.exponent or 0), out=out)


def _total(whole: Integers) -> int:
    """Add up numbers of steps below 2**58 in size without overflow."""
    return (int((whole >> 32).sum()) << 32) + int((whole & 0xFFFFFFFF).sum())
