"""Measure for every gate side by side, and hear every one out."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from govgate.errors import GovgateError
from govgate.integrations.prefect.runs import current_run
from govgate.integrations.prefect.tasks import check_options, gate_task, guarded, in_thread

_GRACE_S = 5.0
"""A measurement that takes too long says so itself; a lost worker never says anything."""

Measure = Callable[[], Any]


class _Answer(Protocol):
    def result(self, timeout: float | None = None) -> Any: ...


def measure_all(
    measures: Mapping[str, Measure], *, timeout_s: float, **options: Any
) -> tuple[dict[str, Any], dict[str, str]]:
    """Run every measurement at once: as Prefect tasks in a flow run, in threads elsewhere.

    Args:
        measures: Gate to what measures for it.
        timeout_s: Seconds until those not done count as failed.
        options: Prefect task options; without Prefect there is no task to apply them to.

    Returns:
        Gate to what it returned, and gate to why it returned nothing; every gate is in one.
    """
    check_options(options)
    start = _as_task if current_run() else _as_thread
    until = time.monotonic() + timeout_s + _GRACE_S
    answers = {gate: start(gate, m, timeout_s, options) for gate, m in measures.items()}
    returned: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for gate, answer in answers.items():
        try:
            returned[gate] = answer.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            failed[gate] = f"no answer within {timeout_s:g} s"
        except GovgateError as why:
            failed[gate] = str(why.args[0])
        except Exception as why:  # noqa: BLE001 -- a lost worker raises its runner's own error
            failed[gate] = f"its task ended with {type(why).__name__}"
    return returned, failed


def _as_task(gate: str, measure: Measure, timeout_s: float, options: Any) -> _Answer:
    answer: _Answer = gate_task(gate, measure, timeout_s=timeout_s, **options).submit()
    return answer


def _as_thread(gate: str, measure: Measure, timeout_s: float, options: Any) -> _Answer:
    del options
    return in_thread(gate, guarded(gate, measure, timeout_s))
