"""Processes of this machine as workers: one that is killed takes nothing with it.

Each is a fresh interpreter at the other end of a socket, not a child of `multiprocessing`, so the
user's script is never run a second time, and nobody needs `if __name__ == "__main__"`.

    us      -> worker   [number, job and part, pickled together]
    worker  -> us       [number, True, result] or [number, False, error]

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


class ProcessWorkers:
    """Implements `ports.Workers`; the processes live as long as one run."""

    def __init__(self, count: int, deadline_s: float) -> None:
        """Have some processes.

        Args:
            count: How many at most.
            deadline_s: Seconds that all parts may take together.
        """
        self._count, self.deadline_s = count, deadline_s

    def run(
        self, job: Callable[[Part], Done], parts: Sequence[Part]
    ) -> Iterator[tuple[str, Done]]:
        """See `ports.Workers.run`."""
        run = _Run(job, parts, min(self._count, len(parts)))
        clock = threading.Timer(self.deadline_s, run.expire)
        clock.daemon = True
        clock.start()
        try:
            yield from run.results()
        finally:
            clock.cancel()
            run.end()


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    talk: Connection
    part: int | None = None
    """Number of the part it works on."""


class _Run:
    """One pass over the parts."""

    def __init__(self, job: Callable[[Part], Any], parts: Sequence[Part], count: int) -> None:
        self._job, self._parts = job, parts
        self._waiting = deque(range(len(parts)))
        self._deaths: Counter[int] = Counter()
        self._late = False
        self._workers = [_started() for _ in range(count)]

    def results(self) -> Iterator[tuple[str, Any]]:
        left = len(self._parts)
        while left:
            for worker in list(self._workers):
                self._hand_out(worker)
            by_talk = {worker.talk: worker for worker in self._workers if worker.part is not None}
            for talk in wait([*by_talk]):
                worker = by_talk[talk]  # type: ignore[index] -- what was given comes back
                try:
                    number, fine, result = pickle.loads(worker.talk.recv_bytes())  # noqa: S301 -- ours
                except (EOFError, OSError, pickle.UnpicklingError) as why:
                    self._bury(worker, why)
                    continue
                worker.part = None
                if not fine:
                    raise result
                left -= 1
                yield self._parts[number].name, result

    def _hand_out(self, worker: _Worker) -> None:
        if worker.part is not None or not self._waiting:
            return
        worker.part = self._waiting.popleft()
        task = cloudpickle.dumps((worker.part, self._job, self._parts[worker.part]))
        try:
            worker.talk.send_bytes(task)
        except OSError as why:
            self._bury(worker, why)

    def _bury(self, worker: _Worker, why: Exception) -> None:
        """Put another worker in the place of one that died, and its part back in the line.

        Raises:
            EvidenceError: The time was up, or the part killed too many.
        """
        self._workers.remove(worker)
        code = _ended(worker)
        number = worker.part or 0
        name = self._parts[number].name
        if self._late:
            msg = f"part {name!r} was not done in time; raise workers.deadline_s, or add workers"
            raise EvidenceError(msg) from why
        self._deaths[number] += 1
        if self._deaths[number] >= _LIVES:
            msg = f"{_LIVES} workers died of part {name!r} (exit {code}); look at that file, give "
            raise EvidenceError(msg + "the machine more memory, or have fewer workers") from why
        self._waiting.appendleft(number)
        self._workers.append(_started())

    def expire(self) -> None:
        """Kill all: whoever waits for an answer then finds that there is none."""
        self._late = True
        for worker in list(self._workers):
            worker.process.kill()

    def end(self) -> None:
        for worker in self._workers:
            _ended(worker)


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


def _ended(worker: _Worker) -> int:
    worker.process.kill()
    worker.talk.close()
    return worker.process.wait()


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
        talk.send_bytes(_answer(task))


def _answer(task: bytes) -> bytes:
    number, job, part = pickle.loads(task)  # noqa: S301 -- from the process that started this one
    try:
        return cloudpickle.dumps((number, True, job(part)))
    except GovgateError as why:
        return cloudpickle.dumps((number, False, why))
    # Others need not pickle; what they say may quote a cell, so only their kind is told.
    except Exception as why:  # noqa: BLE001
        msg = f"part {part.name!r} was not done ({type(why).__name__}); look at that file"
        return cloudpickle.dumps((number, False, EvidenceError(msg)))
