"""All that is asked of all groups, with intervals that hold together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from govgate.measures.counted import Counted
from govgate.measures.disparity import (
    QUESTIONS,
    Question,
    advice,
    answer,
    by_group,
    simultaneous_quantile,
)
from govgate.measures.fairness import Spread
from govgate.measures.outcomes import listed
from govgate.measures.tables import Table

_MOST_DRAWN = 20
"""Groups in a picture; of more the lowest and the highest."""

Drawn = tuple[str, float, float, float]
"""A label, and what was seen between its limits: low, value, high."""


@dataclass(frozen=True)
class Observed:
    """One thing seen, and what it may be: at least so much, or at most."""

    about: str
    seen: float | str
    unit: str
    least: float | None = None
    most: float | None = None
    remedy: str = ""
    spread: Spread | None = None
    """The limits of what was seen, where people were sampled."""

    question: Question | None = None

    def advice(self, *, scarce: bool) -> str:
        """Say what to do about it.

        Args:
            scarce: True when people are too few to be sure.
        """
        if self.spread is None or self.question is None:
            return self.remedy
        return advice(self.question, self.spread, scarce=scarce)


@dataclass(frozen=True)
class Judged:
    """Attributes and crossings of some joint tables, and what is asked of each."""

    counted: Counted
    places: Mapping[str, Sequence[int]]
    """Name of an attribute or crossing to its attributes' places."""

    limits: Mapping[str, float]
    """Bounds that ask something, with what they admit."""

    confidence: float
    min_group: int
    set_aside: bool
    """Whether groups of fewer people are left out."""

    top: int | None

    @cached_property
    def whole(self) -> dict[str, Table]:
        """Name to all its groups."""
        return {name: self.counted.table(at, self.top) for name, at in self.places.items()}

    @cached_property
    def compared(self) -> dict[str, Table]:
        """Name to the groups that are compared, where there are two."""
        kept = {name: self._kept(table) for name, table in self.whole.items()}
        return {name: table for name, table in kept.items() if len(table.sizes) > 1}

    @cached_property
    def z(self) -> float:
        """Normal quantile at which all intervals hold together."""
        questions = [QUESTIONS[bound] for bound in self.limits]
        return simultaneous_quantile(questions, self.compared.values(), self.confidence)

    def sizes(self, max_set_aside: float) -> Iterator[Observed]:
        """Yield how many groups there are to compare, and how small they are.

        Args:
            max_set_aside: Largest share of all people who may be left out.
        """
        for name, table in self.whole.items():
            small, groups = table.smaller_than(self.min_group), float(len(self._kept(table).sizes))
            more = f"evaluate on more people of {listed(small) or 'the smallest group'}"
            two = "evaluate on people of two groups"
            yield Observed(f"groups, {name}", groups, "{group}", 2.0, remedy=two)
            if self.set_aside:
                aside, about = table.share_in(small), f"people set aside, {name}"
                yield Observed(about, aside, "1", most=max_set_aside, remedy=more)
            else:
                fewest, least = min(table.sizes.values(), default=0), float(self.min_group)
                about = f"smallest group, {name}"
                yield Observed(about, float(fewest), "{person}", least, remedy=more)

    def answers(self) -> Iterator[Observed]:
        """Yield what is asked of each table, and answered."""
        for name, table in self.compared.items():
            for bound, limit in self.limits.items():
                question = QUESTIONS[bound]
                found, about = answer(question, table, self.z), f"{question.about}, {name}"
                least, most = (limit, None) if question.by == "ratio" else (None, limit)
                if isinstance(found, str):
                    yield Observed(about, "not estimable", question.unit, least, most, found)
                else:
                    seen, unit = found.value, question.unit
                    yield Observed(about, seen, unit, least, most, spread=found, question=question)

    def gaps(self) -> Iterator[tuple[str, Question, list[Drawn]]]:
        """Yield each bound, its question, and the answers that could be estimated."""
        for bound in self.limits:
            found = [
                (name, answer(QUESTIONS[bound], table, self.z))
                for name, table in self.compared.items()
            ]
            drawn = [(n, s.low, s.value, s.high) for n, s in found if not isinstance(s, str)]
            yield from [(bound, QUESTIONS[bound], drawn)] if drawn else ()

    def groups(self) -> Iterator[tuple[str, Question, list[Drawn]]]:
        """Yield what was seen in each group, once for each thing seen and each name."""
        done = set()
        for name, table in self.compared.items():
            for question in (QUESTIONS[bound] for bound in self.limits):
                found = by_group(question, table, self.z, _MOST_DRAWN)
                if found is None or (name, found[0]) in done:
                    continue
                (of, which), groups = found
                done.add((name, (of, which)))
                title = f"{of} of class {which}, {name}" if which else f"{of}, {name}"
                drawn = [(group, e.low, e.seen, e.high) for group, e in groups.items()]
                yield title, question, drawn

    def _kept(self, table: Table) -> Table:
        return table.without(table.smaller_than(self.min_group)) if self.set_aside else table
