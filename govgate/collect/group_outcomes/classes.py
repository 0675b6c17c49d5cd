"""Counts people by the class they were put into, and by their true one."""

import numpy as np

from govgate.collect.group_outcomes.grouped import Asked, Part
from govgate.collect.group_outcomes.joint import Joint, joint
from govgate.errors import EvidenceError
from govgate.ports import Table
from govgate.profile.coding import in_order
from govgate.records import ClassCell

_MOST_CLASSES = 100
"""More are numbers; each class is compared between every two groups."""


def count_classes(table: Table, asked: Asked) -> Part:
    """Count one class cell for each combination of groups.

    Args:
        table: The predictions.
        asked: Their columns.

    Raises:
        EvidenceError: A column holds what it may not, or there are too many classes.
    """
    outcomes = [asked.prediction] + ([asked.label] if asked.label is not None else [])
    found = joint(table, asked, outcomes)
    classes = _classes(found, outcomes)
    one, names = np.ones_like(found.counts), [str(name) for name in classes]
    sides, known = [], asked.label is not None
    right = one * 0
    for name in classes:
        truly, said = (_is(found, column, name) for column in (asked.label, asked.prediction))
        sides.append((one, truly, said, truly * said))
        right += truly * said
    by_person = found.by_person([*sides, (one, one * 0, right, one * 0)])
    counts = [[found.added(weights).tolist() for weights in four] for four in sides]
    cells = tuple(
        ClassCell(
            groups=groups,
            said=tuple(said[i] for _, _, said, _ in counts),
            truly=tuple(truly[i] for _, truly, _, _ in counts) if known else None,
            both=tuple(both[i] for _, _, _, both in counts) if known else None,
            by_person=by_person[i],
        )
        for i, groups in enumerate(found.groups)
    )
    return found.part({"cells": cells, "classes": tuple(names)})


def _classes(found: Joint, outcomes: list[str]) -> list[object]:
    seen = [set(found.outcomes[name][1]) for name in outcomes]
    if not set.intersection(*seen):
        msg = f"columns {' and '.join(map(repr, outcomes))} have no class in common; write "
        raise EvidenceError(msg + "predictions and labels alike")
    if len(set.union(*seen)) > _MOST_CLASSES:
        msg = f"{' and '.join(map(repr, outcomes))} hold more than {_MOST_CLASSES} classes; judge "
        raise EvidenceError(msg + "numbers with task: regression")
    return list(in_order(set.union(*seen)))


def _is(found: Joint, column: str | None, name: object) -> "np.ndarray":
    if column is None:
        return np.zeros_like(found.counts)
    codes, values = found.outcomes[column]
    return np.array([int(value == name) for value in values], np.int64)[codes]
