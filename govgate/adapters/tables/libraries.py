"""Which library a frame is of, told by its type alone, and how its rows are streamed.

Source: Arrow's PyCapsule interface, `__arrow_c_stream__`, for libraries that are not named here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from govgate.adapters.tables import dask_frames, duckdb_frames, polars_frames, spark_frames
from govgate.adapters.tables.frames import FrameTable, held
from govgate.adapters.tables.plain import PIECE_ROWS, reading
from govgate.errors import EvidenceError
from govgate.ports import Table, Workers

_KNOWN = "a path, an Arrow table, or a frame of pandas, polars, DuckDB, Dask or Spark"


def frame_of(source: Any, workers: Workers | None) -> Table:
    """Take rows that are in no file of ours.

    Args:
        source: See `read_table`.
        workers: Whose deadline holds for a frame of many parts.

    Raises:
        EvidenceError: It is none, or its columns cannot be told apart.
    """
    import pyarrow as pa

    if isinstance(source, Mapping):
        with reading("the frame"):
            table = pa.table({str(name): [*values] for name, values in source.items()})
        return held(table, "the frame")
    if (kept := _of_arrow(source)) is not None:
        return kept
    for library, take in _LIBRARIES.items():
        if any(base.__module__.split(".")[0] == library for base in type(source).__mro__):
            return take(source, workers)
    if hasattr(source, "__arrow_c_stream__"):
        with reading("the frame"):
            return held(pa.table(source), "the frame")
    msg = f"a {type(source).__name__} is no table we can read; hand over {_KNOWN}"
    raise EvidenceError(msg)


def _of_arrow(source: Any) -> FrameTable | None:
    import pyarrow as pa
    from pyarrow import dataset

    with reading("the frame"):
        if isinstance(source, pa.RecordBatch):
            source = pa.Table.from_batches([source])
        if isinstance(source, pa.RecordBatchReader):
            # it can be read once only, and evidence needs it twice
            source = source.read_all()
        if isinstance(source, pa.Table):
            return held(source, "the frame")
        if isinstance(source, dataset.Dataset):
            return FrameTable(
                "the Arrow data set",
                source.schema.names,
                lambda columns: source.scanner(
                    columns=[*columns], batch_size=PIECE_ROWS
                ).to_batches(),
            )
    return None


def _of_pandas(source: Any, _: Workers | None) -> Table:
    import pyarrow as pa

    with reading("the frame"):
        return held(pa.Table.from_pandas(source, preserve_index=False), "the frame")


_LIBRARIES: Mapping[str, Callable[[Any, Workers | None], Table]] = {
    "pandas": _of_pandas,
    "polars": polars_frames.take,
    "duckdb": duckdb_frames.take,
    "_duckdb": duckdb_frames.take,
    "dask": dask_frames.take,
    "pyspark": spark_frames.take,
}
"""Package that a frame's type is from to what takes it."""
