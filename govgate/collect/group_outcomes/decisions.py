"""Counts people selected and passed over, by what was true."""

import numpy as np

from govgate.collect.group_outcomes.grouped import Asked, Part
from govgate.collect.group_outcomes.joint import joint
from govgate.collect.group_outcomes.yes_no import YesNo, refuse_unseen
from govgate.ports import Table
from govgate.records import LabelledCell, UnlabelledCell


def count_decisions(table: Table, asked: Asked) -> Part:
    """Count one labelled or unlabelled cell for each combination of groups.

    Args:
        table: The predictions.
        asked: Their columns.

    Raises:
        EvidenceError: A column holds what it may not, or nothing is positive.
    """
    outcomes = [asked.prediction] + ([asked.label] if asked.label is not None else [])
    found = joint(table, asked, outcomes)
    one = np.ones_like(found.counts)
    said = found.bits(YesNo(asked.prediction, asked.positive))
    truly = one * 0
    if asked.label is not None:
        truly = found.bits(YesNo(asked.label, asked.positive))
    refuse_unseen(outcomes, asked.positive, int((said | truly).sum()))
    by_person = found.by_person([(one, truly, said, truly * said)])
    if asked.label is None:
        columns = {"selected": said, "passed_over": 1 - said}
    else:
        columns = {"tp": truly * said, "fp": (1 - truly) * said, "fn": truly * (1 - said)}
        columns |= {"tn": (1 - truly) * (1 - said)}
    cell = UnlabelledCell if asked.label is None else LabelledCell
    counts = {name: found.added(weights).tolist() for name, weights in columns.items()}
    cells = tuple(
        cell(groups=groups, by_person=by_person[i], **{name: n[i] for name, n in counts.items()})
        for i, groups in enumerate(found.groups)
    )
    return found.part({"cells": cells})
