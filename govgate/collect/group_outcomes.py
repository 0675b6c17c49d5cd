"""Counts people by group, by what the model said and by what was true.

Source: one joint count table answers every group metric (the confusion matrix of each
combination of groups); see docs/reference/gates/bias.md.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from govgate.collector import Collector, Measured, Options
from govgate.errors import EvidenceError
from govgate.gate import Bounds
from govgate.gates.bias import BiasBounds, GroupOutcomes
from govgate.ports import Table
from govgate.records import LabelledCell, UnlabelledCell

_MOST_GROUPS = 10_000
"""More is no attribute but a name or a number of each person."""

_MOST_KEYS = 2**62
"""Groups crossed, times outcomes, numbered in 64 bits."""

_UNKNOWN = "unknown"
_OUTCOMES = ("tn", "fp", "fn", "tp")
"""In the order of 2 x label + prediction."""


class GroupOutcomesOptions(Options):
    """Which columns hold what."""

    label: str | None = "label"
    """Column of what was true; null when nobody knows."""

    prediction: str = "prediction"
    """Column of what the model decided."""

    positive: str | int | bool | None = None
    """Value that means selected, in both columns; null takes 0 and 1, or booleans."""


class GroupOutcomesCollector(Collector[GroupOutcomesOptions]):
    """Adds up one count table over the attributes that the bounds ask for."""

    kind = GroupOutcomes.KIND
    needs = ("predictions",)

    def measure(
        self, tables: Mapping[str, Table], options: GroupOutcomesOptions, bounds: Bounds
    ) -> Measured:
        """See `Collector.measure`.

        Raises:
            EvidenceError: A column is absent or holds what it may not, or there are no rows.
        """
        if not isinstance(bounds, BiasBounds):
            msg = f"{self.kind} needs bounds that name attributes; use the bounds of gate bias"
            raise EvidenceError(msg)
        attributes = tuple(dict.fromkeys(a for grouping in bounds.attributes for a in grouping))
        outcomes = [options.prediction] + ([options.label] if options.label is not None else [])
        table = tables["predictions"]
        _refuse_absent(table, [*attributes, *outcomes])
        count = _Count(attributes, [_Outcome(name, options.positive) for name in outcomes])
        for batch in table.batches(
            list(dict.fromkeys([*attributes, *outcomes])), categorical=attributes
        ):
            count.add(batch)
        return count.measured()


@dataclass
class _Outcome:
    """One column of yes and no, and what was odd about it."""

    column: str
    positive: str | int | bool | None
    nulls: int = 0
    hits: int = 0

    def bits(self, array: Any) -> Any:
        """Give true or false for each row, or None when some are missing."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        missing = pc.sum(pc.is_null(array, nan_is_null=True)).as_py() or 0
        self.nulls += missing
        if missing:
            return None
        bits = self._decided(array)
        self.hits += int(bits.sum())
        return bits

    def _decided(self, array: Any) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        is_text = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
        is_number = pa.types.is_integer(array.type) or pa.types.is_floating(array.type)
        if not is_text and not is_number and not pa.types.is_boolean(array.type):
            self._refuse(f"holds {array.type}; write it as 0 and 1, booleans or text")
        if self.positive is None and is_text:
            self._refuse(f"holds text such as {array[0].as_py()!r}; set collect.positive")
        if self.positive is not None and is_text != isinstance(self.positive, str):
            self._refuse(
                f"holds {array.type}, collect.positive is {self.positive!r}; write "
                "predictions and labels alike, and name one of their values"
            )
        if is_text:
            return pc.equal(array, self.positive).to_numpy(zero_copy_only=False)
        values = array.to_numpy(zero_copy_only=False)
        bits = values == (1 if self.positive is None else self.positive)
        if self.positive is None and not (bits | (values == 0)).all():
            self._refuse_number(values[~bits & (values != 0)][0])
        return bits

    def _refuse_number(self, value: Any) -> None:
        if 0 < value < 1:
            self._refuse(f"holds scores such as {value:g}; decide on a threshold, write 0 and 1")
        self._refuse(f"holds {value:g} besides 0 and 1; set collect.positive to what is selected")

    def _refuse(self, why: str) -> NoReturn:
        msg = f"column {self.column!r} {why}"
        raise EvidenceError(msg)


class _Count:
    """The count table as it grows, piece by piece."""

    def __init__(self, attributes: Sequence[str], outcomes: Sequence[_Outcome]) -> None:
        self.attributes = tuple(attributes)
        self.outcomes = outcomes
        self.rows = 0
        self.people: dict[tuple[str, ...], list[int]] = {}
        """Groups to people, in the order of `_OUTCOMES` or of (passed over, selected)."""

        self._codes: list[dict[str, int]] = [{} for _ in attributes]
        """For each attribute its groups, numbered by first sight."""

    def add(self, batch: Any) -> None:
        """Count the rows of one piece; a piece with missing values is left to `measured`."""
        import numpy as np

        self.rows += batch.num_rows
        read = [outcome.bits(batch.column(outcome.column)) for outcome in self.outcomes]
        if any(bits is None for bits in read):
            return
        key = np.zeros(batch.num_rows, np.int64)
        for name, codes in zip(self.attributes, self._codes, strict=True):
            code = _coded(batch.column(name), codes)
            self._refuse_many(len(codes))
            key = key * len(codes) + code
        for bits in reversed(read):
            key = key * 2 + bits
        self._tally(key, [len(codes) for codes in self._codes], 2 ** len(read))

    def _tally(self, key: Any, sizes: list[int], width: int) -> None:
        import numpy as np

        possible = math.prod(sizes) * width
        if possible > _MOST_KEYS:
            self._refuse_many(possible)
        if possible <= len(key):
            people = np.bincount(key, minlength=possible)
            seen = np.flatnonzero(people)
            people = people[seen]
        else:
            seen, people = np.unique(key, return_counts=True)
        groups = np.unravel_index(seen // width, sizes)
        names = [list(codes) for codes in self._codes]
        for *where, outcome, count in zip(*groups, seen % width, people, strict=True):
            values = tuple(names[i][code] for i, code in enumerate(where))
            self.people.setdefault(values, [0] * width)[outcome] += int(count)
        self._refuse_many(len(self.people))

    def measured(self) -> Measured:
        """Give the table, once every row was counted.

        Raises:
            EvidenceError: There were no rows, some were missing, or nothing was selected.
        """
        for outcome in self.outcomes:
            if outcome.nulls:
                msg = f"{outcome.nulls} of {self.rows} values of column {outcome.column!r} are "
                msg += "missing; give every person one, or leave those people out on purpose"
                raise EvidenceError(msg)
        if not self.rows:
            msg = "the predictions have no rows; evaluate the model on people"
            raise EvidenceError(msg)
        positive = self.outcomes[0].positive
        if positive is not None and not any(outcome.hits for outcome in self.outcomes):
            columns = " and ".join(repr(outcome.column) for outcome in self.outcomes)
            msg = f"{positive!r} never occurs in {columns}; correct collect.positive"
            raise EvidenceError(msg)
        body = GroupOutcomes(attributes=self.attributes, cells=self._cells())
        return Measured(body, {"rows": self.rows, "groups": len(self.people)})

    def _cells(self) -> tuple[LabelledCell, ...] | tuple[UnlabelledCell, ...]:
        table = sorted(self.people.items())
        if len(self.outcomes) == 1:
            return tuple(
                UnlabelledCell(groups=g, passed_over=n[0], selected=n[1]) for g, n in table
            )
        return tuple(
            LabelledCell(groups=g, **dict(zip(_OUTCOMES, n, strict=True))) for g, n in table
        )

    def _refuse_many(self, groups: int) -> None:
        if groups > _MOST_GROUPS:
            msg = f"{' and '.join(self.attributes)} make more than {_MOST_GROUPS} groups; "
            msg += "name attributes that people share, such as an age band"
            raise EvidenceError(msg)


def _coded(array: Any, codes: dict[str, int]) -> Any:
    """Number each row's group, adding groups not seen before to `codes`."""
    import numpy as np
    import pyarrow as pa

    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    groups = array.dictionary.to_pylist()
    # an index of int8 has no room for one more group
    indices = array.indices.cast(pa.int64()).fill_null(len(groups))
    indices = indices.to_numpy(zero_copy_only=False)
    used = np.bincount(indices, minlength=len(groups) + 1) > 0
    number = np.zeros(len(groups) + 1, np.int64)
    for place in np.flatnonzero(used):
        group = groups[place] if place < len(groups) else None
        name = _UNKNOWN if _is_missing(group) else str(group)
        number[place] = codes.setdefault(name, len(codes))
    return number[indices]


def _is_missing(group: Any) -> bool:
    return group is None or group == "" or group != group  # noqa: PLR0124 -- NaN alone is not itself


def _refuse_absent(table: Table, columns: Sequence[str]) -> None:
    if absent := [name for name in columns if name not in table.columns]:
        msg = f"the predictions have no column {absent[0]!r}, only {', '.join(table.columns)}; "
        msg += "add it, or name the right one in the policy"
        raise EvidenceError(msg)
