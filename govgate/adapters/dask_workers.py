"""A Dask cluster's workers, each of which reads its parts itself.

Source: distributed, `Client.map`, `as_completed` and `KilledWorker`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from govgate.errors import EvidenceError
from govgate.ports import Done, Part


class DaskWorkers:
    """Implements `ports.Workers`; the cluster must have this govgate installed."""

    def __init__(self, client: Any, deadline_s: float) -> None:
        """Use a cluster.

        Args:
            client: A `distributed.Client`, or the address of a scheduler.
            deadline_s: Seconds that all parts may take together.

        Raises:
            EvidenceError: Nobody answers at the address.
        """
        self._client, self.deadline_s, self._ours = client, deadline_s, False
        if isinstance(client, str):
            from distributed import Client

            try:
                self._client = Client(client, timeout=min(30.0, deadline_s), set_as_default=False)
                self._ours = True
            except Exception as why:  # another server's answer ends in any error at all
                msg = f"no Dask scheduler answers at {client}; correct workers.address"
                raise EvidenceError(msg) from why

    def close(self) -> None:
        """Let go of the cluster, where it was reached by its address."""
        if self._ours:
            self._client.close()

    def run(self, job: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[str, Done]]:
        """See `ports.Workers.run`.

        Raises:
            EvidenceError: A worker died of a part, the time was up, or the cluster went away.
        """
        from distributed import CancelledError, as_completed
        from distributed.scheduler import KilledWorker

        futures = self._client.map(job, parts, pure=False, key="govgate-part")
        names = {future.key: part.name for future, part in zip(futures, parts, strict=True)}
        left = dict(names)
        try:
            for future in as_completed(futures, loop=self._client.loop, timeout=self.deadline_s):
                result = future.result()
                yield left.pop(future.key), result
        except TimeoutError as why:
            name = next(iter(left.values()), "?")
            msg = f"part {name!r} and {len(left) - 1} others were not done in time; raise "
            raise EvidenceError(msg + "workers.deadline_s, or look at the cluster") from why
        except KilledWorker as why:
            name = names.get(why.task, why.task)
            msg = f"workers died of part {name!r}, or of one that they held with it, again and "
            raise EvidenceError(
                msg + "again; look at these files, or give the workers more memory"
            ) from why
        except (CancelledError, OSError) as why:
            msg = f"the Dask cluster went away ({type(why).__name__}); look at its scheduler, and "
            raise EvidenceError(msg + "try again") from why
        finally:
            # A scheduler that is gone has forgotten them, and would be waited for.
            if self._client.status == "running":
                self._client.cancel(futures)
