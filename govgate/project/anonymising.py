"""Make a table fit to be released under the policy, and look at it as a stranger would."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from govgate.adapters.release_file import new_release
from govgate.adapters.secret_files import FileSecrets
from govgate.anonymise import (
    Cells,
    Hierarchy,
    Proposal,
    Rewriting,
    Rung,
    Search,
    count_cells,
    ladder_of,
)
from govgate.canon import canonical
from govgate.collect.anonymity import AnonymityCollector, AnonymityOptions, require_declared
from govgate.errors import EvidenceError, PolicyError
from govgate.gates.anonymisation import Anonymisation, AnonymisationBounds, Anonymity
from govgate.policy import read_record
from govgate.ports import Table
from govgate.project.measuring import open_table
from govgate.project.settings import read_text
from govgate.records import Digest, Finding, Record, Word

if TYPE_CHECKING:
    from govgate.project.front import Project

_KEY_BYTES = 32
_KEYS = Path("keys", "pseudonyms")
"""Folder of the keys of pseudonyms, below the project's; ignored by git as all keys are."""


class Hierarchies(Record):
    """A file that says how columns are generalised."""

    columns: dict[Word, Hierarchy] = Field(min_length=1)


class Written(Record):
    """How one quasi-identifier is written."""

    how: Word
    """Such as "bands of 10"."""

    loss: float
    """From 0 (as it was) to 1 (one value for all)."""


class Report(Record):
    """What a release lost and what can still be learnt from it; no value of any row."""

    source: Digest
    """Of the table that was read."""

    release: Digest | None
    """Of the file that was written; None when it was only proposed."""

    columns: dict[Word, Written]
    pseudonyms: tuple[Word, ...]
    dropped: tuple[Word, ...]
    rows: int
    """Of the table that was read."""

    suppressed: int
    """Rows that are left out."""

    ncp: float
    """Normalised certainty penalty of the other rows: mean of the columns' losses."""

    discernibility: int
    findings: tuple[Finding, ...]
    """Of the gate, about the file that was written; none when it was only proposed."""


@dataclass(frozen=True)
class Wish:
    """What a person asks for besides the policy."""

    hierarchies: Path | None = None
    dropped: Sequence[str] = ()
    max_suppressed: float = 0.05
    """Share of the rows that may be left out, from 0 to 1."""

    key: str = "release"
    """Name of the key that pseudonyms are made with; made when there is none."""


class Anonymising:
    """One table, on its way to a release that the policy's gate passes."""

    def __init__(self, project: "Project", source: Path, wish: Wish) -> None:
        """Read what the policy and the person want of a table.

        Raises:
            PolicyError: The policy has no rule for it.
            EvidenceError: A column is undeclared or absent, or a share is none.
        """
        rule = next((r for r in project.policy.rules if r.gate == Anonymisation.name), None)
        if rule is None:
            msg = f"{project.policy.title} has no rule for gate {Anonymisation.name}; add one that "
            raise PolicyError(msg + "says what each column is")
        self._bounds = AnonymisationBounds.model_validate(rule.read_bounds())
        self._options = AnonymityOptions.model_validate_json(canonical(rule.collect))
        self._keys = FileSecrets(project.folder / _KEYS)
        self._wish, self._table = wish, open_table(source)
        self._asked = _hierarchies(wish.hierarchies)
        self._columns = _left(self._table, wish.dropped)
        require_declared(self._columns, self._options)
        if not 0 <= wish.max_suppressed <= 1:
            msg = f"--max-suppressed {wish.max_suppressed} is no share; give one from 0 to 1"
            raise EvidenceError(msg)

    def propose(self) -> Report:
        """Find what has to be generalised and left out, and write nothing.

        Raises:
            EvidenceError: The table cannot be read, or no way is enough.
        """
        cells, ladders, proposal = self._search()
        return self._report(cells, ladders, proposal, None, ())

    def release(self, output: Path) -> Report:
        """Write the release to a new file, once the gate passed what was written.

        Raises:
            EvidenceError: The table cannot be read, no way is enough, or the gate says no.
            StoreError: The file is there already, or cannot be written.
        """
        cells, ladders, proposal = self._search()
        keys = {name: self._key() for name in self._options.pseudonyms}
        pieces = self._table.batches(self._columns, categorical=self._texts())
        rewritten = Rewriting(cells, ladders, proposal).rewrite(pieces, keys)
        with new_release(output, rewritten) as written:
            found = self._judged(open_table(written))
            digest = open_table(written).digest
        return self._report(cells, ladders, proposal, digest, found)

    def _search(self) -> tuple[Cells, dict[str, tuple[Rung, ...]], Proposal]:
        options = self._options
        secret = dict.fromkeys(options.sensitive, False) | dict.fromkeys(options.ordered, True)
        names = [*options.quasi_identifiers, *secret]
        cells = count_cells(self._table.batches(names, categorical=self._texts(names)), names)
        rows = int(cells.rows.sum())
        if not rows:
            msg = "the table has no rows; there is nothing to release"
            raise EvidenceError(msg)
        ladders = {name: self._ladder(cells, name) for name in options.quasi_identifiers}
        most = int(self._wish.max_suppressed * rows)
        return cells, ladders, Search(cells, ladders, secret, self._bounds, most).best()

    def _ladder(self, cells: Cells, name: str) -> tuple[Rung, ...]:
        return ladder_of(cells.distinct[name], cells.rows_of(name), self._asked.get(name))

    def _texts(self, among: Sequence[str] = ()) -> list[str]:
        """Columns that are read as they stand, so that a code keeps its zeros."""
        texts = {n for n, asked in self._asked.items() if not asked.bands}
        texts |= {*self._options.pseudonyms, *self._options.sensitive}
        return [name for name in among or self._columns if name in texts]

    def _key(self) -> bytes:
        key = self._keys.read(self._wish.key)
        if key is None:
            self._keys.put(self._wish.key, secrets.token_bytes(_KEY_BYTES))
            key = self._keys.read(self._wish.key)
        if key is None or len(key) != _KEY_BYTES:
            msg = f"{_KEYS / self._wish.key} is no key of {_KEY_BYTES} bytes; name another key"
            raise EvidenceError(msg)
        return key

    def _judged(self, written: Table) -> tuple[Finding, ...]:
        """Measure what was written, as evidence is measured, and ask the gate.

        Raises:
            EvidenceError: It says no.
        """
        tables = {"release": written}
        body = AnonymityCollector().measure(tables, self._options, self._bounds).body
        seen = Anonymity.model_validate(body)
        found = tuple(Anonymisation().judge(seen, self._bounds))
        if failed := [finding for finding in found if not finding.satisfied]:
            first = failed[0]
            why = f"{first.about} is {first.observed}, must be {first.limit}"
            msg = f"nothing was written, as the gate says no: {why}; "
            raise EvidenceError(msg + first.remedy)
        return found

    def _report(
        self,
        cells: Cells,
        ladders: Mapping[str, Sequence[Rung]],
        proposal: Proposal,
        release: str | None,
        findings: tuple[Finding, ...],
    ) -> Report:
        rungs = zip(ladders.items(), proposal.heights, strict=True)
        return Report(
            source=self._table.digest,
            release=release,
            columns={n: Written(how=r[at].name, loss=r[at].loss) for (n, r), at in rungs},
            pseudonyms=self._options.pseudonyms,
            dropped=tuple(self._wish.dropped),
            rows=int(cells.rows.sum()),
            suppressed=proposal.suppressed,
            ncp=proposal.ncp,
            discernibility=proposal.discernibility,
            findings=findings,
        )


def _hierarchies(path: Path | None) -> dict[str, Hierarchy]:
    if path is None:
        return {}
    return read_record(read_text(path), Hierarchies, path.name)[0].columns


def _left(table: Table, dropped: Sequence[str]) -> list[str]:
    """Columns of a table without the dropped ones.

    Raises:
        EvidenceError: There is no such column.
    """
    if absent := [name for name in dropped if name not in table.columns]:
        msg = f"there is no column {absent[0]!r} to drop; name one of {', '.join(table.columns)}"
        raise EvidenceError(msg)
    return [name for name in table.columns if name not in dropped]
