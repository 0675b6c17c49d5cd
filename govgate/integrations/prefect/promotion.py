"""Promote from a flow: what the flow believes is not asked, the ledger is."""

from dataclasses import replace

from govgate.integrations.prefect.decided import FlowDecision
from govgate.integrations.prefect.display import show
from govgate.integrations.prefect.runs import refuse_event_loop


def promote(decided: FlowDecision) -> FlowDecision:
    """Judge once more what the ledger holds, and move the aliases the model was assessed for.

    Args:
        decided: What `run_gates` or `await_sign_off` returned.

    Returns:
        The decision that was recorded and handed to the registry.

    Raises:
        TypeError: Called in the event loop of an async flow.
        PendingError: Sign-offs are missing; no alias has moved.
        DeniedError: The decision or the registry says no; no alias has moved.
        EvidenceError: The model was assessed for no alias.
    """
    refuse_event_loop("promote")
    front = decided.project()
    replace(decided, decision=front.judge(decided.decision.request)).enforce()
    promoted = replace(decided, decision=front.promote(decided.model).decision)
    show(promoted)
    return promoted
