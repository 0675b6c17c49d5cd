"""Relations of DuckDB, which are queries: each reading runs them again, in pieces."""

from collections.abc import Iterator, Sequence
from typing import Any

from govgate.adapters.tables.frames import FrameTable
from govgate.adapters.tables.plain import PIECE_ROWS
from govgate.ports import Table, Workers


def take(source: Any, _: Workers | None) -> Table:
    """Take a `duckdb.DuckDBPyRelation`."""
    import duckdb

    def stream(columns: Sequence[str]) -> Iterator[Any]:
        quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
        yield from source.project(quoted).to_arrow_reader(PIECE_ROWS)

    return FrameTable("the DuckDB relation", source.columns, stream, raises=(duckdb.Error,))
