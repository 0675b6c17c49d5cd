"""Turn what the user hands over into evidence, one gate at a time."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from govgate.adapters.clock import SystemClock
from govgate.adapters.profile_files import SUFFIX as PROFILE_SUFFIX
from govgate.adapters.profile_files import ProfileFile
from govgate.adapters.s3 import open_client
from govgate.adapters.tables import S3Place, read_table
from govgate.canon import canonical
from govgate.collect import find_collector
from govgate.errors import EvidenceError
from govgate.gates import find_gate
from govgate.policy import Policy, Rule, read_policy
from govgate.ports import Table, Workers
from govgate.project.settings import read_text
from govgate.records import Evidence, Record, Subject

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
    rule: Rule, subject: Subject, inputs: Inputs, workers: Workers | None = None
) -> Evidence | None:
    """Measure what one rule asks for.

    Args:
        rule: The rule, with its collect options.
        subject: Whose evidence it will be.
        inputs: What there is to measure.
        workers: Who reads tables of many parts; None reads them here, one by one.

    Returns:
        Evidence, or None when the rule needs no table, or its tables were not handed over:
        the judge then finds it absent.

    Raises:
        EvidenceError: An input cannot be measured.
    """
    found = find_collector(find_gate(rule.gate).gate.body_type.KIND)
    if found is None or not set(found.collector.needs) <= inputs.keys():
        return None
    wanted = [name for name in reads_of(rule) if name in inputs]
    tables = {name: open_table(inputs[name], workers) for name in wanted}
    materials = {name: table.digest for name, table in tables.items()}
    options = found.collector.options_type.model_validate_json(canonical(rule.collect))
    try:
        measured = found.collector.measure(tables, options, rule.read_bounds())
    except ValidationError as why:
        msg = f"{rule.gate}: what was measured has no sense: {why.errors()[0]['msg']}; "
        raise EvidenceError(msg + "look at the input's rows") from why
    if materials != {name: table.digest for name, table in tables.items()}:
        msg = f"{', '.join(tables)} changed while {rule.gate} was measured; hand over what nobody "
        raise EvidenceError(msg + "writes to")
    return Evidence(
        subject=subject,
        kind=found.collector.kind,
        taken_at=SystemClock().now(),
        taken_by=f"{found.collector.kind} ({found.made_by})",
        population=dict(measured.population),
        materials=materials,
        body=measured.body.model_dump(mode="json"),
    )
