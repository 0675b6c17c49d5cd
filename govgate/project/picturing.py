"""Pictures of what a decision was made on, drawn anew each time and never kept."""

import logging
from collections.abc import Iterable

from govgate.canon import canonical
from govgate.gates import find_gate
from govgate.plot import Plot
from govgate.policy import Policy, Rule
from govgate.records import Decision, Evidence
from govgate.reports import bounded

_log = logging.getLogger("govgate")


def pictures_of(
    decision: Decision, policy: Policy, evidence: Iterable[Evidence]
) -> dict[str, tuple[Plot, ...]]:
    """Ask each gate for the pictures of its newest evidence.

    Args:
        decision: What was decided.
        policy: Whose bounds the gates were told.
        evidence: What there is; what the decision did not consider is left out.

    Returns:
        Name of a gate to its pictures, for those that have any. A gate whose pictures cannot be
        had has none: they change no verdict.
    """
    seen = sorted((e.taken_at, e.digest, e) for e in evidence if e.digest in decision.considered)
    newest = {item.kind: item for _, _, item in seen}
    rules = {
        rule.gate: newest.get(find_gate(rule.gate).gate.body_type.KIND) for rule in policy.rules
    }
    drawn = {r.gate: _drawn(r, item) for r in policy.rules if (item := rules[r.gate])}
    return {gate: pictures for gate, pictures in drawn.items() if pictures}


def _drawn(rule: Rule, item: Evidence) -> tuple[Plot, ...]:
    gate = find_gate(rule.gate).gate
    try:
        body = gate.body_type.model_validate_json(canonical(item.body))
        return bounded(gate.plots(body, rule.read_bounds()))
    except Exception as why:  # noqa: BLE001 -- a plugin's picture may fail in any way
        _log.warning("gate %s has no picture (%s)", rule.gate, type(why).__name__)
        return ()
