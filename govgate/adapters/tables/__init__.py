"""Where rows come from: files, folders of parts, buckets, and frames of many libraries.

Every source gives the same rows as the same plain pieces, so that what is measured on them does
not depend on who holds them. See docs/spec/tables.md for what counts as a part and how rows are
named.
"""

from govgate.adapters.tables.s3 import S3Place
from govgate.adapters.tables.source import read_table

__all__ = ["S3Place", "read_table"]
