"""A release held against the people it was taken from, class by class.

Source: journalist risk, Dankar and El Emam 2010, doi:10.1145/1754239.1754271.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from govgate.anonymise.cells import count_cells
from govgate.errors import EvidenceError
from govgate.measures.anonymity import grouped

_TABLE = "\0table"
"""Name of the column that says where a row is from; no table can have it by accident."""


@dataclass(frozen=True)
class Matched:
    """How many people look like the rows of a release."""

    people: int
    k: int
    """Of the worst class, >= 1."""

    expected: float
    """Rows that somebody who matches all of them is expected to match rightly."""

    uniques: int
    """Rows of somebody who stands alone in the population."""


def match_population(
    release: Iterable[Any], population: Iterable[Any], names: Sequence[str]
) -> Matched:
    """Count both tables over the quasi-identifiers.

    Args:
        release: Its pieces.
        population: Its pieces, generalised as the release is; the release's people among them.
        names: The quasi-identifiers.

    Raises:
        EvidenceError: The release holds rows that the population does not.
    """
    both = chain(_tagged(release, 0), _tagged(population, 1))
    cells = count_cells(both, [*names, _TABLE])
    classes, _ = grouped([cells.codes[name] for name in names], cells.rows)
    rows, people = (
        np.bincount(
            classes.of, cells.rows * (cells.codes[_TABLE] == table), len(classes.rows)
        ).astype(np.int64)
        for table in (0, 1)
    )
    if strange := int(rows[rows > people].sum()):
        msg = f"{strange} rows of the release are in classes that hold fewer people of the "
        msg += "population; hand over the whole population, generalised as the release is"
        raise EvidenceError(msg)
    seen = rows > 0
    return Matched(
        people=int(people.sum()),
        k=int(people[seen].min()),
        expected=float((rows[seen] / people[seen]).sum()),
        uniques=int((people[seen] == 1).sum()),
    )


def _tagged(batches: Iterable[Any], table: int) -> Iterator[Any]:
    import pyarrow as pa

    for batch in batches:
        tag = pa.repeat(pa.scalar(table, pa.int8()), batch.num_rows)
        yield pa.RecordBatch.from_arrays([*batch.columns, tag], [*batch.schema.names, _TABLE])
