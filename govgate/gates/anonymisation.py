"""Nobody finds a person, or learns a secret about one, in the rows that are released.

Source: docs/reference/gates/anonymisation.md names the paper of each measure.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.measures.reidentification import prosecutor_risk
from govgate.plot import Bars, Plot
from govgate.records import AtLeast, AtMost, Exactly, Finding, Interval, Limit, Word
from govgate.records.anonymity import ClassSizes, QuasiIdentifier, SensitiveColumn
from govgate.records.release import Release

_Share = Annotated[float, Field(ge=0, le=1)]
_Seen = tuple[str, str, float, float | None]
"""What was looked at, its bound, what was seen, and the upper end of an estimate."""


class Anonymity(Release, Body):
    """A release, by how many rows look alike and what they say."""

    KIND: ClassVar[str] = "anonymity/v1"


class AnonymisationBounds(Bounds):
    """How much may be given away; null switches a limit off."""

    min_k: int | None = Field(default=11, ge=1)
    """Rows that look alike at least; 11 keeps the prosecutor's risk under a tenth."""
    min_l: int | None = Field(default=2, ge=1)
    """Known sensitive values in each class."""
    min_entropy_l: float | None = Field(default=None, ge=1)
    """Exponential of a class's entropy: values as if all were as frequent."""
    max_t: _Share | None = 0.2
    """Distance of a class's sensitive values from those of the whole release."""
    max_alpha: _Share | None = None
    """Share of one sensitive value in a class."""
    max_beta: float | None = Field(default=None, ge=0)
    """Relative gain of a sensitive value's share in a class over the whole release."""
    max_delta: float | None = Field(default=None, ge=0)
    """Absolute logarithm of that ratio."""
    max_prosecutor_risk: _Share | None = 0.1
    """Chance to find a person who is known to be in the release."""
    max_journalist_risk: _Share | None = None
    """Chance to find some person of the population."""
    max_marketer_risk: _Share | None = None
    """Share of rows found rightly by one who matches all."""
    max_population_uniques: _Share | None = None
    """Share of rows that stand alone in the population."""
    allowed_identifiers: dict[Word, tuple[Word, ...]] = Field(default_factory=dict)
    """Column to the kinds of personal identifiers that it may hold; none by default."""


class Anonymisation(Gate[Anonymity, AnonymisationBounds]):
    """Enough rows look alike, their secrets differ, and no column names a person."""

    title = "The release names nobody, and hides everybody among others"

    def judge(self, body: Anonymity, bounds: AnonymisationBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        yield from _named(body, bounds)
        ask = "name the sensitive columns under collect, or set the limits on them to null"
        if not body.sensitive and any(getattr(bounds, bound) is not None for bound in _MEASURES):
            yield _found("sensitive columns", "none", Exactly(value="declared"), ask)
        ask = _coarser(body)
        for about, bound, observed, high in (*_rows(body), *_secrets(body)):
            if (value := getattr(bounds, bound)) is not None:
                limit = (AtLeast if bound.startswith("min_") else AtMost)(value=float(value))
                span = None if high is None else Interval(low=0.0, high=high)
                more = {"unit": "{row}" if bound == "min_k" else "1", "interval": span}
                yield _found(about, observed, limit, ask).model_copy(update=more)

    def plots(self, body: Anonymity, bounds: AnonymisationBounds) -> tuple[Plot, ...]:
        """See `Gate.plots`."""
        title = f"Rows by how many look alike (k = {body.k}, at least {bounds.min_k or 1})"
        shares = tuple(s.rows / body.rows for s in body.sizes)
        series = {"release": shares}
        return (Bars(title, tuple(s.said for s in body.sizes), series, "share of rows"),)

    def planted(self) -> Planted[Anonymity, AnonymisationBounds]:
        """See `Gate.planted`."""

        def shown(k: int) -> Anonymity:
            age = QuasiIdentifier(distinct=4, missing=0, classes_without=1, k_without=4)
            ill = SensitiveColumn(
                ordered=False, distinct=3, missing=0, l=3, entropy_l=2.9, alpha=0.4, t=0.1,
                beta=0.2, delta=0.2,
            )  # fmt: skip
            sizes = (ClassSizes(size_from=k, size_to=k, classes=4, rows=4 * k),)
            return Anonymity(
                rows=4 * k, classes=4, k=k, sizes=sizes, quasi_identifiers={"age": age},
                sensitive={"ill": ill}, pseudonyms=(), harmless=(), inspected=2, identifiers={},
                population=None,
            )  # fmt: skip

        return Planted(AnonymisationBounds(), shown(20), shown(2))


_MEASURES = {
    "min_l": ("distinct values (l)", "l"),
    "min_entropy_l": ("entropy l", "entropy_l"),
    "max_t": ("distance to the whole (t)", "t"),
    "max_alpha": ("share of one value (alpha)", "alpha"),
    "max_beta": ("gain of a value (beta)", "beta"),
    "max_delta": ("log ratio of a value (delta)", "delta"),
}
"""Bound to what it limits in each sensitive column, and the field that was measured."""


def _named(body: Anonymity, bounds: AnonymisationBounds) -> Iterator[Finding]:
    wanted = AtLeast(value=float(body.columns))
    ask = "collect again with every column looked through"
    yield _found("columns looked through for identifiers", float(body.inspected), wanted, ask)
    for column, seen in sorted(body.identifiers.items()):
        extra = {s.kind for s in seen} - {*bounds.allowed_identifiers.get(column, ())}
        held = ", ".join(s.said for s in seen if s.kind in extra) or "allowed"
        ask = f"drop {column}, replace it by keyed pseudonyms, or allow what it holds by name"
        yield _found(f"identifiers, {column}", held, Exactly(value="allowed"), ask)


def _rows(body: Anonymity) -> Iterator[_Seen]:
    alike, here = prosecutor_risk(body.people_alike), prosecutor_risk(body.k)
    alone, most = body.alone / body.rows, body.alone_at_most / body.rows
    yield "rows that look alike (k)", "min_k", float(body.k), None
    yield "prosecutor risk", "max_prosecutor_risk", here, None
    yield "journalist risk", "max_journalist_risk", alike, None if body.counted else alike
    yield "marketer risk", "max_marketer_risk", body.matched / body.rows, None
    yield "population uniques", "max_population_uniques", alone, None if body.counted else most


def _secrets(body: Anonymity) -> Iterator[_Seen]:
    for name, seen in sorted(body.sensitive.items()):
        for bound, (said, field) in _MEASURES.items():
            yield f"{said}, {name}", bound, float(getattr(seen, field)), None


def _coarser(body: Anonymity) -> str:
    columns = body.quasi_identifiers
    name = min(sorted(columns), key=lambda column: columns[column].classes_without)
    said = f"without it {body.classes} classes become {columns[name].classes_without}"
    return f"generalise {name} ({said}) or leave rows out; `govgate anonymise` proposes how"


def _found(about: str, seen: float | str, limit: Limit, remedy: str) -> Finding:
    return Finding(about=about, observed=seen, limit=limit, unit="", remedy=remedy)
