"""Pictures of evidence, said in numbers: what is drawn, not how.

Room:        plot
Holds:       the two shapes a gate's picture may have
May import:  pydantic
May touch:   nothing
Rule:        a picture is made from a body and bounds alone, so an auditor draws the same one
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bars:
    """One or more series of numbers over the same labels: a distribution laid over another."""

    title: str
    labels: tuple[str, ...]
    """What stands along the axis, in order, such as "18 to 25" or "k = 1"."""

    series: dict[str, tuple[float, ...]]
    """Name of a series to one number a label."""

    unit: str
    """Of the numbers, such as "share of rows"."""


@dataclass(frozen=True)
class Span:
    """A value and where the truth lies; `low` equals `high` where nothing is uncertain."""

    label: str
    low: float
    value: float
    high: float


@dataclass(frozen=True)
class Spans:
    """Values with their intervals, one below the other, against a limit."""

    title: str
    spans: tuple[Span, ...]
    unit: str
    limits: tuple[float, ...] = field(default=())
    """Where the policy draws its lines; none when nothing is limited."""


Plot = Bars | Spans
