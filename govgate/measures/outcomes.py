"""From one count table to the rates of any group, or of any groups crossed.

Source: the confusion matrix and its rates as in Hardt et al. 2016, arXiv:1610.02413.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

SELECTION, TRUE_POSITIVE, FALSE_POSITIVE = "selection", "true positive", "false positive"
"""Names of the three rates."""

ByRate = Mapping[str, Mapping[str, tuple[int, int]]]
"""Rate to group to (hits, trials), in people."""


def rates_by_group(
    cells: Iterable[tuple[Sequence[str], Mapping[str, int]]], at: Sequence[int]
) -> dict[str, dict[str, tuple[int, int]]]:
    """Add up a joint table's cells along some of its attributes.

    Args:
        cells: Each cell's group values, and its people: "tp", "fp", "fn" and "tn", or
            "selected" and "passed_over" where nobody knows what was true.
        at: Places of the attributes to keep; one gives a marginal, several an intersection.

    Returns:
        Rate to group to (hits, trials). A group nobody belongs to is left out.
    """
    added: dict[str, dict[str, tuple[int, int]]] = {}
    for values, people in cells:
        group = group_name([values[place] for place in at])
        for rate, (hits, trials) in _rates(people).items() if any(people.values()) else ():
            counts = added.setdefault(rate, {})
            before = counts.get(group, (0, 0))
            counts[group] = before[0] + hits, before[1] + trials
    return added


def group_name(values: Sequence[str]) -> str:
    """Name a group so that no two groups share a name.

    Args:
        values: One value for each attribute crossed.

    Returns:
        Such as "f" or "f & 40-60"; where several are crossed an "&" inside a value is doubled.
    """
    if len(values) == 1:
        return values[0]
    return " & ".join(value.replace("&", "&&") for value in values)


def group_sizes(table: ByRate) -> dict[str, int]:
    """Group to people."""
    return {group: people for group, (_, people) in table.get(SELECTION, {}).items()}


def smaller_than(table: ByRate, fewest: int) -> dict[str, int]:
    """Find the groups of fewer than `fewest` people.

    Returns:
        Group to people, the smallest first.
    """
    by_size = sorted(group_sizes(table).items(), key=lambda size: (size[1], size[0]))
    return {group: people for group, people in by_size if people < fewest}


def listed(sizes: Mapping[str, int]) -> str:
    """Write groups and their people as "f (12), x (20)"."""
    return ", ".join(f"{group} ({people})" for group, people in sizes.items())


def share_in(table: ByRate, groups: Iterable[str]) -> float:
    """Share of all people who are in some groups; 0 when there is nobody."""
    sizes = group_sizes(table)
    everyone = sum(sizes.values())
    return float(Fraction(sum(sizes[group] for group in groups), everyone)) if everyone else 0.0


def without(table: ByRate, groups: Iterable[str]) -> dict[str, dict[str, tuple[int, int]]]:
    """Leave some groups out of every rate."""
    out = set(groups)
    return {
        rate: {group: counts for group, counts in of_rate.items() if group not in out}
        for rate, of_rate in table.items()
    }


def fault_in_table(attributes: Sequence[str], combinations: Sequence[Sequence[str]]) -> str:
    """Say why a table's cells are not one for each combination of groups; "" when they are."""
    if len({*attributes}) < len(attributes):
        return f"an attribute stands twice in {attributes}; name each once"
    if any(len(groups) != len(attributes) for groups in combinations):
        return f"a cell does not give one group for each of {attributes}; count again"
    if len({tuple(groups) for groups in combinations}) < len(combinations):
        return "two cells count the same groups; add them up to one"
    return ""


def as_groupings(given: Any) -> Any:
    """Read each lone attribute as a grouping of one; leave what is no list as it is."""
    if not isinstance(given, list | tuple):
        return given
    return tuple(tuple(one) if isinstance(one, list | tuple) else (one,) for one in given)


def fault_in_groupings(groupings: Sequence[Sequence[str]]) -> str:
    """Say why some attributes and crossings ask for the same twice; "" when they do not."""
    if any(len({*grouping}) < len(grouping) for grouping in groupings):
        return "an attribute is crossed with itself; name each once in a crossing"
    if len({frozenset(grouping) for grouping in groupings}) < len(groupings):
        return "attributes name the same groups twice; name each attribute or crossing once"
    return ""


def _rates(people: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    everyone = sum(people.values())
    if "selected" in people:
        return {SELECTION: (people["selected"], everyone)}
    tp, fp = people["tp"], people["fp"]
    return {
        SELECTION: (tp + fp, everyone),
        TRUE_POSITIVE: (tp, tp + people["fn"]),
        FALSE_POSITIVE: (fp, fp + people["tn"]),
    }
