"""Frames of Dask: each partition is a part, worked on where Dask computes it.

Source: Dask, `DataFrame.to_delayed`; distributed, `Client.compute` and `as_completed`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from govgate.adapters.tables.frames import FramePart, held
from govgate.adapters.tables.plain import present, reading, unlike
from govgate.errors import EvidenceError, GovgateError
from govgate.ports import Done, Part, Table, Workers
from govgate.tree import FileDigest, TreeDigest

_WHERE = "the Dask frame"


def take(source: Any, workers: Workers | None) -> Table:
    """Take a `dask.dataframe.DataFrame`."""
    return DaskTable(source, workers.deadline_s if workers else None)


class DaskTable:
    """Implements `ports.Table` over the partitions of one frame."""

    def __init__(self, frame: Any, deadline_s: float | None) -> None:
        """Take a frame.

        Args:
            frame: A `dask.dataframe.DataFrame`.
            deadline_s: Seconds that a cluster may take for all partitions; None sets no end.
        """
        self.columns = unlike([*frame.columns], _WHERE)
        self._frame, self._deadline_s = frame, deadline_s
        self._seen: dict[str, FileDigest] = {}
        """Partition to what it gave first."""

    @property
    def digest(self) -> str:
        """The tree digest of the partitions: computed once, and held against each later pass."""
        if len(self._seen) < self._frame.npartitions:
            for _ in self.each(_nothing):
                pass
        return TreeDigest(tuple(self._seen[name] for name in sorted(self._seen))).content

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        """See `ports.Table.batches`."""
        wanted = present(columns, self.columns, _WHERE)
        for number in range(self._frame.npartitions):
            with reading(_WHERE):
                frame = self._frame.get_partition(number).compute()
            part = _part(frame, number)
            self._compare(part.digest())
            yield from part.batches(wanted, categorical=categorical)

    def each(self, job: Callable[[Part], Done]) -> Iterator[Done]:
        """See `ports.Table.each`.

        Raises:
            EvidenceError: A partition cannot be computed, or not twice alike.
        """
        from dask.base import compute
        from dask.delayed import delayed

        run = delayed(_run, pure=False)
        with _computing():
            tasks = [run(part, i, job) for i, part in enumerate(self._frame.to_delayed())]
            client = _cluster()
            found = compute(*tasks) if client is None else self._gathered(client, tasks)
            for digest, done in found:
                self._compare(digest)
                yield done

    def _gathered(self, client: Any, tasks: Sequence[Any]) -> Iterator[Any]:
        from distributed import as_completed

        futures = client.compute([*tasks])
        try:
            for _, result in as_completed(
                futures, loop=client.loop, with_results=True, timeout=self._deadline_s
            ):
                yield result
        finally:
            client.cancel(futures)

    def _compare(self, found: FileDigest) -> None:
        """Hold a partition against what it gave first.

        Raises:
            EvidenceError: It gave other rows.
        """
        if self._seen.setdefault(found.path, found) != found:
            msg = f"{found.path} of {_WHERE} gave other rows when it was computed again; write "
            raise EvidenceError(msg + "the frame to files, and hand over their folder")


def _part(frame: Any, number: int) -> FramePart:
    import pyarrow as pa

    where = f"partition {number} of {_WHERE}"
    with reading(where):
        table = pa.Table.from_pandas(frame, preserve_index=False)
    return FramePart(held(table, where), f"partition-{number:06d}")


def _run(frame: Any, number: int, job: Callable[[Part], Done]) -> tuple[FileDigest, Done]:
    """Do the job on one computed partition, where it is."""
    part = _part(frame, number)
    return part.digest(), job(part)


def _nothing(_: Part) -> None:
    """Leave it at the digest."""


def _cluster() -> Any:
    """Give the cluster's client that this process talks to, or None."""
    try:
        from distributed import default_client

        return default_client()
    except (ImportError, ValueError):
        return None


@contextmanager
def _computing() -> Iterator[None]:
    """Turn what Dask raises into one family of error.

    Raises:
        GovgateError: The job's own.
        EvidenceError: A partition cannot be computed, or not in time.
    """
    try:
        yield
    except GovgateError:
        raise
    except TimeoutError as why:
        msg = f"{_WHERE} was not computed in time; give it longer, or look at the cluster"
        raise EvidenceError(msg) from why
    # A partition is computed by whatever its maker wrote, which raises what it likes.
    except Exception as why:
        msg = f"{_WHERE} cannot be computed ({type(why).__name__}); compute it yourself to see why"
        raise EvidenceError(msg) from why
