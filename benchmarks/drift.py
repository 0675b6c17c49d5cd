"""Drift between two tables of 20 columns, from Parquet to the verdict, beside Evidently.

    python benchmarks/drift.py [FOLDER] [--rows 100_000] [--tables 100] [--full]

The data are made once, seeded, into FOLDER: 14 columns of numbers and 6 of categories, one in
three numbers shifted. Every run is a fresh process whose processor time and peak memory are
counted, imports too for memory, and for time from the first byte read to the last finding; ours is
the best of three. --full runs the bars themselves: 1M and 5M rows a side, 600 tables. Exit code 1
when a bar is missed or a number differs.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

AGREEMENT = 1e-12
BAR_RATIO, BAR_DECODE, BAR_MIB, BAR_GROWTH, BAR_BIG_MIB, BAR_FALSE = 100, 3, 400, 5, 600, 0.03
NUMBERS = [f"n{i:02}" for i in range(14)]
VALUES = [2, 3, 5, 20, 200, 2000]
SHIFTED = ["n00", "n03", "n09"]
"""Of every third column, which is shifted, those that are shifted far."""
CATEGORIES = [f"c{i}" for i in range(len(VALUES))]
CHUNK = 1_000_000


def made(folder: Path, rows: int) -> tuple[Path, Path]:
    """Make both tables in a process of its own: a child's peak memory starts at its parent's."""
    paths = folder / f"drift_reference_{rows}.parquet", folder / f"drift_current_{rows}.parquet"
    if not all(path.exists() for path in paths):
        subprocess.run([sys.executable, __file__, str(folder), "--make", str(rows)], check=True)
    return paths


def make(folder: Path, rows: int) -> None:
    from pyarrow import parquet

    folder.mkdir(parents=True, exist_ok=True)
    for which, seed, shift in (("reference", 1, 0.0), ("current", 2, 0.3)):
        part = folder / f"drift_{which}_{rows}.part"
        writer, left, chunk = None, rows, 0
        while left:
            table = drawn(min(left, CHUNK), seed * 1000 + chunk, shift)
            options = {"compression": "zstd", "compression_level": 1}
            writer = writer or parquet.ParquetWriter(part, table.schema, **options)
            writer.write_table(table, row_group_size=1 << 18)
            left, chunk = left - len(table), chunk + 1
        writer.close()
        part.rename(part.with_suffix(".parquet"))


def drawn(rows: int, seed: int, shift: float) -> "object":
    import numpy as np
    import pyarrow as pa

    draw = np.random.default_rng(seed)
    columns = {}
    for i, name in enumerate(NUMBERS):
        by = shift * (i % 3 == 0)
        columns[name] = (
            lambda by: draw.normal(by, 1, rows),
            lambda by: draw.lognormal(by / 10, 1, rows),
            lambda by: draw.exponential(1 + by, rows),
            lambda by: draw.uniform(0, 1 + by, rows),
            lambda by: draw.integers(0, 100 + int(10 * by), rows),
            lambda by: np.where(draw.random(rows) < 0.3, 0, draw.gamma(2, 2 + by, rows)),
            lambda by: draw.standard_t(5, rows) * 10 + by,
        )[i % 7](by)
    for i, (name, values) in enumerate(zip(CATEGORIES, VALUES, strict=True)):
        share = 1 / np.arange(1, values + 1) ** (0.8 + 0.2 * shift * (i % 2))
        codes = draw.choice(values, rows, p=share / share.sum()).astype(np.int32)
        words = pa.array([f"{name}_{v:04}" for v in range(values)])
        columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes), words).cast(pa.string())
    return pa.table(columns)


def decoded(reference: Path, current: Path) -> dict[str, float]:
    """The floor: the columns are decoded and let go."""
    from pyarrow import parquet

    for path in (reference, current):
        file = parquet.ParquetFile(path, read_dictionary=CATEGORIES, pre_buffer=False)
        for batch in file.iter_batches(1 << 18):
            assert batch.num_columns == 20  # noqa: S101
    return {}


def ours(reference: Path, current: Path) -> dict[str, float]:
    from govgate.collect.drift import DriftCollector
    from govgate.collect.drift.options import DriftOptions
    from govgate.gates.drift import Drift, DriftBounds
    from govgate.project.measuring import open_table

    bounds = DriftBounds()
    tables = {"reference": open_table(reference), "current": open_table(current)}
    body = DriftCollector().measure(tables, DriftOptions(), bounds).body
    share, *_ = [f for f in Drift().judge(body, bounds) if not f.satisfied]
    return {name: float(f"{name} (" in share.remedy) for name in body.columns}


def evidentlys(reference: Path, current: Path) -> dict[str, float]:
    import pandas as pd

    warnings.simplefilter("ignore")
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=NUMBERS, categorical_columns=CATEGORIES)
    old, new = (
        Dataset.from_pandas(pd.read_parquet(path), definition) for path in (reference, current)
    )
    said = Report([DataDriftPreset()], include_tests=True).run(new, old).dict()["metrics"]
    return {m["config"]["column"]: float(m["value"]) for m in said if "column" in m["config"]}


def stored(reference: Path, current: Path) -> dict[str, float]:
    """As ours, where of the reference only its profile was kept: what monitoring does each time."""
    return ours(profile_of(reference), current)


def profile_of(reference: Path) -> Path:
    """Give the profile's file, made by its verb when it is not there."""
    path = reference.with_suffix(".profile.json")
    if not path.exists():
        words = ["profile", "--table", str(reference), "--output", str(path)]
        made_by = [sys.executable, "-m", "govgate", *words]
        subprocess.run(made_by, check=True, stdout=subprocess.DEVNULL)
    return path


def compat(reference: Path, current: Path) -> dict[str, float]:
    """Evidently's numbers, by us."""
    from govgate.adapters.tables import read_table
    from govgate.collect.drift import DriftCollector
    from govgate.collect.drift.options import DriftOptions
    from govgate.gates.drift import DriftBounds

    tables = {"reference": read_table(reference), "current": read_table(current)}
    options = DriftOptions(compat="evidently")
    body = DriftCollector().measure(tables, options, DriftBounds()).body
    return {name: seen.value for name, seen in body.columns.items()}


ENGINES = {
    "decode": decoded,
    "govgate": ours,
    "stored": stored,
    "compat": compat,
    "evidently": evidentlys,
}


def measured(engine: str, paths: tuple[Path, Path], runs: int = 1) -> tuple[dict, float, float]:
    """Values, processor seconds, and peak resident MiB of the best of some fresh processes."""
    seen = []
    for _ in range(runs):
        command = [sys.executable, __file__, "--engine", engine, "--files", *map(str, paths)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        said, _ = child.stdout.read(), child.stdout.close()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"{engine} failed on {paths}")
        # Linux counts it in KiB, macOS in bytes
        unit = 1 if sys.platform == "darwin" else 1024
        said = json.loads(said)
        seen.append((said["values"], said["cpu_s"], used.ru_maxrss * unit / 2**20))
    return min(seen, key=lambda run: run[1])


def run(engine: str, paths: list[Path]) -> None:
    import numpy as np  # noqa: F401 -- what all of them need, so that nobody pays for it alone
    import pyarrow.parquet  # noqa: F401

    if engine == "evidently":
        warnings.simplefilter("ignore")
        import evidently.presets  # noqa: F401
    if engine in {"govgate", "stored", "compat"}:
        import pyarrow.compute  # noqa: F401

        import govgate.adapters.tables  # noqa: F401
        import govgate.collect.drift.comparing  # noqa: F401
        import govgate.project.measuring  # noqa: F401

    if engine == "stored":
        profile_of(paths[0])
    started = time.process_time()
    values = ENGINES[engine](*paths)
    print(json.dumps({"cpu_s": time.process_time() - started, "values": values}))


def honesty(tables: int, rows: int, columns: int, shift: float, seed: int) -> float:
    """Share of tables refused, of those whose first column is shifted by so many deviations."""
    import numpy as np
    import pyarrow as pa

    from govgate.adapters.tables import read_table
    from govgate.collect.drift import DriftCollector
    from govgate.collect.drift.options import DriftOptions
    from govgate.gates.drift import Drift, DriftBounds

    draw, bounds, refused = np.random.default_rng(seed), DriftBounds(), 0
    shapes = [
        lambda by: draw.normal(by, 1, rows),
        lambda by: draw.lognormal(by, 1, rows),
        lambda by: draw.exponential(1, rows) + by,
        lambda by: draw.integers(0, 10, rows) + by,
        lambda by: np.where(draw.random(rows) < 0.6, 0, draw.gamma(2, 2, rows)) + by,
        lambda by: draw.standard_cauchy(rows) + by,
        lambda _: np.array(list("abcdefgh"))[draw.choice(8, rows, p=[0.3, 0.2, 0.1] + [0.08] * 5)],
    ]
    for _ in range(tables):
        sides = (
            pa.table({f"x{i}": shapes[i % 7](by * (i == 0)) for i in range(columns)})
            for by in (0.0, shift)
        )
        opened = dict(zip(("reference", "current"), map(read_table, sides), strict=True))
        body = DriftCollector().measure(opened, DriftOptions(), bounds).body
        refused += not all(f.satisfied for f in Drift().judge(body, bounds))
    return refused / tables


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1] / ".cache")
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--tables", type=int, default=100, help="tables simulated in each row")
    asked.add_argument("--full", action="store_true", help="1M and 5M rows, 600 tables: the bars")
    asked.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    asked.add_argument("--make", type=int, help=argparse.SUPPRESS)
    asked.add_argument("--files", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.make:
        make(given.folder, given.make)
        return 0
    if given.engine:
        run(given.engine, given.files)
        return 0
    rows, tables = (CHUNK, 600) if given.full else (given.rows, given.tables)
    bars = compare(given.folder, rows, full=given.full) | simulate(tables)
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    return 0 if all(bars.values()) else 1


def compare(folder: Path, rows: int, *, full: bool) -> dict[str, bool]:
    paths = made(folder, rows)
    seen = {
        engine: measured(engine, paths, 1 if engine == "evidently" else 3) for engine in ENGINES
    }
    theirs, theirs_s, _ = seen["evidently"]
    mine_s, floor_s, mib = seen["govgate"][1], seen["decode"][1], seen["govgate"][2]
    kept_s = seen["stored"][1]
    apart = max(abs(seen["compat"][0][name] - theirs[name]) for name in theirs)
    found = {name for name, drifted in seen["govgate"][0].items() if drifted}
    size = paths[0].stat().st_size / 1e6
    print(
        f"{'engine':<12}{'rows, each':>12}{'MB, each':>10}{'CPU s':>10}{'peak MiB':>10}{'ratio':>8}"
    )
    for engine, (_, cpu_s, peak) in seen.items():
        ratio = theirs_s / cpu_s
        print(f"{engine:<12}{rows:>12,}{size:>10.1f}{cpu_s:>10.2f}{peak:>10.0f}{ratio:>8.1f}")
    bars = {
        f"20 values equal to {AGREEMENT:g} (apart {apart:.1e})": apart <= AGREEMENT,
        f"{', '.join(SHIFTED)} drifted, and nothing that is not shifted": (
            {*SHIFTED} <= found <= {name for name in NUMBERS if int(name[1:]) % 3 == 0}
        ),
    }
    if not full:
        least = BAR_RATIO / 10
        return bars | {f"{least:g} times less processor time": theirs_s / mine_s >= least}
    big = made(folder, 5 * CHUNK)
    _, big_s, big_mib = measured("govgate", big, 3)
    print(f"{'govgate':<12}{5 * CHUNK:>12,}{'':>10}{big_s:>10.2f}{big_mib:>10.0f}")
    return bars | {
        f"{BAR_RATIO} times less processor time ({theirs_s / mine_s:.0f})": (
            theirs_s / mine_s >= BAR_RATIO
        ),
        f"{BAR_RATIO} times less with a stored profile ({theirs_s / kept_s:.0f})": (
            theirs_s / kept_s >= BAR_RATIO
        ),
        f"{BAR_DECODE} times the time to decode ({mine_s / floor_s:.1f})": (
            mine_s <= BAR_DECODE * floor_s
        ),
        f"{BAR_MIB} MiB at {rows:,} rows ({mib:.0f})": mib <= BAR_MIB,
        f"{BAR_GROWTH} times its own time at 5M rows ({big_s / mine_s:.1f})": (
            big_s <= BAR_GROWTH * mine_s
        ),
        f"{BAR_BIG_MIB} MiB at 5M rows ({big_mib:.0f})": big_mib <= BAR_BIG_MIB,
    }


def simulate(tables: int) -> dict[str, bool]:
    print(f"\n{'columns':>8}{'rows':>8}{'shift':>8}{'refused of ' + str(tables):>18}")
    bars = {}
    for columns, rows, shift in (
        (20, 500, 0.0),
        (20, 5000, 0.0),
        (7, 200, 0.0),
        (20, 500, 1.0),
        (20, 5000, 0.25),
    ):
        refused = honesty(tables, rows, columns, shift, seed=columns * rows)
        print(f"{columns:>8}{rows:>8,}{shift:>8g}{refused:>18.1%}")
        what = f"{columns} columns, {rows:,} rows"
        if shift:
            bars[f"a shift of {shift:g} found in all ({what})"] = refused == 1
        else:
            bars[f"under {BAR_FALSE:.0%} refused falsely ({what})"] = refused < BAR_FALSE
    return bars


if __name__ == "__main__":
    sys.exit(main())
