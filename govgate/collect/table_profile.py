"""Keeps what a table was like, so that its rows need not be kept to compare others with it.

Source: docs/spec/table-profile.md.
"""

from collections.abc import Mapping, Sequence

from govgate.collector import Collector, Measured, Options
from govgate.errors import EvidenceError
from govgate.gate import Body, Bounds
from govgate.ports import Table
from govgate.profile import Plan, StoredProfile, TableProfile, family_of, plan_for, profile_of
from govgate.profile.planning import check_names
from govgate.profile.types import Kind


class TableProfileBody(StoredProfile, Body):
    """A profile of one table."""

    KIND = "table-profile/v1"


class TableProfileOptions(Options):
    """Which columns to count, and how."""

    columns: tuple[str, ...] | None = None
    """These alone; null counts all."""

    exclude: tuple[str, ...] = ()
    """Leave these out, such as identifiers."""

    kinds: dict[str, Kind] = {}  # noqa: RUF012 -- each record gets its own
    """How to count a column, where what is proposed does not suit: number, time, category, text."""

    plan: Plan | None = None
    """Count by this plan, such as that of the reference, instead of proposing one."""


class TableProfileCollector(Collector[TableProfileOptions]):
    """Counts a table's columns in one scan."""

    kind = TableProfileBody.KIND
    needs = ("table",)

    def measure(
        self,
        tables: Mapping[str, Table],
        options: TableProfileOptions,
        bounds: Bounds,  # noqa: ARG002 -- a profile is judged by no gate
    ) -> Measured:
        """See `Collector.measure`.

        Raises:
            EvidenceError: The table has no rows, or a column that cannot be counted.
        """
        profile = profile_whole(tables["table"], options)
        sizes = {"rows": profile.rows, "columns": len(profile.columns)}
        return Measured(TableProfileBody.of(profile), sizes)


def profile_whole(table: Table, options: TableProfileOptions) -> TableProfile:
    """Count a table as its only partition, named "table".

    Args:
        table: Of at least one row.
        options: Which columns, and how.

    Raises:
        EvidenceError: The table has no rows, or a column that cannot be counted.
    """
    plan, names = options.plan, _columns(table.columns, options)
    texts: list[str] = []
    if plan is None:
        check_names(names, table.columns)
        first = next(iter(table.batches(names)), None)
        kinds = dict(options.kinds)
        plan = plan_for([] if first is None else [first], columns=names, kinds=kinds)
        # what repeats is read as numbers of values, which is several times as fast
        texts = [
            name
            for name, column in plan.columns.items()
            if column.kind == "category"
            and first is not None
            and family_of(first.schema.field(name).type, name) == "text"
        ]
    profile = profile_of(table.batches(names, categorical=texts), plan, "table", table.digest)
    if not profile.rows:
        msg = "the table has no rows; profile one that has"
        raise EvidenceError(msg)
    return profile


def _columns(there: Sequence[str], options: TableProfileOptions) -> list[str]:
    if options.plan is not None:
        if options.columns or options.exclude or options.kinds:
            msg = "a plan says which columns are counted and how; give it alone"
            raise EvidenceError(msg)
        return [*options.plan.columns]
    wanted = options.columns if options.columns is not None else tuple(there)
    return [name for name in dict.fromkeys(wanted) if name not in options.exclude]
