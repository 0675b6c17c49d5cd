"""Which columns are asked for, and what group a row belongs to."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from govgate.errors import EvidenceError
from govgate.profile.coding import Value, coded

MOST_GROUPS = 10_000
"""More is no attribute but a name or a number of each person."""

Integers = npt.NDArray[np.int64]

_UNKNOWN = "unknown"
_DENSE = 1 << 20
"""Up to so many possible combinations a place for each is the fastest way."""


@dataclass(frozen=True)
class Asked:
    """Columns by what they hold."""

    attributes: tuple[str, ...]
    label: str | None
    prediction: str
    score: str | None
    person: str | None
    positive: str | int | bool | None
    probabilities: bool = False
    """Whether scores must be probabilities."""

    def columns(self, task: str) -> tuple[str, ...]:
        """Give the columns that a task reads, each once."""
        said: list[str | None] = [self.score] if task == "ranking" else [self.prediction]
        if task == "binary":
            said.append(self.score)
        known = [*self.attributes, self.label, *said, self.person]
        return tuple(dict.fromkeys(name for name in known if name is not None))


@dataclass(frozen=True)
class Part:
    """What was counted for one part of a body."""

    body: Mapping[str, Any]
    population: Mapping[str, int]
    spans: int | None = None
    """The most cells that one person stands in; None where rows are people."""


@dataclass
class Groups:
    """Combinations of groups as they come up, numbered by first sight."""

    attributes: Sequence[str]
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)

    def of(self, batch: Any) -> Integers:
        """Number each row's combination of groups."""
        parts = [coded(batch.column(name), name) for name in self.attributes]
        sizes = [len(values) for _, values in parts]
        if math.prod(sizes) >= 1 << 62:
            refuse_many(self.attributes)
        key = np.zeros(batch.num_rows, np.int64)
        for (codes, _), size in zip(parts, sizes, strict=True):
            key *= size
            key += codes
        if math.prod(sizes) <= _DENSE:
            used = np.flatnonzero(np.bincount(key, minlength=1))
            place = np.zeros(math.prod(sizes), np.int64)
            place[used] = self._numbered(used, [values for _, values in parts], sizes)
            return place[key]
        used, inverse = np.unique(key, return_inverse=True)
        return self._numbered(used, [values for _, values in parts], sizes)[inverse]

    def _numbered(
        self, used: Integers, values: Sequence[Sequence[Value]], sizes: Sequence[int]
    ) -> Integers:
        found = []
        for codes in zip(*(c.tolist() for c in np.unravel_index(used, sizes)), strict=True):
            groups = tuple(name_of(v[code]) for v, code in zip(values, codes, strict=True))
            found.append(self.numbers.setdefault(groups, len(self.numbers)))
        if len(self.numbers) > MOST_GROUPS:
            refuse_many(self.attributes)
        return np.array(found, np.int64)

    def in_order(self) -> list[tuple[tuple[str, ...], int]]:
        """Give each combination and its number, by name."""
        return sorted(self.numbers.items())


def name_of(value: Value) -> str:
    """Name a group; what is missing or empty is "unknown"."""
    return _UNKNOWN if value is None or value == "" else str(value)


def refuse_many(attributes: Sequence[str]) -> NoReturn:
    """Say that there are too many groups.

    Raises:
        EvidenceError: Always.
    """
    msg = f"{' and '.join(attributes)} make more than {MOST_GROUPS} groups; "
    msg += "name attributes that people share, such as an age band"
    raise EvidenceError(msg)


def refuse_missing(column: str, missing: int, rows: int) -> None:
    """Say how many values of a column are missing, if any are.

    Raises:
        EvidenceError: Some are.
    """
    if missing:
        msg = f"{missing} of {rows} values of column {column!r} are missing; give every person "
        msg += "one, or leave those people out on purpose"
        raise EvidenceError(msg)


def refuse_nobody(rows: int) -> None:
    """Say that there are no rows, if there are none.

    Raises:
        EvidenceError: There are none.
    """
    if not rows:
        msg = "the predictions have no rows; evaluate the model on people"
        raise EvidenceError(msg)


def refuse_absent(columns: Sequence[str], asked: Sequence[str]) -> None:
    """Say which column is absent, or there twice.

    Raises:
        EvidenceError: One is.
    """
    if absent := [name for name in asked if name not in columns]:
        msg = f"the predictions have no column {absent[0]!r}, only {', '.join(columns)}; "
        msg += "add it, or name the right one in the policy"
        raise EvidenceError(msg)
    if twice := [name for name in asked if columns.count(name) > 1]:
        msg = f"the predictions have two columns {twice[0]!r}; write each column once"
        raise EvidenceError(msg)
