"""What Prefect's pages show of a decision: a table, pictures and one event, never evidence.

Source: PrefectHQ/prefect 3.8.8, artifacts and events. Counts and column names only.
"""

import base64
import logging
import re

from govgate.integrations.prefect.decided import FlowDecision
from govgate.integrations.prefect.runs import current_run
from govgate.plot import Plot
from govgate.reports import draw_svg

_log = logging.getLogger("govgate.prefect")


def show(decided: FlowDecision) -> None:
    """Show the decision in the flow run around the caller; what fails here changes nothing."""
    if current_run() is None:
        return
    for display in (_pictures, _artifact, _event):
        try:
            display(decided)
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


def _pictures(decided: FlowDecision) -> None:
    from prefect.artifacts import create_markdown_artifact

    drawn = decided.project().pictures(decided.decision)
    outcomes = {v.gate: v.outcome.value for v in decided.decision.verdicts}
    parts = [f"# {_quoted(decided.model)}: {_state(decided)}"]
    for gate, pictures in drawn.items():
        parts.append(f"## {_quoted(gate)}: {outcomes[gate]}")
        parts += [_image(picture) for picture in pictures]
    if drawn:
        create_markdown_artifact(
            markdown="\n\n".join(parts),
            key=f"govgate-{_slug(decided.model)}-pictures",
            description=f"{decided.model}: what the gates were shown",
            _sync=True,  # type: ignore[call-arg]  # as above
        )


def _image(picture: Plot) -> str:
    # Prefect's page strips an `<svg>` element and shows one in an address; nothing in it can run.
    code = base64.b64encode(draw_svg(picture).encode()).decode()
    return f"![{_quoted(picture.title)}](data:image/svg+xml;base64,{code})"


def _quoted(words: str) -> str:
    """Give words that Markdown and HTML show as they stand."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~&-])", r"\\\1", words)


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
