"""Counts people by score, by what was true."""

from typing import Any

import numpy as np
import numpy.typing as npt

from govgate.collect.group_outcomes.exact import ExactSums
from govgate.collect.group_outcomes.grouped import (
    Asked,
    Groups,
    Part,
    refuse_missing,
    refuse_nobody,
)
from govgate.collect.group_outcomes.numbers import MomentTally, Numeric, rows_by_person
from govgate.collect.group_outcomes.persons import Counted, Persons
from govgate.collect.group_outcomes.ranks import Ranks, ranks_of, together
from govgate.collect.group_outcomes.yes_no import YesNo, refuse_unseen
from govgate.errors import EvidenceError
from govgate.measures.calibration import BINS
from govgate.ports import Table
from govgate.profile.coding import coded
from govgate.records import RowsByPerson, ScoreBins, ScoredCell

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def count_scores(table: Table, asked: Asked) -> Part:
    """Count one scored cell for each combination of groups.

    Args:
        table: The predictions.
        asked: Their columns; one is of scores.

    Raises:
        EvidenceError: A column holds what it may not, or there are no rows.
    """
    counting = _Counting(asked)
    for batch in table.batches(asked.columns("ranking"), categorical=asked.attributes):
        if batch.num_rows:
            counting.add(batch)
    return counting.finished()


class _Counting:
    """Counts under way."""

    def __init__(self, asked: Asked) -> None:
        self._asked, self._score = asked, Numeric(asked.score or "")
        self._groups = Groups(asked.attributes)
        self._persons = Persons(asked.person) if asked.person is not None else None
        self._ranks: Ranks | None = None
        self._bins, self._off, self._probable = _Bins(), MomentTally(), True
        self._rows = self._unlabelled = self._hits = 0

    def add(self, batch: Any) -> None:
        """Count a piece; one with missing values is left to `finished`."""
        scores, truly = self._score.read(batch), self._labels(batch)
        self._rows += batch.num_rows
        if scores is None or truly is None:
            return
        own = self._groups.of(batch)
        kinds, shift = 2 * len(self._groups.numbers), self._ranks.shift if self._ranks else 0
        piece = ranks_of(2 * own + truly, scores, kinds, shift)
        self._ranks = together([self._ranks, piece]) if self._ranks else piece
        self._refuse_improbable(scores)
        if self._probable and self._asked.label is not None:
            self._bins.add(own, scores, truly)
            self._off.add(own, scores - truly)
        if self._persons is not None:
            self._persons.add(batch, own, [scores - truly, truly.astype(np.float64)])

    def finished(self) -> Part:
        """Give the cells, once every row was counted.

        Raises:
            EvidenceError: There were no rows, or some values were missing.
        """
        self._score.refuse_missing()
        if self._asked.label is not None:
            refuse_missing(self._asked.label, self._unlabelled, self._rows)
            refuse_unseen([self._asked.label], self._asked.positive, self._hits)
        refuse_nobody(self._rows if self._ranks else 0)
        ranks = self._ranks
        count = len(self._groups.numbers)
        counted = self._persons.counted(count) if self._persons else None
        cells = self._cells(ranks, counted) if ranks else ()
        population = {"rows": self._rows, "groups": count}
        body = {"scores": cells, "alike": tuple(ranks.alike()) if ranks else ()}
        if self._persons is None or counted is None:
            return Part(body, population)
        return Part(body, population | {"people": self._persons.people}, counted.spans)

    def _refuse_improbable(self, scores: Floats) -> None:
        """Note that scores are no probabilities.

        Raises:
            EvidenceError: They were asked to be.
        """
        far = scores[(scores < 0) | (scores > 1)]
        self._probable &= not len(far)
        if len(far) and self._asked.probabilities:
            msg = f"column {self._asked.score!r} holds {far[0]:g}, and so no probabilities; give "
            raise EvidenceError(msg + "scores in [0, 1], or do not ask for calibration")

    def _labels(self, batch: Any) -> Integers | None:
        """Read who is truly positive; nobody is where nobody knows, None where some are missing."""
        if self._asked.label is None:
            return np.zeros(batch.num_rows, np.int64)
        codes, values = coded(batch.column(self._asked.label), self._asked.label)
        counts = np.bincount(codes, minlength=len(values)).tolist()
        if None in values and counts[values.index(None)]:
            self._unlabelled += counts[values.index(None)]
            return None
        read = YesNo(self._asked.label, self._asked.positive)
        bits = [read.bit(v) if n else 0 for v, n in zip(values, counts, strict=True)]
        truly: Integers = np.array(bits, np.int64)[codes]
        self._hits += int(truly.sum())
        return truly

    def _cells(self, ranks: Ranks, counted: Counted | None) -> tuple[ScoredCell, ...]:
        known = self._asked.label is not None
        count = len(self._groups.numbers)
        by_person = _by_person(counted, count, known=known)
        calibration: list[ScoreBins | None] = [None] * count
        if known and self._probable:
            off = self._off.moments(count, counted, 0)
            calibration = [self._bins.of(number, off[number]) for number in range(count)]
        return tuple(
            ScoredCell(
                groups=groups,
                everyone=tuple(ranks.counts[2 * n : 2 * n + 2].sum(axis=0).tolist()),
                truly=tuple(ranks.counts[2 * n + 1].tolist()) if known else None,
                calibration=calibration[n],
                by_person=by_person[n],
            )
            for groups, n in self._groups.in_order()
        )


class _Bins:
    """People, positives and scores by bin of equal width, as they grow."""

    def __init__(self) -> None:
        self._counts = np.zeros((2, 0), np.int64)
        self._scores = ExactSums()

    def add(self, groups: Integers, scores: Floats, truly: Integers) -> None:
        place = groups * BINS + np.minimum((scores * BINS).astype(np.int64), BINS - 1)
        self._scores.add(place, scores)
        size = max(self._counts.shape[1], int(place.max()) + 1)
        counts = [np.bincount(place[truly == t], minlength=size) for t in (0, 1)]
        self._counts = np.pad(self._counts, ((0, 0), (0, size - self._counts.shape[1]))) + counts

    def of(self, group: int, off: Any) -> ScoreBins:
        places = range(group * BINS, (group + 1) * BINS)
        column = self._counts[:, places.start : places.stop]
        column = np.pad(column, ((0, 0), (0, BINS - column.shape[1])))
        return ScoreBins(
            people=tuple(column.sum(axis=0).tolist()),
            truly=tuple(column[1].tolist()),
            scores=tuple(self._scores.of(place) for place in places),
            off=off,
        )


def _by_person(counted: Counted | None, groups: int, *, known: bool) -> list[Any]:
    if counted is None or not known:
        return list(rows_by_person(counted, groups))
    truly = counted.sums[1].astype(np.int64)
    columns = (
        counted.people(),
        counted.squared(counted.rows),
        counted.squared(truly),
        counted.squared(counted.rows - truly),
    )
    names = ("people", "squares", "truly_squares", "otherwise_squares")
    rows = zip(*columns, strict=True)
    return [RowsByPerson(**dict(zip(names, row, strict=True))) for row in rows]
