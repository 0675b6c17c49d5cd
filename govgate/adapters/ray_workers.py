"""Ray's workers, on this machine or a cluster.

Source: Ray, `ray.remote`, `ray.wait` and `ray.exceptions`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from govgate.errors import EvidenceError, GovgateError
from govgate.ports import Done, Part


class RayWorkers:
    """Implements `ports.Workers`; the cluster must have this govgate installed."""

    def __init__(self, address: str | None, deadline_s: float, count: int | None = None) -> None:
        """Use a cluster, or Ray on this machine.

        Args:
            address: Of a running cluster, such as "auto"; None starts Ray here.
            deadline_s: Seconds that all parts may take together.
            count: Processors to start Ray with here; None takes all.
        """
        import ray

        self._ray: Any = ray
        self.deadline_s = deadline_s
        if not ray.is_initialized():
            ray.init(
                address=address,
                num_cpus=None if address else count,
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
            )

    def close(self) -> None:
        """Stop Ray on this machine, or let go of the cluster."""
        self._ray.shutdown()

    def run(self, job: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[str, Done]]:
        """See `ports.Workers.run`.

        Raises:
            EvidenceError: A worker died of a part, or the time was up.
        """
        until = time.monotonic() + self.deadline_s
        remote = self._ray.remote(max_retries=2)(_answer)
        asked = {remote.remote(job, part): part.name for part in parts}
        try:
            while asked:
                ready, _ = self._ray.wait([*asked], timeout=max(0.0, until - time.monotonic()))
                if not ready:
                    name = next(iter(asked.values()))
                    msg = f"part {name!r} and {len(asked) - 1} others were not done in time; "
                    raise EvidenceError(msg + "raise workers.deadline_s, or look at the cluster")
                name = asked[ready[0]]
                yield name, self._got(ready[0], name)
                del asked[ready[0]]
        finally:
            for reference in asked:
                self._ray.cancel(reference, force=True)

    def _got(self, reference: Any, name: str) -> Any:
        try:
            fine, result = self._ray.get(reference)
        except self._ray.exceptions.RayError as why:
            msg = f"part {name!r} was not done ({type(why).__name__}); look at that file, or give "
            raise EvidenceError(msg + "the workers more memory") from why
        if not fine:
            raise result
        return result


def _answer(job: Callable[[Part], Any], part: Part) -> tuple[bool, Any]:
    """Do the job; an error of ours comes back as a value, as Ray would wrap it."""
    try:
        return True, job(part)
    except GovgateError as why:
        return False, why
