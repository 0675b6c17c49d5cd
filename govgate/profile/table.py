"""A table's profile: made from batches in one scan, and added to those of other partitions.

Source: docs/spec/table-profile.md.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

from govgate.errors import EvidenceError
from govgate.profile.cells import Cells, CellTally
from govgate.profile.column import ColumnProfile, ColumnTally
from govgate.profile.grid import Scratch
from govgate.profile.plan import Plan


@dataclass(frozen=True, order=True)
class Partition:
    """A part of a table that was read whole."""

    name: str
    digest: str = ""
    """Of its bytes, as "sha256:" and 64 lowercase hex characters; "" where nobody knows."""

    rows: int = 0


@dataclass(frozen=True, eq=False)
class TableProfile:
    """What was counted of a table's partitions."""

    plan: Plan
    partitions: tuple[Partition, ...] = ()
    """In the order of their names; each was counted once."""

    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)
    """Name to profile, for every column of the plan; none where there is no partition."""

    cells: tuple[Cells, ...] = ()
    """One for each crossing of the plan; none where there is no partition."""

    @property
    def rows(self) -> int:
        """Rows of all partitions."""
        return sum(partition.rows for partition in self.partitions)

    def missing_of(self, manifest: Iterable[str]) -> tuple[str, ...]:
        """Name the partitions of a manifest that are not in here."""
        return tuple(sorted({*manifest} - {partition.name for partition in self.partitions}))


def profile_of(
    batches: Iterable[Any], plan: Plan, partition: str, digest: str = "", *, threads: int = 1
) -> TableProfile:
    """Count a partition in one scan, in which one batch at a time is held.

    Args:
        batches: `pyarrow.RecordBatch` pieces with the plan's columns, and maybe others.
        plan: What to count.
        partition: The partition's name, such as its file's.
        digest: Of its bytes, where known.
        threads: How many columns are counted at a time; changes no byte.

    Raises:
        EvidenceError: A column is absent, twice there, or not what the plan expects.
    """
    spare = deque[Scratch]()
    columns = {
        name: ColumnTally(name, column, plan.most_categories, spare)
        for name, column in plan.columns.items()
    }
    cells = [CellTally(names, plan.most_cells) for names in plan.cells]
    wanted = {*plan.columns, *chain.from_iterable(plan.cells)}
    tallies: list[ColumnTally | CellTally] = [*columns.values(), *cells]
    rows = 0
    with ThreadPoolExecutor(threads) as pool:
        run = pool.map if threads > 1 else map
        for batch in batches:
            _check_columns(batch.schema.names, wanted)
            rows += batch.num_rows
            list(run(_add, tallies, repeat(batch)))
    return TableProfile(
        plan,
        (Partition(partition, digest, rows),),
        {name: tally.finished() for name, tally in columns.items()},
        tuple(tally.finished() for tally in cells),
    )


def merge(one: TableProfile, two: TableProfile) -> TableProfile:
    """Add up the profiles of different partitions of a table.

    Raises:
        EvidenceError: They follow different plans, or both hold one partition.
    """
    if one.plan != two.plan:
        msg = "these profiles follow different plans, so their counts do not add up; make both "
        raise EvidenceError(msg + "by one plan")
    if twice := {part.name for part in one.partitions} & {part.name for part in two.partitions}:
        msg = f"partition {min(twice)!r} is in both profiles; add each partition up once"
        raise EvidenceError(msg)
    if not one.partitions or not two.partitions:
        return one if one.partitions else two
    plan = one.plan
    columns = {
        name: one.columns[name].merged(two.columns[name], column, plan.most_categories)
        for name, column in plan.columns.items()
    }
    pairs = zip(one.cells, two.cells, strict=True)
    cells = tuple(mine.merged(other, plan.most_cells) for mine, other in pairs)
    return TableProfile(plan, tuple(sorted((*one.partitions, *two.partitions))), columns, cells)


def _add(tally: ColumnTally | CellTally, batch: Any) -> None:
    tally.add(batch)


def _check_columns(there: Iterable[str], wanted: Iterable[str]) -> None:
    found = Counter(there)
    for name in sorted(wanted):
        if found[name] != 1:
            what = "has more than one column" if found[name] else "has no column"
            msg = f"the table {what} {name!r}; write it again with each of its columns once"
            raise EvidenceError(msg)
