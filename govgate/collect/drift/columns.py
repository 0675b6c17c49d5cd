"""Which columns two tables have in common, and how each of them can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from govgate.errors import EvidenceError
from govgate.ports import Table

_LONGEST_NAME = 200
_NUMERIC = frozenset({"integer", "float", "decimal"})
"""One column may be any of these in one table and any other in the other."""

_LOST = ("absent", "not comparable")
"""How what cannot be compared begins."""


@dataclass(frozen=True)
class Comparable:
    """What can be compared, and what cannot."""

    families: Mapping[str, str]
    """Name to what it holds in both tables, such as "float"."""

    left: Mapping[str, str]
    """Name to why it is not compared."""


def wanted(
    reference: Sequence[str],
    current: Sequence[str],
    columns: Sequence[str] | None,
    exclude: Sequence[str],
) -> list[str]:
    """Name the columns to compare, those of the reference first.

    Raises:
        EvidenceError: There is none, or a name that no finding can carry.
    """
    asked = columns if columns is not None else (*reference, *current)
    names = [name for name in dict.fromkeys(asked) if name not in exclude]
    if odd := [name for name in names if not 0 < len(name.strip()) == len(name) <= _LONGEST_NAME]:
        msg = f"column {odd[0]!r} has no name a finding can carry; rename it, or leave it out "
        msg += "under collect.exclude"
        raise EvidenceError(msg)
    if not names:
        msg = "no column is left to compare; name some under collect.columns"
        raise EvidenceError(msg)
    return names


def comparable(
    names: Sequence[str], reference: Mapping[str, str], current: Mapping[str, str]
) -> Comparable:
    """Tell columns that hold the like in both tables from those that do not.

    Args:
        names: Of the columns to compare.
        reference: Name to what the reference holds of it, as `families_of` says it.
        current: The same of the current table.
    """
    families, left = {}, {}
    for name in names:
        before, now = reference.get(name, "absent"), current.get(name, "absent")
        both = {before, now} - {"empty"}
        lost = any(family.startswith(_LOST) for family in (before, now))
        if not lost and (both <= _NUMERIC or len(both) == 1):
            families[name] = min(both, default="empty")
        elif before == now:
            left[name] = f"{before} in both tables"
        else:
            left[name] = f"{before} in the reference, {now} in the current table"
    return Comparable(families, left)


def first_rows(
    table: Table, names: Sequence[str], which: str, categorical: Sequence[str] = ()
) -> Any:
    """Give a table's first rows, a `pyarrow.RecordBatch`.

    Args:
        table: To look at.
        names: Columns; those it does not have are left out.
        which: What the table is called, for the message.
        categorical: Those of them that are read faster as categories.

    Raises:
        EvidenceError: It has no rows.
    """
    there = [name for name in names if name in table.columns] or table.columns[:1]
    for batch in table.batches(there, categorical=[name for name in categorical if name in there]):
        if batch.num_rows:
            return batch
    msg = f"the {which} table has no rows; measure on data"
    raise EvidenceError(msg)


def families_of(rows: Any) -> dict[str, str]:
    """Say what each column of a `pyarrow.RecordBatch` holds."""
    return {field.name: _family(field.type, field.name) for field in rows.schema}


def _family(kind: Any, name: str) -> str:
    from govgate.profile import family_of

    try:
        return family_of(kind, name)
    except EvidenceError:
        return f"{_LOST[1]} ({kind})"[:_LONGEST_NAME]
