"""Quality of a million training rows of 20 columns, from Parquet to the verdict, beside pandas.

    python benchmarks/quality.py [FOLDER] [--rows 1_000_000]

The data are made once, seeded, into FOLDER: a training table with copies and gaps, and a test
table of a quarter of the rows that shares some. pandas counts repeated rows, missing values and
shared rows, and no more; ours also says how well each column tells the label. Every run is a fresh
process, imports counted. Exit code 1 when a bar is missed or a count differs.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

BAR_CPU_S, BAR_GIB = 15.0, 2.0


def paths(folder: Path, rows: int) -> tuple[Path, Path]:
    return folder / f"quality_train_{rows}.parquet", folder / f"quality_test_{rows}.parquet"


def make(folder: Path, rows: int) -> None:
    import numpy as np
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(20260101)

    def people(count: int) -> pd.DataFrame:
        numbers = {f"n{i}": draw.normal(size=count) for i in range(8)}
        whole = {f"i{i}": draw.integers(0, 10 ** (i + 1), count) for i in range(5)}
        words = {f"c{i}": draw.choice([f"w{j}" for j in range(3**i)], count) for i in range(1, 7)}
        frame = pd.DataFrame({**numbers, **whole, **words, "label": draw.integers(0, 2, count)})
        return frame.mask(draw.random(frame.shape) < 0.001).assign(label=frame["label"])

    train, test = people(rows), people(rows // 4)
    train = pd.concat([train, train.sample(rows // 200, random_state=1)])
    test = pd.concat([test, train.sample(rows // 400, random_state=2)])
    for path, frame in zip(paths(folder, rows), (train, test), strict=True):
        part = path.with_suffix(".part")
        frame.to_parquet(part, index=False, compression="zstd", row_group_size=1 << 18)
        part.rename(path)


def ours(train: Path, test: Path) -> dict[str, int]:
    from govgate.adapters.tables import read_table
    from govgate.collect.quality import DataQualityCollector, DataQualityOptions
    from govgate.gates.quality import Quality, QualityBounds

    tables, bounds = {"train": read_table(train), "test": read_table(test)}, QualityBounds()
    options = DataQualityOptions(label="label")
    body = DataQualityCollector().measure(tables, options, bounds).body
    assert len(list(Quality().judge(body, bounds))) == 10  # noqa: S101 -- all was judged
    return counts(body.train.repeated_rows, body.test.repeated_rows, body.shared_rows,
                  sum(c.nulls for c in body.train.columns.values()))  # fmt: skip


def pandas(train: Path, test: Path) -> dict[str, int]:
    import pandas as pd

    first, second = pd.read_parquet(train), pd.read_parquet(test)
    shared = second.merge(first.drop_duplicates(), how="inner")
    return counts(first.duplicated().sum(), second.duplicated().sum(), len(shared),
                  first.isna().sum().sum())  # fmt: skip


def counts(repeated: int, repeated_in_test: int, shared: int, missing: int) -> dict[str, int]:
    names = ("repeated", "repeated in test", "shared", "missing")
    found = (repeated, repeated_in_test, shared, missing)
    return {name: int(count) for name, count in zip(names, found, strict=True)}


ENGINES = {"govgate": ours, "pandas": pandas}


def measured(engine: str, folder: Path, rows: int) -> tuple[dict[str, int], float, float]:
    """Counts, CPU seconds and peak resident GiB of one fresh process."""
    command = [sys.executable, __file__, str(folder), "--rows", str(rows), "--engine", engine]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    said, _ = child.stdout.read(), child.stdout.close()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{engine} failed")
    # Linux counts it in KiB, macOS in bytes
    unit = 1 if sys.platform == "darwin" else 1024
    return json.loads(said), used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 2**30


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1] / ".cache")
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    asked.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.make:
        make(given.folder, given.rows)
        return 0
    if given.engine:
        print(json.dumps(ENGINES[given.engine](*paths(given.folder, given.rows))))
        return 0
    return compare(given.folder, given.rows)


def compare(folder: Path, rows: int) -> int:
    train, test = paths(folder, rows)
    if not test.exists():
        # a child's peak memory starts at its parent's, so the data are made elsewhere
        command = [sys.executable, __file__, str(folder), "--rows", str(rows), "--make"]
        subprocess.run(command, check=True)
    print(
        f"{rows:,} rows of 20 columns, {(train.stat().st_size + test.stat().st_size) / 1e6:.0f} MB"
    )
    print(f"{'engine':<12}{'CPU s':>10}{'peak GiB':>10}")
    found, used = {}, {}
    for engine in ENGINES:
        found[engine], *used[engine] = measured(engine, folder, rows)
        print(f"{engine:<12}{used[engine][0]:>10.2f}{used[engine][1]:>10.2f}")
    ratio = used["pandas"][0] / used["govgate"][0]
    print(f"pandas takes {ratio:.1f} times as long, for {found['govgate']}")
    bars = {
        f"under {BAR_CPU_S:g} CPU s": used["govgate"][0] < BAR_CPU_S,
        f"under {BAR_GIB:g} GiB": used["govgate"][1] < BAR_GIB,
        "counts equal to those of pandas": found["govgate"] == found["pandas"],
    }
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    return 0 if all(bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
