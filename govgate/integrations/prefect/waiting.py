"""Wait for people: Prefect or the clock does the waiting, the ledger says when it is over."""

import logging
import time
from dataclasses import replace
from typing import Any, Literal

from govgate.errors import PendingError
from govgate.integrations.prefect.decided import FlowDecision
from govgate.integrations.prefect.runs import current_run, refuse_event_loop

_log = logging.getLogger("govgate.prefect")


def await_sign_off(
    decided: FlowDecision,
    *,
    wait: Literal["poll", "pause", "raise"] = "poll",
    timeout_s: float = 3600.0,
    poll_s: float = 10.0,
) -> FlowDecision:
    """Return once enough people have signed what `run_gates` decided.

    People sign with `govgate sign`. Pressing Resume in Prefect approves nothing: it makes this
    function look into the ledger once more.

    Args:
        decided: What `run_gates` returned.
        wait: "poll" looks into the ledger every `poll_s`. "pause" shows the run as Paused and
            looks whenever somebody resumes it; outside a flow run it polls. "raise" does not wait.
        timeout_s: Seconds until waiting ends.
        poll_s: Seconds between looks.

    Returns:
        The decision as it stands now, allowed.

    Raises:
        TypeError: Called in the event loop of an async flow.
        PendingError: Signatures are still missing.
        DeniedError: Somebody said no, or a gate failed meanwhile.
    """
    refuse_event_loop("await_sign_off")
    until = time.monotonic() + timeout_s
    number = 0
    while True:
        number += 1
        now = replace(decided, decision=decided.project().judge(decided.decision.request))
        now.enforce(sign_off=False)
        if now.allowed:
            return now
        left_s = until - time.monotonic()
        if wait == "raise" or left_s <= 0:
            now.enforce()
        if number == 1:
            _log.warning("%s waits for sign-offs; run `govgate sign %s`", now.model, now.model)
        if wait == "pause" and (run := current_run()) is not None:
            _pause(now, run, number, left_s, poll_s)
        else:
            time.sleep(min(poll_s, left_s))


def _pause(now: FlowDecision, run: Any, number: int, left_s: float, poll_s: float) -> None:
    from prefect.exceptions import FlowPauseTimeout
    from prefect.flow_runs import pause_flow_run

    package = now.decision.package.digest.removeprefix("sha256:")[:12]
    try:
        pause_flow_run(  # type: ignore[call-overload]  # its types leave `_sync` out
            timeout=max(1, round(left_s)),
            poll_interval=max(1, round(poll_s)),
            # A key answers once: a second look and a second attempt need their own.
            key=f"govgate-{package}-{number}-{run.flow_run.run_count}",
            _sync=True,  # without it an async flow gets a coroutine
        )
    except FlowPauseTimeout as why:
        msg = f"{now.model} was not signed while the flow paused; run `govgate sign {now.model}`"
        raise PendingError(msg, "PENDING", now.decision.digest, ("sign-off",)) from why
