"""Eight processes append to one log at once: everything stands exactly once.

By hand, as many appends to a bucket and through the broken network as the bar asks:
`GOVGATE_RACE=200 GOVGATE_RACE_BROKEN=40 pytest tests/ledger/test_races.py`.
"""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.conftest import serving, unused_port
from tests.ledger.processes import all_acked, check, context, file_store, found, s3_store, write

PROXY = Path(__file__).parents[1] / "tools" / "fault_proxy.py"
PROCESSES = 8
APPENDS = 200
IN_A_BUCKET = int(os.environ.get("GOVGATE_RACE", "10"))
BROKEN = int(os.environ.get("GOVGATE_RACE_BROKEN", "4"))
FAULTS = 0.2
"""Requests in a hundred that break, as a ratio."""

TIMEOUT_S = 300


def race(tmp_path, open_store, place, appends):
    """Found a log and let the processes run against each other; give the texts that stand."""
    found(open_store, place)
    run_writers(tmp_path, open_store, place, appends)
    return check(open_store, place, all_acked(tmp_path))


def run_writers(tmp_path, open_store, place, appends):
    end_writers(start_writers(tmp_path, open_store, place, appends))


def start_writers(tmp_path, open_store, place, appends):
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
    # With the barrier, whose last reference must outlive the start of the last process.
    return running, begin


def end_writers(started):
    running, _ = started
    for process in running:
        process.join(TIMEOUT_S)
    assert [process.exitcode for process in running] == [0] * PROCESSES


def everything(appends):
    return sorted(f"{p}.{i}" for p in range(PROCESSES) for i in range(appends))


def store_of(url):
    """How a process opens the store behind an address, with the keys of this test session."""
    keys = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    return partial(s3_store, url, keys)


def test_a_gateway_that_is_killed_and_comes_back_loses_and_doubles_nothing(tmp_path, rgw_endpoint):
    open_store, bucket = store_of(rgw_endpoint.url), rgw_endpoint.bucket()
    found(open_store, bucket)
    started = start_writers(tmp_path, open_store, bucket, BROKEN)
    try:
        time.sleep(0.7)
        os.kill(rgw_endpoint.pid, signal.SIGUSR1)
        time.sleep(0.7)
        os.kill(rgw_endpoint.pid, signal.SIGUSR2)
    finally:
        end_writers(started)
    acked = all_acked(tmp_path)
    assert sorted(check(open_store, bucket, acked)) == everything(BROKEN) == sorted(acked)


def test_eight_processes_lose_nothing_and_double_nothing_in_a_folder(tmp_path):
    texts = race(tmp_path, file_store, tmp_path / "ledger", APPENDS)
    assert sorted(texts) == everything(APPENDS)


@pytest.mark.parametrize("service", ["moto_endpoint", "rgw_endpoint"])
def test_eight_processes_lose_nothing_and_double_nothing_in_a_bucket(tmp_path, request, service):
    endpoint = request.getfixturevalue(service)
    texts = race(tmp_path, store_of(endpoint.url), endpoint.bucket(), IN_A_BUCKET)
    assert sorted(texts) == everything(IN_A_BUCKET)


@pytest.mark.parametrize("service", ["moto_endpoint", "rgw_endpoint"])
def test_a_network_that_breaks_every_fifth_request_loses_and_doubles_nothing(
    tmp_path, request, service
):
    endpoint, port = request.getfixturevalue(service), unused_port()
    url = f"http://127.0.0.1:{port}"
    upstream = str(urlsplit(endpoint.url).port)
    command = (sys.executable, str(PROXY), str(port), upstream, str(FAULTS), "1")
    bucket = endpoint.bucket()
    found(store_of(endpoint.url), bucket)
    with serving(command, f"{url}/-/faults", tmp_path / "proxy.log"):
        run_writers(tmp_path, store_of(url), bucket, BROKEN)
        faults = requests.get(f"{url}/-/faults", timeout=5).json()
    texts = check(store_of(endpoint.url), bucket, all_acked(tmp_path))
    assert sorted(texts) == everything(BROKEN)
    kinds = {"503-before", "drop-after", "500-after", "delay", "truncated"}
    assert faults.keys() <= kinds
    # A short run meets only some of them.
    assert len(faults) >= (len(kinds) if BROKEN >= 40 else 2)
