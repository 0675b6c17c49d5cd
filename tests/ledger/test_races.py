"""Eight processes append to one log at once: everything stands exactly once."""

import pytest

from tests.ledger.processes import all_acked, check, context, file_store, found, write

PROCESSES = 8
APPENDS = 200
TIMEOUT_S = 240


def race(tmp_path, open_store, place, appends):
    """Let the processes run against each other; give the texts that then stand."""
    found(open_store, place)
    kinds = context()
    begin = kinds.Barrier(PROCESSES)
    running = [
        kinds.Process(
            target=write,
            args=(
                *(open_store, place, tmp_path / f"outbox-{p}", tmp_path / f"acked-{p}"),
                *(str(p), appends, begin),
            ),
        )
        for p in range(PROCESSES)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join(TIMEOUT_S)
    assert [process.exitcode for process in running] == [0] * PROCESSES
    return check(open_store, place, all_acked(tmp_path))


@pytest.mark.parametrize("open_store", [file_store])
def test_eight_processes_lose_nothing_and_double_nothing(tmp_path, open_store):
    texts = race(tmp_path, open_store, tmp_path / "ledger", APPENDS)
    assert sorted(texts) == sorted(f"{p}.{i}" for p in range(PROCESSES) for i in range(APPENDS))
