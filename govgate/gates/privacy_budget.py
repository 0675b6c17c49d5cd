"""All releases about the same people together stay within their privacy budget.

Source: composition of differentially private releases; docs/reference/gates/privacy-budget.md.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.measures.privacy_loss import Cost, Loss, advanced, basic, concentrated, exact
from govgate.plot import Bars, Plot
from govgate.records import AtMost, Digest, Finding, Record
from govgate.records.spend import CountedSpend

_Epsilon = Annotated[float, Field(gt=0)]
_Delta = Annotated[float, Field(ge=0, lt=1)]
_DRAWN = 20
"""Releases in a picture, the costliest; nobody reads more bars."""


class PrivacySpends(Body):
    """What this subject spent, and what others spent before it; derived from the ledger."""

    KIND: ClassVar[str] = "privacy-spends/v1"

    subject: Digest
    """Content of the subject judged."""
    spends: tuple[CountedSpend, ...] = Field(min_length=1)
    """Its own and those of others, of the data sets that it spent on."""
    unreadable: int = Field(ge=0)
    """Spends of others that may be about these data sets, and cannot be read."""


class DataSetBudget(Record):
    """The budget of one data set."""

    max_epsilon: _Epsilon
    max_delta: _Delta


class PrivacyBudgetBounds(Bounds):
    """What all releases about one data set may cost together, for ever."""

    max_epsilon: _Epsilon = 1.0
    """Of the composed releases."""
    max_delta: _Delta = 1e-6
    """Probability of a larger loss; well below one over the people in the data."""
    composition: Literal["basic", "advanced", "concentrated"] = "basic"
    """How releases add up: sums; with a slack in delta; or through rho (zCDP)."""
    data_sets: dict[Digest, DataSetBudget] = Field(default_factory=dict)
    """Data sets with a budget of their own."""


class PrivacyBudget(Gate[PrivacySpends, PrivacyBudgetBounds]):
    """No data set has been asked for more than its budget; what was spent is never got back."""

    title = "Releases stay within the privacy budget of their data"

    def judge(self, body: PrivacySpends, bounds: PrivacyBudgetBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        ask = "have what is in the ledger looked at, and waive this once it is known what it was"
        yield _found("spends that cannot be read", float(body.unreadable), 0.0, ask)
        ours = sorted({s.data_set for s in body.spends if s.subject == body.subject})
        if not ours:
            ask = "record what this release cost with `govgate privacy spend`"
            yield _found("own spends", "absent", 0.0, ask)
        for data_set in ours:
            budget = bounds.data_sets.get(data_set, bounds)
            spends = _once(body, data_set)
            name = f"{data_set[:_NAMED]} ({len(spends)} releases)"
            loss = composed(spends, budget.max_delta, bounds.composition)
            ask = "release less, add more noise, or use other people's data: what is spent is spent"
            yield _found(f"epsilon, {name}", loss.epsilon, budget.max_epsilon, ask)
            yield _found(f"delta, {name}", loss.delta, budget.max_delta, ask)
            twice = [n for n, often in Counter(s.release for s in spends).items() if often > 1]
            ask = f"{', '.join(sorted(twice))[:200]}: give every release a name of its own"
            yield _found(f"releases named twice, {name}", float(len(twice)), 0.0, ask)

    def plots(self, body: PrivacySpends, bounds: PrivacyBudgetBounds) -> tuple[Plot, ...]:
        """See `Gate.plots`."""
        drawn = []
        for data_set in sorted({s.data_set for s in body.spends if s.subject == body.subject}):
            limit = bounds.data_sets.get(data_set, bounds).max_epsilon
            most = sorted(_once(body, data_set), key=lambda s: (-s.epsilon, s.release))[:_DRAWN]
            title = f"Epsilon by release of {data_set[:_NAMED]} (budget {limit:g})"
            series = {"epsilon": tuple(s.epsilon for s in most)}
            drawn.append(Bars(title, tuple(s.release for s in most), series, "epsilon"))
        return tuple(drawn)

    def planted(self) -> Planted[PrivacySpends, PrivacyBudgetBounds]:
        """See `Gate.planted`."""

        def shown(*epsilons: float) -> PrivacySpends:
            name = "sha256:" + "0" * 64
            spends = tuple(
                CountedSpend(
                    data_set=name, release=f"r{number}", mechanism="laplace", epsilon=epsilon,
                    delta=0.0, subject=name,
                )
                for number, epsilon in enumerate(epsilons)
            )  # fmt: skip
            return PrivacySpends(subject=name, spends=spends, unreadable=0)

        return Planted(PrivacyBudgetBounds(), shown(0.4, 0.6), shown(0.5, 0.6))


_NAMED = 19
"""Characters of a data set's digest that a finding shows: "sha256:" and twelve of them."""


def composed(spends: Sequence[CountedSpend], max_delta: float, how: str) -> Loss:
    """Compose spends on one data set.

    Args:
        spends: At least one.
        max_delta: As in the bounds.
        how: As `composition` in the bounds.
    """
    costs = [
        Cost(exact(s.epsilon), exact(s.delta), None if s.rho is None else exact(s.rho))
        for s in spends
    ]
    if how == "basic":
        return basic(costs)
    return (advanced if how == "advanced" else concentrated)(costs, exact(max_delta))


def _once(body: PrivacySpends, data_set: str) -> list[CountedSpend]:
    """Spends on a data set; what one subject recorded again, word for word, counts once."""
    found = dict.fromkeys(s for s in body.spends if s.data_set == data_set)
    return sorted(found, key=lambda s: (s.release, s.subject, s.epsilon, s.delta))


def _found(about: str, observed: float | str, limit: float, remedy: str) -> Finding:
    return Finding(
        about=about, observed=observed, limit=AtMost(value=limit), unit="1", remedy=remedy
    )
