"""Binds the data sets of a model's lineage to their records, by digest and by nothing else."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from govgate.collector import Collector, Measured, Options
from govgate.errors import EvidenceError
from govgate.gate import Bounds
from govgate.gates.provenance import DataOrigins, DataUsed
from govgate.ports import Table
from govgate.records import DataSet

_MOST_SETS = 1_000
"""Data sets of one run; more are parts of one, which a digest of all their rows names."""

_LONGEST = 80
"""Characters of a name that a finding can carry."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
"""MLflow's own digest has 8 digits, of the first 10,000 rows: it names nothing."""


class ProvenanceOptions(Options):
    """Nothing needs to be said: lineage and records have columns of their own."""


class ProvenanceCollector(Collector[ProvenanceOptions]):
    """Joins two small tables, which the front door makes."""

    kind = DataOrigins.KIND
    needs = ("lineage", "datasets")

    def measure(
        self, tables: Mapping[str, Table], options: ProvenanceOptions, bounds: Bounds
    ) -> Measured:
        """See `Collector.measure`.

        Raises:
            EvidenceError: A table has other columns, a record is none, or there are too many.
        """
        del options, bounds
        lineage = _rows(tables["lineage"], ("name", "sha256", "rows", "context", "gap"))
        records = [_record(row["record"]) for row in _rows(tables["datasets"], ("record",))]
        by_digest = {record.content: record for record in records}
        if len(by_digest) != len(records):
            msg = "two records are of the same digest; keep the one that holds"
            raise EvidenceError(msg)
        data = [_used(row, by_digest) for row in lineage if not row["gap"]]
        gaps = [_short(row["gap"], 250) for row in lineage if row["gap"]]
        body = DataOrigins(gaps=tuple(gaps), data=tuple(data))
        return Measured(body, {"data sets": len(data)})


def _rows(table: Table, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    if absent := [name for name in columns if name not in table.columns]:
        msg = f"the table has no column {absent[0]!r}, only {', '.join(table.columns)}; add it"
        raise EvidenceError(msg)
    rows: list[dict[str, Any]] = []
    for batch in table.batches(columns):
        rows += batch.to_pylist()
        if len(rows) > _MOST_SETS:
            msg = f"there are more than {_MOST_SETS} data sets; log one for all their parts"
            raise EvidenceError(msg)
    return rows


def _record(text: Any) -> DataSet:
    try:
        return DataSet.model_validate_json(text or "")
    except ValidationError as why:
        first = why.errors()[0]
        at = ".".join(map(str, first["loc"])) or "a record"
        msg = f"{at} of a data-set record: {first['msg']}; correct datasets.yaml"
        raise EvidenceError(msg) from why


def _used(row: Mapping[str, Any], records: Mapping[str, DataSet]) -> DataUsed:
    names = [name for column in ("sha256", "rows") if (name := _digest(row[column]))]
    digest = names[0] if names else None
    record = next((records[name] for name in names if name in records), None)
    licence = _canonical(record.licence) if record else None
    if record and licence:
        record = record.model_copy(update={"licence": licence})
    name = _short(row["name"], _LONGEST) or "unnamed"
    return DataUsed(
        name=f"{name} ({digest.removeprefix('sha256:')[:8]})" if digest else name,
        context=_short(row["context"], _LONGEST),
        content=digest,
        record=record,
        licence_known=licence is not None,
    )


def _digest(text: Any) -> str | None:
    """Give a whole digest as we write it; None where it is none."""
    digits = str(text or "").removeprefix("sha256:")
    return f"sha256:{digits}" if _SHA256.fullmatch(digits) else None


def _canonical(licence: str) -> str | None:
    """Write an SPDX expression as SPDX does; None where it is none."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return str(canonicalize_license_expression(licence))
    except InvalidLicenseExpression:
        return None


def _short(text: Any, longest: int) -> str:
    printable = "".join(c if c.isprintable() else " " for c in str(text or ""))
    return " ".join(printable.split())[:longest].strip()
