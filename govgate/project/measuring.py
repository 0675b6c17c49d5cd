"""Turn what the user hands over into evidence, one gate at a time."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from govgate.adapters.clock import SystemClock
from govgate.adapters.profile_files import SUFFIX as PROFILE_SUFFIX
from govgate.adapters.profile_files import ProfileFile
from govgate.adapters.s3 import open_client
from govgate.adapters.tables import S3Place, read_table
from govgate.canon import canonical, digest
from govgate.collect import find_collector
from govgate.collector import Collector, Measured, PlaceOptions, Survey
from govgate.errors import EvidenceError, StoreError
from govgate.gates import find_gate
from govgate.policy import Policy, Rule, read_policy
from govgate.ports import Surroundings, Table, Workers
from govgate.project.provenance import DATASETS
from govgate.project.settings import read_text
from govgate.records import Evidence, Record, Subject
from govgate.rows import RowsDigest, digest_of_rows

T = TypeVar("T")

Inputs = Mapping[str, Any]
"""Name to a file, a folder or an s3:// address of rows, or to a frame; see docs/spec/tables.md."""


def open_table(source: Any, workers: Workers | None = None) -> Table:
    """Open whatever holds rows, without reading them.

    Args:
        source: A path, "s3://BUCKET/KEY", "s3://BUCKET/PREFIX/" or a frame; or the `.json` file
            of a profile, for who needs no rows.
        workers: Who reads a table of many parts; None reads them here, one by one.

    Raises:
        EvidenceError: There is no such table, or it is broken.
    """
    if isinstance(source, ProfileFile):
        return source
    if isinstance(source, str | Path) and Path(source).suffix == PROFILE_SUFFIX:
        return ProfileFile(Path(source))
    # Said here and not left to each worker, whose environment may be another.
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return read_table(source, workers=workers, s3=S3Place(open_client, None, endpoint))


def open_inputs(inputs: Inputs, workers: Workers | None) -> dict[str, Table]:
    """Open each input once, also where it has two names, so that no rule does it again.

    Raises:
        EvidenceError: One is no table.
    """
    opened = {id(source): open_table(source, workers) for source in inputs.values()}
    return {name: opened[id(source)] for name, source in inputs.items()}


def digest_of_table(source: Any) -> str:
    """Digest of a table as evidence names it among its materials.

    Args:
        source: As in `open_table`.

    Returns:
        "sha256:" and 64 lowercase hex characters.

    Raises:
        EvidenceError: It cannot be read.
    """
    return open_table(source).digest


def digest_of_data(source: Any) -> RowsDigest:
    """Digest of a table's rows, whatever their order and the file's format.

    Args:
        source: As for `digest_of_table`.

    Raises:
        EvidenceError: It cannot be read, has a nested column, or changed while it was read.
    """
    table = open_table(source)
    return digest_of_rows(lambda: table.batches(table.columns), table.columns)


def options_of(kind: str) -> type[Record] | None:
    """Options of the collector of a kind of evidence, or None where nothing collects it."""
    found = find_collector(kind)
    return found.collector.options_type if found else None


def lint_policy(path: Path) -> Policy:
    """Read a policy, and check its bounds and collect options with the installed gates.

    Raises:
        PolicyError: It cannot be used; says line and column.
    """
    return read_policy(read_text(path), path.name, options_of)


def needs_of(rule: Rule) -> tuple[str, ...]:
    """Names of the inputs that a rule's collector must have; none where people supply evidence."""
    found = find_collector(find_gate(rule.gate).gate.body_type.KIND)
    return found.collector.needs if found else ()


def reads_of(rule: Rule) -> tuple[str, ...]:
    """Names of the inputs that a rule's collector reads when they are handed over."""
    found = find_collector(find_gate(rule.gate).gate.body_type.KIND)
    return (*found.collector.needs, *found.collector.may_use) if found else ()


def read_by(rule: Rule, inputs: Mapping[str, T]) -> dict[str, T]:
    """Leave out the inputs that a rule's collector does not read."""
    return {name: inputs[name] for name in reads_of(rule) if name in inputs}


def is_measurable(rule: Rule, inputs: Inputs) -> bool:
    """Tell whether a rule can be measured: a table of its is there, or it needs none."""
    found = find_collector(find_gate(rule.gate).gate.body_type.KIND)
    if found is None:
        return False
    needs = set(found.collector.needs)
    return isinstance(found.collector, Survey) or bool(needs & {*inputs, DATASETS})


def check_names(policy: Policy, inputs: Inputs) -> None:
    """Refuse inputs that no rule reads.

    Raises:
        EvidenceError: A name is not one that a gate of this policy needs.
    """
    known = sorted({name for rule in policy.rules for name in reads_of(rule)})
    for name in inputs:
        if name not in known:
            msg = f"no gate of {policy.title} reads an input {name!r}; known: {', '.join(known)}"
            raise EvidenceError(msg)


def measure_rule(
    rule: Rule,
    subject: Subject,
    tables: Mapping[str, Table],
    *,
    around: Surroundings | None = None,
) -> Evidence | None:
    """Measure what one rule asks for.

    Args:
        rule: The rule, with its collect options.
        subject: Whose evidence it will be.
        tables: What there is to measure, as `open_inputs` opened it.
        around: The places that rules may name; None measures tables alone.

    Returns:
        Evidence, or None when nothing collects it, or its tables were not handed over:
        the judge then finds it absent.

    Raises:
        EvidenceError: An input cannot be measured.
    """
    found = find_collector(find_gate(rule.gate).gate.body_type.KIND)
    if found is None or not set(found.collector.needs) <= tables.keys():
        return None
    options = found.collector.options_type.model_validate_json(canonical(rule.collect))
    try:
        if not isinstance(found.collector, Survey):
            measured, materials = _from_tables(rule, found.collector, options, tables)
        elif around is not None:
            measured, materials = _surveyed(rule, found.collector, options, around)
        else:
            return None
    except ValidationError as why:
        msg = f"{rule.gate}: what was measured has no sense: {why.errors()[0]['msg']}; "
        raise EvidenceError(msg + "look at the input's rows") from why
    return Evidence(
        subject=subject,
        kind=found.collector.kind,
        taken_at=SystemClock().now(),
        taken_by=f"{found.collector.kind} ({found.made_by})",
        population=dict(measured.population),
        materials=materials,
        body=measured.body.model_dump(mode="json"),
    )


def _from_tables(
    rule: Rule, collector: Collector[Any], options: Any, handed: Mapping[str, Table]
) -> tuple[Measured, dict[str, str]]:
    tables = read_by(rule, handed)
    materials = {name: table.digest for name, table in tables.items()}
    measured = collector.measure(tables, options, rule.read_bounds())
    if materials != {name: table.digest for name, table in tables.items()}:
        raise _changed(rule, tables)
    return measured, materials


def _surveyed(
    rule: Rule, collector: Survey[Any], options: PlaceOptions, around: Surroundings
) -> tuple[Measured, dict[str, str]]:
    listed = _listed(around, options)
    measured = collector.survey(around, options)
    if listed != _listed(around, options):
        raise _changed(rule, listed)
    return measured, listed


def _listed(around: Surroundings, options: PlaceOptions) -> dict[str, str]:
    """Name each place to the digest of what is there."""
    names = {}
    for place in options.places:
        try:
            found = around.find(place, options.most_files)
        except StoreError:
            # The survey finds the same, and says that it is unknown.
            names[place] = digest(None)
        else:
            listed = [[item.name, item.size_bytes, item.stamp] for item in found.items]
            names[place] = digest([found.count, listed])
    return names


def _changed(rule: Rule, names: Iterable[str]) -> EvidenceError:
    msg = f"{', '.join(names)} changed while {rule.gate} was measured; hand over what nobody "
    return EvidenceError(msg + "writes to")
