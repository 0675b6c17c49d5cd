"""A profile of a table, from Parquet, beside the time to decode it; and cells crossed.

    python benchmarks/profile.py [FOLDER] [--rows 1_000_000] [--full]

The data are made once, seeded, into FOLDER: 14 numeric columns and 6 of texts, two tables. Every
run is a fresh process and the best of three by processor seconds, as other work on the machine
only ever adds time. Exact distances by scipy must lie within the certified intervals. Exit code 1
when a bar is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TEXTS = tuple(f"c{i}" for i in range(6))
BAR_DECODES, BAR_MIB, BAR_CELLS_S = 3.0, 400, 1.0
FULL_ROWS = 5_000_000
GROUP = 1 << 18


def made(folder: Path, rows: int) -> tuple[Path, Path]:
    """Make the data in a process of its own: a child's peak memory starts at its parent's."""
    paths = folder / f"profile_before_{rows}.parquet", folder / f"profile_now_{rows}.parquet"
    if not all(path.exists() for path in paths):
        subprocess.run([sys.executable, __file__, str(folder), "--make", str(rows)], check=True)
    return paths


def make(folder: Path, rows: int) -> None:
    from pyarrow import parquet

    folder.mkdir(parents=True, exist_ok=True)
    for which, seed, shift in (("before", 1, 0.0), ("now", 2, 0.3)):
        path = folder / f"profile_{which}_{rows}.parquet"
        part = path.with_suffix(".part")
        writer = None
        for start in range(0, rows, GROUP * 4):
            table = piece(min(GROUP * 4, rows - start), seed * 1000 + start // GROUP, shift)
            writer = writer or parquet.ParquetWriter(part, table.schema, compression="zstd")
            writer.write_table(table, row_group_size=GROUP)
        writer.close()
        part.rename(path)


def piece(rows: int, seed: int, shift: float) -> Any:
    import numpy as np
    import pyarrow as pa

    draw, columns = np.random.default_rng(seed), {}
    for i in range(14):
        s = shift * (i % 3 == 0)
        columns[f"n{i:02d}"] = (
            lambda s=s: draw.normal(s, 1, rows),
            lambda s=s: draw.lognormal(s / 10, 1, rows),
            lambda s=s: draw.exponential(1 + s, rows),
            lambda s=s: draw.uniform(0, 1 + s, rows),
            lambda s=s: draw.integers(0, 100 + int(10 * s), rows),
            lambda s=s: np.where(draw.random(rows) < 0.3, 0, draw.gamma(2, 2 + s, rows)),
            lambda s=s: draw.standard_t(5, rows) * 10 + s,
        )[i % 7]()
    for name, many in zip(TEXTS, (2, 3, 5, 20, 200, 2000), strict=True):
        weight = 1 / np.arange(1, many + 1)
        codes = draw.choice(many, rows, p=weight / weight.sum()).astype(np.int32)
        values = pa.array([f"{name}_{value:04d}" for value in range(many)])
        columns[name] = pa.DictionaryArray.from_arrays(codes, values).cast(pa.string())
    return pa.table(columns)


def batches(path: Path) -> Iterator[Any]:
    from govgate.adapters.tables import read_table

    table = read_table(path)
    return table.batches(table.columns, categorical=TEXTS)


def decoded(before: Path, now: Path) -> dict[str, float]:
    rows = sum(batch.num_rows for path in (before, now) for batch in batches(path))
    return {"rows": rows}


def profiled(before: Path, now: Path) -> dict[str, float]:
    from govgate.profile import plan_for, profile_of, to_bytes, wasserstein_distance

    plan = plan_for(batches(before))
    one = profile_of(batches(before), plan, "before")
    two = profile_of(batches(now), plan, "now")
    said = {"rows": one.rows + two.rows, "bytes": len(to_bytes(one))}
    for name, column in plan.columns.items():
        if column.kind == "number":
            pair = one.columns[name].numbers, two.columns[name].numbers
            area = wasserstein_distance(*pair, column)
            said |= {f"{name} low": area.low, f"{name} high": area.high}
    return said


def exact(before: Path, now: Path) -> dict[str, float]:
    from pyarrow import parquet
    from scipy.stats import wasserstein_distance

    found = {}
    for i in range(14):
        name = f"n{i:02d}"
        pair = [parquet.read_table(p, columns=[name])[name].to_numpy() for p in (before, now)]
        found[name] = float(wasserstein_distance(*pair))
    return found


def crossed(*_: Path) -> dict[str, float]:
    import numpy as np
    import pyarrow as pa

    from govgate.profile import count_cells

    draw, rows = np.random.default_rng(0), 10_000_000
    texts = {n: pa.array([f"{n}{v}" for v in range(k)]) for n, k in (("region", 5), ("sex", 3))}
    table = pa.table(
        {
            n: pa.DictionaryArray.from_arrays(draw.integers(0, len(v), rows).astype(np.int32), v)
            for n, v in texts.items()
        }
        | {n: draw.integers(0, 2, rows).astype(np.int8) for n in ("label", "prediction")}
    )
    started = time.process_time()
    cells = count_cells(table.to_batches(max_chunksize=GROUP), table.column_names)
    spent_s = time.process_time() - started
    assert (cells.rows, len(cells)) == (rows, 60)  # noqa: S101 -- every row is counted
    return {"rows": rows, "counting": spent_s}


JOBS = {"decode": decoded, "profile": profiled, "exact": exact, "cells": crossed}


def measured(job: str, paths: tuple[Path, Path], times: int = 3) -> dict[str, float]:
    """Run a job in fresh processes; gives the run that took the least processor time."""
    return min((once(job, paths) for _ in range(times)), key=lambda run: run["cpu_s"])


def once(job: str, paths: tuple[Path, Path]) -> dict[str, float]:
    command = [sys.executable, __file__, "--job", job, "--files", *map(str, paths)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    said, _ = child.stdout.read(), child.stdout.close()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{job} failed on {paths}")
    # Linux counts it in KiB, macOS in bytes
    unit = 1 if sys.platform == "darwin" else 1024
    return json.loads(said) | {"mib": used.ru_maxrss * unit / 2**20}


def run(job: str, paths: list[Path]) -> None:
    """Do a job, its imports left out of the time: both sides have the same ones."""
    import numpy  # noqa: F401, ICN001
    import pyarrow.parquet  # noqa: F401

    import govgate.profile  # noqa: F401
    from govgate.adapters import tables  # noqa: F401

    started = time.process_time()
    said = JOBS[job](*paths)
    print(json.dumps(said | {"cpu_s": time.process_time() - started}))


def compare(folder: Path, rows: int) -> dict[str, bool]:
    paths = made(folder, rows)
    size = sum(path.stat().st_size for path in paths) / 1e6
    floor, ours = measured("decode", paths), measured("profile", paths)
    truth = measured("exact", paths, 1)
    print(f"{'job':<10}{'rows':>12}{'files MB':>10}{'CPU s':>9}{'ratio':>7}{'peak MiB':>10}")
    for job, seen in (("decode", floor), ("profile", ours), ("scipy W1", truth)):
        ratio = seen["cpu_s"] / floor["cpu_s"]
        print(
            f"{job:<10}{2 * rows:>12,}{size:>10.1f}{seen['cpu_s']:>9.3f}{ratio:>7.2f}"
            f"{seen['mib']:>10.0f}"
        )
    inside = [ours[f"{n} low"] <= truth[n] <= ours[f"{n} high"] for n in truth if n[0] == "n"]
    spare = ours["cpu_s"] - floor["cpu_s"]
    print(f"{spare / (40 * rows) * 1e9:.1f} ns a value; the profile has {ours['bytes']:,} bytes")
    return {
        f"at most {BAR_DECODES:g} times the decoding": ours["cpu_s"]
        <= BAR_DECODES * floor["cpu_s"],
        f"at most {BAR_MIB} MiB": ours["mib"] <= BAR_MIB,
        f"{sum(inside)} of 14 exact distances within their intervals": all(inside),
    }


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1] / ".cache")
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--full", action="store_true", help=f"{FULL_ROWS:,} rows a table too")
    asked.add_argument("--make", type=int, help=argparse.SUPPRESS)
    asked.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    asked.add_argument("--files", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.make:
        make(given.folder, given.make)
        return 0
    if given.job:
        run(given.job, given.files)
        return 0
    bars = compare(given.folder, given.rows)
    if given.full:
        bars |= {f"{bar} (5M)": met for bar, met in compare(given.folder, FULL_ROWS).items()}
    cells = measured("cells", made(given.folder, given.rows))
    print(f"cells of {cells['rows']:,} rows, 4 columns: {cells['counting']:.3f} CPU s in memory")
    bars[f"under {BAR_CELLS_S:g} CPU s for the cells"] = cells["counting"] < BAR_CELLS_S
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    return 0 if all(bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
