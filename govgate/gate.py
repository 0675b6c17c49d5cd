"""What a gate is: a body it is shown, bounds it is told, and a judgement.

Room:        gate
Holds:       the base classes a gate file subclasses
May import:  records, plot, pydantic
May touch:   nothing
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar, get_args

from govgate.plot import Plot
from govgate.records import Finding, Record


class Body(Record):
    """The shape of one kind of evidence. Subclasses set `KIND`."""

    KIND: ClassVar[str]


class Bounds(Record):
    """What the policy tolerates, with units. Defaults are the strictest in common use.

    The string under each field is what `govgate gates show` prints.
    """


B = TypeVar("B", bound=Body)
L = TypeVar("L", bound=Bounds)


@dataclass(frozen=True)
class Planted(Generic[B, L]):
    """Two bodies whose answer is known: a gate that cannot tell them apart may not vote."""

    bounds: L
    good: B
    """Every finding about it must be satisfied."""

    bad: B
    """At least one finding about it must not be."""


@dataclass(frozen=True)
class End:
    """A moment at which something that a gate was shown stops being so."""

    about: str
    """What ends, such as "retention of census.csv"."""

    at: datetime
    remedy: str
    """What to do once it has ended, in the imperative."""


class Gate(ABC, Generic[B, L]):
    """A judgement with no side effects.

    Subclass as `class Bias(Gate[GroupOutcomes, BiasBounds])`. The class name in
    kebab case is the gate's name.
    """

    title: ClassVar[str]
    """What a passed verdict says, for people: "Groups are selected at like rates"."""

    newest_speaks: ClassVar[bool] = False
    """True where evidence is of a state that is mended without new bytes, such as of a bucket:
    then the newest alone is judged, and else all that is fresh."""

    name: ClassVar[str]
    body_type: ClassVar[type[Any]]
    bounds_type: ClassVar[type[Any]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Read the name, body and bounds types from the class header."""
        super().__init_subclass__(**kwargs)
        cls.name = "".join(f"-{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("-")
        cls.body_type, cls.bounds_type = get_args(cls.__orig_bases__[0])  # type: ignore[attr-defined]

    @abstractmethod
    def judge(self, body: B, bounds: L) -> Iterator[Finding]:
        """Yield one finding for each thing looked at, satisfied or not.

        Args:
            body: What was measured.
            bounds: What the policy tolerates.

        Yields:
            Findings, in the order an engineer would fix them.

        Raises:
            EvidenceError: The body contradicts itself; the engine turns it into a failure.
        """

    def plots(self, body: B, bounds: L) -> tuple[Plot, ...]:  # noqa: ARG002 -- a gate may override it
        """Return pictures that help a person see why, none by default.

        Args:
            body: What was measured.
            bounds: What the policy tolerates.
        """
        return ()

    def ends(self, body: B, bounds: L) -> tuple[End, ...]:  # noqa: ARG002 -- as above
        """Say what ends by itself: from then on it fails, and no decision holds longer.

        A gate is not told the time, so that it says the same whenever it is asked.

        Args:
            body: What was measured.
            bounds: What the policy tolerates.
        """
        return ()

    @abstractmethod
    def planted(self) -> Planted[B, L]:
        """Return a known-good and a known-bad body, and bounds that tell them apart."""
