"""All gates of the policy in one line of a flow: measured, recorded, decided, enforced."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from govgate.integrations.prefect.decided import FlowDecision
from govgate.integrations.prefect.display import show
from govgate.integrations.prefect.fan_out import measure_all
from govgate.integrations.prefect.runs import refuse_event_loop
from govgate.project import Project, open_project
from govgate.project.measuring import check_names, is_measurable
from govgate.records import Decision, Evidence, Outcome, Request

_log = logging.getLogger("govgate.prefect")


def run_gates(  # noqa: PLR0913 -- all but the model are keywords, and a flow sets few
    model: str,
    *,
    trained_by: str | None = None,
    aliases: Sequence[str] = (),
    inputs: Mapping[str, Any],
    project: Path | str | Project | None = None,
    timeout_s: float = 600.0,
    enforce: bool = True,
    draw_drift: bool = False,
    **options: Any,
) -> FlowDecision:
    """Measure for every gate at once, record all evidence, decide, and insist on the answer.

    1. Every gate whose inputs were handed over measures; each one is heard out.
    2. The evidence of all is appended to the ledger, before anything is enforced.
    3. The decision is made from the ledger, and is durable.
    4. Prefect shows it, if it can.
    5. A denied model stops the flow here; one that only lacks sign-offs does not.

    Args:
        model: "models:/NAME/VERSION", "models:/NAME@ALIAS" or a model folder.
        trained_by: Id of the person who trained it; None takes it from the ledger.
        aliases: Aliases the version may carry.
        inputs: Name to parquet or CSV path, pandas frame or Arrow table.
        project: The project or its folder; None finds it as `open_project` does.
        timeout_s: Seconds until a gate that has not answered counts as not measured.
        enforce: False gives back a denied decision too.
        draw_drift: Whether to keep Evidently's page about the tables, erasable, where drift failed.
        options: Options of the gate tasks, such as `retries=2`; see `OPTIONS` in `tasks`.

    Returns:
        The decision, for `await_sign_off` and `promote`.

    Raises:
        TypeError: Called in the event loop of an async flow.
        DeniedError: A gate failed or could not be measured; names every one.
        LedgerError: Evidence or decision could not be recorded; nothing is enforced or promoted.
    """
    refuse_event_loop("run_gates")
    front = project if isinstance(project, Project) else open_project(_path(project))
    check_names(front.policy, inputs)
    request = front.request(model, trained_by=trained_by, aliases=aliases)
    measures = _measures(front, request, inputs)
    returned, failed = measure_all(measures, timeout_s=timeout_s, **options)
    taken = {gate: e for gate, e in returned.items() if _is_evidence(e, request)}
    failed |= {
        gate: f"its collector returned {type(e).__name__}, not evidence about this model"
        for gate, e in returned.items()
        if gate not in taken
    }
    front.record(taken.values())
    decided = FlowDecision(_decision(front, request, failed), front.folder, failed)
    for gate, why in failed.items():
        _log.warning("gate %s could not be measured: %s", gate, why)
    show(decided)
    if draw_drift and decided.decision.outcomes.get("drift") is Outcome.FAILED:
        _draw(front, model, inputs)
    if enforce:
        decided.enforce(sign_off=False)
    return decided


def _draw(front: Project, model: str, inputs: Mapping[str, Any]) -> None:
    try:
        kept = front.keep_drift_page(model, inputs)
        _log.warning("drift was drawn; `govgate evidence get %s` gives it", kept.attachment.handle)
    except Exception as why:  # noqa: BLE001 -- a picture may fail in any way and changes nothing
        _log.warning("drift could not be drawn (%s)", type(why).__name__)


def _path(folder: Path | str | None) -> Path | None:
    return None if folder is None else Path(folder)


def _measures(
    front: Project, request: Request, inputs: Mapping[str, Any]
) -> dict[str, Callable[[], Any]]:
    # A gate whose tables were not handed over is not measured: the judge finds what the
    # ledger holds, or nothing. The tables are closed over: Prefect stores what tasks are passed.
    return {
        rule.gate: partial(front.measure_gate, rule.gate, request, inputs)
        for rule in front.policy.rules
        if is_measurable(rule, inputs)
    }


def _is_evidence(returned: Any, request: Request) -> bool:
    return isinstance(returned, Evidence) and returned.subject == request.subject


def _decision(front: Project, request: Request, failed: Mapping[str, str]) -> Decision:
    # Earlier evidence may satisfy a rule that this run could not measure. Such a yes is true of
    # the ledger, but not this run's to record.
    judged = front.judge(request)
    if FlowDecision(judged, front.folder, failed).blocked and (judged.allowed or judged.pending):
        return judged
    return front.decide(request).decision
