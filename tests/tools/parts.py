"""Parts without files, and jobs that go well, go wrong, or kill who does them."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from govgate.errors import EvidenceError
from govgate.tree import FileDigest


@dataclass(frozen=True)
class Numbered:
    number: int
    size: int = 1
    rows: int | None = None

    @property
    def name(self):
        return f"part-{self.number:04d}"

    def digest(self):
        return FileDigest(self.name, f"{self.number:064x}", self.size)

    def batches(self, columns, *, categorical=()):
        raise NotImplementedError


def parts(count, size=1):
    return [Numbered(number, size) for number in range(count)]


def square(part):
    return part.number**2


def refuse_third(part):
    if part.number == 3:
        msg = f"{part.name} is broken; mend it"
        raise EvidenceError(msg)
    return part.number


def fall_over_third(part):
    if part.number == 3:
        raise ZeroDivisionError(part.name, "Jane Doe")
    return part.number


def die_of_third(part):
    if part.number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return part.number**2


def die_once(folder: Path, part):
    """Kill the worker the first time that a part is tried; `folder` remembers which were."""
    tried = folder / part.name
    if not tried.exists():
        tried.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return part.number**2


def stop_at_third(part):
    """Stand still, as a machine that swaps or a network that is gone."""
    if part.number == 3:
        os.kill(os.getpid(), signal.SIGSTOP)
    return part.number**2


def sleep_at_third(part):
    time.sleep(6 if part.number == 3 else 0)
    return part.number**2


def large(part):
    return bytes([part.number]) * 1_000_000


def named_process(_):
    time.sleep(0.05)
    return os.getpid()


def read_all(part):
    return [batch.to_pydict() for batch in part.batches(["n"])]
