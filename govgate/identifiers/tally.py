"""What was seen of one kind in one column, counted and held against chance.

Source: Hoeffding 1963, Theorem 1 (how likely so many valid ones are by chance).
"""

import math
from dataclasses import dataclass

from govgate.identifiers.column import ColumnLook, Matched
from govgate.identifiers.kind import Kind
from govgate.identifiers.seen import FORM, TWIN, VALID, WHOLE


@dataclass(frozen=True)
class Tally:
    """One kind in one column, counted."""

    matches: int
    valid: int
    whole: int
    rows: int
    valid_rows: int
    chance: float

    @property
    def accident(self) -> float:
        """At most so likely are this many valid ones by chance, in [0, 1]."""
        share, chance = self.valid / self.matches, self.chance
        if share <= chance:
            return 1.0
        bits = share * math.log(share / chance)
        if share < 1:
            bits += (1 - share) * math.log((1 - share) / (1 - chance))
        return math.exp(-self.matches * bits)

    @property
    def true(self) -> float:
        """Estimated share of the matches that are valid for a reason, up to 1."""
        return (self.valid / self.matches - self.chance) / (1 - self.chance)


def tallied(kind: Kind, matched: Matched) -> Tally | None:
    """Count the matches of a kind's form; None where nothing had the form after all."""
    notes = [note for note in matched.sample.kept.values() if note[1] & FORM]
    if not notes:
        return None
    sampled = sum(rows for rows, _ in matched.sample.kept.values())
    matches, twins = len(notes), sum(bool(bits & TWIN) for _, bits in notes)
    return Tally(
        matches=matches,
        valid=sum(bool(bits & VALID) for _, bits in notes),
        whole=sum(bool(bits & WHOLE) for _, bits in notes),
        rows=round(matched.rows * sum(rows for rows, _ in notes) / sampled),
        valid_rows=round(matched.rows * sum(r for r, bits in notes if bits & VALID) / sampled),
        # the rule of succession: no twin was valid, yet a chance is never 0
        chance=(twins + 1) / (matches + 2) if kind.chance is None else kind.chance,
    )


def noted(seen: ColumnLook, bit: int) -> Tally:
    """Count the sampled values of which a bit was noted."""
    notes = seen.values.kept.values()
    hits = [rows for rows, bits in notes if bits >> bit & 1]
    known, sampled = seen.rows - seen.nulls, sum(rows for rows, _ in notes)
    rows = round(known * sum(hits) / sampled) if sampled else 0
    return Tally(
        matches=len(notes), valid=len(hits), whole=len(hits), rows=rows, valid_rows=rows, chance=1.0
    )
