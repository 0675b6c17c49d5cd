"""Whether a Prefect flow run surrounds us, found out without importing Prefect."""

import asyncio
import sys
from typing import Any


def current_run() -> Any | None:
    """Return Prefect's context of the flow run around the caller, or None outside one.

    Where Prefect was never imported there can be no run, so it is not imported here either.
    """
    context = sys.modules.get("prefect.context")
    return context.FlowRunContext.get() if context else None


def refuse_event_loop(name: str) -> None:
    """Refuse to block the event loop of an async flow.

    Args:
        name: The function that was called.

    Raises:
        TypeError: It was called in the loop; a pause there would be a coroutine nobody awaits.
    """
    run = current_run()
    if run is None or not getattr(run.flow, "isasync", False):
        return
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    msg = f"{name} would block this async flow; write `await asyncio.to_thread({name}, ...)`"
    raise TypeError(msg)
