"""Measure a model for those gates whose tables are at hand, and say what each gate finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from govgate.adapters.model_files import content_of_folder
from govgate.canon import canonical
from govgate.errors import EvidenceError
from govgate.gates import find_gate
from govgate.policy import Rule
from govgate.project.front import Project
from govgate.project.measuring import Inputs, check_names, measure_rule, needs_of, open_inputs
from govgate.records import Evidence, Finding, Subject


@dataclass(frozen=True)
class Evaluated:
    """What was measured and recorded, and what the gates say of it."""

    evidence: tuple[Evidence, ...]
    findings: tuple[tuple[str, Finding], ...]
    """Gate and finding, in the policy's order."""

    unmeasured: tuple[str, ...]
    """Gates whose tables were not handed over; a decision finds their evidence absent."""


def evaluate(project: Project, name: str, folder: Path, inputs: Inputs) -> Evaluated:
    """Measure a model's behaviour, and record the evidence about its bytes.

    Args:
        project: Whose policy asks.
        name: The model's name, for people.
        folder: Its bytes.
        inputs: Name to a file, a folder or an s3:// address of rows, or to a frame.

    Returns:
        The evidence, durable now, and the findings. Nothing is decided.

    Raises:
        EvidenceError: Nothing could be measured, or a table lacks a column or holds no row.
    """
    check_names(project.policy, inputs)
    subject = Subject(name=name, content=content_of_folder(folder))
    tables = open_inputs(inputs, project.workers)
    taken: list[tuple[Rule, Evidence]] = []
    unmeasured = []
    for rule in project.policy.rules:
        if not needs_of(rule):
            continue
        if (evidence := measure_rule(rule, subject, tables)) is None:
            unmeasured.append(rule.gate)
            continue
        _require_rows(rule, evidence)
        taken.append((rule, evidence))
    if not taken:
        msg = f"no gate of {project.policy.title} reads {', '.join(inputs) or 'no table'}; "
        raise EvidenceError(msg + f"hand over the tables of {', '.join(unmeasured) or 'a gate'}")
    found = tuple((rule.gate, f) for rule, evidence in taken for f in _judged(rule, evidence))
    project.record(evidence for _, evidence in taken)
    return Evaluated(tuple(e for _, e in taken), found, tuple(unmeasured))


def _require_rows(rule: Rule, evidence: Evidence) -> None:
    if empty := [name for name, count in evidence.population.items() if count < 1]:
        msg = f"{rule.gate} saw no {', '.join(empty)}; hand over a table that holds some"
        raise EvidenceError(msg)


def _judged(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    gate = find_gate(rule.gate).gate
    body = gate.body_type.model_validate_json(canonical(evidence.body))
    yield from gate.judge(body, rule.read_bounds())
