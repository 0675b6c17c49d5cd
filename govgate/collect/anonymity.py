"""Counts the rows of a release that look alike, and looks for personal identifiers in it.

Source: docs/reference/gates/anonymisation.md; one group-by answers every measure.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from pydantic import Field

from govgate.anonymise import PSEUDONYM, Cells, count_cells, match_population
from govgate.collector import Collector, Measured, Options
from govgate.errors import EvidenceError
from govgate.gate import Bounds
from govgate.gates.anonymisation import Anonymity
from govgate.identifiers import ColumnIdentifiers, IdentifierOptions, inspect
from govgate.measures.anonymity import Classes, disclosed, grouped
from govgate.measures.reidentification import population_uniques
from govgate.ports import Table
from govgate.records import Word
from govgate.records.anonymity import (
    ClassSizes,
    IdentifierSeen,
    QuasiIdentifier,
    ReleasePopulation,
    SensitiveColumn,
)

_EXACT = 16
"""Class sizes up to here are counted one by one; further ones in ranges that double."""

_LINKS = "unique-per-row"
"""What the evidence calls a token that no two rows share."""

_SHOWN = 5
"""Columns that a message names; nobody reads ten thousand."""


class AnonymityOptions(Options):
    """What each column of the release is; every column must be one of these."""

    quasi_identifiers: tuple[Word, ...] = Field(min_length=1)
    """Columns by which somebody who knows a person could find the row."""

    sensitive: tuple[Word, ...] = ()
    """Columns of what nobody should learn about a person."""

    ordered: tuple[Word, ...] = ()
    """Those likewise, whose values have an order, such as an income: near by is alike."""

    pseudonyms: tuple[Word, ...] = ()
    """Columns of keyed hashes, as `govgate anonymise` writes them."""

    harmless: tuple[Word, ...] = ()
    """Columns that neither find a person nor tell anything about one."""

    regions: tuple[Word, ...] = ("US",)
    """Whose telephone numbers are written without "+", as ISO 3166 codes."""

    population_size: int | None = Field(default=None, ge=1)
    """People whom the release is a random sample of; null when nobody knows."""


class AnonymityCollector(Collector[AnonymityOptions]):
    """Groups the release once, and judges nothing."""

    kind = Anonymity.KIND
    needs = ("release",)
    may_use = ("population",)

    def measure(
        self,
        tables: Mapping[str, Table],
        options: AnonymityOptions,
        bounds: Bounds,  # noqa: ARG002 -- all is measured, whatever is limited
    ) -> Measured:
        """See `Collector.measure`.

        Raises:
            EvidenceError: A column is undeclared, absent or holds what it may not, or there are
                no rows.
        """
        release = tables["release"]
        require_declared(release.columns, options)
        _require_flat(release)
        secrets = (*options.sensitive, *options.ordered)
        cells = _counted(release, options.quasi_identifiers, options)
        rows = int(cells.rows.sum())
        if not rows:
            msg = "the release has no rows; hand over what is to be released"
            raise EvidenceError(msg)
        _require_pseudonyms(release, options.pseudonyms)
        inspected, identifiers = _looked_through(release, options)
        columns = [cells.codes[name] for name in options.quasi_identifiers]
        classes, places = grouped(columns, cells.rows)
        body = Anonymity(
            rows=rows,
            classes=len(classes.rows),
            k=int(classes.rows.min()),
            sizes=_sizes(classes),
            quasi_identifiers=_quasi_identifiers(options.quasi_identifiers, cells, classes, places),
            sensitive={
                name: _sensitive(cells, classes, name, ordered=name in options.ordered)
                for name in secrets
            },
            pseudonyms=options.pseudonyms,
            harmless=options.harmless,
            inspected=inspected,
            identifiers=identifiers,
            population=_population(tables, options, classes),
        )
        return Measured(body, {"rows": rows, "columns": len(release.columns)})


def _looked_through(
    release: Table, options: AnonymityOptions
) -> tuple[int, dict[str, tuple[IdentifierSeen, ...]]]:
    """Look for identifiers in every column, whatever it was declared to be.

    Returns:
        How many columns were looked through, and column to what was found.
    """
    names = release.columns
    found = inspect(release.batches(names), names, IdentifierOptions(regions=options.regions))
    seen = {
        name: tuple(_seen(column, links=name in (*options.harmless, *options.sensitive)))
        for name, column in found.items()
    }
    inspected = sum(c.looked_at > 0 or c.nulls == c.rows for c in found.values())
    return inspected, {name: kinds for name, kinds in sorted(seen.items()) if kinds}


def _seen(column: ColumnIdentifiers, *, links: bool) -> Iterator[IdentifierSeen]:
    for one in column.found:
        if one.decision != "none":
            share, rows = one.share, max(one.rows, 1)
            yield IdentifierSeen(kind=one.kind, rows=rows, share=share, decision=one.decision)
    if links and column.linkable:
        rows = column.rows - column.nulls
        yield IdentifierSeen(
            kind=_LINKS, rows=max(rows, 1), share=column.unique, decision="identifier"
        )


def require_declared(columns: Sequence[str], options: AnonymityOptions) -> None:
    """Refuse a release with a column of which nobody said what it is.

    Raises:
        EvidenceError: A column is undeclared, declared twice, or absent.
    """
    declared = [
        *options.quasi_identifiers,
        *options.sensitive,
        *options.ordered,
        *options.pseudonyms,
        *options.harmless,
    ]
    if twice := sorted({name for name in declared if declared.count(name) > 1}):
        msg = f"column {twice[0]!r} is declared twice; say once what it is"
        raise EvidenceError(msg)
    if absent := sorted({*declared} - {*columns}):
        msg = f"the release has no column {_some(absent)}; correct the rule's collect options"
        raise EvidenceError(msg)
    if undeclared := sorted({*columns} - {*declared}):
        msg = f"nobody said what {_some(undeclared)} of the release is; declare each column under "
        msg += "collect as quasi_identifiers, sensitive, ordered, pseudonyms or harmless"
        raise EvidenceError(msg)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(repr(name) for name in names[:_SHOWN]) + more


def _counted(table: Table, finding: Sequence[str], options: AnonymityOptions) -> Cells:
    names = [*finding, *options.sensitive, *options.ordered]
    # as it stands in the file, but where numbers have to be put in order
    texts = [name for name in names if name not in options.ordered]
    cells = count_cells(table.batches(names, categorical=texts), names)
    for name in options.ordered:
        if (cells.codes[name] == len(cells.distinct[name])).any():
            msg = f"column {name!r} is ordered and has missing values, which have no place in an "
            raise EvidenceError(msg + "order; fill them in, or declare it sensitive")
    return cells


def _require_flat(table: Table) -> None:
    """Refuse columns of lists and records: nobody would look at what is in them.

    Raises:
        EvidenceError: There is one.
    """
    import pyarrow as pa

    for field in (
        field for batch in islice(table.batches(table.columns), 1) for field in batch.schema
    ):
        if pa.types.is_nested(field.type):
            msg = f"column {field.name!r} holds {field.type}; write one value a row in columns "
            raise EvidenceError(msg + "of its own")


def _require_pseudonyms(table: Table, names: Sequence[str]) -> None:
    """Refuse a column of something else, which would be looked at by no measure.

    Raises:
        EvidenceError: One of them is no column of keyed hashes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    for batch in table.batches(names) if names else ():
        for name, column in zip(names, batch.columns, strict=True):
            text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
            if not text or pc.any(pc.invert(pc.match_substring_regex(column, PSEUDONYM))).as_py():
                msg = f"column {name!r} holds other things than keyed hashes; let "
                raise EvidenceError(msg + "`govgate anonymise` write it, or declare what it is")


def _population(
    tables: Mapping[str, Table], options: AnonymityOptions, classes: Classes
) -> ReleasePopulation | None:
    names, people, rows = options.quasi_identifiers, options.population_size, classes.rows.sum()
    if "population" in tables:
        ours, everybody = (
            tables[name].batches(names, categorical=names) for name in ("release", "population")
        )
        found = match_population(ours, everybody, names)
        alone = float(found.uniques)
        return ReleasePopulation(
            people=found.people,
            k=found.k,
            matched=found.expected,
            uniques=alone,
            uniques_high=alone,
        )
    if people is None:
        return None
    if people < rows:
        msg = f"the release has {rows} rows and population_size is {people}; correct it, as the "
        raise EvidenceError(msg + "release is a part of the population")
    sizes, counts = np.unique(classes.rows, return_counts=True)
    sizes_of = dict(zip(sizes.tolist(), counts.tolist(), strict=True))
    guess, high = population_uniques(sizes_of, people)
    return ReleasePopulation(people=people, k=None, matched=None, uniques=guess, uniques_high=high)


def _sizes(classes: Classes) -> tuple[ClassSizes, ...]:
    """Count classes by their rows, exactly up to 16 and by doubling ranges beyond."""
    sizes, counts = np.unique(classes.rows, return_counts=True)
    found: dict[tuple[int, int], list[int]] = {}
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        low = size if size <= _EXACT else 1 << (size - 1).bit_length() - 1
        at = (size, size) if size <= _EXACT else (low + 1, 2 * low)
        seen = found.setdefault(at, [0, 0])
        seen[0] += count
        seen[1] += count * size
    return tuple(
        ClassSizes(size_from=low, size_to=high, classes=count, rows=rows)
        for (low, high), (count, rows) in found.items()
    )


def _quasi_identifiers(
    names: Sequence[str], cells: Cells, classes: Classes, places: Any
) -> dict[str, QuasiIdentifier]:
    one = {name: cells.codes[name][places] for name in names}
    found = {}
    for name in names:
        others = [codes for other, codes in one.items() if other != name]
        left = grouped(others, classes.rows)[0].rows if others else classes.rows.sum(keepdims=True)
        values = len(cells.distinct[name])
        found[name] = QuasiIdentifier(
            distinct=values,
            missing=int(classes.rows[one[name] == values].sum()),
            classes_without=len(left),
            k_without=int(left.min()),
        )
    return found


def _sensitive(cells: Cells, classes: Classes, name: str, *, ordered: bool) -> SensitiveColumn:
    codes, count = cells.codes[name], len(cells.distinct[name])
    said = disclosed(classes, codes, cells.rows, count, ordered=ordered)
    return SensitiveColumn(
        ordered=ordered,
        distinct=count,
        missing=int(cells.rows[codes == count].sum()),
        l=int(said.distinct.min()),
        entropy_l=float(said.entropy_l.min()),
        alpha=float(said.alpha.max()),
        t=float(said.t.max()),
        beta=float(said.beta.max()),
        delta=float(said.delta.max()),
    )
