"""Turn what the user hands over into evidence, one gate at a time."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from govgate.adapters.clock import SystemClock
from govgate.adapters.tables import read_table
from govgate.canon import canonical, digest
from govgate.collect import find_collector
from govgate.collector import Collector, Measured, PlaceOptions, Survey
from govgate.errors import EvidenceError, StoreError
from govgate.gates import find_gate
from govgate.policy import Policy, Rule, read_policy
from govgate.ports import Surroundings
from govgate.project.settings import read_text
from govgate.records import Evidence, Record, Subject

Inputs = Mapping[str, Any]
"""Name to a parquet or CSV path, a pandas frame or an Arrow table."""


def digest_of_table(source: Any) -> str:
    """Digest of a table as evidence names it among its materials.

    Args:
        source: A parquet or CSV path, a pandas frame or an Arrow table.

    Returns:
        "sha256:" and 64 lowercase hex characters.

    Raises:
        EvidenceError: It cannot be read.
    """
    return read_table(source).digest


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


def is_measurable(rule: Rule, inputs: Inputs) -> bool:
    """Tell whether a rule can be measured: a table of its was handed over, or it needs none."""
    found = find_collector(find_gate(rule.gate).gate.body_type.KIND)
    if found is None:
        return False
    return isinstance(found.collector, Survey) or bool(set(found.collector.needs) & inputs.keys())


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
    rule: Rule, subject: Subject, inputs: Inputs, *, around: Surroundings | None = None
) -> Evidence | None:
    """Measure what one rule asks for.

    Args:
        rule: The rule, with its collect options.
        subject: Whose evidence it will be.
        inputs: What there is to measure.
        around: The places that rules may name; None measures tables alone.

    Returns:
        Evidence, or None when nothing collects it, or its tables were not handed over:
        the judge then finds it absent.

    Raises:
        EvidenceError: An input cannot be measured.
    """
    found = find_collector(find_gate(rule.gate).gate.body_type.KIND)
    if found is None or not set(found.collector.needs) <= inputs.keys():
        return None
    options = found.collector.options_type.model_validate_json(canonical(rule.collect))
    try:
        if not isinstance(found.collector, Survey):
            measured, materials = _from_tables(rule, found.collector, options, inputs)
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
    rule: Rule, collector: Collector[Any], options: Any, inputs: Inputs
) -> tuple[Measured, dict[str, str]]:
    tables = {name: read_table(inputs[name]) for name in reads_of(rule) if name in inputs}
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
