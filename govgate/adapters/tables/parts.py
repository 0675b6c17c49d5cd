"""Files as parts of one table, and the table that they make.

Source: docs/spec/tables.md, "Files".
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from govgate.adapters.tables.blobs import Blob
from govgate.adapters.tables.forms import Form, Wanted, pieces_of
from govgate.adapters.tables.plain import present, reading
from govgate.errors import EvidenceError
from govgate.ports import Done, Part, Workers
from govgate.tree import FileDigest, TreeDigest


@dataclass(frozen=True)
class FilePart:
    """Implements `ports.Part` for one file."""

    name: str
    blob: Blob
    form: Form
    columns: tuple[str, ...]
    """In the table's order, those that the path gives at the end."""

    rows: int | None = None
    types: Mapping[str, Any] = field(default_factory=dict)
    """Name to the table's Arrow type; empty where the file is the whole table."""

    given: Mapping[str, str | int | None] = field(default_factory=dict)
    """Name to the one value that the part's path gives all rows."""

    @property
    def size(self) -> int:
        """See `ports.Part.size`."""
        return self.blob.size

    def digest(self) -> FileDigest:
        """See `ports.Part.digest`."""
        return FileDigest(self.name, self.blob.sha256(), self.blob.size)

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        """See `ports.Part.batches`."""
        asked = present(columns, self.columns, self.blob.where)
        # Rows can only be counted by a column that is in the file.
        held = [name for name in asked if name not in self.given] or [self.columns[0]]
        wanted = Wanted(held, [n for n in categorical if n in held], self._read_as(held))
        with reading(self.blob.where), self.blob.open() as file:
            for batch in pieces_of(self.form, file, wanted):
                yield self._fitted(batch, asked, categorical)

    def _read_as(self, held: Sequence[str]) -> dict[str, Any]:
        import pyarrow as pa

        types = {name: self.types[name] for name in held if name in self.types}
        return {
            name: kind.value_type if pa.types.is_dictionary(kind) else kind
            for name, kind in types.items()
        }

    def _fitted(self, batch: Any, asked: Sequence[str], categorical: Sequence[str]) -> Any:
        """Give the columns asked for, each as the whole table has it."""
        import pyarrow as pa

        arrays = []
        for name in asked:
            if name in self.given:
                array = pa.repeat(pa.scalar(self.given[name], self.types[name]), batch.num_rows)
                arrays.append(array.dictionary_encode() if name in categorical else array)
                continue
            array, kind = batch.column(name), self.types.get(name)
            if kind is None or name in categorical or array.type == kind:
                arrays.append(array)
            elif pa.types.is_dictionary(kind):
                arrays.append(array.dictionary_encode().cast(kind))
            else:
                arrays.append(array.cast(kind))
        return pa.RecordBatch.from_arrays(arrays, names=[*asked])


class PartedTable:
    """Implements `ports.Table` over parts that workers can read."""

    def __init__(
        self, where: str, parts: Sequence[Part], columns: tuple[str, ...], workers: Workers | None
    ) -> None:
        """Take the manifest.

        Args:
            where: What it is, for people.
            parts: At least one.
            columns: Names of the columns, which every part has.
            workers: Who does the work where there are several parts; None does it here, one by one.

        Raises:
            EvidenceError: Two parts have one name.
        """
        self._where, self.parts, self._workers = where, tuple(parts), workers
        self.columns = columns
        counts = Counter(part.name for part in parts)
        if twice := [name for name, count in counts.items() if count > 1]:
            msg = f"{where} has two parts named {twice[0]!r}; remove one"
            raise EvidenceError(msg)

    @property
    def digest(self) -> str:
        """A single file's digest, or the tree digest of the parts."""
        if len(self.parts) == 1:
            return f"sha256:{self.parts[0].digest().sha256}"
        found = sorted(self.each(_digest), key=lambda part: part.path.encode())
        return TreeDigest(tuple(found)).content

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        """See `ports.Table.batches`."""
        wanted = present(columns, self.columns, self._where)
        for part in self.parts:
            yield from part.batches(wanted, categorical=categorical)

    def each(self, job: Callable[[Part], Done]) -> Iterator[Done]:
        """See `ports.Table.each`.

        Raises:
            EvidenceError: A part was done twice, or not at all.
        """
        if len(self.parts) == 1 or self._workers is None:
            yield from map(job, self.parts)
            return
        left = {part.name for part in self.parts}
        for name, done in self._workers.run(job, self.parts):
            if name not in left:
                msg = f"the workers gave part {name!r} of {self._where} twice; look at their log"
                raise EvidenceError(msg)
            left.remove(name)
            yield done
        if left:
            msg = f"the workers left out part {min(left)!r} of {self._where}; look at their log"
            raise EvidenceError(msg)


def _digest(part: Part) -> FileDigest:
    return part.digest()
