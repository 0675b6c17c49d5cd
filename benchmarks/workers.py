"""What workers cost beside the work: one pass over many small parts, and memory as parts grow.

    python benchmarks/workers.py [--parts 1_000] [--rows 200] [--full]

Each kind counts the cells of every part, after one pass that warms it up; all must give the same
cells as one thread. The bar: under 10 ms a part on a running Dask cluster of two workers. `--full`
adds parts that are forty times as large, whose peak memory a worker must not notice.
Exit code 1 when a bar is missed or a number differs.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

BAR_MS, BAR_MIB = 10.0, 600.0
COLUMNS = ("group", "label")


def make(folder: Path, parts: int, rows: int) -> None:
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    draw = np.random.default_rng(20260101)
    folder.mkdir()
    for number in range(parts):
        group = pa.array(np.array(["a", "b", "c"])[draw.integers(0, 3, rows)])
        table = pa.table({"group": group, "label": draw.integers(0, 2, rows)})
        parquet.write_table(table, folder / f"{number:05d}.parquet")


@contextmanager
def one_by_one() -> Iterator[None]:
    yield None


@contextmanager
def threads() -> Iterator[Any]:
    from govgate.adapters.worker_threads import ThreadWorkers

    yield ThreadWorkers(2, 600)


@contextmanager
def processes() -> Iterator[Any]:
    from govgate.adapters.worker_processes import ProcessWorkers

    workers = ProcessWorkers(2, 600)
    yield workers
    workers.close()


@contextmanager
def dask() -> Iterator[Any]:
    from distributed import Client, LocalCluster

    from govgate.adapters.dask_workers import DaskWorkers

    quiet = {"dashboard_address": ":0", "silence_logs": 50}
    with LocalCluster(2, threads_per_worker=1, **quiet) as cluster, Client(cluster) as client:
        yield DaskWorkers(client, 600)


@contextmanager
def ray() -> Iterator[Any]:
    from govgate.adapters.ray_workers import RayWorkers

    workers = RayWorkers(None, 600, count=2)
    yield workers
    workers.close()


KINDS: dict[str, Callable[[], Any]] = {
    "one by one": one_by_one,
    "threads": threads,
    "processes": processes,
    "dask": dask,
    "ray": ray,
}


def peak(part: Any) -> float:
    """Count a part, and give the worker's peak memory so far in MiB."""
    from govgate.profile import count_cells

    count_cells(part.batches(COLUMNS, categorical=["group"]), COLUMNS)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def passed(folder: Path, workers: Any) -> tuple[float, float, list[Any]]:
    """Count all parts once: wall seconds, processor seconds of this process, the cells."""
    from govgate.adapters.tables import read_table
    from govgate.spread import count_table

    table = read_table(folder, workers=workers)
    began, cpu = time.perf_counter(), time.process_time()
    cells = count_table(table, COLUMNS, categorical=["group"])
    return time.perf_counter() - began, time.process_time() - cpu, list(cells)


def many(folder: Path, parts: int) -> bool:
    print(f"{'workers':12} {'s':>7} {'CPU s here':>11} {'ms a part':>10} {'over one by one':>16}")
    fine, base, expected = True, 0.0, None
    for kind, opened in KINDS.items():
        with opened() as workers:
            passed(folder, workers)
            wall_s, cpu_s, cells = min(passed(folder, workers) for _ in range(2))
        expected, base = expected or cells, base or wall_s
        each_ms, over_ms = wall_s / parts * 1e3, (wall_s - base) / parts * 1e3
        print(f"{kind:12} {wall_s:7.2f} {cpu_s:11.2f} {each_ms:10.2f} {over_ms:+16.2f}")
        fine &= cells == expected and (kind != "dask" or each_ms < BAR_MS)
    return fine


def large(folder: Path) -> bool:
    from govgate.adapters.tables import read_table

    with processes() as workers:
        peaks = list(read_table(folder, workers=workers).each(partial(peak)))
    size_mib = sum(file.stat().st_size for file in folder.iterdir()) / 2**20
    print(f"large parts: {size_mib:.0f} MiB on disk, peak of a worker {max(peaks):.0f} MiB")
    return max(peaks) < BAR_MIB


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--full", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        make(Path(scratch) / "many", chosen.parts, chosen.rows)
        print(f"{chosen.parts} parts of {chosen.rows} rows, two workers of each kind")
        fine = many(Path(scratch) / "many", chosen.parts)
        if chosen.full:
            make(Path(scratch) / "large", 4, 20_000_000)
            fine &= large(Path(scratch) / "large")
    print("fine" if fine else f"MISSED: the same cells, and {BAR_MS} ms a part on Dask")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
