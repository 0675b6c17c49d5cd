"""One scan of a table as numbers that add up: what many partitions held, as if read at once.

Room:        profile
Holds:       plans (what is counted, frozen), profiles (what was counted), their merging and
             their bytes, cells of columns crossed, and intervals certain to hold a distance
May import:  records, errors, canon, numpy, pyarrow, pydantic
May touch:   nothing; it is handed record batches
Rule:        every number kept is an exact integer or an extreme, so neither order nor
             partitions nor threads change a byte

Source: docs/spec/table-profile.md.
"""

from govgate.profile.bars import counts_between, ends_of, quantile_cuts
from govgate.profile.categories import Categories
from govgate.profile.cells import Cells, count_cells
from govgate.profile.column import ColumnProfile
from govgate.profile.intervals import (
    Interval,
    ks_distance,
    mean_and_deviation,
    quantile,
    wasserstein_distance,
)
from govgate.profile.numbers import Numbers
from govgate.profile.plan import ColumnPlan, Plan
from govgate.profile.planning import plan_for
from govgate.profile.stored import StoredProfile, from_bytes, to_bytes
from govgate.profile.table import Partition, TableProfile, merge, profile_of
from govgate.profile.types import family_of

__all__ = [
    "Categories",
    "Cells",
    "ColumnPlan",
    "ColumnProfile",
    "Interval",
    "Numbers",
    "Partition",
    "Plan",
    "StoredProfile",
    "TableProfile",
    "count_cells",
    "counts_between",
    "ends_of",
    "family_of",
    "from_bytes",
    "ks_distance",
    "mean_and_deviation",
    "merge",
    "plan_for",
    "profile_of",
    "quantile",
    "quantile_cuts",
    "to_bytes",
    "wasserstein_distance",
]
