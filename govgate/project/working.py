"""The workers that a project file or a caller names."""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from govgate.adapters.dask_workers import DaskWorkers
from govgate.adapters.ray_workers import RayWorkers
from govgate.adapters.worker_processes import ProcessWorkers
from govgate.adapters.worker_threads import ThreadWorkers
from govgate.errors import ProjectError
from govgate.ports import Done, Part, Workers
from govgate.project.settings import WorkerSettings

_MUCH_BYTES = 256 << 20
"""From here on the second or so that processes take to start counts little."""


class LocalWorkers:
    """Implements `ports.Workers` by threads for little, and by processes for much."""

    def __init__(self, count: int, deadline_s: float) -> None:
        """Have some of either.

        Args:
            count: How many.
            deadline_s: Seconds that all parts may take together.
        """
        self.deadline_s, self._count = deadline_s, count

    @cached_property
    def _threads(self) -> ThreadWorkers:
        return ThreadWorkers(self._count, self.deadline_s)

    @cached_property
    def _processes(self) -> ProcessWorkers:
        return ProcessWorkers(self._count, self.deadline_s)

    def run(self, job: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[str, Done]]:
        """See `ports.Workers.run`."""
        much = self._count > 1 and sum(part.size for part in parts) >= _MUCH_BYTES
        yield from (self._processes if much else self._threads).run(job, parts)


def open_workers(chosen: WorkerSettings | Any) -> Workers:
    """Open the workers that somebody chose.

    Args:
        chosen: What the project file says, or a `distributed.Client`.

    Returns:
        Workers; those on this machine start when there is something to do.

    Raises:
        ProjectError: Their library is not installed.
        EvidenceError: Their cluster does not answer.
    """
    if not isinstance(chosen, WorkerSettings):
        return DaskWorkers(chosen, float(WorkerSettings().deadline_s))
    count, deadline_s = chosen.count or os.cpu_count() or 1, float(chosen.deadline_s)
    if chosen.kind == "threads":
        return ThreadWorkers(count, deadline_s)
    if chosen.kind == "processes":
        return ProcessWorkers(count, deadline_s)
    if chosen.kind == "local":
        return LocalWorkers(count, deadline_s)
    _require_library({"dask": "distributed", "ray": "ray"}[chosen.kind], chosen.kind)
    if chosen.kind == "ray":
        return RayWorkers(chosen.address, deadline_s, chosen.count)
    return DaskWorkers(chosen.address, deadline_s)


def _require_library(module: str, extra: str) -> None:
    if find_spec(module) is None:
        msg = f"workers of kind {extra} need what is not installed; pip install govgate[{extra}]"
        raise ProjectError(msg)
