"""What numbers and scores show of a group: means, areas, calibration, places among the first."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from govgate.errors import EvidenceError
from govgate.measures.calibration import Calibration
from govgate.measures.means import Mean
from govgate.measures.outcomes import Counts, added
from govgate.measures.ranking import Area, Side, top_shares
from govgate.measures.shares import Persons
from govgate.measures.tables import (
    ABSOLUTE_ERROR,
    AREA,
    AREA_OVER_ALL,
    AREA_UNDER_ALL,
    CALIBRATION,
    ERROR,
    OFF,
    PREDICTION,
    SELECTION,
    ByKey,
    Key,
    Statistic,
)


def numbered(counts: Counts, spans: int) -> tuple[int, ByKey]:
    """Give people and means of a group of a number cell's counts.

    Args:
        counts: "rows", "prediction", "error" and "absolute_error", and "by_person".
        spans: The most cells that one person stands in.
    """
    rows, by_person = counts["rows"], counts["by_person"]
    sums = {PREDICTION: "prediction", ERROR: "error", ABSOLUTE_ERROR: "absolute_error"}
    known = {key: counts[name] for key, name in sums.items() if counts[name] is not None}
    means = {(key, ""): _mean(one, rows, by_person, spans) for key, one in known.items()}
    return people_of(rows, by_person, spans), means


def scored(
    groups: Mapping[str, Counts], spans: int, alike: Sequence[bool], top: int | None
) -> tuple[dict[str, int], dict[str, dict[Key, Statistic | None]]]:
    """Give people, and what their scores show, by group.

    Args:
        groups: Group to counts: "everyone" and "truly" by score, "calibration", "by_person".
        spans: The most cells that one person stands in.
        alike: For each bin whether all its scores are one and the same.
        top: How many people with the highest scores are selected; null when nobody is.
    """
    groups = {group: counts for group, counts in groups.items() if sum(counts["everyone"])}
    everyone = _sides(added(list(groups.values())), spans) if groups else None
    seen: dict[str, dict[Key, Statistic | None]] = {group: {} for group in groups}
    sizes = {}
    for group, counts in groups.items():
        rows = sum(counts["everyone"])
        sizes[group] = people_of(rows, counts["by_person"], spans)
        if everyone and (own := _sides(counts, spans)):
            seen[group] |= _areas(own, everyone, alike) | _calibrated(counts, spans)
    if top is not None:
        seen = {group: by_key | {(SELECTION, ""): None} for group, by_key in seen.items()}
    if top is not None and top <= sum(sum(c["everyone"]) for c in groups.values()):
        columns = {group: counts["everyone"] for group, counts in groups.items()}
        counting = {group: _counting(c, "squares", spans) for group, c in groups.items()}
        for group, share in top_shares(columns, counting, top).items():
            seen[group][SELECTION, ""] = share
    return sizes, seen


def people_of(rows: int, by_person: Mapping[str, Any] | None, spans: int) -> int:
    """People of a group: one who stands in several cells was counted in each."""
    return rows if by_person is None else -(-by_person["people"] // spans)


def _mean(
    one: Mapping[str, Any], rows: int, by_person: Mapping[str, Any] | None, spans: int
) -> Mean | None:
    """Make a mean of moments; None where there are not two people.

    Raises:
        EvidenceError: They were not added up by person as the rows were.
    """
    persons = None
    if by_person is not None:
        squares = Fraction(by_person["squares"])
        if one["person_squares"] is None or one["person_by_rows"] is None:
            msg = "numbers are not added up by person as their rows are; count by person again"
            raise EvidenceError(msg)
        persons = Persons(one["person_squares"], one["person_by_rows"], squares, spans)
    mean = Mean(one["total"], one["squares"], rows, persons)
    return mean if mean.people > 1 else None


def _counting(counts: Counts, squares: str, spans: int) -> Fraction:
    """Give how many independent people some of a group's rows are worth."""
    truly, everyone = counts["truly"], sum(counts["everyone"])
    rows = {
        "squares": lambda: everyone,
        "truly_squares": lambda: sum(truly),
        "otherwise_squares": lambda: everyone - sum(truly),
    }[squares]()
    by_person = counts["by_person"]
    if by_person is None or not rows:
        return Fraction(rows)
    persons = Persons(Fraction(0), Fraction(0), Fraction(by_person[squares] or 0), spans)
    return persons.alike(rows)


def _sides(counts: Counts, spans: int) -> tuple[Side, Side] | None:
    """Positives and negatives of a group; None where nobody knows who is which."""
    if counts["truly"] is None:
        return None
    others = [n - t for n, t in zip(counts["everyone"], counts["truly"], strict=True)]
    truly = Side(counts["truly"], _counting(counts, "truly_squares", spans))
    return truly, Side(others, _counting(counts, "otherwise_squares", spans))


def _areas(
    own: tuple[Side, Side], everyone: tuple[Side, Side], alike: Sequence[bool]
) -> dict[Key, Statistic | None]:
    pairs = {
        AREA: own,
        AREA_OVER_ALL: (own[0], everyone[1]),
        AREA_UNDER_ALL: (everyone[0], own[1]),
    }
    return {
        (name, ""): Area(positive, negative, alike) if positive.rows and negative.rows else None
        for name, (positive, negative) in pairs.items()
    }


def _calibrated(counts: Counts, spans: int) -> dict[Key, Statistic | None]:
    bins = counts["calibration"]
    if bins is None:
        return {}
    size = _counting(counts, "squares", spans)
    calibration = Calibration(bins["people"], bins["truly"], bins["scores"], size)
    off = _mean(bins["off"], sum(bins["people"]), counts["by_person"], spans)
    return {(CALIBRATION, ""): calibration, (OFF, ""): off}
