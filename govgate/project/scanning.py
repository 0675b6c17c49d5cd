"""Personal identifiers in a table of the user's, and names in its sentences."""

import heapq
from collections.abc import Mapping
from typing import Any

from govgate.adapters.presidio import PresidioScanner
from govgate.errors import EvidenceError
from govgate.identifiers import ColumnIdentifiers, IdentifierOptions, inspect
from govgate.identifiers.cells import cells_of
from govgate.identifiers.sample import cheap_hashes, whole_hash
from govgate.project.measuring import open_table

_NAMES = ("person-name", "place", "nationality-or-belief")
"""What only a model finds; the rest was counted from every cell, and checked."""

_TEXTS = 1_000
"""So many distinct texts of a column are read by a language model, which takes seconds."""


def scan_table(
    source: Any, options: IdentifierOptions | None = None
) -> Mapping[str, ColumnIdentifiers]:
    """Find personal identifiers in every column of a table.

    Args:
        source: A parquet or CSV path, a pandas frame or an Arrow table.
        options: What to look for; all kinds when None.

    Returns:
        Name of a column to what it holds, in the table's order.

    Raises:
        EvidenceError: The table cannot be read, has no rows, or there is no kind of a given name.
    """
    table = open_table(source)
    found = inspect(table.batches(table.columns), table.columns, options)
    if not any(column.rows for column in found.values()):
        msg = "the table has no rows, so nothing was looked at; scan one that has"
        raise EvidenceError(msg)
    return found


def scan_names(source: Any, model: str, language: str = "en") -> Mapping[str, Mapping[str, int]]:
    """Count names of people and places in a table's texts, with a language model.

    Args:
        source: A parquet or CSV path, a pandas frame or an Arrow table.
        model: Name of an installed spaCy package or a folder of one.
        language: Of the model and the texts, as ISO 639 has it.

    Returns:
        Name of a column to kind to mentions, in 1,000 distinct texts at most; columns
        without any are left out.

    Raises:
        EvidenceError: The table cannot be read.
        ProjectError: Presidio or the model is not installed.
    """
    scanner, table = PresidioScanner(model, language=language), open_table(source)
    counts = {
        column: scanner.count(_some_texts(table.batches([column]))) for column in table.columns
    }
    named = {
        column: {kind: number for kind, number in found.items() if kind in _NAMES}
        for column, found in counts.items()
    }
    return {column: found for column, found in named.items() if found}


def _some_texts(batches: Any) -> list[str]:
    """Choose texts with a space in them by their hashes, so that no order of rows matters."""
    kept: dict[int, bytes] = {}
    for batch in batches:
        texts = [
            text for text in cells_of(batch.column(0)).spelled.texts.to_pylist() if " " in text
        ]
        raw = [text.encode() for text in texts]
        cheap = cheap_hashes(raw)
        kept |= {whole_hash(one, int(first)): one for one, first in zip(raw, cheap, strict=True)}
        kept = {key: kept[key] for key in heapq.nsmallest(_TEXTS, kept)}
    return [text.decode() for text in kept.values()]
