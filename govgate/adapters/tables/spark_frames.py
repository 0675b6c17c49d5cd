"""Frames of Spark: each partition's rows as Arrow bytes, one partition after the other.

The executors write the bytes, so that rows are never Python objects, and the driver holds one
piece at a time.

Source: Spark SQL, `DataFrame.mapInArrow` and `toLocalIterator`.
"""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from govgate.adapters.tables.frames import FrameTable
from govgate.ports import Table, Workers


def take(source: Any, _: Workers | None) -> Table:
    """Take a `pyspark.sql.DataFrame`, of a classic session or a remote one."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    def stream(columns: Sequence[str]) -> Iterator[Any]:
        import pyarrow as pa

        chosen = source.select(*(f"`{name.replace('`', '``')}`" for name in columns))
        with warnings.catch_warnings():
            # it warns of the pandas beside it, which has no part in this
            warnings.simplefilter("ignore", FutureWarning)
            pieces = chosen.mapInArrow(_written(), "piece binary")
        for row in pieces.toLocalIterator(prefetchPartitions=True):
            yield from pa.ipc.open_stream(row["piece"])

    raises = (PySparkException, Py4JError)
    return FrameTable("the Spark frame", source.columns, stream, raises=raises)


def _written() -> Any:
    """Give the function that executors run; it closes over nothing, as they may lack govgate."""

    def write(batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema) as stream:
                stream.write_batch(batch)
            piece = pa.array([sink.getvalue().to_pybytes()], pa.binary())
            yield pa.RecordBatch.from_arrays([piece], names=["piece"])

    return write
