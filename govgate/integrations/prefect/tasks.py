"""One gate as a Prefect task: never cached, never persisted, retried only when a machine failed.

Source: PrefectHQ/prefect 3.8.8, `prefect.tasks.Task` and `prefect.cache_policies`.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from govgate.errors import EvidenceError, GovgateError, ProjectError, StoreError

if TYPE_CHECKING:
    from prefect import Task

OPTIONS = frozenset(
    {"retries", "retry_delay_seconds", "retry_jitter_factor", "tags", "on_completion", "on_failure"}
)
"""Task options a user may choose. A cached, persisted or retried verdict would be no verdict."""

_log = logging.getLogger("govgate.prefect")


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse task options that could bring back an old verdict or try until one passes.

    Raises:
        ProjectError: An option is not in `OPTIONS`.
    """
    if wrong := sorted(options.keys() - OPTIONS):
        msg = f"a gate task takes no option {', '.join(wrong)}; choose from "
        raise ProjectError(msg + ", ".join(sorted(OPTIONS)))


def gate_task(
    gate: str, measure: Callable[[], Any], *, timeout_s: float | None = None, **options: Any
) -> "Task[[], Any]":
    """Make the Prefect task that measures for one gate.

    Args:
        gate: The gate's name; the task is called "gate-NAME".
        measure: Takes nothing and returns evidence. It closes over its tables, because Prefect
            stores what a task is passed.
        timeout_s: Seconds until the task fails; None waits for ever.
        options: Prefect's own task options, of those in `OPTIONS`.

    Returns:
        A task to call or submit inside a flow.

    Raises:
        ProjectError: An option is refused.
    """
    from prefect import Task
    from prefect.cache_policies import NO_CACHE

    check_options(options)
    run = guarded(gate, measure, timeout_s)
    # Prefect derives a task's key from its function's name: one name, one key.
    run.__name__ = run.__qualname__ = f"gate_{gate.replace('-', '_')}"
    return Task(
        run,
        name=f"gate-{gate}",
        cache_policy=NO_CACHE,
        persist_result=False,
        retry_condition_fn=_machine_failed,
        **options,
    )


def guarded(gate: str, measure: Callable[[], Any], timeout_s: float | None) -> Callable[[], Any]:
    """Wrap a measurement so that it ends, and whatever goes wrong is an error of ours.

    Prefect keeps messages and tracebacks of errors in its database, and a foreign error may
    quote the row it failed on. Only its type goes on; the rest is logged at DEBUG.

    Args:
        gate: The gate's name.
        measure: Takes nothing and returns evidence.
        timeout_s: Seconds until it counts as failed; None waits for ever.
    """

    def run() -> Any:
        try:
            return in_thread(gate, measure).result(timeout_s)
        except (Exception, SystemExit) as why:  # noqa: BLE001 -- a collector may raise anything
            said = _said(gate, why)
            _log.debug("gate %s could not be measured", gate, exc_info=True)
        # Outside the handler, so that no traceback carries the first error along.
        raise said

    return run


def in_thread(name: str, call: Callable[[], Any]) -> "Future[Any]":
    """Call in a thread that keeps neither a task nor the process from ending.

    Prefect cannot stop a task that is stuck in a worker thread; a flow would never end.
    """
    answer: Future[Any] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as why:  # noqa: BLE001 -- handed over to who waits for the answer
            answer.set_exception(why)

    threading.Thread(target=run, name=f"gate-{name}", daemon=True).start()
    return answer


def _said(gate: str, why: BaseException) -> GovgateError:
    if isinstance(why, GovgateError) and why.__cause__ is None:
        return type(why)(*why.args)
    if type(why) is TimeoutError and not why.args:
        return EvidenceError("no answer in time; raise `timeout_s`, or measure fewer rows")
    first = why.__cause__ or why
    kind = StoreError if isinstance(why, OSError | StoreError) else EvidenceError
    return kind(f"{type(first).__name__} while measuring; run `govgate check` for gate {gate}")


def _machine_failed(task: Any, run: Any, state: Any) -> bool:  # noqa: ARG001 -- Prefect's signature
    # A real function: Prefect takes a callable object for "never retry".
    return isinstance(state.result(raise_on_failure=False), StoreError)
