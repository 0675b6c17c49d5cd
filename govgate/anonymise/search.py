"""Finds how coarse each column has to be, so that the least is lost.

Source: full-domain generalisation with a limit on rows left out, Samarati 2001,
doi:10.1109/69.971193; halving the way up as Kohlmayer et al. 2012,
doi:10.1109/SocialCom-PASSAT.2012.52.
Coarser never breaks k or l, so what is nowhere coarser than a choice that failed is not tried.
"""

import heapq
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


_MOST_JUDGED = 300
"""Choices that are tried on the cells; a tenth of a second each for a million rows."""

_MOST_MET = 50_000
"""Choices that are looked at: ten columns of five rungs make ten millions."""


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
        self._most, self._rows = most_suppressed, int(cells.rows.sum())
        self._top = tuple(len(rungs) - 1 for _, rungs in self._ladders)
        self._failed = np.zeros((0, len(self._top)), np.int64)
        self._seen: dict[Heights, Proposal | None] = {}

    def best(self) -> Proposal:
        """Look at choices from the one that loses least, until none that is left can be better.

        Returns:
            The choice that loses least of all that were looked at; no rung of it could be lower.
            The same for the same arguments.

        Raises:
            EvidenceError: Not even one value for all is enough.
        """
        best = self._try(self._top)
        if best is None:
            msg = "even with one value for all in every quasi-identifier the limits do not hold; "
            msg += "release more rows, leave a sensitive column out, or agree on other limits"
            raise EvidenceError(msg)
        bottom = (0,) * len(self._top)
        waiting, met = [(0.0, bottom)], {bottom}
        while waiting and len(self._seen) < _MOST_JUDGED and len(met) < _MOST_MET:
            ncp, at = heapq.heappop(waiting)
            if ncp * self._rows >= self._lost(best):
                break
            if not self._fails(at):
                best = min(best, self._descended(self._climbed(at)), key=self._order)
            for place, height in enumerate(at):
                higher = (*at[:place], height + 1, *at[place + 1 :])
                if height < self._top[place] and higher not in met:
                    met.add(higher)
                    heapq.heappush(waiting, (self._ncp(higher), higher))
        return best

    def _climbed(self, at: Heights) -> Proposal:
        """Find where a way up, each step the cheapest, begins to hold; by halves."""
        way = [at]
        while way[-1] != self._top:
            last = way[-1]
            steps = [p for p in range(len(last)) if last[p] < self._top[p]]
            place = min(steps, key=lambda p: (self._saved(p, last[p] + 1), p))
            way.append((*last[:place], last[place] + 1, *last[place + 1 :]))
        low, high = -1, len(way) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._try(way[middle]) else (middle, high)
        return self._require(way[high])

    def _descended(self, found: Proposal) -> Proposal:
        """Lower rungs, what saves most first, until none can be."""
        at, stuck = found.heights, set[int]()
        while free := [p for p in range(len(at)) if at[p] and p not in stuck]:
            place = max(free, key=lambda p: (self._saved(p, at[p]), -p))
            lower = (*at[:place], at[place] - 1, *at[place + 1 :])
            if self._fails(lower) or self._try(lower) is None:
                stuck.add(place)
            else:
                at = lower
        return self._require(at)

    def _require(self, at: Heights) -> Proposal:
        found = self._try(at)
        if found is None:
            msg = "a coarser table does not hold where a finer one did; this is an error of govgate"
            raise EvidenceError(msg)
        return found

    def _fails(self, at: Heights) -> bool:
        """Tell whether a choice is nowhere coarser than one that failed."""
        return bool((self._failed >= at).all(axis=1).any())

    def _ncp(self, at: Heights) -> float:
        pairs = zip(self._ladders, at, strict=True)
        return math.fsum(rungs[height].loss for (_, rungs), height in pairs) / len(at)

    def _lost(self, proposal: Proposal) -> float:
        """Rows' worth of information: that of a row left out is lost whole."""
        return proposal.ncp * (self._rows - proposal.suppressed) + proposal.suppressed

    def _order(self, proposal: Proposal) -> tuple[float, Heights]:
        return self._lost(proposal), proposal.heights

    def _saved(self, place: int, height: int) -> float:
        _, rungs = self._ladders[place]
        return rungs[height].loss - rungs[height - 1].loss

    def _try(self, heights: Heights) -> Proposal | None:
        if heights not in self._seen:
            found = self._seen[heights] = self._judged(heights)
            if found is None:
                self._failed = np.vstack([self._failed, heights])
        return self._seen[heights]

    def _judged(self, heights: Heights) -> Proposal | None:
        """Leave classes out until all that are left hold; None when that takes too many rows."""
        every, rows = self._cells, self._rows
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
            codes, count = self._cells.codes[name][here], len(self._cells.distinct[name])
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
        squares = int((classes.rows.astype(np.float64) ** 2).sum())
        discernibility = squares + suppressed * (left + suppressed)
        return Proposal(heights, kept, self._ncp(heights), suppressed, discernibility)


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
    alone = 1 if bounds.max_population_uniques is None else 2
    return max(bounds.min_k or 1, alone, *(math.ceil(1 / risk - 1e-9) for risk in most), 1)


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
