"""Compares two tables column by column: one scan of each, and no row is kept.

Source: docs/reference/gates/drift.md; with `compat: evidently`, the definitions of Evidently 0.7.
"""

from collections.abc import Mapping

from govgate.collect.drift.columns import wanted
from govgate.collect.drift.options import DriftOptions
from govgate.collector import Collector, Measured
from govgate.errors import EvidenceError
from govgate.gate import Bounds
from govgate.gates.drift import ColumnDrift, DriftBounds
from govgate.ports import Table


class DriftCollector(Collector[DriftOptions]):
    """Measures how unlike the current table is to the reference."""

    kind = ColumnDrift.KIND
    needs = ("reference", "current")

    def measure(
        self, tables: Mapping[str, Table], options: DriftOptions, bounds: Bounds
    ) -> Measured:
        """See `Collector.measure`.

        Raises:
            EvidenceError: The tables have no rows or no columns that can be compared, or the
                bounds are another gate's.
        """
        if not isinstance(bounds, DriftBounds):
            msg = f"{self.kind} is measured to limits; use the bounds of gate drift"
            raise EvidenceError(msg)
        from govgate.collect.drift.comparing import compared

        reference, current = (tables[which] for which in self.needs)
        names = wanted(reference.columns, current.columns, options.columns, options.exclude)
        body = compared(reference, current, names, options, bounds)
        rows = {"reference": body.rows_reference, "current": body.rows_current}
        sizes = {f"rows, {which}": count for which, count in rows.items()}
        return Measured(body, {**sizes, "columns": len(body.columns)})
