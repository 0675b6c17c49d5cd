"""Looks at columns piece by piece, joins what was seen, and decides."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from govgate.identifiers.found import ColumnIdentifiers, IdentifierOptions


class Looks:
    """What was seen of some columns in some of the rows; holds hashes and counts, no value."""

    def __add__(self, other: "Looks") -> "Looks":
        """Join what was seen of two parts; the order of joining changes nothing.

        Raises:
            EvidenceError: The two looked at other columns, or with other options.
        """
        raise NotImplementedError


def look(
    batches: Iterable[Any], columns: Sequence[str], options: IdentifierOptions | None = None
) -> Looks:
    """Look at one part of a table.

    Args:
        batches: `pyarrow.RecordBatch` pieces with these columns.
        columns: Which columns.
        options: What to look for; all kinds when None.

    Returns:
        What was seen; picklable, bounded in size, to be joined by `+`.
    """
    raise NotImplementedError


def conclude(looks: Looks) -> Mapping[str, ColumnIdentifiers]:
    """Decide what each column holds.

    Args:
        looks: What was seen of all parts.
    """
    raise NotImplementedError


def inspect(
    batches: Iterable[Any], columns: Sequence[str], options: IdentifierOptions | None = None
) -> Mapping[str, ColumnIdentifiers]:
    """Look at a whole table and decide: `conclude(look(...))`."""
    return conclude(look(batches, columns, options))
