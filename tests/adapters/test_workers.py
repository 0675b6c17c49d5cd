"""Workers keep one promise: each part once, in any order, or a refusal that names one, in time."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from govgate.adapters.dask_workers import DaskWorkers
from govgate.adapters.ray_workers import RayWorkers
from govgate.adapters.worker_processes import ProcessWorkers
from govgate.adapters.worker_threads import ThreadWorkers
from govgate.errors import EvidenceError
from tests.tools import parts as made


@pytest.fixture
def processes():
    workers = ProcessWorkers(2, 60)
    yield workers
    workers.close()


@pytest.fixture
def dask(dask_cluster):
    workers = DaskWorkers(dask_cluster.scheduler_address, 60)
    yield workers
    workers.close()


@pytest.fixture(scope="session")
def ray():
    workers = RayWorkers(None, 60, count=2)
    yield workers
    workers.close()


@pytest.fixture(params=["threads", "processes", "dask", "ray"])
def workers(request):
    if request.param == "threads":
        return ThreadWorkers(2, 60)
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["processes", "dask", "ray"])
def mortal(request):
    """Workers that can be killed without an end to this process."""
    return request.getfixturevalue(request.param)


def squares(count):
    return {f"part-{number:04d}": number**2 for number in range(count)}


def done(workers, job, count=8):
    found = list(workers.run(job, made.parts(count)))
    assert len(found) == count
    return dict(found)


def alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_part_is_done_once(workers):
    for count in (1, 2, 40):
        assert done(workers, made.square, count) == squares(count)


def test_nothing_to_do_is_done_at_once(workers):
    assert list(workers.run(made.square, [])) == []


def test_a_refusal_comes_back_as_it_was_raised(workers):
    with pytest.raises(EvidenceError, match=r"^part-0003 is broken; mend it$"):
        done(workers, made.refuse_third)
    assert done(workers, made.square) == squares(8)


def test_large_results_come_whole(workers):
    found = done(workers, made.large)
    assert all(found[f"part-{n:04d}"] == bytes([n]) * 1_000_000 for n in range(8))


def test_results_come_before_all_is_done(workers):
    coming = workers.run(made.sleep_at_third, made.parts(8))
    assert next(coming)[1] in squares(8).values()
    coming.close()


def test_a_worker_that_is_killed_once_costs_nothing(mortal, tmp_path):
    # every worker is killed by the first part it is given, and each part is done in the end
    assert done(mortal, partial(made.die_once, tmp_path), 2) == squares(2)


def test_a_part_that_kills_every_worker_is_refused_by_name(mortal):
    with pytest.raises(EvidenceError, match=r"died of part 'part-000|part 'part-0003' was not"):
        done(mortal, made.die_of_third)
    assert done(mortal, made.square) == squares(8)


@pytest.mark.parametrize("job", [made.sleep_at_third, made.stop_at_third])
def test_a_part_that_takes_too_long_is_refused_by_name_in_time(processes, job):
    processes.deadline_s = 2
    began = time.monotonic()
    with pytest.raises(EvidenceError, match=r"'part-0003' was not done in time; raise workers"):
        done(processes, job)
    assert time.monotonic() - began < 30
    processes.deadline_s = 60
    assert done(processes, made.square) == squares(8)


@pytest.mark.parametrize("kind", ["threads", "dask", "ray"])
def test_a_part_that_sleeps_is_refused_by_name_in_time(kind, request):
    if kind == "threads":
        workers = ThreadWorkers(2, 2)
    else:
        workers = request.getfixturevalue(kind)
        workers.deadline_s = 3
    with pytest.raises(EvidenceError, match=r"'part-0003'.* not done in time; raise"):
        done(workers, made.sleep_at_third)
    workers.deadline_s = 60


def test_all_workers_killed_at_once_are_replaced(processes):
    coming = processes.run(made.named_process, made.parts(40))
    killed = {next(coming)[1] for _ in range(6)}
    for number in killed:
        os.kill(number, signal.SIGKILL)
    left = list(coming)
    assert len(left) == 34
    assert {number for _, number in left} - killed


def test_all_dask_workers_killed_at_once_are_replaced_or_a_part_is_named(dask, dask_cluster):
    coming = dask.run(made.named_process, made.parts(40))
    next(coming)
    for worker in dask_cluster.workers.values():
        os.kill(worker.pid, signal.SIGKILL)
    said = ""
    left = []
    try:
        left = list(coming)
    except EvidenceError as why:
        # the scheduler holds each part's deaths against it, whoever's fault they were
        said = str(why)
    assert len(left) == 39 or "died of part 'part-" in said


def test_processes_are_used_again_and_leave_nothing_behind(processes):
    first = set(done(processes, made.named_process).values())
    assert set(done(processes, made.named_process).values()) == first
    assert len(first) == 2
    processes.close()
    assert not any(alive(number) for number in first)


def test_a_run_that_is_given_up_leaves_no_process_behind(processes):
    coming = processes.run(made.named_process, made.parts(40))
    number = next(coming)[1]
    coming.close()
    assert not alive(number)


def test_an_error_that_is_not_ours_quotes_nothing(processes):
    with pytest.raises(EvidenceError, match="ZeroDivisionError") as caught:
        done(processes, made.fall_over_third)
    assert "Jane" not in str(caught.value)


SCRIPT = """\
from govgate.adapters.worker_processes import ProcessWorkers
from tests.tools import parts as made
print("once")
print(sum(done for _, done in ProcessWorkers(2, 60).run(lambda part: part.number, made.parts(9))))
"""


def test_a_script_is_not_run_again_by_its_workers(tmp_path):
    # no `if __name__ == "__main__"`, and a function that only the script has
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    said = subprocess.run(
        [sys.executable, path],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert said.stdout == "once\n36\n"
    assert said.stderr == ""


def test_nobody_at_the_address_is_said(free_port):
    with pytest.raises(EvidenceError, match=r"no Dask scheduler answers at .*workers.address"):
        DaskWorkers(f"tcp://127.0.0.1:{free_port}", 1)


def test_a_scheduler_that_goes_away_is_said():
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster:
        workers = DaskWorkers(cluster.scheduler_address, 4)
        coming = workers.run(made.sleep_at_third, made.parts(8))
        next(coming)
        cluster.close()
        with pytest.raises(EvidenceError, match=r"Dask cluster went away|not done in time"):
            list(coming)
    workers.close()
