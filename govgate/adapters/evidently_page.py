"""Evidently's page about two tables: pictures for people, made of a sample, deciding nothing.

Source: Evidently 0.7.23, `DataDriftPreset`.
"""

import os
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from govgate.errors import EvidenceError
from govgate.ports import Table

MOST_ROWS = 50_000
"""Of each table; what Evidently draws of more looks the same and takes a minute."""
_MOST_VALUES = 1_000
"""Different values of a column of text; more are names, which have no place on a page."""


def evidently_page(reference: Table, current: Table, names: Sequence[str]) -> bytes:
    """Draw what the columns of two tables look like.

    Args:
        reference: With rows.
        current: With rows.
        names: Columns to draw, in both tables; those of which Evidently can draw nothing, and
            text of too many values, are left out.

    Returns:
        HTML of some MB; the same sample for the same tables.

    Raises:
        EvidenceError: There is no column to draw.
    """
    before, now = sampled(reference, names).to_pandas(), sampled(current, names).to_pandas()
    numbers, words = _drawable(before, now)
    if not numbers and not words:
        msg = "none of these columns can be drawn; name numbers or categories"
        raise EvidenceError(msg)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        # pandas, scipy and sklearn warn Evidently of its own habits, nothing about the data
        warnings.simplefilter("ignore")
        os.environ["DO_NOT_TRACK"] = "1"
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        definition = DataDefinition(numerical_columns=numbers, categorical_columns=words)
        kept = [*numbers, *words]
        old, new = (Dataset.from_pandas(frame[kept], definition) for frame in (before, now))
        page = Path(folder) / "page.html"
        Report([DataDriftPreset()]).run(new, old).save_html(str(page))
        return page.read_bytes()


def sampled(table: Table, names: Sequence[str], most: int = MOST_ROWS) -> Any:
    """Draw rows without replacement, by random numbers that the table's digest begins.

    Args:
        table: To draw from, in one scan.
        names: Its columns to read.
        most: Rows to draw; a table of fewer is taken whole.

    Returns:
        A `pyarrow.Table`, in the order of the rows.
    """
    import pyarrow as pa

    draw = np.random.default_rng(int(table.digest.removeprefix("sha256:")[:32], 16))
    pieces: list[Any] = []
    lots = np.empty(0)
    for batch in table.batches(names):
        pieces.append(pa.Table.from_batches([batch]))
        lots = np.concatenate((lots, draw.random(batch.num_rows)))
        if len(lots) > 2 * most:
            pieces, lots = _smallest(pieces, lots, most)
    pieces, _ = _smallest(pieces, lots, most)
    return pieces[0]


def _smallest(pieces: list[Any], lots: Any, most: int) -> tuple[list[Any], Any]:
    import pyarrow as pa

    whole = pa.concat_tables(pieces).unify_dictionaries()
    if len(lots) > most:
        keep = np.sort(np.argpartition(lots, most)[:most])
        return [whole.take(keep)], lots[keep]
    return [whole], lots


def _drawable(before: Any, now: Any) -> tuple[list[str], list[str]]:
    from pandas.api import types

    numbers, words = [], []
    for name in before.columns:
        sides = before[name].replace([np.inf, -np.inf], np.nan), now[name]
        if any(side.replace([np.inf, -np.inf], np.nan).dropna().empty for side in sides):
            continue
        if all(types.is_numeric_dtype(s) and not types.is_bool_dtype(s) for s in sides):
            numbers.append(name)
        elif all(_is_words(side) and side.nunique() <= _MOST_VALUES for side in sides):
            words.append(name)
    return numbers, words


def _is_words(side: Any) -> bool:
    from pandas.api import types

    return types.infer_dtype(side, skipna=True) in {"string", "boolean", "categorical"}
