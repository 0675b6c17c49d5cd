"""Finds how coarse each column has to be: no rung could be lower with the others as they are.

Source: full-domain generalisation with a limit on rows left out, Samarati 2001,
doi:10.1109/69.971193. Coarser never breaks k or l, so a rung that failed is not tried again.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from govgate.anonymise.cells import Cells
from govgate.anonymise.ladder import Rung
from govgate.errors import EvidenceError
from govgate.gates.anonymisation import AnonymisationBounds
from govgate.measures.anonymity import Classes, Disclosure, disclosed, grouped

Heights = tuple[int, ...]
"""For each column the place of its rung."""


@dataclass(frozen=True)
class Proposal:
    """How to write each quasi-identifier, and which cells are left out."""

    heights: Heights
    kept: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """For each cell whether its rows are released."""

    ncp: float
    """Normalised certainty penalty of the released rows: mean over columns, 0 to 1."""

    suppressed: int
    """Rows left out."""

    discernibility: int
    """Sum of the squares of the classes' rows, and of rows left out times all rows."""


class Search:
    """Judges choices of rungs on cells, each once."""

    def __init__(
        self,
        cells: Cells,
        ladders: Mapping[str, Sequence[Rung]],
        secrets: Mapping[str, bool],
        bounds: AnonymisationBounds,
        most_suppressed: int,
    ) -> None:
        """Take what is to be generalised.

        Args:
            cells: Counted over the quasi-identifiers and the sensitive columns.
            ladders: Quasi-identifier to its rungs.
            secrets: Sensitive column to whether it is ordered.
            bounds: What every class must hold.
            most_suppressed: Rows that may be left out.
        """
        self._cells, self._secrets, self._bounds = cells, secrets, bounds
        self._ladders = [(name, ladders[name]) for name in ladders]
        self._most = most_suppressed
        self._seen: dict[Heights, Proposal | None] = {}

    def best(self) -> Proposal:
        """Descend once for each column, which goes first, and take what loses least.

        Returns:
            The same for the same arguments.

        Raises:
            EvidenceError: Not even one value for all is enough.
        """
        top = tuple(len(rungs) - 1 for _, rungs in self._ladders)
        if self._try(top) is None:
            msg = "even with one value for all in every quasi-identifier the limits do not hold; "
            msg += "release more rows, leave a sensitive column out, or agree on other limits"
            raise EvidenceError(msg)
        found = [self._descend(top, first) for first in range(len(top))]
        rows = int(self._cells.rows.sum())
        return min(found, key=lambda p: (p.ncp * (rows - p.suppressed) + p.suppressed, p.heights))

    def _descend(self, top: Heights, first: int) -> Proposal:
        at, stuck = top, {place for place, height in enumerate(top) if not height}
        while len(stuck) < len(top):
            place = max(
                (p for p in range(len(top)) if p not in stuck),
                key=lambda p: (p == first, self._saved(p, at[p]), -p),
            )
            lower = (*at[:place], at[place] - 1, *at[place + 1 :])
            if self._try(lower) is None:
                stuck.add(place)
            else:
                at = lower
                stuck |= {place} if not at[place] else set()
        return self._seen[at] or self._require(at)

    def _require(self, at: Heights) -> Proposal:
        msg = f"nothing was found at {at}; this is an error of govgate"
        raise EvidenceError(msg)

    def _saved(self, place: int, height: int) -> float:
        _, rungs = self._ladders[place]
        return rungs[height].loss - rungs[height - 1].loss

    def _try(self, heights: Heights) -> Proposal | None:
        if heights not in self._seen:
            self._seen[heights] = self._judged(heights)
        return self._seen[heights]

    def _judged(self, heights: Heights) -> Proposal | None:
        """Leave classes out until all that are left hold; None when that takes too many rows."""
        every, rows = self._cells, int(self._cells.rows.sum())
        written = [
            rungs[height].groups[every.codes[name]]
            for (name, rungs), height in zip(self._ladders, heights, strict=True)
        ]
        kept = np.ones(len(every.rows), np.bool_)
        while True:
            here = np.flatnonzero(kept)
            left = int(every.rows[here].sum())
            if not left or rows - left > self._most:
                return None
            classes, _ = grouped([codes[here] for codes in written], every.rows[here])
            failing = self._failing(classes, here)
            if not failing.any():
                return self._proposal(heights, kept, classes, rows - left)
            kept[here[failing[classes.of]]] = False

    def _failing(
        self, classes: Classes, here: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        failing = np.asarray(classes.rows < least_class(self._bounds))
        if failing.any():
            return failing  # cheap; the others are asked of what is left
        for name, ordered in self._secrets.items():
            codes, count = self._cells.codes[name][here], len(self._cells.values[name])
            said = disclosed(classes, codes, self._cells.rows[here], count, ordered=ordered)
            failing |= _tells(said, self._bounds)
        return failing

    def _proposal(
        self,
        heights: Heights,
        kept: np.ndarray[tuple[int], np.dtype[np.bool_]],
        classes: Classes,
        suppressed: int,
    ) -> Proposal | None:
        left = int(classes.rows.sum())
        risk = self._bounds.max_marketer_risk
        if risk is not None and len(classes.rows) > risk * left:
            return None
        loss = [rungs[h].loss for (_, rungs), h in zip(self._ladders, heights, strict=True)]
        squares = int((classes.rows.astype(np.float64) ** 2).sum())
        discernibility = squares + suppressed * (left + suppressed)
        return Proposal(heights, kept, math.fsum(loss) / len(loss), suppressed, discernibility)


def least_class(bounds: AnonymisationBounds) -> int:
    """Rows that every class needs for k, and for the risks that a class's rows bound.

    Raises:
        EvidenceError: A risk of 0 is asked for.
    """
    risks = (bounds.max_prosecutor_risk, bounds.max_journalist_risk)
    most = [risk for risk in risks if risk is not None]
    if 0 in most:
        msg = "no release has a risk of 0; allow some, or set the limit to null"
        raise EvidenceError(msg)
    return max(bounds.min_k or 1, *(math.ceil(1 / risk - 1e-9) for risk in most), 1)


def _tells(
    said: Disclosure, bounds: AnonymisationBounds
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    pairs = (
        (bounds.min_l, said.distinct, True),
        (bounds.min_entropy_l, said.entropy_l, True),
        (bounds.max_t, said.t, False),
        (bounds.max_alpha, said.alpha, False),
        (bounds.max_beta, said.beta, False),
        (bounds.max_delta, said.delta, False),
    )
    failing = np.zeros(len(said.t), np.bool_)
    for limit, seen, at_least in pairs:
        if limit is not None:
            failing |= seen < limit if at_least else seen > limit
    return failing
