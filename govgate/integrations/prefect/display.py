"""What Prefect's pages show of a decision: one table and one event, never evidence.

Source: PrefectHQ/prefect 3.8.8, artifacts and events. Counts and column names only.
"""

import logging
import re

from govgate.integrations.prefect.decided import FlowDecision
from govgate.integrations.prefect.runs import current_run

_log = logging.getLogger("govgate.prefect")


def show(decided: FlowDecision) -> None:
    """Show the decision in the flow run around the caller; what fails here changes nothing."""
    if current_run() is None:
        return
    try:
        _artifact(decided)
        _event(decided)
    except Exception as why:  # noqa: BLE001 -- a display may fail in any way and must not block
        _log.warning("Prefect could not show the decision (%s)", type(why).__name__)


def _artifact(decided: FlowDecision) -> None:
    from prefect.artifacts import create_table_artifact

    rows = [
        {
            "gate": verdict.gate,
            "outcome": verdict.outcome.value,
            "what": finding.about,
            "observed": finding.observed,
            "limit": str(finding.limit),
            "answer": finding.answer.value,
        }
        for verdict in decided.decision.verdicts
        for finding in verdict.findings
    ]
    create_table_artifact(
        table=rows,
        key=f"govgate-{_slug(decided.model)}",
        description=f"{decided.model}: {_state(decided)} by policy {decided.decision.policy_name}",
        _sync=True,  # type: ignore[call-arg]  # without it an async flow gets a coroutine
    )


def _event(decided: FlowDecision) -> None:
    from prefect.events import emit_event

    emit_event(
        event=f"govgate.decision.{_state(decided)}",
        resource={
            "prefect.resource.id": f"govgate.model.{_slug(decided.model)}",
            "prefect.resource.name": decided.model,
        },
        payload={
            "decision": decided.decision.digest,
            "policy": decided.decision.policy_name,
            "outcomes": {g: o.value for g, o in decided.decision.outcomes.items()},
            "unmeasured": sorted(decided.unmeasured),
        },
    )


def _state(decided: FlowDecision) -> str:
    if decided.allowed:
        return "allowed"
    return "pending" if decided.pending else "denied"


def _slug(model: str) -> str:
    # Artifact keys hold lowercase letters, digits and dashes only.
    return re.sub(r"[^a-z0-9]+", "-", model.removeprefix("models:/").lower()).strip("-")
