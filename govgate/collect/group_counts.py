"""Counts the people of each group, in the data and in the population they stand for."""

from collections.abc import Mapping
from typing import Any

from govgate.collector import Collector, Measured, Options
from govgate.errors import EvidenceError
from govgate.gate import Bounds
from govgate.gates.representation import GroupCounts, RepresentationBounds
from govgate.ports import Table
from govgate.profile import count_cells

_MOST_GROUPS = 1_000
"""More is no attribute but a name or a number of each person."""

_LONGEST = 100
"""Characters of a group's name that a finding can carry."""

_UNKNOWN = "unknown"


class GroupCountsOptions(Options):
    """Nothing needs to be said: the bounds name the attributes."""


class GroupCountsCollector(Collector[GroupCountsOptions]):
    """Counts each attribute that the bounds name, by itself."""

    kind = GroupCounts.KIND
    needs = ("train",)
    may_use = ("population",)

    def measure(
        self, tables: Mapping[str, Table], options: GroupCountsOptions, bounds: Bounds
    ) -> Measured:
        """See `Collector.measure`.

        Raises:
            EvidenceError: A column is absent, has too many groups, or there are no rows.
        """
        del options
        if not isinstance(bounds, RepresentationBounds):
            msg = f"{self.kind} needs bounds that name attributes; use those of gate representation"
            raise EvidenceError(msg)
        people = {a: _counted(tables["train"], a, "train") for a in bounds.attributes}
        population = {
            a: _counted(tables["population"], a, "population")
            for a in bounds.attributes
            if "population" in tables and a not in bounds.population
        }
        rows = max(sum(groups.values()) for groups in people.values())
        if not rows:
            msg = "the train table has no rows; hand over the data that the model was trained on"
            raise EvidenceError(msg)
        body = GroupCounts(people=people, population=population)
        return Measured(body, {"rows": rows, "groups": sum(map(len, people.values()))})


def _counted(table: Table, attribute: str, which: str) -> dict[str, int]:
    if attribute not in table.columns:
        msg = f"the {which} table has no column {attribute!r}, only {', '.join(table.columns)}; "
        raise EvidenceError(msg + "add it, or name the right one under bounds.attributes")
    cells = count_cells(table.batches([attribute], categorical=[attribute]), [attribute])
    if len(cells) > _MOST_GROUPS:
        msg = f"{attribute} of the {which} table has {len(cells)} groups, more than {_MOST_GROUPS};"
        raise EvidenceError(msg + " name an attribute that people share, such as an age band")
    groups: dict[str, int] = {}
    for (value,), people in cells:
        name = _named(value, attribute)
        groups[name] = groups.get(name, 0) + people
    return groups


def _named(value: Any, attribute: str) -> str:
    name = _UNKNOWN if value is None else str(value).strip() or _UNKNOWN
    if len(name) > _LONGEST:
        msg = f"{attribute} has a group whose name is longer than {_LONGEST} characters; name an "
        raise EvidenceError(msg + "attribute of short words")
    return name
