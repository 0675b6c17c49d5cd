"""Looks at columns piece by piece, joins what was seen, and decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from govgate.errors import EvidenceError
from govgate.identifiers.column import ColumnLook
from govgate.identifiers.contact import known_regions
from govgate.identifiers.decide import decided
from govgate.identifiers.found import ColumnIdentifiers, IdentifierOptions


@dataclass(frozen=True)
class Looks:
    """What was seen of some columns in some of the rows; holds hashes and counts, no value.

    A hash of a short number can be guessed, so these stay where the rows are; what
    `conclude` makes of them may be shown.
    """

    options: IdentifierOptions
    columns: Mapping[str, ColumnLook]

    def __add__(self, other: "Looks") -> "Looks":
        """Join what was seen of two parts; the order of joining changes nothing.

        Raises:
            EvidenceError: The two looked at other columns, or with other options.
        """
        if self.options != other.options or self.columns.keys() != other.columns.keys():
            msg = "two parts were not looked at alike; give both the same columns and options"
            raise EvidenceError(msg)
        joined = {name: mine.joined(other.columns[name]) for name, mine in self.columns.items()}
        return Looks(self.options, joined)


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

    Raises:
        EvidenceError: A column is absent, or there is no kind or region of a given name.
    """
    options = options or IdentifierOptions()
    known_regions(options.regions)
    looks = {name: ColumnLook.of(name, options) for name in columns}
    for batch in batches:
        for name, seen in looks.items():
            if name not in batch.schema.names:
                msg = f"there is no column {name!r} to look for identifiers in; name one there is"
                raise EvidenceError(msg)
            seen.add(batch.column(batch.schema.names.index(name)))
    return Looks(options, looks)


def conclude(looks: Looks) -> Mapping[str, ColumnIdentifiers]:
    """Decide what each column holds.

    Args:
        looks: What was seen of all parts.
    """
    return {name: decided(seen) for name, seen in looks.columns.items()}


def inspect(
    batches: Iterable[Any], columns: Sequence[str], options: IdentifierOptions | None = None
) -> Mapping[str, ColumnIdentifiers]:
    """Look at a whole table and decide: `conclude(look(...))`.

    Args:
        batches: `pyarrow.RecordBatch` pieces with these columns.
        columns: Which columns.
        options: What to look for; all kinds when None.

    Raises:
        EvidenceError: A column is absent, or there is no kind or region of a given name.
    """
    return conclude(look(batches, columns, options))
