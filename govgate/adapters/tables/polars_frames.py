"""Frames of polars: those in memory as they are, lazy ones in pieces of a streaming query."""

from collections.abc import Iterator, Sequence
from typing import Any

from govgate.adapters.tables.frames import FrameTable, held
from govgate.adapters.tables.plain import PIECE_ROWS, reading
from govgate.ports import Table, Workers

_WHERE = "the polars frame"


def take(source: Any, _: Workers | None) -> Table:
    """Take a `polars.DataFrame` or `polars.LazyFrame`."""
    import polars as pl

    if isinstance(source, pl.DataFrame):
        with reading(_WHERE):
            return held(source.to_arrow(), _WHERE)

    def stream(columns: Sequence[str]) -> Iterator[Any]:
        query = source.select(*columns)
        for piece in query.collect_batches(chunk_size=PIECE_ROWS, maintain_order=True):
            yield from piece.to_arrow().to_batches()

    with reading(_WHERE, (pl.exceptions.PolarsError,)):
        names = source.collect_schema().names()
    return FrameTable(_WHERE, names, stream, raises=(pl.exceptions.PolarsError,))
