"""What was seen in each group, of one attribute or of several crossed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeVar

from govgate.measures.intervals import Estimate

T = TypeVar("T")

SELECTION, TRUE_POSITIVE, FALSE_POSITIVE = "selection", "true positive", "false positive"
PRECISION, ACCURACY = "precision", "accuracy"
ERROR, ABSOLUTE_ERROR, PREDICTION = "error", "absolute error", "prediction"
AREA, AREA_OVER_ALL, AREA_UNDER_ALL = "AUC", "AUC over everybody", "AUC under everybody"
CALIBRATION, OFF = "calibration error", "score less truth"
"""Names of what can be seen in a group."""


class Statistic(Protocol):
    """What was counted in one group, before any quantile is chosen."""

    def at(self, z: float) -> Estimate:
        """Set limits at a normal quantile."""


Key = tuple[str, str]
"""What is seen, and of which class; "" where there are none."""

ByKey = Mapping[Key, Statistic | None]
"""None where nobody was there to be counted."""


@dataclass(frozen=True)
class Table:
    """Groups and what was seen in each."""

    sizes: Mapping[str, int]
    """Group to people, at least one."""

    seen: Mapping[Key, Mapping[str, Statistic | None]]
    """Key to group to what was seen."""

    def of(self, name: str) -> dict[Key, Mapping[str, Statistic | None]]:
        """Give what goes by a name: once, or once a class."""
        return {key: groups for key, groups in self.seen.items() if key[0] == name}

    def smaller_than(self, fewest: int) -> dict[str, int]:
        """Give the groups of fewer than `fewest` people, the smallest first."""
        by_size = sorted(self.sizes.items(), key=lambda size: (size[1], size[0]))
        return {group: people for group, people in by_size if people < fewest}

    def share_in(self, groups: Iterable[str]) -> float:
        """Give the share of all people who are in some groups; 0 when there is nobody."""
        everyone = sum(self.sizes.values())
        return float(Fraction(sum(self.sizes[g] for g in groups), everyone)) if everyone else 0.0

    def without(self, groups: Iterable[str]) -> "Table":
        """Leave some groups out."""
        out = set(groups)
        kept = {key: _less(by_group, out) for key, by_group in self.seen.items()}
        return Table(_less(self.sizes, out), kept)


def table_of(sizes: Mapping[str, int], by_group: Mapping[str, ByKey]) -> Table:
    """Turn what was seen round, from group to key into key to group; empty groups go.

    Args:
        sizes: Group to people.
        by_group: Group to what was seen in it; every group has the same keys.
    """
    seen: dict[Key, dict[str, Statistic | None]] = {}
    for group, by_key in by_group.items():
        for key, statistic in by_key.items() if sizes[group] else ():
            seen.setdefault(key, {})[group] = statistic
    return Table({group: people for group, people in sizes.items() if people}, seen)


def _less(given: Mapping[str, T], out: set[str]) -> dict[str, T]:
    return {name: value for name, value in given.items() if name not in out}
