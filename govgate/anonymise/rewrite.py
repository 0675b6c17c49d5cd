"""Writes a table's rows as they were proposed: coarser, some left out, keys for names.

Source: HMAC, RFC 2104, with SHA-256.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from govgate.anonymise.cells import Cells, Coder, as_texts
from govgate.anonymise.ladder import Rung
from govgate.anonymise.search import Proposal
from govgate.measures.anonymity import Ints

_CHARACTERS = 32
"""128 bits of the keyed hash: no two of 10**15 people share one by chance."""

PSEUDONYM = rf"^[0-9a-f]{{{_CHARACTERS}}}$"
"""What a pseudonym looks like; a name or a number in clear does not."""


class Rewriting:
    """Rewrites pieces of the table that a proposal was made for."""

    def __init__(
        self, cells: Cells, ladders: Mapping[str, Sequence[Rung]], proposal: Proposal
    ) -> None:
        """Take what was proposed.

        Args:
            cells: What the proposal was made on.
            ladders: Quasi-identifier to its rungs, as the proposal numbers them.
            proposal: Which rung of each, and which cells are kept.
        """
        self._rungs = {
            name: rungs[height]
            for (name, rungs), height in zip(ladders.items(), proposal.heights, strict=True)
        }
        self._coders = {}
        for name in self._rungs:
            self._coders[name] = Coder(name)
            self._coders[name].values = cells.distinct[name]
        codes = [rung.groups[cells.codes[name]] for name, rung in self._rungs.items()]
        self._classes = _Known([column[proposal.kept] for column in codes])

    def rewrite(self, batches: Iterable[Any], keys: Mapping[str, bytes]) -> Iterator[Any]:
        """Yield the pieces anew, without the rows that are left out.

        Args:
            batches: Pieces with every column that is released.
            keys: Column to the key of its pseudonyms.
        """
        import pyarrow as pa

        for batch in batches:
            codes = {name: coder.codes(batch.column(name)) for name, coder in self._coders.items()}
            groups = {name: self._rungs[name].groups[column] for name, column in codes.items()}
            kept = pa.array(self._classes.holds([*groups.values()], batch.num_rows))
            columns = [
                self._column(name, column, groups.get(name), keys.get(name))
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names).filter(kept)

    def _column(self, name: str, column: Any, groups: Ints | None, key: bytes | None) -> Any:
        import pyarrow as pa

        if key is not None:
            return pseudonyms(column, name, key)
        if groups is None or not self._rungs[name].labels:
            return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        return pa.array(self._rungs[name].labels, pa.string()).take(pa.array(groups))


class _Known:
    """Combinations of codes, to be found again without numbering all that could be."""

    def __init__(self, columns: Sequence[Ints]) -> None:
        self._steps: list[tuple[int, Ints]] = []
        number = np.zeros(len(columns[0]), np.int64)
        for codes in columns:
            width = int(codes.max(initial=0)) + 1
            keys = np.unique(number * width + codes)
            number = np.searchsorted(keys, number * width + codes).astype(np.int64)
            self._steps.append((width, keys))

    def holds(self, columns: Sequence[Ints], rows: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        number, held = np.zeros(rows, np.int64), np.ones(rows, np.bool_)
        for (width, keys), codes in zip(self._steps, columns, strict=True):
            held &= codes < width
            key = number * width + codes
            number = np.minimum(np.searchsorted(keys, key), len(keys) - 1).astype(np.int64)
            held &= keys[number] == key
        return held


def pseudonyms(column: Any, name: str, key: bytes) -> Any:
    """Replace each value by a keyed hash of the column's name and the value.

    The same person has the same pseudonym in every release made with the key, and nobody
    without the key can try out names.

    Args:
        column: An Arrow array; what is missing stays missing.
        name: Of the column, so that two columns do not match by accident.
        key: Secret, 32 bytes.
    """
    import pyarrow as pa

    values = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = as_texts(values.dictionary, f"column {name!r}")
    hashed = [
        None if text is None else _hashed(f"{len(name)}:{name}{text}".encode(), key)
        for text in texts
    ]
    return pa.array(hashed, pa.string()).take(values.indices)


def _hashed(message: bytes, key: bytes) -> str:
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_CHARACTERS]
