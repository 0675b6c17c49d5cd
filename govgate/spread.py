"""What is counted on a table's parts side by side, and added up in any order.

Room:        spread
Holds:       profiles and cells of whole tables, for collectors
May import:  ports, profile, errors
May touch:   nothing; a table's own workers do the reading
Rule:        what is added up is exact, so neither parts, nor workers, nor their order change it
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from itertools import chain
from typing import Any

from govgate.ports import Part, Table
from govgate.profile import Cells, Plan, TableProfile, count_cells, merge, profile_of
from govgate.profile.cells import MOST_CELLS


def profile_table(
    table: Table, plan: Plan, *, categorical: Sequence[str] = (), threads: int = 1
) -> TableProfile:
    """Count what a plan asks for, part by part.

    Args:
        table: Its parts become the profile's partitions.
        plan: What to count.
        categorical: Columns that hold text, which is counted fastest when it is encoded.
        threads: How many columns are counted at a time within a part; changes no byte.

    Raises:
        EvidenceError: A column is absent or not what the plan expects, or a part was not read.
    """
    job = partial(_profiled, plan=plan, categorical=categorical, threads=threads)
    return reduce(merge, table.each(job))


def count_table(
    table: Table,
    columns: Sequence[str],
    *,
    categorical: Sequence[str] = (),
    most: int = MOST_CELLS,
    through: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> Cells:
    """Count the rows of each combination of some columns' values, part by part.

    Args:
        table: Whose rows.
        columns: Which to cross, in order; at least one.
        categorical: Those of them that hold text, which is counted fastest when it is encoded.
        most: Combinations there may be.
        through: What looks at a part's pieces before they are counted, such as to refuse some;
            it pickles.

    Raises:
        EvidenceError: There are more, a column is absent or cannot be crossed, or a part was not
            read.
    """
    job = partial(_crossed, columns=columns, categorical=categorical, most=most, through=through)
    return reduce(lambda one, two: one.merged(two, most), table.each(job))


def _profiled(part: Part, *, plan: Plan, categorical: Sequence[str], threads: int) -> TableProfile:
    columns = list(dict.fromkeys([*plan.columns, *chain.from_iterable(plan.cells)]))
    pieces = part.batches(columns, categorical=categorical)
    return profile_of(pieces, plan, part.name, threads=threads)


def _crossed(
    part: Part,
    *,
    columns: Sequence[str],
    categorical: Sequence[str],
    most: int,
    through: Callable[[Iterable[Any]], Iterable[Any]],
) -> Cells:
    pieces = part.batches(columns, categorical=categorical)
    return count_cells(through(pieces), columns, most=most)
