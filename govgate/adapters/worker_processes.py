"""Processes of this machine as workers: one that is killed takes nothing with it.

Each is a fresh interpreter at the other end of a socket, not a child of `multiprocessing`, so the
user's script is never run a second time, and nobody needs `if __name__ == "__main__"`.

    us      -> worker   pickled (job, part)
    worker  -> us       pickled (True, result) or (False, error)

A worker that dies is replaced, and its part done again; a part that kills `_LIVES` of them is
refused by name. When the time is up all are killed, so that no answer is awaited for ever.
"""

import os
import pickle
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

import cloudpickle

from govgate.errors import EvidenceError, GovgateError
from govgate.ports import Done, Part

_LIVES = 3
"""Workers that one part may cost: the machine may have been short of memory once."""

_START = "from govgate.adapters.worker_processes import serve; serve(int({}))"


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    talk: Connection
    part: int | None = None
    """Number of the part it works on."""


class ProcessWorkers:
    """Implements `ports.Workers`; a process that did its part well is kept for the next run."""

    def __init__(self, count: int, deadline_s: float) -> None:
        """Have some processes, which are started when there is something to do.

        Args:
            count: How many at most.
            deadline_s: Seconds that all parts may take together.
        """
        self._count, self.deadline_s = count, deadline_s
        self._idle: list[_Worker] = []
        self._end = weakref.finalize(self, _end_all, self._idle)

    def run(self, job: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[str, Done]]:
        """See `ports.Workers.run`."""
        run = _Run(job, parts, self.deadline_s)
        # Kills even when an answer was begun and does not end, or nobody reads what is sent.
        alarm = threading.Timer(self.deadline_s, run.kill)
        alarm.daemon = True
        alarm.start()
        try:
            for _ in range(min(self._count, len(parts))):
                run.workers.append(self._idle_or_new())
            yield from run.results()
            alarm.cancel()
            self._idle += run.workers
            run.workers = []
        finally:
            alarm.cancel()
            _end_all(run.workers)

    def _idle_or_new(self) -> _Worker:
        try:
            return self._idle.pop()
        except IndexError:  # another thread's run may have taken the last
            return _started()

    def close(self) -> None:
        """End the processes that wait for work."""
        self._end()


class _Run:
    """One pass over the parts."""

    def __init__(
        self, job: Callable[[Part], Any], parts: Sequence[Part], deadline_s: float
    ) -> None:
        self._job, self._parts = job, parts
        self._until = time.monotonic() + deadline_s
        self._waiting = deque(range(len(parts)))
        self._deaths: Counter[int] = Counter()
        self.workers: list[_Worker] = []

    def results(self) -> Iterator[tuple[str, Any]]:
        left = set(range(len(self._parts)))
        while left:
            for worker in [w for w in self.workers if w.part is None]:
                self._hand_out(worker)
            busy = {w.talk: w for w in self.workers if w.part is not None}
            ready = wait([*busy], max(0.0, self._until - time.monotonic()))
            self._require_time(min(left))
            for worker in [w for talk, w in busy.items() if talk in ready]:
                for number, result in self._taken(worker):
                    left.discard(number)
                    yield self._parts[number].name, result

    def _require_time(self, number: int) -> None:
        """Stop when the time is up.

        Raises:
            EvidenceError: It is.
        """
        if time.monotonic() >= self._until:
            msg = f"part {self._parts[number].name!r} was not done in time; raise "
            raise EvidenceError(msg + "workers.deadline_s, or add workers")

    def _hand_out(self, worker: _Worker) -> None:
        if not self._waiting:
            return
        worker.part = self._waiting.popleft()
        try:
            worker.talk.send_bytes(cloudpickle.dumps((self._job, self._parts[worker.part])))
        except OSError as why:
            self._replace(worker, why)

    def _taken(self, worker: _Worker) -> Iterator[tuple[int, Any]]:
        try:
            fine, result = pickle.loads(worker.talk.recv_bytes())  # noqa: S301 -- our own worker
        except (EOFError, OSError, pickle.UnpicklingError) as why:
            self._replace(worker, why)
            return
        number, worker.part = worker.part, None
        if not fine:
            raise result
        yield number or 0, result

    def _replace(self, worker: _Worker, why: Exception) -> None:
        """Put another worker in the place of one that died, and its part back in the line.

        Raises:
            EvidenceError: The time was up, or the part killed too many.
        """
        self.workers.remove(worker)
        number, code = worker.part or 0, _end(worker)
        self._require_time(number)
        self._deaths[number] += 1
        if self._deaths[number] >= _LIVES:
            msg = f"{_LIVES} workers died of part {self._parts[number].name!r} (exit {code}); look "
            msg += "at that file, give the machine more memory, or have fewer workers"
            raise EvidenceError(msg) from why
        self._waiting.appendleft(number)
        self.workers.append(_started())

    def kill(self) -> None:
        for worker in list(self.workers):
            worker.process.kill()


def _started() -> _Worker:
    ours, theirs = socket.socketpair()
    with theirs:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path),
            # The parts are done side by side already.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        process = subprocess.Popen(  # noqa: S603 -- this interpreter
            [sys.executable, "-c", _START.format(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=environment,
        )
    return _Worker(process, Connection(ours.detach()))


def _end(worker: _Worker) -> int:
    worker.process.kill()
    worker.talk.close()
    return worker.process.wait()


def _end_all(workers: list[_Worker]) -> None:
    while workers:
        _end(workers.pop())


def serve(number: int) -> None:
    """Be a worker, until the other end closes.

    Args:
        number: Of the socket's file.
    """
    talk = Connection(number)
    while True:
        try:
            task = talk.recv_bytes()
        except EOFError:
            return
        talk.send_bytes(cloudpickle.dumps(_answer(task)))


def _answer(task: bytes) -> tuple[bool, Any]:
    try:
        job, part = pickle.loads(task)  # noqa: S301 -- from the process that started this one
        return True, job(part)
    except GovgateError as why:
        return False, why
    # Others need not pickle, and what they say may quote a cell: only their kind is told.
    except Exception as why:  # noqa: BLE001
        msg = f"a worker failed ({type(why).__name__}); run it with workers.kind: threads to see "
        return False, EvidenceError(msg + "where")
