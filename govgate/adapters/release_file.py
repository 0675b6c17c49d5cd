"""A table that is written to a new file, and appears only once it was found right.

Source: POSIX link(2), which never replaces a file.
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

from govgate.errors import EvidenceError, StoreError

_SUFFIXES = (".parquet", ".csv")


@contextmanager
def new_release(path: Path, batches: Iterable[Any]) -> Iterator[Path]:
    """Write a table beside where it is to be; it gets its name when the block ends well.

    Args:
        path: A `.parquet` or `.csv` file that is not there yet.
        batches: `pyarrow.RecordBatch` pieces, all with the same columns; at least one.

    Yields:
        The file to be looked at, which only its owner can read meanwhile.

    Raises:
        EvidenceError: The name is of no table we write.
        StoreError: There is such a file already, or it cannot be written.
    """
    if path.suffix.lower() not in _SUFFIXES:
        msg = f"{path} is not a table we write; name it .parquet or .csv"
        raise EvidenceError(msg)
    if path.exists():
        msg = f"{path} is there already; name a new file"
        raise StoreError(msg)
    hidden = path.with_name(f".{secrets.token_hex(8)}{path.suffix.lower()}")
    try:
        _write(hidden, batches)
        yield hidden
        os.link(hidden, path)
    except OSError as why:
        msg = f"{path} cannot be written ({why.strerror}); name a new file in a folder of yours"
        raise StoreError(msg) from why
    finally:
        with suppress(OSError):
            hidden.unlink()


def _write(path: Path, batches: Iterable[Any]) -> None:
    from pyarrow import csv, parquet

    kind: Any = csv.CSVWriter if path.suffix == ".csv" else parquet.ParquetWriter
    pieces = iter(batches)
    first = next(pieces)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with kind(file, first.schema) as writer:
            for batch in chain([first], pieces):
                writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())
