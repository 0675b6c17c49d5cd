"""kill -9, again and again: what was acknowledged is never missing and never doubled."""

import os
import random
import signal
import time
from itertools import count

from tests.ledger.processes import (
    all_acked,
    check,
    context,
    file_store,
    found,
    open_sender,
    publish_often,
    refuse,
    write,
)

KILLS = int(os.environ.get("GOVGATE_KILLS", "50"))
"""Kills in one run."""

WRITERS = 3
FOR_EVER = 10**9


def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9(tmp_path):
    place, chance, lives = tmp_path / "ledger", random.Random(3), count()  # noqa: S311 -- the same again
    found(file_store, place)
    kinds = context()

    def outbox(role):
        return tmp_path / f"outbox-{role // 2}"  # two of three writers share one

    def start(role):
        if role == WRITERS:
            process = kinds.Process(target=publish_often, args=(file_store, place), daemon=True)
        else:
            name = f"{role}-{next(lives)}"
            acked = tmp_path / f"acked-{name}"
            words = (file_store, place, outbox(role), acked, name, FOR_EVER)
            process = kinds.Process(target=write, args=words, daemon=True)
        process.start()
        return process

    running = [start(role) for role in range(WRITERS + 1)]
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.02, 0.12))
        role = chance.randrange(WRITERS + 1)
        assert kill(running[role]) == -signal.SIGKILL
        running[role] = start(role)
    time.sleep(0.2)
    for process in running:
        assert kill(process) == -signal.SIGKILL

    left = sum(len(open_sender(file_store, place, outbox(r)).flush(refuse)) for r in (0, 2))
    acked = all_acked(tmp_path)
    texts = check(file_store, place, acked)
    assert len(acked) > KILLS
    assert set(texts) >= acked.keys()
    # A process dies between the commit and its note at most once a life.
    assert len(texts) - len(acked) <= next(lives)
    assert left <= WRITERS + 1


def kill(process):
    """Kill a process that still runs, and give its exit code."""
    process.kill()
    process.join(10)
    return process.exitcode
