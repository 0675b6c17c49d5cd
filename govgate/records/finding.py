"""One thing a gate looked at, and what it saw."""

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from govgate.records.base import Record, Word
from govgate.records.limits import AtLeast, Limit


class Answer(StrEnum):
    """How an observation stands to its limit. Only WITHIN satisfies."""

    WITHIN = "within"
    BEYOND = "beyond"
    NOT_ENOUGH_EVIDENCE = "not enough evidence"


class Interval(Record):
    """Where the true value lies, at the confidence the gate's bounds ask for."""

    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            msg = f"interval from {self.low} to {self.high} is inverted"
            raise ValueError(msg)
        return self


class Finding(Record):
    """An observation set against a limit.

    How the two stand follows from them and cannot be set. Where the measure
    has sampling error the finding carries its interval, and the limit must
    admit the interval's unfavourable end.
    """

    about: Word
    """What was looked at, such as "parity gap, sex"."""

    observed: float | str
    limit: Limit
    unit: str
    """UCUM-like: "1" for a ratio, "d" for days, "{person}", "" for a word."""

    interval: Interval | None = None
    """Sampling uncertainty of `observed`, or None where it has none."""

    remedy: str = ""
    """What the engineer does next, in the imperative."""

    @property
    def answer(self) -> Answer:
        """WITHIN when the limit admits all the interval, BEYOND when none of it."""
        if self.interval is None:
            return Answer.WITHIN if self.limit.admits(self.observed) else Answer.BEYOND
        ends = (self.interval.high, self.interval.low)
        unfavourable, favourable = ends[::-1] if isinstance(self.limit, AtLeast) else ends
        if self.limit.admits(unfavourable):
            return Answer.WITHIN
        return Answer.NOT_ENOUGH_EVIDENCE if self.limit.admits(favourable) else Answer.BEYOND

    @property
    def satisfied(self) -> bool:
        """True when the answer is WITHIN."""
        return self.answer is Answer.WITHIN
