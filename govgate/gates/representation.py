"""The groups in the data have the shares they have in the population.

Source: `measures.representation`; docs/reference/gates/representation.md.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.measures.intervals import simultaneous_z
from govgate.measures.representation import Gap, gaps_of, total_variation
from govgate.plot import Plot, Span, Spans
from govgate.records import AtLeast, AtMost, Exactly, Finding, Interval, Word

_Share = Annotated[float, Field(ge=0, le=1)]
_Groups = dict[Word, Annotated[int, Field(ge=0)]]


class GroupCounts(Body):
    """How many people of each group the data hold, and the population."""

    KIND: ClassVar[str] = "group-counts/v1"

    people: Annotated[dict[Word, _Groups], Field(min_length=1)]
    """Attribute to group to people of the data; "unknown" where no group was given."""

    population: dict[Word, _Groups] = Field(default_factory=dict)
    """The same of the table `population`, where one was handed over."""


class RepresentationBounds(Bounds):
    """How unlike the population the data may be; a limit is off when null."""

    attributes: Annotated[tuple[Word, ...], Field(min_length=1)]
    """Columns whose groups are compared."""
    population: dict[Word, dict[Word, _Share]] = Field(default_factory=dict)
    """Attribute to group to stated share; what is not stated comes from the table `population`."""
    max_share_gap: _Share | None = 0.05
    """Largest difference between a group's share and that of the population."""
    max_total_variation: _Share | None = 0.10
    """Half the sum of those differences."""
    min_people: int = Field(default=200, ge=1)
    """People the data need before they say anything."""
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    """Chance that all intervals of one verdict hold together."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.max_share_gap is None and self.max_total_variation is None:
            msg = "nothing is judged; set max_share_gap or max_total_variation"
            raise ValueError(msg)
        return self


class Representation(Gate[GroupCounts, RepresentationBounds]):
    """No group is much rarer or more frequent than where the model will be used."""

    title = "The data are like the population"

    def judge(self, body: GroupCounts, bounds: RepresentationBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        least = AtLeast(value=float(bounds.min_people))
        for attribute, gaps in _gaps(body, bounds).items():
            people = float(sum(body.people.get(attribute, {}).values()))
            ask = f"collect the column {attribute} of more people"
            yield _found(f"people, {attribute}", people, least, "{person}", ask)
            stated = bounds.population.get(attribute)
            if stated and not _is_whole(stated):
                ask = f"state shares of {attribute} that add up to 1"
                seen, limit = f"sum {sum(stated.values()):g}", Exactly(value="sum 1")
                yield _found(f"stated shares, {attribute}", seen, limit, "", ask)
            yield from _represented(attribute, gaps, bounds)

    def plots(self, body: GroupCounts, bounds: RepresentationBounds) -> tuple[Plot, ...]:
        """See `Gate.plots`."""
        most, drawn = bounds.max_share_gap, []
        for attribute, gaps in _gaps(body, bounds).items():
            spans = tuple(Span(g, x.low, x.value, x.high) for g, x in gaps.items())
            title = f"share in the data less share of the population, {attribute}"
            limits = () if most is None else (-most, most)
            drawn += [Spans(title, spans, "share of people", limits)] if spans else []
        return tuple(drawn)

    def planted(self) -> Planted[GroupCounts, RepresentationBounds]:
        """See `Gate.planted`."""
        halves = {"sex": {"f": 0.5, "m": 0.5}}
        bounds = RepresentationBounds(attributes=("sex",), population=halves)
        good = GroupCounts(people={"sex": {"f": 5000, "m": 5000}})
        return Planted(bounds, good, GroupCounts(people={"sex": {"f": 1000, "m": 9000}}))


_ROUNDED = Fraction(1, 200)
"""Published shares are rounded, and so is their sum."""


def _is_whole(stated: dict[Word, float]) -> bool:
    whole = sum((Fraction(str(share)) for share in stated.values()), Fraction())
    return abs(whole - 1) <= _ROUNDED


def _gaps(body: GroupCounts, bounds: RepresentationBounds) -> dict[str, dict[str, Gap]]:
    """Attribute to group to gap; nothing of an attribute that cannot be compared."""
    compared = {
        a: (body.people.get(a, {}), bounds.population.get(a, {}), body.population.get(a, {}))
        for a in bounds.attributes
    }
    groups = sum(len(set().union(*tables)) for tables in compared.values())
    z = simultaneous_z(bounds.confidence, max(groups, 1))
    return {attribute: gaps_of(*tables, z) for attribute, tables in compared.items()}


def _represented(
    attribute: str, gaps: dict[str, Gap], bounds: RepresentationBounds
) -> Iterator[Finding]:
    if not gaps:
        ask = f"count {attribute} in the data, and state its shares under bounds.population or "
        ask += "hand over the table `population`"
        here = Exactly(value="compared")
        yield _found(f"representation, {attribute}", "not compared", here, "", ask)
    for group, gap in gaps.items():
        yield from _most(f"share gap, {attribute}, {group}", gap, bounds.max_share_gap)
    if gaps:
        far = total_variation(gaps.values())
        yield from _most(f"total variation, {attribute}", far, bounds.max_total_variation)


def _most(about: str, gap: Gap, most: float | None) -> Iterator[Finding]:
    if most is not None:
        low, value, high = gap.apart
        ask = "collect more people until the groups have the population's shares, or say in the "
        ask += "policy why another population is meant"
        found = _found(about, value, AtMost(value=most), "1", ask)
        yield found.model_copy(update={"interval": Interval(low=low, high=high)})


def _found(
    about: str, observed: float | str, limit: AtMost | AtLeast | Exactly, unit: str, remedy: str
) -> Finding:
    return Finding(about=about, observed=observed, limit=limit, unit=unit, remedy=remedy)
