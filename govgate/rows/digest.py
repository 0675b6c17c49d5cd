"""The digest of a table's rows, as a multiset: no order, no partitions, no file format.

Source: docs/spec/dataset-digest.md.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from govgate.rows.hashes import MOST_HASHES, Read, hashes_in_order

_HEAD = b"govgate-rows-v1\n"


@dataclass(frozen=True)
class RowsDigest:
    """What the rows of a table are called."""

    digest: str
    """"sha256:" and 64 lowercase hex characters."""

    rows: int
    columns: int


def digest_of_rows(read: Read, columns: Sequence[str], most: int = MOST_HASHES) -> RowsDigest:
    """Name the rows of a table.

    1. The columns are put in the order of their names' UTF-8 bytes.
    2. Each row is hashed over its cells in that order.
    3. The row hashes are put in ascending order, as often as they occur.
    4. The digest is the hash of the names, the row hashes and their number.

    Args:
        read: Gives the table's pieces with these columns; called once, or several times where
            there are more than `most` unlike rows.
        columns: Names of the columns, in any order.
        most: Unlike rows held at a time, > 0.

    Raises:
        EvidenceError: A column is nested, or the table changed while it was read.
    """
    import numpy as np

    names = sorted(columns, key=str.encode)
    hashed = hashlib.sha256(_HEAD + len(names).to_bytes(4, "big"))
    for name in map(str.encode, names):
        hashed.update(len(name).to_bytes(4, "big") + name)
    rows = 0
    for (counted,) in hashes_in_order([(read, names)], most):
        rows += int(counted.counts.sum())
        hashed.update(np.repeat(counted.hashes, counted.counts).tobytes())
    hashed.update(rows.to_bytes(8, "big"))
    return RowsDigest(f"sha256:{hashed.hexdigest()}", rows, len(names))
