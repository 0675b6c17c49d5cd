"""Whether a profile that somebody hands over agrees with itself.

A profile is made of counts that depend on each other: whoever changes one must change others to
match. What is found here is a mistake or a clumsy lie; a careful one is caught by who signed.

Source: docs/spec/table-profile.md, "Reading".
"""

import math
from collections.abc import Iterator

import numpy as np

from govgate.errors import EvidenceError
from govgate.profile.categories import Categories
from govgate.profile.cells import Cells
from govgate.profile.coding import in_order
from govgate.profile.column import ColumnProfile
from govgate.profile.distinct import DEEPEST, REGISTERS
from govgate.profile.grid import LAST, bins_of, edges_of
from govgate.profile.numbers import STEPS, Numbers, scaled
from govgate.profile.plan import ColumnPlan, Plan
from govgate.profile.table import TableProfile
from govgate.profile.types import KINDS


def check_profile(profile: TableProfile) -> None:
    """Refuse a profile that contradicts itself.

    Raises:
        EvidenceError: Says where.
    """
    for fault in _faults(profile):
        msg = f"this profile contradicts itself: {fault}; make it again from the rows"
        raise EvidenceError(msg)


def _faults(profile: TableProfile) -> Iterator[str]:
    plan = profile.plan
    names = [partition.name for partition in profile.partitions]
    if names != sorted({*names}):
        yield "its partitions are not in order, each once"
    if profile.columns.keys() != (plan.columns.keys() if names else set()):
        yield "its columns are not those of its plan"
        return
    for name, column in profile.columns.items():
        for fault in _column_faults(column, plan.columns[name], plan, profile.rows):
            yield f"{fault} in column {name!r}"
    for cells in profile.cells:
        for fault in _cell_faults(cells, profile.rows):
            yield f"{fault} in the cells of {', '.join(cells.columns)}"


def _column_faults(
    column: ColumnProfile, plan: ColumnPlan, plans: Plan, rows: int
) -> Iterator[str]:
    values = rows - column.missing
    if values < 0:
        yield "more values are missing than there are rows"
    if any(plan.kind not in KINDS[family] for family in column.families):
        yield "values were counted that the plan does not expect"
    if rows and not column.families:
        yield "rows were counted of no type"
    if column.missing > column.nulls and "float" not in column.families:
        yield "values that are no floats are not finite"
    if (column.numbers is None) != (plan.kind == "category"):
        yield "numbers were counted, or not, against the plan"
    elif column.numbers is not None:
        yield from _number_faults(column.numbers, plan, values)
    if (column.categories is None) != (plan.kind not in {"category", "text"}):
        yield "categories were counted, or not, against the plan"
    elif column.categories is not None:
        most = plans.most_categories if plan.kind == "category" else 0
        yield from _category_faults(column.categories, plan, most, values)


def _number_faults(numbers: Numbers, plan: ColumnPlan, values: int) -> Iterator[str]:
    extremes = [each for each in (numbers.lowest, numbers.highest) if each is not None]
    if len(extremes) != (2 if values else 0) or extremes != sorted(extremes):
        yield "the extremes are not two values in order"
        return
    if numbers.count != (values if plan.counts_numbers else 0) or (numbers.counts <= 0).any():
        yield "the bins do not add up to the values"
        return
    if len(numbers.bins) != len(numbers.counts) or (np.abs(numbers.bins) > LAST).any():
        yield "the bins are not on the grid, each with a count"
        return
    if len(numbers.bins):
        outermost = bins_of(scaled(np.array(extremes), plan))
        if outermost.tolist() != [numbers.bins[0], numbers.bins[-1]]:
            yield "the extremes are not in the outermost bins"
    whole = plan.whole and not numbers.fractions
    if numbers.fractions > (numbers.count if plan.whole else 0):
        yield "more values have fractions than there are"
    if whole and any(extreme != math.floor(extreme) for extreme in extremes):
        yield "an extreme is not whole, though all values are"
    yield from _atom_faults(numbers, plan)
    yield from _sum_faults(numbers)


def _atom_faults(numbers: Numbers, plan: ColumnPlan) -> Iterator[str]:
    if len(numbers.atoms) != len(plan.atoms):
        yield "the atoms are not those of the plan"
        return
    places = bins_of(scaled(np.array(plan.atoms, np.float64), plan))
    for place in np.unique(places).tolist():
        mine = np.flatnonzero(places == place).tolist()
        there = int(numbers.counts[numbers.bins == place].sum())
        if sum(numbers.atoms[i] for i in mine) > there:
            yield "an atom has more values than its bin"


def _sum_faults(numbers: Numbers) -> Iterator[str]:
    """Sums lie within what the bins allow; all in exact integers."""
    inside = np.abs(numbers.bins) < LAST
    low, high = edges_of(numbers.bins[inside])
    counts = numbers.counts[inside].tolist()
    least = [int(edge) for edge in (low * STEPS).tolist()]
    most = [int(edge) for edge in (high * STEPS).tolist()]
    ends = list(zip(counts, least, most, strict=True))
    if not sum(n * a for n, a, _ in ends) <= numbers.steps <= sum(n * b for n, _, b in ends):
        yield "the sum is not one that the bins allow"
    nearest = sum(n * min(a * a, b * b) for n, a, b in ends if a * b > 0)
    farthest = sum(n * max(a * a, b * b) for n, a, b in ends)
    if not nearest <= numbers.squares <= farthest:
        yield "the sum of squares is not one that the bins allow"
    if numbers.squares * sum(counts) < numbers.steps**2:
        yield "the sum of squares is less than the sum allows"


def _category_faults(
    categories: Categories, plan: ColumnPlan, most: int, values: int
) -> Iterator[str]:
    counts = categories.counts
    if sum(counts.values()) + categories.other != values or 0 in counts.values():
        yield "the categories do not add up to the values"
    if categories.registers is None:
        if categories.other or len(counts) > most:
            yield "there are more categories than are counted by name, and no sketch of them"
    elif len(categories.registers) != REGISTERS or categories.registers.max() > DEEPEST:
        yield "the sketch is none"
    elif not counts.keys() <= {*(plan.known if most else ())}:
        yield "categories are counted by name that the plan does not know"


def _cell_faults(cells: Cells, rows: int) -> Iterator[str]:
    if cells.rows != rows or len(cells.values) != len(cells.columns):
        yield "the counts do not add up to the rows"
        return
    for values, codes in zip(cells.values, cells.codes.T, strict=True):
        if list(values) != in_order({*values}) or np.unique(codes).tolist() != [
            *range(len(values))
        ]:
            yield "the values are not in order, each once, each with rows"
            return
    sizes = np.array([len(values) for values in cells.values])
    order = np.lexsort(cells.codes.T[::-1])
    same = (np.diff(cells.codes, axis=0) == 0).all(axis=1)
    if len(sizes) and ((order != np.arange(len(order))).any() or same.any()):
        yield "the cells are not in order, each once"
