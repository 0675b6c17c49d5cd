"""Threads of this process as workers: quick to start, and near to what is in memory.

Reading, hashing and counting let other threads run.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from govgate.errors import EvidenceError
from govgate.ports import Done, Part


class ThreadWorkers:
    """Implements `ports.Workers`."""

    def __init__(self, count: int, deadline_s: float) -> None:
        """Have some threads.

        Args:
            count: How many.
            deadline_s: Seconds that all parts may take together.
        """
        self._count, self.deadline_s = count, deadline_s

    def run(self, job: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[str, Done]]:
        """See `ports.Workers.run`.

        Raises:
            EvidenceError: The time was up.
            BaseException: Whatever the job raised.
        """
        until = time.monotonic() + self.deadline_s
        waiting: queue.SimpleQueue[Part] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[str, Any, BaseException | None]] = queue.SimpleQueue()
        for part in parts:
            waiting.put(part)
        stop = threading.Event()
        for _ in range(min(self._count, len(parts))):
            # A thread cannot be ended; as a daemon it at least holds up nobody's exit.
            args = (job, waiting, done, stop)
            threading.Thread(target=_work, args=args, name="govgate-part", daemon=True).start()
        left = {part.name for part in parts}
        try:
            while left:
                name, result, why = _next(done, until, left)
                if why is not None:
                    raise why
                left.discard(name)
                yield name, result
        finally:
            stop.set()


def _next(done: Any, until: float, left: set[str]) -> Any:
    try:
        return done.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        msg = f"part {min(left)!r} and {len(left) - 1} others were not done in time; raise "
        raise EvidenceError(msg + "workers.deadline_s, or add workers") from None


def _work(job: Callable[[Part], Any], waiting: Any, done: Any, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            part = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            result = job(part)
        except BaseException as why:  # noqa: BLE001 -- raised where the result is awaited
            done.put((part.name, None, why))
            return
        done.put((part.name, result, None))
