"""The training data are whole, of the types expected, and told apart from the test data.

Source: ISO/IEC 5259-2:2024 (data quality measures); docs/reference/gates/quality.md.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.plot import Plot, Span, Spans
from govgate.records import (
    AtLeast,
    AtMost,
    ColumnExpectation,
    ColumnFacts,
    DataFacts,
    Finding,
    Limit,
    TableFacts,
    Word,
)

_Share = Annotated[float, Field(ge=0, le=1)]


class DataQuality(DataFacts, Body):
    """A training table, and how it stands to the test table."""

    KIND: ClassVar[str] = "data-quality/v1"


class QualityBounds(Bounds):
    """What the data may lack; a limit is off when null."""

    min_rows: int = Field(default=1000, ge=1)
    """Rows the training table needs."""
    max_repeated_share: _Share | None = 0.01
    """Of a table's rows that equal an earlier one, identifiers left out."""
    max_null_share: _Share | None = 0.05
    """Of a column's values that are missing, where `columns` says nothing else of it."""
    max_constant_columns: int | None = Field(default=0, ge=0)
    """Columns that hold the same in every row."""
    min_label_share: _Share | None = 0.05
    """Of the rows, in the smallest class of the label."""
    max_told: _Share | None = 0.95
    """How well one column alone may tell the label (lambda); more is a leak."""
    max_shared_share: _Share | None = 0.01
    """Of the test rows that are in the training table too."""
    columns: dict[Word, ColumnExpectation] = Field(default_factory=dict)
    """What named columns of the training table must be."""


class Quality(Gate[DataQuality, QualityBounds]):
    """Rows enough, none twice, none missing, and nothing that gives the label away."""

    title = "The data are fit to train on"

    def judge(self, body: DataQuality, bounds: QualityBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        least, rows = AtLeast(value=float(bounds.min_rows)), float(body.train.rows)
        yield _found("rows, train", rows, least, "{row}", "collect more data")
        yield from _leaks(body, bounds)
        for name, table in (("train", body.train), ("test", body.test)):
            if table is not None:
                yield from _table(name, table, bounds)
        if bounds.min_label_share is not None:
            rarest, floor = body.rarest_share, AtLeast(value=bounds.min_label_share)
            ask = "collect more of the rarest class, or set min_label_share to null and say why"
            yield _found("smallest class of the label", _said(rarest), floor, "1", ask)
        for name, expectation in sorted(bounds.columns.items()):
            yield from expectation.findings(name, body.train)

    def plots(self, body: DataQuality, bounds: QualityBounds) -> tuple[Plot, ...]:
        """See `Gate.plots`."""
        told = {n: c.told for n, c in body.train.columns.items() if c.told is not None}
        most = sorted(told, key=lambda name: told[name], reverse=True)
        spans = tuple(Span(name, told[name], told[name], told[name]) for name in most)
        limits = () if bounds.max_told is None else (bounds.max_told,)
        title = "how well each column tells the label"
        return (Spans(title, spans, "lambda", limits),) if spans else ()

    def planted(self) -> Planted[DataQuality, QualityBounds]:
        """See `Gate.planted`."""
        column = ColumnFacts(family="integer", nulls=0, constant=False, told=0.3)
        table = TableFacts(rows=5000, repeated_rows=0, columns={"age": column})
        good = DataQuality(train=table, test=table, shared_rows=0, label_counts=(4000, 1000))
        return Planted(QualityBounds(), good, good.model_copy(update={"shared_rows": 2500}))


def _leaks(body: DataQuality, bounds: QualityBounds) -> Iterator[Finding]:
    ask = "take these rows out of one table and evaluate again; hand over `train` and `test`"
    about, share = "test rows that are training rows", _said(body.shared_share)
    yield from _most(about, share, bounds.max_shared_share, ask)
    name, told = body.train.teller
    ask = f"find out how {name or 'a column'} comes to know the label; name columns that are no "
    ask += "features under collect.ids, and the label under collect.label"
    about = f"label told by one column ({name or 'any'})"
    yield from _most(about, _said(told), bounds.max_told, ask)


def _table(name: str, table: TableFacts, bounds: QualityBounds) -> Iterator[Finding]:
    share = table.share(table.repeated_rows)
    ask = "find out why rows repeat, and take the copies out"
    yield from _most(f"repeated rows, {name}", share, bounds.max_repeated_share, ask)
    own = {n for n, e in bounds.columns.items() if e.max_null_share is not None}
    column, empty = table.emptiest(own)
    ask = f"find out why values of {column or 'columns'} are missing"
    yield from _most(f"missing values, {name} ({column})", empty, bounds.max_null_share, ask)
    count, most = float(len(table.constants)), bounds.max_constant_columns
    ask = f"leave {', '.join(table.constants[:5]) or 'them'} out, which tell nothing"
    yield from _most(f"constant columns, {name}", count, most, ask, "{column}")


def _most(
    about: str, seen: float | str, most: float | None, ask: str, unit: str = "1"
) -> Iterator[Finding]:
    if most is not None:
        yield _found(about, seen, AtMost(value=float(most)), unit, ask)


def _said(measured: float | None) -> float | str:
    return "not measured" if measured is None else measured


def _found(about: str, observed: float | str, limit: Limit, unit: str, remedy: str) -> Finding:
    return Finding(about=about, observed=observed, limit=limit, unit=unit, remedy=remedy)
