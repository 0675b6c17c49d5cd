"""What a user may hand over as a table, and what reads it."""

from pathlib import Path
from typing import Any

from govgate.adapters.tables.blobs import blob_of
from govgate.adapters.tables.dask_frames import DaskTable
from govgate.adapters.tables.folder import is_part, parts_of
from govgate.adapters.tables.forms import form_of
from govgate.adapters.tables.frames import FrameTable
from govgate.adapters.tables.libraries import frame_of
from govgate.adapters.tables.parts import FilePart, PartedTable
from govgate.adapters.tables.plain import reading
from govgate.adapters.tables.s3 import S3Place, in_bucket
from govgate.errors import EvidenceError
from govgate.ports import Table, Workers

_S3 = "s3://"


def read_table(source: Any, *, workers: Workers | None = None, s3: S3Place | None = None) -> Table:
    """Open a table without reading its rows.

    Args:
        source: Path of a `.parquet`, `.pq`, `.arrow`, `.feather`, `.ipc` or `.csv` file
            (comma-separated, with a header), or of a folder of them; "s3://BUCKET/KEY" or
            "s3://BUCKET/PREFIX/"; a frame of pandas (its index is left out), polars, DuckDB,
            Dask or Spark; a `pyarrow` table, data set, record batch or reader of them; or a
            mapping of column names to lists. A table that was opened is given back.
        workers: Who does the work where a table has many parts; None does it here, one by one.
        s3: How to reach the bucket; None refuses one.

    Raises:
        EvidenceError: There is no such table, it is empty or broken, two columns share a name,
            or its parts are not of one shape.
    """
    if isinstance(source, PartedTable | FrameTable | DaskTable):
        return source
    if isinstance(source, str) and source.startswith(_S3):
        if s3 is None:
            msg = f"{source} is in a bucket, and nobody said how to reach it; copy it here first"
            raise EvidenceError(msg)
        return in_bucket(source, s3, workers)
    if not isinstance(source, str | Path):
        return frame_of(source, workers)
    path = Path(source)
    with reading(str(path)):
        return _folder(path, workers) if path.is_dir() else _file(path)


def _file(path: Path) -> Table:
    if not path.is_file():
        msg = f"there is no file {path}; correct the path of the table"
        raise EvidenceError(msg)
    form = form_of(path.name)
    if form is None:
        msg = f"{path} is not a table we can read; write it as .parquet, .arrow or .csv"
        raise EvidenceError(msg)
    blob = blob_of(path)
    if not blob.size:
        msg = f"{path} is empty; write its columns and rows again"
        raise EvidenceError(msg)
    with blob.open() as file:
        names = form.names(file, str(path))
    return PartedTable(str(path), [FilePart(path.name, blob, form, names)], names, None)


def _folder(folder: Path, workers: Workers | None) -> Table:
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            msg = f"{folder} holds a symbolic link, {name}; put the file itself there"
            raise EvidenceError(msg)
        if path.is_dir():
            is_part(f"{name}/", 0, str(folder))
            continue
        if not path.is_file():
            msg = f"{folder} holds {name}, which is no file; move it away"
            raise EvidenceError(msg)
        blob = blob_of(path)
        if is_part(name, blob.size, str(folder)):
            found.append((name, blob))
    parts = parts_of(found, str(folder))
    return PartedTable(str(folder), parts, parts[0].columns, workers)
