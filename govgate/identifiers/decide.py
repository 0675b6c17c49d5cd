"""From what was seen of a column to what it holds."""

from govgate.identifiers.catalogue import says
from govgate.identifiers.column import ColumnLook
from govgate.identifiers.found import ColumnIdentifiers, Decided, Found
from govgate.identifiers.kind import Kind
from govgate.identifiers.seen import TOKEN
from govgate.identifiers.tally import Tally, noted, tallied

_SURE = 1e-6
"""Below this chance nothing is an accident: of 1,000 columns and 50 kinds, 0.05 would be."""

_LIKELY, _UNCHECKED = 1e-4, 0.3
_LIKELY_UNCHECKED = 1e-2
"""Kinds without a check digit, of which chance makes 0.3 and more valid, are few: there a weaker
suspicion seldom errs, and nothing stronger can be had from a short column."""

_FEW, _OFTEN = 3, 0.1
"""So few matches can prove nothing; then a chance of one in ten is enough for a suspicion."""

_NAMED = 0.05
"""Chance that is small enough in a column whose name says the same."""

_TRUE = 0.05
"""Share of the matches, beyond what chance makes valid, below which we do not speak of a column."""

_MOST, _SOME = 0.8, 0.2
"""Shares of the values that fit the column's name."""

_DIFFERENT = 3
"""Distinct values below which a column is a label and not somebody's name."""

_UNIQUE, _KEYS = 0.99, 20
_RANK: dict[Decided, int] = {"identifier": 0, "suspected": 1, "none": 2}


def decided(seen: ColumnLook) -> ColumnIdentifiers:
    """Decide what one column holds.

    Args:
        seen: What was seen of all its rows.
    """
    found = [*_by_form(seen), *_by_name(seen), *_inside(seen)]
    best: dict[str, Found] = {}
    for one in found:
        if one.kind not in best or _RANK[one.decision] < _RANK[best[one.kind].decision]:
            best[one.kind] = one
    ordered = sorted(best.values(), key=lambda one: (_RANK[one.decision], -one.valid, one.kind))
    notes = seen.values.kept.values()
    looked_at = len(notes)
    unique = sum(rows == 1 for rows, _ in notes) / looked_at if looked_at else 0.0
    tokens = sum(bits & TOKEN for _, bits in notes)
    linkable = unique >= _UNIQUE and looked_at >= _KEYS and tokens >= _UNIQUE * looked_at
    decision, why = _strongest(ordered, seen, linkable=linkable)
    return ColumnIdentifiers(
        column=seen.name, rows=seen.rows, nulls=seen.nulls, looked_at=looked_at, unique=unique,
        cut=seen.cut, found=tuple(ordered), linkable=linkable, decision=decision, why=why,
    )  # fmt: skip


def _strongest(found: list[Found], seen: ColumnLook, *, linkable: bool) -> tuple[Decided, str]:
    if found and found[0].decision != "none":
        return found[0].decision, f"{found[0].kind}: {found[0].why}"
    if seen.cut:
        return "suspected", f"{seen.cut} cells are too long to be looked at whole"
    if not seen.values.kept:
        return "none", "no value to look at"
    if linkable:
        return "none", "no known kind, but a token of its own in each row: a key to other tables"
    return "none", "nothing has the form of a known kind, or no more often than by chance"


def _by_form(seen: ColumnLook) -> list[Found]:
    found = []
    for kind in seen.kinds:
        tally = tallied(kind, seen.matched[kind.name]) if kind.name in seen.matched else None
        if tally and tally.valid:
            answer = _judged(kind, tally, named=says(seen.name, kind.named))
            found.append(_found(kind, seen, tally, answer))
    return found


def _judged(kind: Kind, tally: Tally, *, named: bool) -> tuple[Decided, str]:
    accident = tally.accident
    counted = f"{tally.valid} of {tally.matches} distinct matches are valid"
    if named and accident <= _NAMED and tally.true >= _TRUE:
        return "identifier", f"{counted}, and the column is called so"
    if accident <= _SURE and tally.true >= _TRUE:
        if kind.sure:
            return "identifier", f"{counted}, by chance {tally.chance:.3g} of them would be"
        return "suspected", f"{counted}, but other numbers have the same check"
    few = tally.matches <= _FEW and accident <= _OFTEN
    likely = _LIKELY if tally.chance < _UNCHECKED else _LIKELY_UNCHECKED
    if few or (accident <= likely and tally.true >= _TRUE):
        return "suspected", f"{counted}, too few to rule out chance"
    return "none", f"{counted}, as by chance"


def _found(kind: Kind, seen: ColumnLook, tally: Tally, answer: tuple[Decided, str]) -> Found:
    known = seen.rows - seen.nulls
    return Found(
        kind=kind.name,
        rows=tally.rows,
        matches=tally.matches,
        valid=tally.valid,
        whole=tally.whole,
        share=min(1.0, tally.valid_rows / known) if known else 0.0,
        chance=tally.chance,
        lift=tally.valid / tally.matches / tally.chance,
        named=says(seen.name, kind.named),
        decision=answer[0],
        why=answer[1],
    )


def _by_name(seen: ColumnLook) -> list[Found]:
    found = []
    for kind in seen.spoken:
        tally = noted(seen, 1 + seen.kinds.index(kind))
        share = tally.valid / tally.matches if tally.matches else 0.0
        named = says(seen.name, kind.named)
        if share >= _SOME:
            certain = named and share >= _MOST and tally.matches >= _DIFFERENT
            why = f"the column is called so, and {share:.0%} of its values look like it"
            decision: Decided = "identifier" if certain else "suspected"
            found.append(_found(kind, seen, tally, (decision, why)))
    return found


def _inside(seen: ColumnLook) -> list[Found]:
    """Kinds that stood in base64."""
    found = []
    for number, kind in enumerate(seen.kinds):
        tally = noted(seen, 1 + len(seen.kinds) + number)
        if tally.valid:
            certain = kind.sure and tally.valid >= _DIFFERENT
            why = f"{tally.valid} distinct values hold it once base64 is decoded"
            decision: Decided = "identifier" if certain else "suspected"
            found.append(_found(kind, seen, tally, (decision, why)))
    return found
