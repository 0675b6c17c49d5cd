"""One name for the rows of a table, whatever file, order or program they come from.

Room:        rows
Holds:       the bytes of a cell, the hash of a row, the digest of all rows
May import:  errors, numpy, pyarrow
May touch:   nothing; it is handed pieces of a table
Rule:        docs/spec/dataset-digest.md says every byte; the same rows have the same digest
"""

from govgate.rows.digest import RowsDigest, digest_of_rows
from govgate.rows.hashes import Counted, hashes_in_order, row_hashes
from govgate.rows.repeats import Repeats, count_repeats

__all__ = [
    "Counted",
    "Repeats",
    "RowsDigest",
    "count_repeats",
    "digest_of_rows",
    "hashes_in_order",
    "row_hashes",
]
