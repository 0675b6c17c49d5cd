"""How a column's values are made coarser, rung by rung, up to one value for all.

Source: full-domain generalisation, Samarati 2001, doi:10.1109/69.971193; the loss of a rung is
the one of Iyengar 2002, doi:10.1145/775047.775089, counted in values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, model_validator

from govgate.anonymise.cells import as_texts
from govgate.errors import EvidenceError
from govgate.measures.anonymity import Ints
from govgate.records import Record, Word

ALL = "*"
"""What stands for every value on the last rung."""

_OTHER = "other"
_MOST_BANDS = 10_000
"""Guards against a single far value that asks for as many bands as there are atoms."""

_RARE = (0.01, 0.05, 0.2)
"""Shares below which a category becomes "other"; so that rungs nest, each keeps less."""

_FEWEST = 3
"""Labels of a rung, with the one for missing values, that still tell something."""

_LONGEST_CODE = 16
"""Characters of a text that may be a code, such as a postal code, and is cut from the end."""


class Hierarchy(Record):
    """How a person wants one column generalised; one of the three, from fine to coarse."""

    bands: tuple[Annotated[float, Field(gt=0)], ...] = ()
    """Widths of bands of numbers; each divides the next."""

    keep_first: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """How many characters of a code are kept; each fewer than the one before."""

    groups: tuple[dict[Word, Word], ...] = ()
    """Value to group; a value that is not named becomes "other"."""

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if sum(map(bool, (self.bands, self.keep_first, self.groups))) != 1:
            msg = "give one of bands, keep_first and groups"
            raise ValueError(msg)
        return self


@dataclass(frozen=True)
class Rung:
    """One way to write a column."""

    name: str
    """Such as "bands of 10"; never a value."""

    groups: Ints
    """For each value, and for a missing one last, the place of its label."""

    labels: tuple[str | None, ...]
    """What is written; None leaves it missing. Empty where values stay as they are."""

    loss: float
    """From 0 (as it was) to 1 (one value for all)."""


def ladder_of(values: Any, rows: Ints, asked: Hierarchy | None) -> tuple[Rung, ...]:
    """Build the rungs of a column.

    Args:
        values: Its distinct values, an Arrow array in order.
        rows: For each of them, and for missing ones last, how many rows hold it.
        asked: How a person wants it; None takes what suits the column's type.

    Returns:
        From the values as they are to one for all; each rung only merges groups of the one before.

    Raises:
        EvidenceError: What is asked does not suit the values, or its rungs do not nest.
    """
    # A missing value is one more that nobody may be told apart by.
    kept = np.arange(len(values) + 1, dtype=np.int64)
    rungs = [Rung("as it is", kept, (), 0.0)]
    for name, labels in _asked(values, asked) if asked else _suiting(values, rows):
        rung = _rung(name, labels, rows)
        if not _nests(rungs[-1].groups, rung.groups):
            msg = f"the rungs of a hierarchy do not nest at {name!r}; let each merge whole groups "
            raise EvidenceError(msg + "of the one before")
        if _FEWEST <= len(rung.labels) < len({*rungs[-1].groups.tolist()}):
            rungs.append(rung)  # it merges something, and not everything
    top = Rung("one for all", np.zeros_like(kept), (ALL,), 1.0 if len(values) > 1 else 0.0)
    return (*rungs, top)


def _rung(name: str, labels: Sequence[str], rows: Ints) -> Rung:
    names, groups = np.unique(np.asarray(labels, dtype=object), return_inverse=True)
    leaves = np.bincount(groups, minlength=len(names))
    spread = (leaves[groups] - 1) / max(len(groups) - 1, 1)
    loss = float((spread * rows[:-1]).sum() / max(int(rows.sum()), 1))
    return Rung(name, np.append(groups, len(names)).astype(np.int64), (*names, None), loss)


def _nests(finer: Ints, coarser: Ints) -> bool:
    pairs = np.unique(np.stack([finer, coarser]), axis=1)
    return len(pairs[0]) == len(np.unique(finer))


def _asked(values: Any, asked: Hierarchy) -> Iterator[tuple[str, list[str]]]:
    if asked.bands:
        for width in asked.bands:
            exact = Fraction(str(width))
            yield f"bands of {_said(exact)}", _banded(_numbers(values), exact)
        return
    texts = [str(text) for text in as_texts(values, "a column with a hierarchy")]
    for kept in asked.keep_first:
        yield f"first {kept} characters", _cut(texts, kept)
    for number, group in enumerate(asked.groups, 1):
        yield f"groups {number}", [group.get(text, _OTHER) for text in texts]


def _suiting(values: Any, rows: Ints) -> Iterator[tuple[str, list[str]]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(values) or pa.types.is_boolean(values.type):
        return
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        for name, form in (("day", "%Y-%m-%d"), ("month", "%Y-%m"), ("year", "%Y")):
            moments = values if pa.types.is_timestamp(values.type) else values.cast("timestamp[s]")
            yield name, pc.strftime(moments, format=form).to_pylist()
        years = pc.year(values).to_pylist()
        yield "decade", [f"{year // 10 * 10}s" for year in years]
    elif pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        yield from _coded(values.to_pylist(), rows[:-1])
    else:
        numbers = _numbers(values)
        span = float(numbers[-1]) - float(numbers[0])
        for width in _widths(span):
            yield f"bands of {_said(width)}", _banded(numbers, width)


def _coded(texts: list[str], rows: Ints) -> Iterator[tuple[str, list[str]]]:
    length = len(texts[0])
    is_code = all(len(text) == length and text.isascii() for text in texts)
    if is_code and 1 < length <= _LONGEST_CODE and any(c.isdigit() for c in texts[0]):
        for kept in range(length - 1, 0, -1):
            yield f"first {kept} characters", _cut(texts, kept)
        return
    shares = rows / max(int(rows.sum()), 1)
    for least in _RARE:
        named = zip(texts, shares, strict=True)
        yield f"below {least:.0%} to other", [t if s >= least else _OTHER for t, s in named]


def _cut(texts: list[str], kept: int) -> list[str]:
    return [text[:kept] + ALL * (len(text) - kept) for text in texts]


def _numbers(values: Any) -> Any:
    import pyarrow as pa

    try:
        return values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        msg = f"a column of {values.type} has no bands; give it keep_first or groups"
        raise EvidenceError(msg) from None


def _widths(span: float) -> Iterator[Fraction]:
    """Yield 1, 5, 10, 20, 100, 500 ... of a unit that suits the span; each divides the next."""
    if not 0 < span < np.inf:
        return
    power = int(np.floor(np.log10(span)))
    unit = Fraction(100) ** ((power - 3) // 2)
    while unit < span:
        for many in (1, 5, 10, 20):
            if span / _MOST_BANDS < many * unit < span:
                yield many * unit
        unit *= 100


def _banded(numbers: Any, width: Fraction) -> list[str]:
    """Write each number as its band; an edge is the float nearest to it, and opens a band.

    Raises:
        EvidenceError: There would be too many.
    """
    span = float(numbers[-1]) - float(numbers[0])
    if not span / float(width) <= _MOST_BANDS:
        msg = f"bands of {_said(width)} are more than {_MOST_BANDS:,}; give wider ones"
        raise EvidenceError(msg)
    band = np.floor(numbers / float(width)).astype(np.int64)
    edges = {int(b) + step: float((int(b) + step) * width) for b in {*band} for step in (0, 1)}
    # a quotient may be rounded across an edge
    band -= numbers < np.array([edges[int(b)] for b in band])
    edges |= {int(b) + 1: float((int(b) + 1) * width) for b in {*band}}
    band += numbers >= np.array([edges[int(b) + 1] for b in band])
    names = {int(b): f"[{_said(b * width)}, {_said((b + 1) * width)})" for b in map(int, {*band})}
    return [names[int(b)] for b in band]


def _said(number: Fraction) -> str:
    return format((Decimal(number.numerator) / Decimal(number.denominator)).normalize(), "f")
