"""The digest of a table's rows, beside the file's own and pandas' hashes of rows.

    python benchmarks/dataset_digest.py [FOLDER] [--rows 1_000_000]

`sha256 of the file` names the bytes, not the rows; `hash_pandas_object` gives 64 bits a row that
anybody can forge and no digest. Ours is run on the file, on the same rows in another order, and in
passes. Exit code 1 when the bar is missed or a digest differs.
"""

import argparse
import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BAR_ROWS_S = 150_000


def made(folder: Path, rows: int) -> Path:
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    path = folder / f"digest_{rows}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(20260101)
    words = np.array(["red", "green", "blue", "a longer word"])
    columns = {f"n{i}": draw.normal(size=rows) for i in range(8)}
    columns |= {f"i{i}": draw.integers(0, 1000, rows) for i in range(6)}
    columns |= {f"c{i}": words[draw.integers(0, 4, rows)] for i in range(6)}
    part = path.with_suffix(".part")
    parquet.write_table(pa.table(columns), part, compression="zstd", row_group_size=1 << 18)
    part.rename(path)
    return path


def cpu_s(call: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    answer = call()
    return answer, time.process_time() - started


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1] / ".cache")
    asked.add_argument("--rows", type=int, default=1_000_000)
    given = asked.parse_args()
    path = made(given.folder, given.rows)

    import pandas as pd

    from govgate.adapters.tables import read_table
    from govgate.rows import digest_of_rows

    table, frame = read_table(path), pd.read_parquet(path)
    turned = read_table(frame[frame.columns[::-1]].sample(frac=1, random_state=1))

    def digest(of: Any, most: int = 1 << 24) -> str:
        return digest_of_rows(lambda: of.batches(of.columns), of.columns, most).digest

    jobs = {
        "sha256 of the file": lambda: hashlib.file_digest(path.open("rb"), "sha256").hexdigest(),
        "hash_pandas_object": lambda: int(pd.util.hash_pandas_object(frame).sum()),
        "dataset digest": lambda: digest(table),
        "same, other order": lambda: digest(turned),
        "same, in passes": lambda: digest(table, given.rows // 3),
    }
    print(
        f"{given.rows:,} rows of {len(frame.columns)} columns, {path.stat().st_size / 1e6:.0f} MB"
    )
    print(f"{'what':<22}{'CPU s':>8}{'rows/CPU s':>14}")
    found = {}
    for what, job in jobs.items():
        found[what], took = cpu_s(job)
        print(f"{what:<22}{took:>8.2f}{given.rows / took:>14,.0f}")
        if what == "dataset digest":
            speed = given.rows / took
    ours = {found[what] for what in list(jobs)[2:]}
    bars = {
        f"over {BAR_ROWS_S:,} rows a CPU second": speed > BAR_ROWS_S,
        "one digest for every order and number of passes": len(ours) == 1,
    }
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    return 0 if all(bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
