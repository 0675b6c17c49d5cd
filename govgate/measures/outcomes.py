"""From one joint table to the counts of any group, or of any groups crossed."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

Counts = Mapping[str, Any]
"""What one cell counts: numbers, lists and mappings of numbers, or None where it does not."""


def added_by_group(
    cells: Iterable[tuple[Sequence[str], Counts]], at: Sequence[int]
) -> dict[str, dict[str, Any]]:
    """Add up a joint table's cells along some of its attributes.

    Args:
        cells: Each cell's group values, and its counts; the same names in every cell.
        at: Places of the attributes to keep; one gives a marginal, several an intersection.

    Returns:
        Group to counts of the same shape; floats became exact fractions.
    """
    found: dict[str, list[Counts]] = {}
    for values, counts in cells:
        found.setdefault(group_name([values[place] for place in at]), []).append(counts)
    return {group: added(counts) for group, counts in found.items()}


def added(counts: Sequence[Any]) -> Any:
    """Add up counts of one shape, place by place and exactly."""
    first = counts[0]
    if first is None:
        return None
    if isinstance(first, Mapping):
        return {name: added([each[name] for each in counts]) for name in first}
    if isinstance(first, list | tuple):
        if first and type(first[0]) is int:  # far the most of what there is
            return [sum(places) for places in zip(*counts, strict=True)]
        return [added(places) for places in zip(*counts, strict=True)]
    if isinstance(first, int):
        return sum(counts)
    return sum(map(Fraction, counts))


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


def listed(sizes: Mapping[str, int]) -> str:
    """Write groups and their people as "f (12), x (20)"."""
    return ", ".join(f"{group} ({people})" for group, people in sizes.items())


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
