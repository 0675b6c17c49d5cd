"""What a collector is: tables or places in, one measured body out, no judgement.

Room:        collector
Holds:       the two base classes a file in `collect` subclasses
May import:  records, gate, ports, pydantic
May touch:   nothing
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, get_args

from pydantic import Field

from govgate.gate import Body, Bounds
from govgate.ports import Surroundings, Table
from govgate.records import Place, Record


class Options(Record):
    """How to read the inputs, such as column names; stands under `collect:` in a rule."""


O = TypeVar("O", bound=Options)  # noqa: E741 -- the options, as B is the body


@dataclass(frozen=True)
class Measured:
    """What was seen, and how much was looked at."""

    body: Body
    population: Mapping[str, int]
    """Such as {"rows": 16281, "groups": 2}; a zero fails every gate."""


class Collector(ABC, Generic[O]):
    """Turns tables into evidence. Subclass as `class DriftCollector(Collector[DriftOptions])`."""

    kind: ClassVar[str]
    """The `KIND` of the bodies it makes."""

    needs: ClassVar[tuple[str, ...]]
    """Names of the tables it reads, such as ("predictions",)."""

    may_use: ClassVar[tuple[str, ...]] = ()
    """Names of tables it reads when they are handed over, such as ("population",)."""

    options_type: ClassVar[type[Any]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Read the options type from the class header."""
        super().__init_subclass__(**kwargs)
        (cls.options_type,) = get_args(cls.__orig_bases__[0])  # type: ignore[attr-defined]

    @abstractmethod
    def measure(self, tables: Mapping[str, Table], options: O, bounds: Bounds) -> Measured:
        """Measure what is there.

        Args:
            tables: One table for each name in `needs`, and for those in `may_use` that were
                handed over.
            options: How to read them.
            bounds: The rule's bounds, for what to measure (such as which attributes),
                never for what to conclude.

        Returns:
            The body, and the population it speaks of.

        Raises:
            EvidenceError: A column is absent or holds what it may not; nothing was measured.
        """


class PlaceOptions(Options):
    """Where to look."""

    places: tuple[Place, ...] = Field(min_length=1)
    """Files, folders and "s3://bucket/prefix"; a path begins at the project's folder."""

    most_files: int = Field(default=1000, ge=1, le=10_000)
    """How many of each place to look into; the others are counted."""


P = TypeVar("P", bound=PlaceOptions)


class Survey(Collector[P]):
    """Turns what is found at places into evidence. Subclass as `class Access(Survey[...])`."""

    needs = ()

    @abstractmethod
    def survey(self, around: Surroundings, options: P) -> Measured:
        """Look around, and say what is there; what cannot be found out is said to be unknown.

        Args:
            around: The places.
            options: Which of them.

        Returns:
            The body, and the population it speaks of.
        """

    def measure(self, tables: Mapping[str, Table], options: P, bounds: Bounds) -> Measured:
        """Refuse: what is to be measured are places.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError


_LONGEST, _LONGEST_TOLD = 200, 250


def line(said: object) -> str:
    """Make one line of a name, not too long for a record."""
    return " ".join(str(said).split())[:_LONGEST].strip() or "(no name)"


def told(why: Exception) -> str:
    """Make one line of an error, whose next step is kept where it is too long."""
    text = " ".join(str(why).split())
    if len(text) <= _LONGEST_TOLD:
        return text or type(why).__name__
    step = text.rpartition("; ")[2][: _LONGEST_TOLD // 2]
    return f"{text[: _LONGEST_TOLD - len(step) - 5]}...; {step}"
