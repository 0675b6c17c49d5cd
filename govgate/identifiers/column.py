"""One column, looked at batch by batch: every cell is sieved, few are looked at closely."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from govgate.identifiers.catalogue import chosen, says
from govgate.identifiers.cells import Distinct, cells_of
from govgate.identifiers.found import IdentifierOptions
from govgate.identifiers.gates import DIGEST
from govgate.identifiers.kind import Kind
from govgate.identifiers.sample import Sample, cheap_hashes, whole_hash
from govgate.identifiers.seen import VALID, encoded, look_for, token

_SHARE = 2
"""Half of the sample is enough for each kind's matches."""


@dataclass
class Matched:
    """What was seen of one kind."""

    sample: Sample
    rows: int = 0
    """Rows that the sieve let through."""


@dataclass
class ColumnLook:
    """What was seen of a column so far."""

    name: str
    options: IdentifierOptions
    values: Sample = field(repr=False)
    rows: int = 0
    nulls: int = 0
    cut: int = 0
    matched: dict[str, Matched] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, name: str, options: IdentifierOptions) -> "ColumnLook":
        """Begin, having seen nothing."""
        chosen(options.kinds)
        return cls(name, options, Sample(options.sample))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Kinds that are looked for."""
        return chosen(self.options.kinds)

    @property
    def spoken(self) -> tuple[Kind, ...]:
        """Kinds that the column's name may speak of."""
        return tuple(
            kind
            for kind in self.kinds
            if says(self.name, kind.named) or says(self.name, kind.hinted)
        )

    def add(self, array: Any) -> None:
        """Look at one more batch."""
        cells = cells_of(array)
        self.rows += cells.rows
        self.nulls += cells.nulls
        self.cut += cells.cut
        _Batch(self, cells.spelled).sieve()
        _Batch(self, cells.measured).sample()

    def joined(self, other: "ColumnLook") -> "ColumnLook":
        """Join with what was seen of other rows."""
        both = replace(
            self,
            values=_both(self.values, other.values),
            rows=self.rows + other.rows,
            nulls=self.nulls + other.nulls,
            cut=self.cut + other.cut,
            matched={},
        )
        for name in sorted(self.matched.keys() | other.matched.keys()):
            one, two = (each.matched.get(name) or both.nothing() for each in (self, other))
            both.matched[name] = Matched(_both(one.sample, two.sample), one.rows + two.rows)
        return both

    def nothing(self) -> Matched:
        """Begin with a kind."""
        return Matched(Sample(max(100, self.options.sample // _SHARE)))


def _both(one: Sample, two: Sample) -> Sample:
    both = Sample(one.limit, dict(one.kept))
    both.add(two.kept)
    return both


class _Batch:
    """The distinct texts of one batch on their way into a look."""

    def __init__(self, seen: ColumnLook, cells: Distinct) -> None:
        import pyarrow as pa

        self._seen, self._cells = seen, cells
        self._raw = cells.texts.cast(pa.large_binary()).to_pylist()
        self._cheap = cheap_hashes(self._raw)
        self._gates: dict[str, Any] = {}

    def sample(self) -> None:
        """Look at some of the values as wholes."""
        spoken, every = self._seen.spoken, np.arange(len(self._raw))
        self._sample(self._seen.values, every, lambda text: self._closely(text, spoken))

    def sieve(self) -> None:
        """Look for every kind in every text, and at some of the values as wholes."""
        self.sample()
        for kind in self._seen.kinds:
            places = self._sieved(kind)
            if len(places):
                matched = self._seen.matched.setdefault(kind.name, self._seen.nothing())
                matched.rows += int(self._cells.counts[places].sum())
                regions = self._seen.options.regions
                self._sample(matched.sample, places, partial(look_for, kind, regions=regions))

    def _sample(self, sample: Sample, places: Any, closely: Callable[[str], int]) -> None:
        new: dict[int, tuple[int, int]] = {}
        for nth in sample.wanted(self._cheap[places]):
            at = int(places[nth])
            key = whole_hash(self._raw[at], int(self._cheap[at]))
            before = new.get(key, (0, 0))
            known = before[1] or sample.kept.get(key, (0, 0))[1]
            note = known or closely(self._raw[at].decode("utf-8", "replace"))
            new[key] = (before[0] + int(self._cells.counts[at]), note)
        sample.add(new)

    def _closely(self, text: str, spoken: Sequence[Kind]) -> int:
        """Note what the whole cell is, as bits: token, then kinds it fits, then kinds inside."""
        kinds, regions = self._seen.kinds, self._seen.options.regions
        bits = token(text)
        for kind in spoken:
            bits |= kind.fits(text.strip(), regions) << (1 + kinds.index(kind))
        if said := encoded(text):
            for number, kind in enumerate(kinds):
                if kind.form and kind.alone and look_for(kind, said, regions) & VALID:
                    bits |= 1 << (1 + len(kinds) + number)
        return bits

    def _sieved(self, kind: Kind) -> Any:
        """Return places of the texts that may hold a kind."""
        if not kind.sieved:
            return ()
        behind = self._behind(kind.gate)
        return self._hits(behind, kind.sieved) if len(behind) else behind

    def _behind(self, gate: str) -> Any:
        """Return places of the texts that a gate lets through; "" is the gate of them all."""
        if gate not in self._gates:
            self._gates[gate] = (
                self._hits(self._behind(""), gate) if gate else self._hits(None, DIGEST, but=True)
            )
        return self._gates[gate]

    def _hits(self, places: Any, expression: str, *, but: bool = False) -> Any:
        """Return those of the places whose texts fit, or with `but` those that do not."""
        import pyarrow.compute as pc

        every = places is None or len(places) == len(self._cells.texts)
        texts = self._cells.texts if every else self._cells.texts.take(places)
        hits = pc.match_substring_regex(texts, expression).to_numpy(zero_copy_only=False)
        return np.flatnonzero(hits != but) if places is None else places[hits != but]
